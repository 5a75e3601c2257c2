"""What runs inside a Dask worker: one worker process of ours, which loads the model once and codes path after path.

A session that ends, hangs or fills its process leaves the Dask worker standing, so it is told of in the same words as
on one machine. What goes over the wire is a path, and back comes a coded session or a sentence of ours. Nothing is
raised here, for Dask logs what is raised, and the path with it. Needs the extra `cluster`.
"""

import contextlib
import multiprocessing
import os
import threading
import time
from dataclasses import dataclass
from multiprocessing.connection import wait
from pathlib import Path

from distributed import Worker, WorkerPlugin, get_worker

from transcript_alliance.batch.engine import MOST_FAILED_STARTS, Event, Limits, Task, WorkerProcess
from transcript_alliance.batch.worker import MakeCoder
from transcript_alliance.errors import StudyError, TranscriptError


@dataclass(frozen=True, slots=True)
class Attempt:
    """How one attempt at a session ended: `event`, or the error that ends the whole run."""

    event: Event | None
    refused: tuple[str, str, str, str] | None = None
    """Code, what, where and hint of the error."""


class SessionCoder(WorkerPlugin):  # type: ignore[misc]
    """A worker process beside a Dask worker, as long as the run lasts."""

    def __init__(self, make: MakeCoder, limits: Limits) -> None:
        self._make = make
        self._limits = limits

    def setup(self, worker: Worker) -> None:  # noqa: ARG002 - Dask's signature
        """Begin to load the model; called once in each Dask worker, also in one that comes later."""
        self._lock = threading.Lock()
        # Dask marks its own processes as ones without children, so that none is left behind; ours end with their
        # parent by themselves.
        multiprocessing.current_process().daemon = False
        self._process: WorkerProcess | None = WorkerProcess(self._make, self._limits)

    def teardown(self, worker: Worker) -> None:  # noqa: ARG002 - Dask's signature
        """End the process: the run is over, or the Dask worker is."""
        self._end()

    def attempt(self, path: Path) -> Attempt:
        """Code one path. One at a time: a Dask worker of several threads has one process of ours all the same."""
        with self._lock:
            try:
                return Attempt(self._attempt(path))
            except TranscriptError as error:
                self._end()
                return Attempt(None, (error.code, error.what, error.where, error.hint))
            except Exception as error:
                self._end()
                return Attempt(None, ("UNEXPECTED", f"{type(error).__name__} on a worker.", "", ""))

    def _attempt(self, path: Path) -> Event:
        process = self._loaded()
        process.give(Task("", path), self._limits)
        wait([process.heard], max(0.0, process.deadline - time.monotonic()))
        event = process.next_event(self._limits)
        assert event is not None
        if event.is_suspicious:
            # The next one loads while the answer is on its way.
            self._process = WorkerProcess(self._make, self._limits)
        return event

    def _loaded(self) -> WorkerProcess:
        """A process that is ready for a path. Raises StudyError, NO_WORKER or what kept the model from loading."""
        why = ""
        for _ in range(MOST_FAILED_STARTS):
            process = self._process = self._process or WorkerProcess(self._make, self._limits)
            event = None
            while event is None and not process.is_ready:
                wait([process.heard], max(0.0, process.deadline - time.monotonic()))
                event = process.next_event(self._limits)
            # One that ended while it had nothing to do is no session's fault.
            if event is None and not process.heard.poll():
                return process
            why = event.fault_reason if event is not None else "it ended"
            self._end()
        raise StudyError("NO_WORKER", f"workers cannot start ({why}).")

    def _end(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            with contextlib.suppress(OSError, ValueError):
                process.end()


def attempt(plugin: str, path: bytes) -> Attempt:
    """Code the path in the Dask worker that this runs in; `plugin` is the name under which its coder is known."""
    coder = get_worker().plugins[plugin]
    assert isinstance(coder, SessionCoder)
    return coder.attempt(Path(os.fsdecode(path)))
