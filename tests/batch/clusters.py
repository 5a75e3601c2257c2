"""A Dask cluster that somebody else has started, over encrypted connections. Needs the extra `cluster`."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.batch.driving import ROOT


def write_certificates(folder: Path) -> dict[str, str]:
    """A certificate that is its own authority; field of `ClusterOptions` -> its file."""
    from distributed import Security

    made = Security.temporary()
    contents = {"tls_ca": made.tls_ca_file, "tls_cert": made.tls_client_cert, "tls_key": made.tls_client_key}
    for name, content in contents.items():
        (folder / f"{name}.pem").write_text(content)
    return {name: str(folder / f"{name}.pem") for name in contents}


def as_options(certificates: dict[str, str], port: int) -> dict[str, str]:
    """What a batch is told of the cluster at `port`."""
    return {"scheduler": f"tls://127.0.0.1:{port}", **certificates}


@contextmanager
def cluster_of_others(certificates: dict[str, str], port: int, folder: Path) -> "Iterator[subprocess.Popen[str]]":
    """A scheduler and a worker with Dask's defaults; yields the scheduler."""
    names = {"tls_ca": "--tls-ca-file", "tls_cert": "--tls-cert", "tls_key": "--tls-key"}
    tls = [*(part for name, file in certificates.items() for part in (names[name], file)), "--protocol", "tls"]
    scheduler = ["distributed.cli.dask_scheduler", "--host", "127.0.0.1", "--port", str(port), "--no-dashboard"]
    worker = ["distributed.cli.dask_worker", f"tls://127.0.0.1:{port}", "--nthreads", "2", "--no-dashboard"]
    with (
        _running(*scheduler, *tls, until="Scheduler at", cwd=folder) as found,
        _running(*worker, *tls, until="Registered to", cwd=folder),
    ):
        yield found


@contextmanager
def _running(*command: str, until: str, cwd: Path) -> "Iterator[subprocess.Popen[str]]":
    """A process of Dask's own, once it has said that it is there."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    whole = [sys.executable, "-m", *command]
    with subprocess.Popen(whole, cwd=cwd, env=environment, stderr=subprocess.PIPE, text=True) as process:
        try:
            assert process.stderr is not None
            if not any(until in line for line in process.stderr):
                raise RuntimeError(f"{command[0]} did not start")
            yield process
        finally:
            process.kill()
