"""Long tables for multilevel models in R, and a script that reads them and fits the plainest ones."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from transcript_alliance.annotations import Score
from transcript_alliance.session import Role
from transcript_alliance.store.exports.code_table import plain_cell, table
from transcript_alliance.store.exports.coding import Coding

SCRIPT = """\
# Plainest multilevel models on coded sessions. Needs the package lme4.
library(lme4)

scores  <- read.csv("scores.csv")
windows <- read.csv("windows.csv")
codes   <- read.csv("codes.csv")

# Who stands in whom, as far as the tables say it of every row: therapists see clients, clients come to sessions.
# A level with as many units as the one below it says nothing of its own. Without columns client and therapist, add
# them by session_id.
nested <- function(part, levels) {
  kept <- character()
  below <- nrow(part) + 1
  for (name in rev(levels)) {
    n <- length(unique(part[[name]]))
    if (n > 1 && n < below && !anyNA(part[[name]])) {
      kept <- c(name, kept)
      below <- n
    }
  }
  paste0("(1 | ", paste(kept, collapse = " / "), ")")
}

# The scores of whole sessions: do they rise or fall over a client's sessions?
if (all(c("number", "client") %in% names(scores))) {
  for (part in split(scores, list(scores$instrument, scores$scale), drop = TRUE)) {
    part <- part[!is.na(part$value) & !is.na(part$number) & !is.na(part$client), ]
    if (length(unique(part$client)) > 2 && any(duplicated(part$client))) {
      cat(part$instrument[1], part$scale[1], "\\n")
      print(summary(lmer(as.formula(paste("value ~ number +", nested(part, c("therapist", "client")))), data = part)))
    }
  }
}

# The scores of parts of a session: do they rise or fall within it? position: 0 its start, 1 its end.
levels <- c("therapist", "client", "session_id")
for (part in split(windows, list(windows$instrument, windows$scale), drop = TRUE)) {
  part <- part[!is.na(part$value), ]
  if (length(unique(part$session_id)) > 2) {
    cat(part$instrument[1], part$scale[1], "\\n")
    print(summary(lmer(as.formula(paste("value ~ position_centred +", nested(part, levels))), data = part)))
  }
}

# Whether a turn shows a code: does it become likelier within the session?
for (part in split(codes, codes$code)) {
  if (length(unique(part$session_id)) > 2 && length(unique(part$present)) == 2) {
    cat(part$code[1], "\\n")
    formula <- as.formula(paste("present ~ position_centred +", nested(part, levels)))
    print(summary(glmer(formula, family = binomial, data = part)))
  }
}
"""
_VALUES = ("instrument", "scale", "value", "low", "high")
_PLACE = ("position", "position_centred")
COLUMNS: Mapping[str, tuple[str, ...]] = {
    "scores.csv": _VALUES,
    "windows.csv": ("window", *_PLACE, *_VALUES),
    "codes.csv": ("turn", "role", *_PLACE, "code", "present"),
}
"""File -> its columns behind `session_id` and what is known about the session."""
Seen = frozenset[tuple[Role, str]]
"""Codes with the roles on whose turns they stand in some session."""


def write_lme4(codings: Sequence[Coding]) -> dict[str, bytes]:
    """`scores.csv`, `windows.csv`, `codes.csv` of all these sessions under each other, and `models.R`.

    scores: session_id, instrument, scale, value, low, high. windows: the same with `window` (from 0) and its place.
    codes: for each turn that is no backchannel and each code that stands anywhere on turns of its role, `present`
    0 or 1. `position` is the middle of the window or turn within the session, 0-1 in utterances;
    `position_centred` is that less 0.5. A missing value is NA. The tables hold no words.
    """
    rows: dict[str, list[tuple[str, ...]]] = {file: [("session_id", *own)] for file, own in COLUMNS.items()}
    seen = codes_seen(codings)
    for coding in codings:
        for file, row in lme4_rows(coding, seen):
            rows[file].append(row)
    return {**{file: table(own) for file, own in rows.items()}, "models.R": SCRIPT.encode()}


def codes_seen(codings: Iterable[Coding]) -> Seen:
    """Of all sessions the same codes: one that never stands in a session is absent from it, and not missing."""
    return frozenset((coding.session.role(mark.turn), mark.code) for coding in codings for mark in coding.marks)


def lme4_rows(coding: Coding, seen: Seen, about: Sequence[str] = ()) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Each row of the session with its file; `about` are the cells behind its name."""
    session = coding.session
    head = (plain_cell(session.session_id), *about)
    for score in coding.coded.scores:
        yield "scores.csv", (*head, *_values(score))
    for number, window in enumerate(coding.coded.windows):
        for score in window.scores:
            yield "windows.csv", (*head, str(number), *_position(coding, window.start, window.end), *_values(score))
    present = {(mark.turn, mark.code) for mark in coding.marks}
    of_role = {role: sorted(code for whose, code in seen if whose is role) for role in Role}
    for number, turn in enumerate(session.turns):
        role, place = session.role(number), _position(coding, turn.start, turn.end)
        for code in () if turn.backchannel else of_role[role]:
            is_there = "1" if (number, code) in present else "0"
            yield "codes.csv", (*head, str(number), role.value, *place, code, is_there)


def _position(coding: Coding, start: int, end: int) -> tuple[str, str]:
    middle = (start + end) / 2 / len(coding.session.utterances)
    return f"{middle:.4f}", f"{middle - 0.5:.4f}"


def _values(score: Score) -> tuple[str, ...]:
    numbers = ("NA" if value is None else repr(float(value)) for value in (score.value, score.low, score.high))
    return (score.instrument, score.scale, *numbers)
