"""Dask clusters to work on: one of our own on this machine, or one that runs already. Needs the extra `cluster`."""

import asyncio
import contextlib
import logging
import multiprocessing
import os
import signal
import tempfile
import threading
import warnings
from collections.abc import Callable, Generator, Iterator
from multiprocessing.context import SpawnProcess

import dask
from distributed import Client, LocalCluster, Security, Worker

from transcript_alliance.batch.engine import Limits
from transcript_alliance.batch.engines import ClusterOptions
from transcript_alliance.batch.worker import end_with_parent
from transcript_alliance.errors import SettingsError, StudyError

_CONNECT_S = 15.0
"""How long a scheduler may take to answer. Our choice."""
_LOOK_S = 0.5
"""How often workers of ours that ended are replaced. Our choice."""
CLOSED = {
    # The first loss of a worker is told to us, who try the session again when no other is under way.
    "distributed.scheduler.allowed-failures": 0,
    # The pages of a dashboard, and what its server tells without one.
    "distributed.scheduler.http.routes": [],
    "distributed.worker.http.routes": [],
    # Coded sessions wait in memory for the driver; on a disk their words would outlive the run.
    "distributed.worker.memory.target": False,
    "distributed.worker.memory.spill": False,
    "distributed.worker.memory.pause": False,
    "distributed.worker.memory.terminate": False,
}
"""How clusters of ours differ from Dask's defaults."""


def security_of(options: ClusterOptions) -> Security:
    """The certificates for talking to the scheduler of `options`: those given, or Dask's configuration.

    Raises: SettingsError NO_CERTIFICATE when the address is tls:// and there are none.
    """
    if (options.scheduler or "").startswith("tcp://"):
        return Security()
    security = given_certificates(options) or Security(require_encryption=True)
    if not security.tls_ca_file or not security.tls_client_cert:
        hint = "give --tls-ca, --tls-cert and --tls-key, or set distributed.comm.tls in Dask's configuration"
        raise SettingsError("NO_CERTIFICATE", "tls:// needs certificates.", hint=hint)
    return security


def given_certificates(options: ClusterOptions) -> Security | None:
    """The certificates of the options, for all roles; None when there are none."""
    if options.tls_ca is None or options.tls_cert is None:
        return None
    certificate, key = str(options.tls_cert.absolute()), str((options.tls_key or options.tls_cert).absolute())
    roles = ("client", "scheduler", "worker")
    return Security(
        require_encryption=True,
        tls_ca_file=str(options.tls_ca.absolute()),
        **{f"tls_{role}_cert": certificate for role in roles},
        **{f"tls_{role}_key": key for role in roles},
    )


@contextlib.contextmanager
def at_scheduler(address: str, security: Security, limits: Limits) -> Generator[Client, None, None]:  # noqa: ARG001
    """A client of the scheduler at `address`. Raises StudyError NO_CLUSTER."""
    with silent():
        try:
            with warnings.catch_warnings():
                # Of other versions on other machines we tell in words of ours, when something comes of them.
                warnings.simplefilter("ignore")
                client = Client(address, security=security, timeout=_CONNECT_S, set_as_default=False)
        except (OSError, ValueError, RuntimeError):
            hint = "is it running, and are these certificates of its authority?"
            raise StudyError("NO_CLUSTER", f"no scheduler answers at {address}.", hint=hint) from None
        with client:
            yield client


@contextlib.contextmanager
def on_this_machine(limits: Limits) -> Generator[Client, None, None]:
    """A client of a cluster made for the occasion: `limits.jobs` workers, heard of on this machine alone.

    Encrypted even so: whoever can speak to a scheduler can have it run what he likes, and other accounts of the machine
    can reach every port of it.
    """
    security = Security.temporary()
    with (
        tempfile.TemporaryDirectory(prefix="transcript-alliance-", ignore_cleanup_errors=True) as scratch,
        silent(),
        dask.config.set(CLOSED),
        LocalCluster(
            n_workers=0,
            host="127.0.0.1",
            security=security,
            scheduler_kwargs={"dashboard": False, "dashboard_address": "127.0.0.1:0"},
            dashboard_address=None,
            silence_logs=logging.CRITICAL,
        ) as cluster,
        Client(cluster, set_as_default=False) as client,
        contextlib.closing(_Workers(limits.jobs, (cluster.scheduler_address, security, scratch))) as workers,
        again_and_again(workers.fill, _LOOK_S),
    ):
        yield client


class _Workers:
    """Dask workers on this machine. Dask's own keeper gives up on one that ends while it starts; this one does not."""

    def __init__(self, n_workers: int, arguments: tuple[str, Security, str]) -> None:
        self._n_workers = n_workers
        self._arguments = arguments
        self._processes: list[SpawnProcess] = []

    def fill(self) -> None:
        """Start as many as are missing."""
        self._processes = [process for process in self._processes if process.is_alive()]
        context = multiprocessing.get_context("spawn")
        while len(self._processes) < self._n_workers:
            process = context.Process(target=_serve, args=self._arguments, daemon=True, name="dask worker")
            process.start()
            self._processes.append(process)

    def close(self) -> None:
        """None is left."""
        for process in self._processes:
            process.kill()
            process.join()


def _serve(address: str, security: Security, scratch: str) -> None:
    """Be a Dask worker until the scheduler or the process that started this one ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=end_with_parent, daemon=True).start()
    with silent(), dask.config.set(CLOSED):
        asyncio.run(_be_worker(address, security, scratch))


async def _be_worker(address: str, security: Security, scratch: str) -> None:
    here = {"host": "127.0.0.1", "local_directory": scratch, "dashboard": False}
    async with Worker(address, nthreads=1, security=security, memory_limit=0, **here) as worker:
        await worker.finished()


@contextlib.contextmanager
def again_and_again(act: Callable[[], object], every_s: float) -> Iterator[None]:
    """`act` is called at once and then every so often, from a thread of its own, until the end."""
    over = threading.Event()

    def go_on() -> None:
        while not over.wait(every_s):
            # What fails now may do so no more the next time; that no worker comes is noticed elsewhere.
            with contextlib.suppress(Exception):
                act()

    act()
    thread = threading.Thread(target=go_on, daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


@contextlib.contextmanager
def silent() -> Iterator[None]:
    """Dask says nothing: what matters of it we say ourselves. With TRANSCRIPT_ALLIANCE_DEBUG=1 it speaks."""
    loggers = [logging.getLogger(name) for name in ("distributed", "tornado", "asyncio", "dask_jobqueue")]
    levels = [logger.level for logger in loggers]
    try:
        if os.environ.get("TRANSCRIPT_ALLIANCE_DEBUG") != "1":
            for logger in loggers:
                logger.setLevel(logging.CRITICAL + 1)
        yield
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)
