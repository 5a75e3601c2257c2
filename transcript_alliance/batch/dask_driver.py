"""Sessions through a Dask cluster: paths go out, coded sessions come back, and only this side writes.

One session at a time for each worker, so that a worker that is lost takes one session's attempt with it. A suspect is
tried once more after all others, alone, as on one machine. Needs the extra `cluster`.
"""

import contextlib
import os
import time
import uuid
from collections import Counter, deque
from collections.abc import Callable, Generator, Iterable
from contextlib import AbstractContextManager
from queue import Empty, SimpleQueue
from typing import cast

from distributed import CancelledError, Client, Future, KilledWorker

from transcript_alliance.batch.dask_worker import Attempt, SessionCoder, attempt
from transcript_alliance.batch.engine import MOST_FAILED_STARTS, Event, Fault, Limits, Outcome, Task
from transcript_alliance.batch.worker import MakeCoder
from transcript_alliance.errors import StudyError

MOST_LOSSES = 5
"""A session whose Dask worker was lost so often is set aside: more than for its own process (`engine.MOST_KILLS`), for
a session can end a Dask worker only by taking the whole machine's memory. Our choice."""
_TICK_S = 1.0
"""How often the cluster is looked at while nothing comes back. Our choice."""
_FETCH_S = 120.0
"""How long fetching a coded session may take before its worker counts as lost. Our choice; it takes milliseconds."""

OpenCluster = Callable[[Limits], AbstractContextManager[Client]]
"""Connects to a cluster, or starts one, and leaves nothing behind. Raises StudyError NO_CLUSTER."""


def run_on_cluster(
    open_cluster: OpenCluster, patience_s: float, tasks: Iterable[Task], make: MakeCoder, limits: Limits
) -> Generator[Outcome, None, None]:
    """The outcome of every task, as `engine.run_tasks` gives it. Closing the iterator ends our processes.

    `patience_s`: seconds without any worker after which we give up.
    Raises: StudyError NO_CLUSTER, NO_WORKER, or what kept `make` from loading.
    """
    todo = deque(tasks)
    if not todo:
        return
    with open_cluster(limits) as client:
        name = f"transcript-alliance-{uuid.uuid4().hex[:12]}"
        with contextlib.closing(_Run(client, name, patience_s, todo)) as run, _lost_as_error():
            _bring_coder(client, name, SessionCoder(make, limits))
            yield from run.outcomes()


def _bring_coder(client: Client, name: str, coder: SessionCoder) -> None:
    try:
        client.register_plugin(coder, name=name)
    except OSError:
        raise
    except Exception as error:
        raise _unlike(error) from None


class _Run:
    """What is to be done, what is on its way, and how often each was tried."""

    def __init__(self, client: Client, name: str, patience_s: float, fresh: deque[Task]) -> None:
        self._client = client
        self._name = name
        self._patience_s = patience_s
        self._fresh = fresh
        self._suspects = deque[Task]()
        self._attempts = Counter[str]()
        self._under_way: dict[str, tuple[Future, Task]] = {}
        self._ended: SimpleQueue[str] = SimpleQueue()
        self._n_sent = self._n_refused = 0
        self._seen_s = time.monotonic()

    def outcomes(self) -> Generator[Outcome, None, None]:
        while self._fresh or self._suspects or self._under_way:
            self._hand_out()
            with contextlib.suppress(Empty):
                future, task = self._under_way.pop(self._ended.get(timeout=_TICK_S))
                event, n_attempts = self._event_of(future)
                future.release()
                if event is None:
                    (self._suspects if self._attempts[task.session] else self._fresh).append(task)
                    continue
                self._attempts[task.session] += n_attempts
                if event.is_suspicious and self._attempts[task.session] < event.most_attempts:
                    self._suspects.append(task)
                else:
                    yield Outcome(task.session, event.coded, event.fault, self._attempts[task.session])

    def _hand_out(self) -> None:
        n_workers = self._count_workers()
        while self._fresh and len(self._under_way) < max(1, n_workers):
            self._send(self._fresh.popleft())
        if self._suspects and not self._under_way:
            self._send(self._suspects.popleft())

    def _send(self, task: Task) -> None:
        # A number and no name: keys stand in the logs of the cluster.
        self._n_sent += 1
        key = f"{self._name}-{self._n_sent}"
        path = os.fsencode(task.path)
        future = self._client.submit(attempt, self._name, path, key=key, pure=False)
        self._under_way[key] = (future, task)
        future.add_done_callback(lambda done: self._ended.put(str(done.key)))

    def _count_workers(self) -> int:
        n_workers = len(self._client.nthreads())
        now = time.monotonic()
        if n_workers:
            self._seen_s = now
        elif now - self._seen_s > self._patience_s:
            what = f"the cluster has had no worker for {self._patience_s:,.0f} seconds."
            raise StudyError("NO_WORKER", what, hint="its own log says why; what is coded is kept")
        return n_workers

    def _event_of(self, future: Future) -> tuple[Event | None, int]:
        """What became of a session, and how many attempts that took; None when its worker had no process for it.

        Raises: StudyError for what ends the run.
        """
        done = _fetched(future)
        if isinstance(done, int):
            fault = Fault("CRASHED", "its worker on the cluster was lost.")
            return Event(fault=fault, is_suspicious=True, most_attempts=MOST_LOSSES), done
        if done.refused is None:
            self._n_refused = 0
            return done.event, 1
        code, what, where, hint = done.refused
        self._n_refused += 1
        # One machine of many may be short of memory; when none has a process to offer, it is the program.
        if code != "NO_WORKER" or self._n_refused >= MOST_FAILED_STARTS:
            raise StudyError(code, what, where=where, hint=hint)
        return None, 0

    def close(self) -> None:
        """Nothing of the run stays on the cluster, if that can still be reached."""
        with contextlib.suppress(Exception):
            self._client.cancel([future for future, _ in self._under_way.values()], force=True)
            self._client.unregister_worker_plugin(self._name)


def _fetched(future: Future) -> Attempt | int:
    """What came back, or how many Dask workers were lost over it. Raises StudyError for what ends the run."""
    try:
        # A worker that is lost with its answer has it worked out anew by another, which is no attempt of ours.
        return cast(Attempt, future.result(timeout=_FETCH_S))
    except KilledWorker as error:
        return int(error.allowed_failures) + 1
    except TimeoutError:
        return 1
    except (CancelledError, OSError):
        raise _gone() from None
    except Exception as error:
        raise _unlike(error) from None


@contextlib.contextmanager
def _lost_as_error() -> Generator[None, None, None]:
    try:
        yield
    except OSError:
        raise _gone() from None


def _gone() -> StudyError:
    hint = "the same command goes on where it was"
    return StudyError("NO_CLUSTER", "the cluster's scheduler cannot be reached any more.", hint=hint)


def _unlike(error: Exception) -> StudyError:
    hint = "its workers need this version of transcript-alliance, and of Python and Dask the same as here"
    return StudyError("NO_CLUSTER", f"the cluster cannot run this program ({type(error).__name__}).", hint=hint)
