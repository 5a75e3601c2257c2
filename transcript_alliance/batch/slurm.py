"""Jobs of a SLURM queue as Dask workers, through dask-jobqueue. Needs the extra `cluster`."""

import contextlib
import re
import shutil
import subprocess
import tempfile
from collections.abc import Generator
from pathlib import Path
from typing import Any

import dask
from dask_jobqueue.slurm import SLURMCluster, SLURMJob
from distributed import Client, Security

from transcript_alliance.batch.dask_clusters import CLOSED, again_and_again, given_certificates, silent
from transcript_alliance.batch.engine import Limits
from transcript_alliance.batch.engines import ClusterOptions
from transcript_alliance.errors import SettingsError

_MEMORY = "4GB"
"""Of one job, where neither the options nor Dask's configuration say. Our choice: the model takes about 1 GB."""
_LOOK_S = 10.0
"""How often jobs that ended are replaced. Our choice."""
_LEAVE_S = 300
"""A worker leaves its job so long before the job's time is over, and is followed by another. Our choice."""
_MADE_LATER = Security(
    require_encryption=True,
    **{f"tls_{part}": "MADE-FOR-THE-RUN.pem" for part in ("ca_file", "worker_cert", "worker_key")},
)


def refuse_without_slurm(options: ClusterOptions) -> None:
    """Raises SettingsError where there is no SLURM, or where it would not take the job."""
    script = job_script(options)
    if shutil.which("sbatch") is None:
        hint = "run this on a login node; --show-job prints the job script"
        raise SettingsError("NO_SLURM", "there is no sbatch on this machine.", hint=hint)
    with tempfile.NamedTemporaryFile("w", suffix=".sh", encoding="utf-8") as file:
        file.write(script)
        file.flush()
        tried = subprocess.run(["sbatch", "--test-only", file.name], capture_output=True, text=True, check=False)
    if tried.returncode:
        said = tried.stderr.strip().splitlines() or ["no reason given"]
        raise SettingsError("SLURM", f"the queue would not take the job: {said[-1]}", hint="--show-job prints it")


def job_script(options: ClusterOptions) -> str:
    """The script of one job; the scheduler's address and the certificates made for a run stand open."""
    security = given_certificates(options) or _MADE_LATER
    job = SLURMJob("tls://SCHEDULER:PORT", name="NAME", protocol="tls://", security=security, **_asked_for(options))
    return str(job.job_script())


@contextlib.contextmanager
def through_slurm(options: ClusterOptions, limits: Limits) -> Generator[Client, None, None]:
    """A client of a scheduler in this process, with `limits.jobs` jobs in the queue for as long as it is open.

    A job that ends, with its time or without, is followed by another. Each codes one session at a time.
    """
    security = given_certificates(options) or Security.temporary()
    # The nodes must find the certificates, so they lie in a folder that is shared, by default the one we stand in.
    shared = dask.config.get("jobqueue.slurm.shared-temp-directory", None) or str(Path.cwd())
    with silent(), dask.config.set(CLOSED):
        given = dask.config.get("jobqueue.slurm.scheduler-options", {})
        # Its server has no pages, and nobody beyond this machine is to ask it for one.
        closed = {**given, "dashboard": False, "dashboard_address": "127.0.0.1:0"}
        with SLURMCluster(
            n_workers=0,
            protocol="tls://",
            security=security,
            shared_temp_directory=shared,
            scheduler_options=closed,
            silence_logs="critical",
            **_asked_for(options),
        ) as cluster:
            # Asked for again, a cluster hands in anew what it has lost.
            again = again_and_again(lambda: cluster.scale(jobs=limits.jobs), _LOOK_S)
            with again, Client(cluster, set_as_default=False) as client:
                yield client


def _asked_for(options: ClusterOptions) -> dict[str, Any]:
    """What a job asks for, as dask-jobqueue names it. Raises SettingsError SLURM."""
    for name in ("queue", "account", "memory"):
        value = getattr(options, name)
        if value is not None and not re.fullmatch(r"[\w.,+-]{1,200}", value, re.ASCII):
            raise SettingsError("SLURM", f"--{name}: expected letters, digits and . , + - _ alone.")
    if options.memory is not None and not re.fullmatch(r"\d+(\.\d+)?[kKMGT]i?B", options.memory, re.ASCII):
        raise SettingsError("SLURM", "--memory: expected a number and its unit, such as 4GB.")
    configured = dask.config.get("jobqueue.slurm", {})
    cores = options.cores or configured.get("cores") or 1
    walltime = options.walltime or configured.get("walltime") or "30:00"
    # Dask leaves earlier or later by the stagger, so that not all workers leave at once.
    stagger_s = max(seconds(walltime) - _LEAVE_S, seconds(walltime) // 2) // 11
    # Python is told in the job what `CLOSED` tells it here.
    closed = [f"export DASK_{name.replace('.', '__').replace('-', '_').upper()}={value}" for name, value in _worker()]
    return {
        "queue": options.queue,
        "account": options.account,
        "cores": 1,
        "processes": 1,
        "job_cpu": cores,
        # A worker that ends ends its job, and another takes its place; Dask's own keeper may give up on one.
        "nanny": False,
        "memory": options.memory or configured.get("memory") or _MEMORY,
        "walltime": walltime,
        "job_name": configured.get("name") if configured.get("name") != "dask-worker" else "transcript-alliance",
        "worker_extra_args": [
            *(configured.get("worker-extra-args") or []),
            *("--no-dashboard", "--lifetime", f"{10 * stagger_s}s", "--lifetime-stagger", f"{stagger_s}s"),
        ],
        "job_script_prologue": [*(configured.get("job-script-prologue") or []), "umask 077", *closed],
    }


def _worker() -> list[tuple[str, object]]:
    return [(name, value) for name, value in CLOSED.items() if name.startswith("distributed.worker.")]


def seconds(walltime: str) -> int:
    """The seconds of a time as sbatch takes it. Raises SettingsError SLURM.

    >>> [seconds(text) for text in ("90", "90:30", "8:00:00", "1-12", "1-00:30", "2-00:00:01")]
    [5400, 5430, 28800, 129600, 88200, 172801]
    """
    days, dash, rest = walltime.rpartition("-")
    parts = rest.split(":")
    # Without days a single number is minutes and two are minutes and seconds; with days they begin with hours.
    units = (3600, 60, 1) if dash or len(parts) == 3 else (60, 1)
    numbers = [*([days] if dash else []), *parts]
    if len(parts) > len(units) or not all(re.fullmatch(r"\d{1,5}", part, re.ASCII) for part in numbers):
        hint = "for eight hours write 8:00:00"
        raise SettingsError("SLURM", "--walltime: expected a time as sbatch takes it.", hint=hint)
    n_seconds = sum(int(part) * unit for part, unit in zip(parts, units, strict=False)) + int(days or 0) * 86_400
    if n_seconds < 60:
        raise SettingsError("SLURM", "--walltime: expected a minute or more.")
    return n_seconds
