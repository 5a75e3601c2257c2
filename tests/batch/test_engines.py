"""Which engines there are, what each may be told, and that none talks to another machine in the clear."""

import importlib.util
import inspect
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.sources import ROOT
from transcript_alliance.batch.engine import run_tasks
from transcript_alliance.batch.engines import ENGINES, ClusterOptions, job_script, prepare_engine
from transcript_alliance.commands import batch
from transcript_alliance.errors import SettingsError

needs_extra = pytest.mark.skipif(importlib.util.find_spec("dask_jobqueue") is None, reason="needs the extra cluster")


def refusal(engine: str, **options: object) -> str:
    with pytest.raises(SettingsError) as caught:
        prepare_engine(engine, ClusterOptions(**options))  # type: ignore[arg-type]
    assert "\n" not in str(caught.value)
    return str(caught.value.code)


def test_the_command_names_every_engine() -> None:
    named = re.search(r"Where the work is done: (\w+), (\w+) or (\w+)", inspect.getsource(batch))
    assert named is not None
    assert named.groups() == tuple(ENGINES)


def test_the_engine_of_this_machine_is_the_one_that_was_always_there() -> None:
    assert prepare_engine("local", ClusterOptions()).run_tasks is run_tasks


def test_a_name_that_is_none_is_refused() -> None:
    assert refusal("dsk") == "ENGINE"


@pytest.mark.parametrize(
    ("engine", "options"),
    [("local", {"queue": "short"}), ("dask", {"cores": 2}), ("slurm", {"scheduler": "tls://h:1"})],
)
def test_what_means_nothing_to_an_engine_is_refused(engine: str, options: dict[str, object]) -> None:
    assert refusal(engine, **options) == "ENGINE"


@needs_extra
@pytest.mark.parametrize(
    "address",
    [
        "tcp://10.0.0.5:8786",
        "tcp://node7:8786",
        "tcp://0.0.0.0:8786",
        "tcp://[2001:db8::1]:8786",
        "tcp://127.0.0.1.example.org:8786",
        "tcp://localhost.example.org:8786",
    ],
)
def test_plain_tcp_beyond_this_machine_is_refused(address: str) -> None:
    assert refusal("dask", scheduler=address) == "NOT_ENCRYPTED"


@needs_extra
@pytest.mark.parametrize("address", ["tcp://127.0.0.1:8786", "tcp://[::1]:8786", "tcp://localhost:8786"])
def test_teeth_plain_tcp_on_this_machine_is_not(address: str) -> None:
    assert prepare_engine("dask", ClusterOptions(address)).is_elsewhere


@needs_extra
@pytest.mark.parametrize(
    "address", ["node7:8786", "ucx://node7:8786", "ws://127.0.0.1:80", "tls://node7", "tls://a b:1"]
)
def test_an_address_of_another_kind_is_refused(address: str) -> None:
    assert refusal("dask", scheduler=address) == "SCHEDULER"


@needs_extra
def test_encryption_without_certificates_is_refused(tmp_path: Path) -> None:
    here, gone = tmp_path / "here.pem", tmp_path / "gone.pem"
    here.write_text("")
    assert refusal("dask", scheduler="tls://node7:8786") == "NO_CERTIFICATE"
    assert refusal("dask", scheduler="tls://node7:8786", tls_ca=here) == "NO_CERTIFICATE"
    assert refusal("dask", scheduler="tls://node7:8786", tls_ca=here, tls_cert=gone) == "NO_CERTIFICATE"
    options = ClusterOptions("tls://node7:8786", tls_ca=here, tls_cert=here)
    assert prepare_engine("dask", options).is_elsewhere


def test_without_the_extra_one_line_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("transcript_alliance.batch.engines.find_spec", lambda _: None)
    assert refusal("dask") == refusal("slurm") == "NO_DASK"
    assert prepare_engine("local", ClusterOptions())


def test_dask_is_imported_for_its_engines_alone() -> None:
    code = "import sys, transcript_alliance.commands.batching; from transcript_alliance.batch.engines import *;"
    code += "prepare_engine('local', ClusterOptions()); print({'dask', 'distributed'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"


@needs_extra
def test_the_job_script_asks_for_what_was_said() -> None:
    given = ClusterOptions(queue="short", account="lab", cores=4, memory="16GB", walltime="8:00:00")
    lines = job_script("slurm", given).splitlines()
    for line in ("-p short", "-A lab", "--cpus-per-task=4", "--mem=15G", "-t 8:00:00", "-J transcript-alliance"):
        assert f"#SBATCH {line}" in lines
    worker = lines[-1]
    for words in ("--nthreads 1 ", "--no-nanny", "--no-dashboard", "--protocol tls://", "--tls-key "):
        assert words in worker
    # 28,800 s less five minutes are 28,500; an eleventh of it is 2,590 s, and leaving takes ten of them.
    assert "--lifetime 25900s --lifetime-stagger 2590s" in worker
    assert "export DASK_DISTRIBUTED__WORKER__MEMORY__SPILL=False" in lines


@needs_extra
@pytest.mark.parametrize(
    "options",
    [
        {"queue": "short\n#SBATCH --uid=0"},
        {"account": "$(id)"},
        {"memory": "plenty"},
        {"memory": "4"},
        {"walltime": "tomorrow"},
        {"walltime": "1:2:3:4"},
        {"walltime": "0"},
    ],
)
def test_what_would_not_be_a_job_is_refused(options: dict[str, str]) -> None:
    with pytest.raises(SettingsError) as caught:
        job_script("slurm", ClusterOptions(**options))  # type: ignore[arg-type]
    assert caught.value.code == "SLURM"


@needs_extra
@pytest.mark.skipif(shutil.which("sbatch") is not None, reason="there is a queue here")
def test_without_slurm_the_command_says_so_in_one_line(tmp_path: Path) -> None:
    batch = [sys.executable, "cli.py", "batch", str(tmp_path), "-o", str(tmp_path / "s.db"), "--engine", "slurm"]
    done = subprocess.run(batch, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("transcript-alliance: error [NO_SLURM]: ")
    assert len(done.stderr.splitlines()) == 1
    assert not (tmp_path / "s.db").exists()
    show = [*batch, "--show-job", "--queue", "q"]
    shown = subprocess.run(show, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (shown.returncode, shown.stderr) == (0, "")
    assert "#SBATCH -p q\n" in shown.stdout


@needs_extra
def test_a_queue_that_refuses_is_quoted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "sbatch").write_text("#!/bin/sh\necho 'sbatch: error: invalid partition specified: nope' >&2\nexit 1\n")
    (tmp_path / "sbatch").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    with pytest.raises(SettingsError, match="would not take the job: sbatch: error: invalid partition"):
        prepare_engine("slurm", ClusterOptions(queue="nope"))
