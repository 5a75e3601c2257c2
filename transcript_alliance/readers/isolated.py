"""Running a library on a file it may choke on: in a process of its own, with a limit on time and on memory."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from transcript_alliance.errors import DocumentError
from transcript_alliance.readers.extract import TOO_MUCH
from transcript_alliance.readers.source import Source

MAX_SECONDS = 20
MAX_BYTES = 700_000_000
_SCRIPT = Path(__file__).with_name("extract.py")


def run_isolated(kind: str, source: Source, label: str) -> Any:
    """What `extract.KINDS[kind]` makes of the file; `label` is the kind's name for people, with its article.

    Nothing that the process writes to standard error is shown, for it could be words of the session.

    Raises: DocumentError LIMIT when it takes too long or too much memory, WRONG_FORMAT when it fails.
    """
    # -I: neither the folder we stand in nor the user's environment can lay another module under it.
    command = [sys.executable, "-I", "-X", "utf8", str(_SCRIPT), kind, str(MAX_BYTES), str(MAX_SECONDS)]
    environment = {**os.environ, "OPENPYXL_LXML": "False", "OPENPYXL_DEFUSEDXML": "True"}
    try:
        done = subprocess.run(
            command,
            input=source.data,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=MAX_SECONDS,
            env=environment,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise _limit(label, source) from None
    # Below zero: ended by a signal, as the system does at the limit on time.
    if done.returncode == TOO_MUCH or done.returncode < 0:
        raise _limit(label, source)
    if done.returncode:
        what = f"This is {label}, but it cannot be read: it is damaged or protected."
        raise DocumentError("WRONG_FORMAT", what, where=source.name, hint="Save it as .docx, .txt or .vtt.")
    return json.loads(done.stdout)


def _limit(label: str, source: Source) -> DocumentError:
    what = f"This is {label}, but reading it takes more than {MAX_SECONDS} seconds or too much memory."
    return DocumentError("LIMIT", what, where=source.name, hint="Save it as .docx, .txt or .vtt.")
