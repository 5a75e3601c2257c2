"""Reads one file and prints what came of it, as JSON: run as a process of its own, so that time and memory are its own.

python -m tests.readers.read_alone FILE
"""

import json
import logging
import os
import pickle
import resource
import sys
import time
import traceback
from pathlib import Path
from typing import Any

from transcript_alliance.errors import TranscriptError
from transcript_alliance.readers import read_transcript

MOST_BYTES = 3_000_000_000
"""Above what any file may take, so that a wrong reader ends before the machine does."""


def outcome(path: Path) -> dict[str, Any]:
    """What reading gives: kind, codes and turns; and everything in which words of the session could show."""
    try:
        raw = read_transcript(path)
    except TranscriptError as error:
        shown = [str(error), repr(error), *traceback.format_exception(error), repr(pickle.dumps(error))]
        return {"kind": "clear_error", "codes": [error.code], "turns": None, "message": str(error), "shown": shown}
    codes = [note.kind for note in raw.notes]
    words = " ".join(f"{turn.speaker} {turn.text}" for turn in raw.turns)
    words.encode("utf-8")  # no half of a character is left
    return {
        "kind": "parsed_with_warning" if codes else "parsed",
        "codes": codes,
        "turns": len(raw.turns),
        "message": "",
        "shown": [raw.name, repr(raw.notes)],
        "baited": "heronwing022" in words and not path.name.startswith("secret"),
    }


def peak_kilobytes() -> int:
    """The most memory that this process has held, in kilobytes.

    What `getrusage` says begins with the memory of the process that started this one, and so hides what is less.
    """
    status = Path("/proc/self/status")
    lines = status.read_text("ascii").splitlines() if status.exists() else []
    peak = next((int(line.split()[1]) for line in lines if line.startswith("VmHWM:")), None)
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss if peak is None else peak


def main() -> None:
    """Read the file that the command line names."""
    resource.setrlimit(resource.RLIMIT_AS, (MOST_BYTES, MOST_BYTES))
    logging.basicConfig(level=logging.DEBUG)
    path = Path(os.fsdecode(os.fsencode(sys.argv[1])))
    before = peak_kilobytes()
    started = time.process_time()
    found = outcome(path)
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    found["seconds"] = time.process_time() - started + children.ru_utime + children.ru_stime
    grown = peak_kilobytes() - before
    found["megabytes"] = max(grown, children.ru_maxrss if children.ru_utime else 0) / 1024
    print(json.dumps(found))


if __name__ == "__main__":
    main()
