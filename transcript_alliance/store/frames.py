"""The tables of a coded session as pandas DataFrames."""

from collections.abc import Mapping
from types import MappingProxyType

import pandas as pd

from transcript_alliance.annotations import CodedSession
from transcript_alliance.store.tables import TABLES, Kind, tables

_TYPES: Mapping[Kind, str] = MappingProxyType(
    {"text": "string", "integer": "Int64", "number": "Float64", "truth": "boolean"}
)
"""Kinds that keep a missing value apart from 0, false and no text."""


def to_frames(coded: CodedSession) -> dict[str, pd.DataFrame]:
    """Table -> DataFrame for all of `store.tables.TABLES`, which says what each column holds.

    A table without rows has its columns all the same; missing values are `pandas.NA`.
    """
    frames = {}
    for name, rows in tables(coded).items():
        frame = pd.DataFrame(rows, columns=[column.name for column in TABLES[name]], dtype=object)
        frames[name] = frame.astype({column.name: _TYPES[column.kind] for column in TABLES[name]})
    return frames
