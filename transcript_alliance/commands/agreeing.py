"""What `agree` does: a person's codes beside those of the program, as a table or as JSON."""

import json
import math
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from transcript_alliance.agreement.codes import CodeAgreement, code_agreement
from transcript_alliance.agreement.estimate import Estimate
from transcript_alliance.annotations import Origin
from transcript_alliance.coding.codebook import load_codebooks
from transcript_alliance.privacy.output import make_private_folder, write_private
from transcript_alliance.serialize import to_json
from transcript_alliance.store.coded_file import read_coded
from transcript_alliance.store.imports import read_human_codes

_HEAD = ("code", "turns", "program", "person", "both", "kappa", "F1")


def compare(
    coded_path: Path, human_path: Path, against: str, take_all: bool, seed: int, output: Path | None
) -> tuple[CodeAgreement, ...]:
    """Agreement of the program's codes of origin `against` (first) with the person's (second).

    With `output` the coded session is written there, the person's markers in place of any that it had.
    Raises TranscriptError for what cannot be read or written.
    """
    coded, codebooks = read_coded(coded_path), load_codebooks()
    human = read_human_codes(human_path, coded.session, codebooks.by_id, take_all=take_all)
    ours = [marker for marker in coded.markers if marker.origin == against]
    roles = {code.id: code.role for code in codebooks.codes}
    found = code_agreement(coded.session, ours, human, roles, np.random.default_rng(seed))
    if output is not None:
        kept = tuple(marker for marker in coded.markers if marker.origin is not Origin.HUMAN)
        make_private_folder(output.parent)
        write_private(output, to_json(replace(coded, markers=(*kept, *human))).encode())
    return found


def as_json(found: Sequence[CodeAgreement]) -> str:
    """One JSON object: `codes`, and `all` (null without any code). An undefined figure is null."""
    rows = [_values(row) for row in found]
    return json.dumps({"codes": rows[:-1], "all": rows[-1] if rows else None})


def as_table(found: Sequence[CodeAgreement]) -> str:
    """A line for each code, and one for all."""
    if not found:
        return "Neither the program nor the person has set a code."
    rows = [_HEAD, *(_cells(row) for row in found)]
    widths = [max(len(row[n]) for row in rows) for n in range(len(_HEAD))]
    lines = ("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in rows)
    return "\n".join(line.rstrip() for line in lines)


def _cells(row: CodeAgreement) -> tuple[str, ...]:
    counts = (row.n_turns, row.n_first, row.n_second, row.n_both)
    # A name that a person typed may hold anything.
    code = "".join(c if c.isprintable() else "?" for c in row.code) or "all"
    return (code, *map(str, counts), _figure(row.kappa), _figure(row.f1))


def _figure(estimate: Estimate) -> str:
    if math.isnan(estimate.value):
        return "-"
    return f"{estimate.value:.2f} ({_end(estimate.low)} to {_end(estimate.high)})"


def _end(value: float) -> str:
    return "-" if math.isnan(value) else f"{value:.2f}"


def _values(row: CodeAgreement) -> dict[str, Any]:
    counts = {"n_turns": row.n_turns, "n_program": row.n_first, "n_person": row.n_second, "n_both": row.n_both}
    figures = {name: _numbers(estimate) for name, estimate in (("kappa", row.kappa), ("f1", row.f1))}
    return {"code": row.code or None, **counts, **figures}


def _numbers(estimate: Estimate) -> dict[str, float | None]:
    ends = {"value": estimate.value, "low": estimate.low, "high": estimate.high}
    return {name: None if math.isnan(value) else value for name, value in ends.items()}
