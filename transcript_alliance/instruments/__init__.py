"""Rating scales as data, and the scoring of item answers.

Each instrument is one TOML file in this folder; adding one is adding a file. A user's own file is
given to `load_instruments` and may take the place of one that came with the program.
"""

from transcript_alliance.instruments.instrument import (
    TOTAL,
    Cut,
    Direction,
    Instrument,
    Instruments,
    Rater,
    ReliableChange,
    Scoring,
    Subscale,
)
from transcript_alliance.instruments.load import load_instruments, read_instrument
from transcript_alliance.instruments.score import check_answers, score_answers

__all__ = [
    "TOTAL",
    "Cut",
    "Direction",
    "Instrument",
    "Instruments",
    "Rater",
    "ReliableChange",
    "Scoring",
    "Subscale",
    "check_answers",
    "load_instruments",
    "read_instrument",
    "score_answers",
]
