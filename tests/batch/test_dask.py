"""A cluster gives the bytes of one machine, whatever one session or one kill does to it.

The clusters are real ones, in processes of their own: in this one every connection is an error.
"""

import os
import random
import shutil
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.batch.clusters import as_options, cluster_of_others, write_certificates
from tests.batch.coders import CANARY, write_corpus
from tests.batch.dask_kill import Killer, workers_beneath
from tests.batch.driving import ROOT, Order, children, drive, n_outliving
from tests.batch.tables import table_hashes
from transcript_alliance.batch.engine import MOST_ATTEMPTS, MOST_KILLS
from transcript_alliance.store.study import open_study

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform != "linux", reason="finds the workers in /proc"),
]
pytest.importorskip("dask_jobqueue")
pytest.importorskip("cryptography")
N = 16


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_corpus(tmp_path_factory.mktemp("corpus"), N)


@pytest.fixture(scope="module")
def expected(tmp_path_factory: pytest.TempPathFactory, corpus: Path) -> dict[str, str]:
    study = tmp_path_factory.mktemp("study") / "local.db"
    assert told("local", corpus, study) == sorted(f"done S{k:03}" for k in range(N))
    return table_hashes(study)


def told(
    engine: str, corpus: Path, study: Path, *, session_s: float = 60.0, cluster: Mapping[str, str] | None = None
) -> list[str]:
    """What a whole run said, sorted."""
    with drive(engine, corpus, study, Order(session_s=session_s), cluster=cluster) as driver:
        assert driver.stdout is not None
        return sorted(driver.stdout.read().splitlines())


def test_a_cluster_gives_the_bytes_of_one_machine_and_is_heard_of_nowhere_else(
    corpus: Path, expected: dict[str, str], tmp_path: Path
) -> None:
    with drive("dask", corpus, tmp_path / "s.db", Order(delay_s=0.3)) as driver:
        assert driver.stdout is not None
        said = [driver.stdout.readline().strip()]
        beneath = workers_beneath(driver.pid)
        hosts = listening(driver.pid, *beneath)
        said += driver.stdout.read().splitlines()
        assert driver.wait() == 0
    assert sorted(beneath.values()) == ["coder", "coder", "dask worker", "dask worker"]
    assert hosts == {"0100007F"}, "127.0.0.1 alone, as /proc/net/tcp writes it"
    assert sorted(said) == sorted(f"done S{k:03}" for k in range(N))
    assert table_hashes(tmp_path / "s.db") == expected
    assert n_outliving(set(beneath)) == 0


def listening(*pids: int) -> set[str]:
    """Addresses at which the processes wait for connections."""
    inodes = set()
    for pid in pids:
        for entry in Path(f"/proc/{pid}/fd").iterdir():
            target = str(entry.readlink())
            if target.startswith("socket:["):
                inodes.add(target[8:-1])
    found = set()
    for table in ("tcp", "tcp6"):
        for line in Path(f"/proc/net/{table}").read_text().splitlines()[1:]:
            cells = line.split()
            # 0A: waits for connections.
            if cells[3] == "0A" and cells[9] in inodes:
                found.add(cells[1].split(":")[0])
    return found


def test_killed_workers_leave_no_trace(corpus: Path, expected: dict[str, str], tmp_path: Path) -> None:
    study = tmp_path / "s.db"
    with drive("dask", corpus, study, Order(delay_s=0.5)) as driver:
        assert driver.stdout is not None
        said = [driver.stdout.readline().strip()]
        with Killer(driver.pid, 4.0, random.Random(1)) as killer:
            (first, *_) = children(driver.pid)
            os.kill(first, signal.SIGKILL)
            said += driver.stdout.read().splitlines()
        assert driver.wait() == 0
    assert sorted(said) == sorted(f"done S{k:03}" for k in range(N)), "nothing is lost or told twice"
    assert table_hashes(study) == expected
    assert n_outliving(killer.seen) == 0


def test_a_killed_driver_takes_its_cluster_along_and_is_continued(
    corpus: Path, expected: dict[str, str], tmp_path: Path
) -> None:
    study = tmp_path / "s.db"
    with drive("dask", corpus, study, Order(delay_s=0.3)) as driver:
        assert driver.stdout is not None
        first = driver.stdout.readline().strip()
        beneath = set(workers_beneath(driver.pid))
        assert beneath
        driver.kill()
    assert n_outliving(beneath, patience_s=20) == 0
    again = told("dask", corpus, study)
    assert first not in again
    assert 0 < len(again) < N
    assert table_hashes(study) == expected


POISON = {
    "UNREADABLE": ("NO_TURNS", 1),
    "RAISE": ("UNEXPECTED", 1),
    "SEGFAULT": ("CRASHED", MOST_ATTEMPTS),
    "EXIT": ("CRASHED", MOST_ATTEMPTS),
    "KILLED": ("CRASHED", MOST_KILLS),
    "MEMORY": ("MEMORY", MOST_ATTEMPTS),
    "LOOP": ("TIMEOUT", MOST_ATTEMPTS),
}
N_OF_EACH = {"UNREADABLE": 5, "RAISE": 5, "SEGFAULT": 3, "EXIT": 3, "KILLED": 1, "MEMORY": 2, "LOOP": 1}


