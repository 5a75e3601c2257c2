"""Sessions through worker processes: whatever one of them does, the others are coded.

A session on which a worker ends, takes too long or too much memory is a suspect. Suspects are tried once more after
all others, each alone, so that none is blamed for its neighbour. Workers get paths, never words.
"""

import contextlib
import json
import multiprocessing
import os
import signal
import time
from collections import Counter, deque
from collections.abc import Callable, Generator, Iterable
from dataclasses import dataclass
from multiprocessing.connection import wait
from multiprocessing.context import SpawnProcess
from pathlib import Path

from transcript_alliance.batch.worker import BROKEN, DONE, FAILED, MEMORY, READY, MakeCoder, serve
from transcript_alliance.errors import StudyError, TranscriptError

MOST_ATTEMPTS = 2
"""A session that ended its worker so often is set aside. Our choice."""
MOST_KILLS = 3
"""So often where the signal was one that comes from outside: the session may have had no part in it. Our choice."""
_FROM_OUTSIDE = (-9, -15)
"""Exit codes of a process ended by SIGKILL, as by a system short of memory, or SIGTERM."""
MOST_FAILED_STARTS = 3
"""Workers that ended before they were ready, one after the other. Our choice."""
_START_S = 900.0
"""How long loading a model may take. Our choice; it takes seconds."""


@dataclass(frozen=True, slots=True)
class Task:
    """One session to code."""

    session: str
    path: Path


@dataclass(frozen=True, slots=True)
class Limits:
    """What the work may take."""

    jobs: int = 1
    """Worker processes, 1 or more."""
    session_s: float = 120.0
    """Seconds for one session, above 0."""
    session_mb: int | None = None
    """Memory that one session may take beyond the loaded model, in MB; None for no limit. Kept on Linux alone."""


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a session could not be coded, without any of its words."""

    code: str
    reason: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one session ended: `coded` or `fault`, never both."""

    session: str
    coded: bytes | None
    fault: Fault | None
    attempts: int


RunTasks = Callable[[Iterable[Task], MakeCoder, Limits], Generator[Outcome, None, None]]
"""What `run_tasks` is: the outcome of every task in the order in which they end, wherever the work is done."""


def run_tasks(tasks: Iterable[Task], make: MakeCoder, limits: Limits) -> Generator[Outcome, None, None]:
    """The outcome of every task, in the order in which they end. Closing the iterator ends the workers.

    Raises: StudyError NO_WORKER when workers cannot start, or what kept `make` from loading.
    """
    fresh, suspects, attempts = deque(tasks), deque[Task](), Counter[str]()
    crew: list[WorkerProcess] = []
    failed_starts = 0
    try:
        while fresh or suspects or any(worker.task for worker in crew):
            _staff(crew, make, limits, len(fresh) or min(1, len(suspects)))
            _hand_out(crew, fresh, suspects, limits)
            for worker in _heard_from(crew):
                task = worker.task
                event = worker.next_event(limits)
                if event is None:
                    failed_starts = 0
                    continue
                if task is None:
                    failed_starts += 1
                    crew.remove(worker)
                    if failed_starts >= MOST_FAILED_STARTS:
                        raise StudyError("NO_WORKER", f"workers cannot start ({event.fault_reason}).")
                    continue
                attempts[task.session] += 1
                if event.is_suspicious:
                    crew.remove(worker)
                    if attempts[task.session] < event.most_attempts:
                        suspects.append(task)
                        continue
                # The worker goes on while this one is brought to disk.
                _hand_out(crew, fresh, suspects, limits)
                yield Outcome(task.session, event.coded, event.fault, attempts[task.session])
    finally:
        for worker in crew:
            worker.end()


@dataclass(frozen=True, slots=True)
class Event:
    """What a worker process said, or what became of it."""

    coded: bytes | None = None
    fault: Fault | None = None
    is_suspicious: bool = False
    """The worker is gone, or can no longer be trusted."""
    most_attempts: int = MOST_ATTEMPTS

    @property
    def fault_reason(self) -> str:
        """The fault without its full stop; empty when there is none."""
        return self.fault.reason.rstrip(".") if self.fault else ""


