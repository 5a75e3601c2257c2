"""Errors as the command line says them: one line, no words of a session."""

import os
import sys
import traceback
from pathlib import Path

from transcript_alliance.errors import TranscriptError

PROGRAM = "transcript-alliance"


def print_error(code: str, message: str) -> None:
    """One line on standard error, whatever characters the message holds."""
    line = "".join(c if c.isprintable() else " " for c in message)
    print(f"{PROGRAM}: error [{code}]: {line}", file=sys.stderr)


def print_warning(code: str, message: str) -> None:
    """The same for what is no error."""
    line = "".join(c if c.isprintable() else " " for c in message)
    print(f"{PROGRAM}: warning [{code}]: {line}", file=sys.stderr)


def unforeseen(error: Exception, where: str = "") -> TranscriptError:
    """An error of ours in the place of another: its type alone, for its text can hold words of a session.

    With TRANSCRIPT_ALLIANCE_DEBUG=1 the places it came through go to standard error, without values.
    """
    if os.environ.get("TRANSCRIPT_ALLIANCE_DEBUG") == "1":
        for frame in traceback.extract_tb(error.__traceback__):
            print(f"  {Path(frame.filename).name} line {frame.lineno} in {frame.name}", file=sys.stderr)
    return TranscriptError(
        "UNEXPECTED",
        f"{type(error).__name__}, a fault of this program.",
        where=where,
        hint="report it with the command you gave and without the transcript; with TRANSCRIPT_ALLIANCE_DEBUG=1 "
        "it says where it happened, still without words of the session",
    )
