"""What a damaged file may not do to a reader: crash, hang, take much memory, give an impossible transcript."""

import json
import logging
import math
import resource
import signal
import sys
import time
import traceback
import tracemalloc
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any
from unittest.mock import patch

# Imported before a workbook is taken apart in this process, which would else keep it from all that comes later.
import numpy as np  # noqa: F401

from tests.readers.mutants import CANARY, mutants
from transcript_alliance.errors import DocumentError, TranscriptError
from transcript_alliance.readers import Reader, pdf, read_transcript, xlsx
from transcript_alliance.readers.extract import KINDS
from transcript_alliance.readers.source import Source
from transcript_alliance.session import RawTranscript

MOST_SECONDS = 2.0
MOST_BYTES = 200_000_000
STALLED_SECONDS = 10
"""Processor seconds; a mutant is given up after once to twice as many, so that a run goes on past an endless loop."""
MEMORY_EVERY = 200
"""One mutant in so many is read with its memory counted, which takes several times as long."""
ISOLATED = frozenset({"pdf", "xlsx"})
"""Readers that start a process for each file."""
PROCESS_EVERY = 2_000
"""One mutant of theirs in so many is read as a user's file would be, the others in the process of the run."""


@dataclass(frozen=True)
class Finding:
    """A file that did what no file may do."""

    signature: str
    """What happened and where; equal ones are one fault."""
    data: bytes


class StalledError(BaseException):
    """Raised inside a reader that does not come to an end; no `except Exception` may catch it."""


def fault(
    path: Path, data: bytes, format: str | None, *, count_memory: bool = False, is_limited: bool = True
) -> str | None:
    """What reading these bytes does that it may not; None when it does nothing of the kind.

    Time counts only where the reader `is_limited` by itself and not by a process around it.
    """
    path.write_bytes(data)
    if count_memory:
        tracemalloc.start()
    started = time.process_time()
    try:
        found = _judged(outcome(path, format))
    except StalledError:
        return "stalled" if is_limited else None
    except Exception as error:
        return _signature(error)
    finally:
        seconds = time.process_time() - started
        n_bytes = tracemalloc.get_traced_memory()[1] if count_memory else 0
        tracemalloc.stop()
    # Counting memory makes it slower; such a one is not timed.
    if seconds > MOST_SECONDS and is_limited and not count_memory:
        return "slow"
    return "memory" if n_bytes > MOST_BYTES else found


def outcome(path: Path, format: str | None) -> RawTranscript | TranscriptError:
    """The transcript or our error; any other exception goes through."""
    try:
        return read_transcript(path, format=format)
    except TranscriptError as error:
        return error


def _judged(found: RawTranscript | TranscriptError) -> str | None:
    if isinstance(found, RawTranscript):
        return _breach(found)
    if found.__cause__ is not None:
        return "an error with a cause, which may hold words"
    return "an error that holds words of the session" if CANARY in str(found) else None


def _breach(raw: RawTranscript) -> str | None:
    """What no transcript may be."""
    if not raw.turns:
        return "no turns and no error"
    for turn in raw.turns:
        if not turn.text.strip():
            return "a turn without text"
        try:
            f"{turn.text}{turn.speaker}".encode()
        except UnicodeEncodeError:
            return "half a character"
        # Written so that what is not a number is a breach as well.
        if any(time_s is not None and not 0 <= time_s < math.inf for time_s in (turn.start_s, turn.end_s)):
            return "an impossible time"
        if turn.start_s is not None and turn.end_s is not None and turn.start_s > turn.end_s:
            return "an end before its start"
    return None


def _signature(error: Exception) -> str:
    frames = [f for f in traceback.extract_tb(error.__traceback__) if "transcript_alliance" in f.filename]
    place = f"{Path(frames[-1].filename).name} line {frames[-1].lineno}" if frames else "outside"
    return f"{type(error).__name__} in {place}"


def findings(reader: Reader, folder: Path, n: int, seed: int) -> list[Finding]:
    """The faults that `n` mutants of a reader's seeds bring out, one file each."""
    path = folder / f"mutant{reader.suffixes[0]}"
    found: dict[str, Finding] = {}
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    data = b""
    with StallWatch() as watch:
        for number, (data, format) in enumerate(mutants(reader, n, seed)):
            watch.begin(number)
            if reader.id in ISOLATED and number % PROCESS_EVERY:
                with in_this_process():
                    signature = fault(path, data, format, is_limited=False)
            else:
                signature = fault(path, data, format, count_memory=number % MEMORY_EVERY == 0)
            if signature and signature not in found:
                found[signature] = Finding(signature, data)
    # Linux counts in kilobytes, macOS in bytes.
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * (1 if sys.platform == "darwin" else 1_000)
    if grown > 2 * MOST_BYTES and reader.id not in ISOLATED:
        found["memory"] = found.get("memory", Finding("memory, in one or many", data))
    return list(found.values())


class StallWatch:
    """Ends what takes too much of the processor's time, by raising `StalledError` in it.

    One timer for many files, since setting one for each would cost as much as reading a small one: whatever is
    still being read at two of its ticks has taken too long.
    """

    def __init__(self) -> None:
        self._now = self._at_last_tick = -1

    def begin(self, number: int) -> None:
        """Another file is read from here on."""
        self._now = number

    def _tick(self, _signal: int, _frame: FrameType | None) -> None:
        if self._now == self._at_last_tick:
            raise StalledError
        self._at_last_tick = self._now

    def __enter__(self) -> "StallWatch":
        self._before = signal.signal(signal.SIGVTALRM, self._tick)
        signal.setitimer(signal.ITIMER_VIRTUAL, STALLED_SECONDS, STALLED_SECONDS)
        return self

    def __exit__(self, *_: object) -> None:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, self._before)


@contextmanager
def in_this_process() -> Iterator[None]:
    """Has PDF and workbooks taken apart without a process around it, which costs a hundred times as much."""
    # What the process around it keeps quiet.
    logging.disable(logging.CRITICAL)
    try:
        with (
            patch.object(pdf, "run_isolated", _extracted),
            patch.object(xlsx, "run_isolated", _extracted),
            warnings.catch_warnings(action="ignore"),
        ):
            yield
    finally:
        logging.disable(logging.NOTSET)


def _extracted(kind: str, source: Source, label: str) -> Any:
    """What `run_isolated` gives, as far as a process that has no limits can tell."""
    try:
        return json.loads(json.dumps(KINDS[kind](source.data)))
    except (MemoryError, RecursionError):
        raise DocumentError("LIMIT", f"This is {label}, but too much.", where=source.name) from None
    except Exception:
        raise DocumentError("WRONG_FORMAT", f"This is {label}, but damaged.", where=source.name) from None