class WorkerProcess:
    """A worker process as the driver sees it."""

    def __init__(self, make: MakeCoder, limits: Limits) -> None:
        context = multiprocessing.get_context("spawn")
        theirs_in, self._ours_out = context.Pipe(duplex=False)
        self.heard, theirs_out = context.Pipe(duplex=False)
        self._exit_code: int | None = None
        self._process: SpawnProcess | None = context.Process(
            target=serve, args=(make, theirs_in, theirs_out, limits.session_mb), daemon=True, name="coder"
        )
        self._process.start()
        # Only the worker holds its ends now, so its end is heard as the end of the pipe.
        theirs_in.close()
        theirs_out.close()
        self.is_ready = False
        self.task: Task | None = None
        self.deadline = time.monotonic() + _START_S

    @property
    def is_waited_for(self) -> bool:
        """Whether it has something to say: what it coded, or that it is ready."""
        return self.task is not None or not self.is_ready

    def give(self, task: Task, limits: Limits) -> None:
        """Let it code `task`; its time begins now."""
        self.task = task
        self.deadline = time.monotonic() + limits.session_s
        # A worker that has just ended is noticed when it is next listened to.
        with contextlib.suppress(OSError):
            self._ours_out.send_bytes(os.fsencode(task.path))

    def next_event(self, limits: Limits) -> Event | None:
        """What the worker said, or what became of it; None when it is now ready."""
        if not self.heard.poll():
            self.end()
            return Event(fault=Fault("TIMEOUT", f"took more than {limits.session_s:g} seconds."), is_suspicious=True)
        try:
            message = self.heard.recv_bytes()
        except (EOFError, OSError):
            how = self._how_it_ended()
            most = MOST_KILLS if self._exit_code in _FROM_OUTSIDE else MOST_ATTEMPTS
            return Event(fault=Fault("CRASHED", how), is_suspicious=True, most_attempts=most)
        self.task = None
        return self._read(message, limits)

    def _read(self, message: bytes, limits: Limits) -> Event | None:
        kind, content = message[:1], message[1:]
        if kind == READY:
            self.is_ready = True
            return None
        if kind == DONE:
            return Event(coded=content)
        if kind == MEMORY:
            self.end()
            what = "took more memory than there is."
            if limits.session_mb is not None:
                what = f"took more than {limits.session_mb:,} MB of memory."
            return Event(fault=Fault("MEMORY", what), is_suspicious=True)
        code, what, where, hint = json.loads(content)
        error = TranscriptError(code, what, where=where, hint=hint)
        if kind == BROKEN:
            raise StudyError(code, what, where=where, hint=hint)
        assert kind == FAILED
        return Event(fault=Fault(code, str(error)))

    def _how_it_ended(self) -> str:
        self.end(patience_s=5.0)
        code = self._exit_code
        if code is not None and code < 0:
            with contextlib.suppress(ValueError):
                return f"its worker process was ended by {signal.Signals(-code).name}."
        return f"its worker process ended (code {code})."

    def end(self, patience_s: float = 0.0) -> None:
        """Nothing of the worker is left; its exit code is kept."""
        self.task = None
        if self._process is None:
            return
        self._ours_out.close()
        self.heard.close()
        # One that has ended by itself keeps its own exit code.
        self._process.join(patience_s)
        if self._process.is_alive():
            self._process.kill()
        self._process.join()
        self._exit_code = self._process.exitcode
        self._process.close()
        self._process = None


def _staff(crew: list[WorkerProcess], make: MakeCoder, limits: Limits, n_left: int) -> None:
    """As many workers as there is work for, and no more than wanted."""
    n_busy = sum(1 for worker in crew if worker.task)
    while len(crew) < min(limits.jobs, n_busy + n_left):
        crew.append(WorkerProcess(make, limits))


def _hand_out(crew: list[WorkerProcess], fresh: deque[Task], suspects: deque[Task], limits: Limits) -> None:
    for worker in list(crew):
        if worker.is_waited_for:
            continue
        if worker.heard.poll():
            # It ended while it had nothing to do, which is no session's fault.
            worker.end()
            crew.remove(worker)
        elif fresh:
            worker.give(fresh.popleft(), limits)
        elif suspects and not any(other.task for other in crew):
            worker.give(suspects.popleft(), limits)


def _heard_from(crew: list[WorkerProcess]) -> list[WorkerProcess]:
    """Those that said something, ended, or are over their time; waits for the first."""
    waited_for = [worker for worker in crew if worker.is_waited_for]
    if not waited_for:
        return []
    left_s = min(worker.deadline for worker in waited_for) - time.monotonic()
    heard = wait([worker.heard for worker in waited_for], max(0.0, left_s))
    now = time.monotonic()
    return [worker for worker in waited_for if worker.heard in heard or worker.deadline <= now]
