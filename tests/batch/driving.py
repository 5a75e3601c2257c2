"""Batches in processes of their own, as a test that kills them or connects to nothing needs them.

    python -m tests.batch.driving ENGINE CORPUS STUDY [NAME=VALUE ...]

Codes the corpus and says how each session ended, a line each. The names are the fields of `Order` and of
`ClusterOptions`.
"""

import contextlib
import os
import random
import re
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, fields
from itertools import islice
from pathlib import Path

from tests.batch.coders import PlainCoder, planned
from transcript_alliance.batch.coder import ModelCoder, run_identity
from transcript_alliance.batch.engine import Limits
from transcript_alliance.batch.engines import ClusterOptions, prepare_engine
from transcript_alliance.batch.run import carry_out
from transcript_alliance.errors import TranscriptError
from transcript_alliance.settings import Settings

STARTED = re.compile(rb"spawn_main|multiprocessing\.forkserver import")
"""Stands in the command line of a process that Python's multiprocessing has started."""
ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Order:
    """How a batch is to be done."""

    jobs: int = 2
    session_s: float = 60.0
    delay_s: float = 0.0
    """Of the plain coder, for each session."""
    threads: int = 0
    """Of the shipped model, 1 or more; 0: the plain coder codes."""
    shuffle: int = 0
    """Seed of the order in which the corpus is coded; 0: as it is listed."""
    stop_after: int = 0
    """Sessions after which the batch is broken off; 0: none."""


_KINDS = {name: type(value) for name, value in asdict(Order()).items()}


@contextlib.contextmanager
def drive(
    engine: str,
    corpus: Path,
    study: Path,
    order: Order = Order(),
    *,
    folder: Path = ROOT,
    cluster: Mapping[str, str] | None = None,
) -> "Iterator[subprocess.Popen[str]]":
    """A process that codes the corpus with the engine and says how each session ended; it ends with this context."""
    options = [f"{name}={value}" for name, value in {**asdict(order), **(cluster or {})}.items()]
    command = [sys.executable, "-m", "tests.batch.driving", engine, str(corpus), str(study), *options]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(command, cwd=folder, env=environment, text=True, **pipes) as process:  # type: ignore[call-overload]
        try:
            yield process
        finally:
            process.kill()


def main(engine: str, corpus: str, study: str, *options: str) -> int:
    """Code, and say how each session ended."""
    given = dict(option.split("=", 1) for option in options)
    order = Order(**{field.name: _KINDS[field.name](given.pop(field.name)) for field in fields(Order)})
    tls = {name: Path(value) for name, value in given.items() if name.startswith("tls_")}
    make = ModelCoder(Settings(), order.threads) if order.threads else PlainCoder(order.delay_s)
    identity = run_identity(Settings()) if order.threads else PlainCoder().identity
    shuffle = random.Random(order.shuffle).shuffle if order.shuffle else None
    limits = Limits(order.jobs, order.session_s)
    try:
        workplace = prepare_engine(engine, ClusterOptions(**{**given, **tls}))  # type: ignore[arg-type]
        with (
            planned(Path(study), Path(corpus), identity=identity, shuffle=shuffle) as (opened, plan),
            contextlib.closing(carry_out(opened, plan, make, limits, workplace.run_tasks)) as steps,
        ):
            for step in islice(steps, order.stop_after or None):
                why = step.aside
                how = f"aside {step.session} {why.code} {why.attempts} {why.reason}" if why else f"done {step.session}"
                print(how, flush=True)
    except TranscriptError as error:
        print(f"error [{error.code}]: {error}")
        return 2
    return 0


def children(parent: int) -> list[int]:
    """Process ids of the workers that a process has started."""
    found = []
    for status in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            ppid = int(status.read_text().rpartition(")")[2].split()[1])
            if ppid == parent and is_worker(int(status.parent.name)):
                found.append(int(status.parent.name))
    return found


def is_worker(pid: int) -> bool:
    """Whether the process is there, and is one of ours."""
    with contextlib.suppress(OSError):
        return STARTED.search(Path(f"/proc/{pid}/cmdline").read_bytes()) is not None
    return False


def n_outliving(pids: set[int], patience_s: float = 10.0) -> int:
    """How many of these workers are still there after a while."""
    until = time.monotonic() + patience_s
    # What has ended has no command line any more, though its parent may not have asked for its exit code.
    while (left := sum(map(is_worker, pids))) and time.monotonic() < until:
        time.sleep(0.05)
    return left


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
