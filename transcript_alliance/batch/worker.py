"""The worker process: loads the model once, then codes one path after the other.

What goes back are coded sessions and sentences of ours. An error of another library never leaves the process, for
its text can hold words of a session; nor does anything that a library prints.
"""

import contextlib
import json
import os
import signal
import threading
from collections.abc import Callable
from multiprocessing import parent_process
from multiprocessing.connection import Connection, wait
from pathlib import Path

from transcript_alliance.errors import TranscriptError, show_name

Code = Callable[[Path], bytes]
"""A path to its coded session, as `serialize.to_json` writes it, in UTF-8. Raises TranscriptError."""
MakeCoder = Callable[[], Code]
"""Loads what coding needs. Called once in each worker, so it must be one that another process can be given: a function
of a module, or a frozen dataclass with `__call__`."""

READY, DONE, FAILED, MEMORY, BROKEN = b"R", b"D", b"F", b"M", b"B"
"""First byte of a message to the driver."""


def serve(make: MakeCoder, inbox: Connection, outbox: Connection, memory_mb: int | None) -> None:
    """Code the paths that come in until the driver closes the pipe or ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _be_silent()
    threading.Thread(target=end_with_parent, daemon=True).start()
    with contextlib.suppress(EOFError, OSError):
        try:
            code = make()
        except BaseException as error:
            outbox.send_bytes(BROKEN + _fault(error, ""))
            return
        if memory_mb is not None:
            _limit_memory(memory_mb)
        outbox.send_bytes(READY)
        while True:
            path = Path(os.fsdecode(inbox.recv_bytes()))
            outbox.send_bytes(_answer(code, path))


def _answer(code: Code, path: Path) -> bytes:
    try:
        return DONE + code(path)
    except MemoryError:
        return MEMORY
    except BaseException as error:
        return FAILED + _fault(error, show_name(path))


def _fault(error: BaseException, where: str) -> bytes:
    if isinstance(error, TranscriptError):
        said = (error.code, error.what, error.where or where, error.hint)
    else:
        said = ("UNEXPECTED", f"{type(error).__name__}, a fault of this program.", where, "")
    return json.dumps(said).encode("ascii")


def _be_silent() -> None:
    """Nothing to the terminal, no core file: both could hold words of a session."""
    if os.environ.get("TRANSCRIPT_ALLIANCE_DEBUG") != "1":
        nowhere = os.open(os.devnull, os.O_RDWR)
        for stream in (1, 2):
            os.dup2(nowhere, stream)
    with contextlib.suppress(ImportError, OSError, ValueError):
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def end_with_parent() -> None:
    """End at once with the driver, even in the middle of a session that never ends."""
    parent = parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os._exit(1)


def _limit_memory(memory_mb: int) -> None:
    """A session may take so much beyond what the loaded model holds; where the system offers no limit there is none."""
    with contextlib.suppress(ImportError, OSError, ValueError, AttributeError, StopIteration):
        import resource

        lines = Path("/proc/self/status").read_text("ascii").splitlines()
        held_kb = next(int(line.split()[1]) for line in lines if line.startswith("VmData:"))
        _, hard = resource.getrlimit(resource.RLIMIT_DATA)
        resource.setrlimit(resource.RLIMIT_DATA, (held_kb * 1024 + memory_mb * 1_000_000, hard))
