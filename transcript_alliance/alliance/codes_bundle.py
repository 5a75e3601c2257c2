"""A model of people's own codes on disk: a folder that holds everything a code hangs on, and nothing that can run.

our-codes-1/
    codes.json           variables, values, what it learned from, hashes
    model.safetensors    the network's weights, float16
    phrases.json         the phrases it knows, by who says them
    words.safetensors    what they weigh
    mix.safetensors      how network and words come to one choice
    config.json          shape of the encoder
    tokenizer.json
    MODEL_CARD.md        for people
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from transcript_alliance.alliance.bundle import (
    CODES_MANIFEST,
    MAX_MANIFEST_BYTES,
    READING,
    TOKENIZER,
    WEIGHTS,
    WORDS,
    file_sha256,
)
from transcript_alliance.alliance.codes_mix import MIX, load_mixes
from transcript_alliance.alliance.codes_table import MAX_VALUES, NAME, VALUE, Variable, n_values
from transcript_alliance.alliance.encoder import AllianceNet, load_weights, read_config
from transcript_alliance.alliance.fit_codes import CodesReader
from transcript_alliance.alliance.windows import TurnTokenizer
from transcript_alliance.alliance.word_files import load_words
from transcript_alliance.errors import ModelBundleError, show_name
from transcript_alliance.session import Role

CODES_FORMAT = 4
CODES_HASHED = (*READING, MIX)
"""Files that codes.json vouches for."""
_COUNTS = ("sessions", "coded", "therapists", "clients", "raters")


@dataclass(frozen=True, slots=True)
class CodesInfo:
    """The contents of codes.json."""

    name: str
    format_version: int
    variables: tuple[Variable, ...]
    trained_on: Mapping[str, Any]
    """Counts and fingerprints of the training data, the plan, where it started from."""
    hashes: Mapping[str, str]
    """sha256 of the files beside codes.json."""


def write_codes_manifest(folder: Path, info: CodesInfo) -> None:
    """Write codes.json."""
    text = json.dumps(asdict(info), indent=1, ensure_ascii=False, allow_nan=False)
    (folder / CODES_MANIFEST).write_text(text + "\n", "utf-8")


def read_codes_bundle(folder: Path) -> CodesInfo:
    """The checked contents of codes.json.

    Raises ModelBundleError when the folder or a file is missing, a hash differs, or the format is another.
    """
    where, path = show_name(folder), folder / CODES_MANIFEST
    if not path.is_file():
        hint = "give the folder that `train` wrote for a table of codes"
        what = f"no model of codes here: {CODES_MANIFEST} is missing"
        raise ModelBundleError("NO_MODEL", what, where=where, hint=hint)
    try:
        if path.stat().st_size > MAX_MANIFEST_BYTES:
            raise ValueError("too large")
        data = json.loads(path.read_text("utf-8"))
        if data["format_version"] != CODES_FORMAT:
            what = "the model's format is of another version of the program"
            raise ModelBundleError("MODEL_VERSION", what, where=where, hint=f"this version reads format {CODES_FORMAT}")
        info = _info(data)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        what = f"{CODES_MANIFEST} cannot be read as a model's description"
        raise ModelBundleError("BAD_MODEL", what, where=where, hint="copy the folder again") from None
    changed = [name for name, wanted in info.hashes.items() if file_sha256(folder / name) != wanted]
    if changed:
        what = f"{changed[0]} is missing or is not the file that {CODES_MANIFEST} describes"
        raise ModelBundleError("MODEL_CHANGED", what, where=where, hint="copy the folder again")
    return info


def load_codes_reader(folder: Path) -> tuple[CodesInfo, CodesReader]:
    """What `train` wrote for a table of codes. Raises ModelBundleError."""
    info = read_codes_bundle(folder)
    n = n_values(info.variables)
    net = AllianceNet(read_config(folder), n)
    load_weights(net, folder / WEIGHTS)
    words, mixes = load_words(folder, n).turn, load_mixes(folder, info.variables)
    if not all(np.isfinite(table).all() for table in (words.weights, words.intercept, words.vocabulary.rarity)):
        what = f"{WORDS} holds values that are no numbers"
        raise ModelBundleError("BAD_MODEL", what, where=show_name(folder), hint="copy the folder again")
    return info, CodesReader(info.variables, net.eval(), TurnTokenizer(folder / TOKENIZER), words, mixes)


def _info(data: dict[str, Any]) -> CodesInfo:
    variables = tuple(map(_variable, data["variables"]))
    names = [v.name for v in variables]
    _require(bool(names) and len(set(names)) == len(names))
    _require(isinstance(data["name"], str) and isinstance(data["hashes"], dict))
    _require(set(data["hashes"]) == set(CODES_HASHED))
    trained = data["trained_on"]
    _require(isinstance(trained, dict) and all(type(trained[name]) is int for name in _COUNTS))
    _require(isinstance(trained["plan"], dict) and all(isinstance(f, str) for f in trained["fingerprints"]))
    return CodesInfo(**{**data, "variables": variables})


def _variable(data: dict[str, Any]) -> Variable:
    values = tuple(data["values"])
    _require(NAME.fullmatch(data["name"]) is not None and all(map(VALUE.fullmatch, values)))
    _require(2 <= len(values) <= MAX_VALUES and len(set(values)) == len(values))
    return Variable(data["name"], values, tuple(Role(role) for role in data["roles"]))


def _require(right: bool) -> None:
    if not right:
        raise ValueError
