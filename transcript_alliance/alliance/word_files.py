"""What a bundle knows of words, on disk: `phrases.json` and `words.safetensors`."""

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load_file, save_file

from transcript_alliance.alliance.bundle import PHRASES, WORDS
from transcript_alliance.alliance.dataset import TURN_CODES
from transcript_alliance.alliance.phrases import Array, Vocabulary
from transcript_alliance.alliance.turn_words import NEIGHBOURS, TurnWords
from transcript_alliance.errors import ModelBundleError, show_name

STEPS = 127
"""On each side of nothing: as many as a byte holds."""
_NOTHING = 1e-12


@dataclass(frozen=True, slots=True, eq=False)
class Words:
    """Both models of words, on one vocabulary."""

    turn: TurnWords
    session_weights: Array  # (outputs, phrases), of the scorer
    contrast_weights: Array | None = None  # (outputs, phrases), of its contrast
    likeness_weights: Array | None = None  # (phrases,), of its contrast

    @property
    def vocabulary(self) -> Vocabulary:
        """That of both."""
        return self.turn.vocabulary


def save_words(words: Words, folder: Path) -> None:
    """Write both files. What a phrase weighs in a turn is kept as one of 255 steps, there being so many of these
    weights, the rest as float16: both far finer than what the ratings can tell."""
    known = {"therapist": words.vocabulary.therapist, "client": words.vocabulary.client}
    (folder / PHRASES).write_text(json.dumps(known, ensure_ascii=False, indent=0) + "\n", "utf-8")
    step = np.abs(words.turn.weights).max(axis=2, keepdims=True, initial=_NOTHING) / STEPS
    tables = {
        "rarity": words.vocabulary.rarity.astype(np.float32),
        "turn_weights": np.rint(words.turn.weights / step).astype(np.int8),
        "turn_step": step.astype(np.float32),
        "turn_intercept": words.turn.intercept.astype(np.float32),
        "session_weights": words.session_weights.astype(np.float16),
    }
    if words.contrast_weights is not None and words.likeness_weights is not None:
        tables["contrast_weights"] = words.contrast_weights.astype(np.float16)
        tables["likeness_weights"] = words.likeness_weights.astype(np.float32)
    save_file({name: np.ascontiguousarray(table) for name, table in tables.items()}, folder / WORDS)


def load_words(folder: Path, n_codes: int = len(TURN_CODES)) -> Words:
    """Read them back, for a bundle of so many codes.

    Raises ModelBundleError when they cannot be read or do not fit each other.
    """
    try:
        known = json.loads((folder / PHRASES).read_text("utf-8"))
        tables = {name: table.astype(float) for name, table in load_file(folder / WORDS).items()}
        vocabulary = Vocabulary(tuple(known["therapist"]), tuple(known["client"]), tables["rarity"])
        words = Words(
            TurnWords(vocabulary, tables["turn_weights"] * tables["turn_step"], tables["turn_intercept"]),
            tables["session_weights"],
            tables.get("contrast_weights"),
            tables.get("likeness_weights"),
        )
    except (OSError, ValueError, KeyError, TypeError, SafetensorError):
        raise ModelBundleError(
            "BAD_MODEL",
            f"{PHRASES} and {WORDS} cannot be read as a model's words",
            where=show_name(folder),
            hint="copy the bundle again",
        ) from None
    n = len(vocabulary)
    shapes = [table.shape for table in (vocabulary.rarity, words.turn.weights, words.turn.intercept)]
    wanted = [(n,), (len(NEIGHBOURS), n_codes, n), (n_codes,)]
    if shapes != wanted or words.session_weights.ndim != 2:
        raise ModelBundleError("BAD_MODEL", "the tables of words are not of the right size", where=show_name(folder))
    return words
