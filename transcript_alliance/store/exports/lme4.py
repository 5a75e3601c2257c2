"""Long tables for multilevel models in R, and a script that reads them and fits the plainest ones."""

from collections.abc import Sequence

from transcript_alliance.annotations import Score
from transcript_alliance.store.exports.code_table import plain_cell, table
from transcript_alliance.store.exports.coding import Coding

_SCRIPT = """\
# Plainest multilevel models on coded sessions. Needs the package lme4.
# With clients seen several times, add columns client and therapist to the tables by session_id, and
# put (1 | therapist / client) where (1 | session_id) stands.
library(lme4)

scores  <- read.csv("scores.csv")
windows <- read.csv("windows.csv")
codes   <- read.csv("codes.csv")

# The scores of parts of a session: do they rise or fall within it? position: 0 its start, 1 its end.
for (part in split(windows, list(windows$instrument, windows$scale), drop = TRUE)) {
  part <- part[!is.na(part$value), ]
  if (length(unique(part$session_id)) > 2) {
    cat(part$instrument[1], part$scale[1], "\\n")
    print(summary(lmer(value ~ position_centred + (1 | session_id), data = part)))
  }
}

# Whether a turn shows a code: does it become likelier within the session?
for (part in split(codes, codes$code)) {
  if (length(unique(part$session_id)) > 2 && length(unique(part$present)) == 2) {
    cat(part$code[1], "\\n")
    print(summary(glmer(present ~ position_centred + (1 | session_id), family = binomial, data = part)))
  }
}
"""


def write_lme4(codings: Sequence[Coding]) -> dict[str, bytes]:
    """`scores.csv`, `windows.csv`, `codes.csv` of all these sessions under each other, and `models.R`.

    scores: session_id, instrument, scale, value, low, high. windows: the same with `window` (from 0) and its place.
    codes: for each turn that is no backchannel and each code that stands anywhere on turns of its role, `present`
    0 or 1. `position` is the middle of the window or turn within the session, 0-1 in utterances;
    `position_centred` is that less 0.5. A missing value is NA. The tables hold no words.
    """
    return {
        "scores.csv": table([_SCORE_COLUMNS, *(row for coding in codings for row in _score_rows(coding))]),
        "windows.csv": table([_WINDOW_COLUMNS, *(row for coding in codings for row in _window_rows(coding))]),
        "codes.csv": table([_CODE_COLUMNS, *_code_rows(codings)]),
        "models.R": _SCRIPT.encode(),
    }


_VALUES = ("instrument", "scale", "value", "low", "high")
_PLACE = ("position", "position_centred")
_SCORE_COLUMNS = ("session_id", *_VALUES)
_WINDOW_COLUMNS = ("session_id", "window", *_PLACE, *_VALUES)
_CODE_COLUMNS = ("session_id", "turn", "role", *_PLACE, "code", "present")


def _score_rows(coding: Coding) -> list[tuple[str, ...]]:
    return [(_session(coding), *_values(score)) for score in coding.coded.scores]


def _window_rows(coding: Coding) -> list[tuple[str, ...]]:
    return [
        (_session(coding), str(number), *_position(coding, window.start, window.end), *_values(score))
        for number, window in enumerate(coding.coded.windows)
        for score in window.scores
    ]


def _code_rows(codings: Sequence[Coding]) -> list[tuple[str, ...]]:
    """Of all sessions the same codes: one that never stands in a session is absent from it, and not missing."""
    seen = {(coding.session.role(mark.turn), mark.code) for coding in codings for mark in coding.marks}
    rows: list[tuple[str, ...]] = []
    for coding in codings:
        session = coding.session
        present = {(mark.turn, mark.code) for mark in coding.marks}
        for number, turn in enumerate(session.turns):
            place = _position(coding, turn.start, turn.end)
            for code in sorted(code for role, code in seen if role is session.role(number) and not turn.backchannel):
                is_there = "1" if (number, code) in present else "0"
                rows.append((_session(coding), str(number), session.role(number).value, *place, code, is_there))
    return rows


def _session(coding: Coding) -> str:
    return plain_cell(coding.session.session_id)


def _position(coding: Coding, start: int, end: int) -> tuple[str, str]:
    middle = (start + end) / 2 / len(coding.session.utterances)
    return f"{middle:.4f}", f"{middle - 0.5:.4f}"


def _values(score: Score) -> tuple[str, ...]:
    numbers = ("NA" if value is None else repr(float(value)) for value in (score.value, score.low, score.high))
    return (score.instrument, score.scale, *numbers)