def test_twenty_poisoned_sessions_of_sixty_are_put_aside_as_on_one_machine(tmp_path: Path) -> None:
    corpus = write_corpus(tmp_path / "corpus", 60)
    words = [word for word, n in N_OF_EACH.items() for _ in range(n)]
    assert len(words) == 20
    poisoned = {f"S{3 * k:03}": word for k, word in enumerate(words)}
    for name, word in poisoned.items():
        (corpus / f"{name}.txt").write_text(f"T: {CANARY} {word}\nC: Yes.\nT: Well.\nC: No.\n", "utf-8")
    said = {engine: told(engine, corpus, tmp_path / f"{engine}.db", session_s=5) for engine in ("local", "dask")}
    assert said["dask"] == said["local"], "the same reasons, in the same words, after as many attempts"
    assert table_hashes(tmp_path / "dask.db") == table_hashes(tmp_path / "local.db")
    with open_study(tmp_path / "dask.db") as study:
        aside = study.quarantine(study.latest_run())
    found = {name: (why.code, why.attempts) for name, why in aside.items()}
    assert found == {name: POISON[word] for name, word in poisoned.items()}
    assert CANARY not in "".join(said["dask"])


@pytest.fixture
def certificates(tmp_path: Path) -> dict[str, str]:
    return write_certificates(tmp_path)


def test_a_running_scheduler_is_used_and_its_loss_is_told_and_made_good(
    corpus: Path, expected: dict[str, str], certificates: dict[str, str], tmp_path: Path
) -> None:
    study, port = tmp_path / "s.db", 20_000 + os.getpid() % 20_000
    cluster = as_options(certificates, port)
    with (
        cluster_of_others(certificates, port, tmp_path) as scheduler,
        drive("dask", corpus, study, Order(delay_s=0.5), cluster=cluster) as driver,
    ):
        assert driver.stdout is not None
        first = driver.stdout.readline().strip()
        scheduler.kill()
        rest = driver.stdout.read().splitlines()
        assert driver.wait() == 2
    assert rest[-1].startswith("error [NO_CLUSTER]: the cluster's scheduler cannot be reached any more.")
    with cluster_of_others(certificates, port, tmp_path):
        again = told("dask", corpus, study, cluster=cluster)
    assert first not in again
    assert table_hashes(study) == expected


def test_nobody_at_the_address_is_one_line(corpus: Path, certificates: dict[str, str], tmp_path: Path) -> None:
    said = told("dask", corpus, tmp_path / "s.db", cluster=as_options(certificates, 9))
    assert len(said) == 1
    assert said[0].startswith("error [NO_CLUSTER]: no scheduler answers at tls://127.0.0.1:9.")


QUEUE = """#!/bin/sh
# Takes a job as sbatch does and runs it at once.
test "$1" = --test-only && exit 0
cp "$1" "$PWD/job-$$.sh"
setsid sh "$PWD/job-$$.sh" > "$PWD/job-$$.out" 2>&1 &
echo "Submitted batch job $!"
"""


def test_jobs_are_handed_in_connect_encrypted_and_are_taken_back(
    corpus: Path, expected: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tools, jobs = tmp_path / "bin", tmp_path / "jobs"
    tools.mkdir()
    jobs.mkdir()
    (tools / "sbatch").write_text(QUEUE)
    (tools / "scancel").write_text('#!/bin/sh\nkill -9 -- "-$1"\necho "$1" >> cancelled\n')
    for tool in tools.iterdir():
        tool.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tools}{os.pathsep}{os.environ['PATH']}")
    # No network is needed: jobs and driver are on this machine.
    monkeypatch.setenv("DASK_JOBQUEUE__SLURM__SCHEDULER_OPTIONS", '{"host": "127.0.0.1"}')
    with drive(
        "slurm", corpus, tmp_path / "s.db", Order(delay_s=0.3), folder=jobs, cluster={"walltime": "1:00:00"}
    ) as driver:
        assert driver.stdout is not None
        said = sorted(driver.stdout.read().splitlines())
    assert said == sorted(f"done S{k:03}" for k in range(N))
    assert table_hashes(tmp_path / "s.db") == expected
    scripts = list(jobs.glob("job-*.sh"))
    assert len(scripts) >= 2
    assert all("tls://127.0.0.1:" in script.read_text() for script in scripts)
    assert CANARY not in "".join(out.read_text() for out in jobs.glob("*.out"))
    assert len((jobs / "cancelled").read_text().split()) >= 2
    assert not list(jobs.glob(".dask-jobqueue*")), "the key of the run is gone with it"


def test_the_shipped_model_gives_the_same_bytes_on_a_cluster(tmp_path: Path) -> None:
    from tests.batch.test_real_model import needs_model

    if needs_model.args[0]:
        pytest.skip("needs the shipped model")
    (tmp_path / "corpus").mkdir()
    for name in ("old-dog.vtt", "stammer.txt"):
        shutil.copy(ROOT / "sample_data" / "sessions" / name, tmp_path / "corpus")
    for engine in ("local", "dask"):
        batch = [sys.executable, "cli.py", "batch", str(tmp_path / "corpus"), "-o", str(tmp_path / f"{engine}.db")]
        done = subprocess.run([*batch, "--engine", engine], cwd=ROOT, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        assert done.stdout == f"2 of 2 sessions coded, 0 in quarantine: {engine}.db\n"
        assert done.stderr == "2 sessions: 2 to code\n"
    assert table_hashes(tmp_path / "dask.db") == table_hashes(tmp_path / "local.db")
