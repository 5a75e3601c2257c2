"""Where the work of a batch is done: the table of engines, and what each may be told.

Dask is imported only when its engine is chosen.
"""

import ipaddress
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from functools import partial
from importlib.util import find_spec
from pathlib import Path

from transcript_alliance.batch.engine import RunTasks, run_tasks
from transcript_alliance.errors import SettingsError, did_you_mean, show_name

_EXTRA_HINT = "install the extra: pip install 'transcript-alliance[cluster]'"
_OWN_PATIENCE_S = 120.0
_CLUSTER_PATIENCE_S = 60.0
_QUEUE_PATIENCE_S = 86_400.0
"""How long we wait while there is no worker at all: on this machine, at a running scheduler, in a queue. Our choice."""


@dataclass(frozen=True, slots=True)
class ClusterOptions:
    """Where a cluster is and what a job asks for. None: the engine's own choice, or Dask's configuration."""

    scheduler: str | None = None
    """Address, tls://HOST:PORT."""
    tls_ca: Path | None = None
    tls_cert: Path | None = None
    tls_key: Path | None = None
    queue: str | None = None
    account: str | None = None
    cores: int | None = None
    """Cores of one job, for the one session that it codes at a time."""
    memory: str | None = None
    """Memory of one job, such as 4GB."""
    walltime: str | None = None
    """Longest time of one job, as sbatch takes it: 8:00:00."""


@dataclass(frozen=True, slots=True)
class Workplace:
    """An engine that is ready: its options are sound and its packages are there."""

    run_tasks: RunTasks
    is_elsewhere: bool = False
    """Whether workers may stand on other machines: they know no folder that we stand in."""
    threads: int = 1
    """Processor threads for each worker, where it is elsewhere."""


@dataclass(frozen=True, slots=True)
class Engine:
    """A way to have sessions coded."""

    about: str
    prepare: Callable[[ClusterOptions], Workplace]
    takes: tuple[str, ...] = ()
    """Fields of `ClusterOptions` that mean something to it."""
    needs: tuple[str, ...] = ()
    """Modules of the extra `cluster` that it cannot do without."""
    job_script: Callable[[ClusterOptions], str] | None = None
    """What would be handed to a queue."""


def prepare_engine(name: str, options: ClusterOptions) -> Workplace:
    """The engine of that name, ready to work. Raises SettingsError."""
    return _checked(name, options).prepare(options)


def job_script(name: str, options: ClusterOptions) -> str:
    """The script of one job, as the engine would hand it in; nothing is started. Raises SettingsError."""
    write = _checked(name, options).job_script
    if write is None:
        raise SettingsError(
            "ENGINE", f"the engine {name} hands in no jobs.", hint="--show-job goes with --engine slurm"
        )
    return write(options)


def _checked(name: str, options: ClusterOptions) -> Engine:
    engine = ENGINES.get(name)
    if engine is None:
        hint = did_you_mean(name, ENGINES) or f"there are {', '.join(ENGINES)}"
        raise SettingsError("ENGINE", "there is no such engine.", hint=hint)
    given = [field.name for field in fields(options) if getattr(options, field.name) is not None]
    for option in given:
        if option not in engine.takes:
            able = [other for other, one in ENGINES.items() if option in one.takes]
            hint = f"it goes with --engine {' or '.join(able)}"
            raise SettingsError(
                "ENGINE", f"--{option.replace('_', '-')} means nothing to the engine {name}.", hint=hint
            )
    if any(find_spec(module) is None for module in engine.needs):
        what = f"The engine {name} needs packages that are not installed."
        raise SettingsError("NO_DASK", what, hint=_EXTRA_HINT)
    return engine


def _local(_: ClusterOptions) -> Workplace:
    return Workplace(run_tasks)


def _dask(options: ClusterOptions) -> Workplace:
    _refuse_open(options)
    from transcript_alliance.batch.dask_clusters import at_scheduler, on_this_machine, security_of
    from transcript_alliance.batch.dask_driver import run_on_cluster

    if options.scheduler is None:
        return Workplace(partial(run_on_cluster, on_this_machine, _OWN_PATIENCE_S))
    found = partial(at_scheduler, options.scheduler, security_of(options))
    return Workplace(partial(run_on_cluster, found, _CLUSTER_PATIENCE_S), is_elsewhere=True)


def _slurm(options: ClusterOptions) -> Workplace:
    _refuse_open(options)
    from transcript_alliance.batch.dask_driver import run_on_cluster
    from transcript_alliance.batch.slurm import refuse_without_slurm, through_slurm

    refuse_without_slurm(options)
    run = partial(run_on_cluster, partial(through_slurm, options), _QUEUE_PATIENCE_S)
    return Workplace(run, is_elsewhere=True, threads=options.cores or 1)


def _slurm_script(options: ClusterOptions) -> str:
    _refuse_open(options)
    from transcript_alliance.batch.slurm import job_script

    return job_script(options)


def _refuse_open(options: ClusterOptions) -> None:
    """Nobody but the two ends may read a session, or hand a worker something to run."""
    tls = (options.tls_ca, options.tls_cert, options.tls_key)
    if any(tls) and not (options.tls_ca and options.tls_cert):
        hint = "give --tls-ca, --tls-cert and --tls-key"
        raise SettingsError("NO_CERTIFICATE", "a certificate and its authority go together.", hint=hint)
    for file in tls:
        if file is not None and not file.is_file():
            raise SettingsError("NO_CERTIFICATE", "there is no such file.", where=show_name(file))
    if options.scheduler is None:
        return
    match = re.fullmatch(r"(\w+)://(\[[0-9A-Fa-f:.]+\]|[\w.-]+):\d{1,5}", options.scheduler, re.ASCII)
    if match is None or match[1] not in ("tls", "tcp"):
        raise SettingsError("SCHEDULER", "a scheduler's address is written tls://HOST:PORT.")
    if match[1] == "tcp" and not _is_loopback(match[2].strip("[]")):
        what = "plain tcp would carry sessions in the clear beyond this machine."
        hint = "start the scheduler with --tls-ca-file, --tls-cert and --tls-key, and give tls://HOST:PORT"
        raise SettingsError("NOT_ENCRYPTED", what, hint=hint)


def _is_loopback(host: str) -> bool:
    """Whether the name or number means this machine alone.

    >>> [_is_loopback(host) for host in ("127.0.0.1", "::1", "localhost", "127.0.0.1.example.org", "10.0.0.1")]
    [True, True, True, False, False]
    """
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


_TLS = ("tls_ca", "tls_cert", "tls_key")

ENGINES: Mapping[str, Engine] = {
    "local": Engine("worker processes on this machine", _local),
    "dask": Engine(
        "a Dask cluster: one on this machine, or that of --scheduler",
        _dask,
        takes=("scheduler", *_TLS),
        needs=("distributed", "cryptography"),
    ),
    "slurm": Engine(
        "jobs of a SLURM queue, through Dask",
        _slurm,
        takes=("queue", "account", "cores", "memory", "walltime", *_TLS),
        needs=("distributed", "dask_jobqueue", "cryptography"),
        job_script=_slurm_script,
    ),
}
"""Name -> engine. Whichever it is, the study holds the same bytes."""
