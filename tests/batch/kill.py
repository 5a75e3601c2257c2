"""Kills a batch at random moments, over and over, and looks for what was lost, doubled or half written.

    python -m tests.batch.kill 1000

Of ten kills seven end the driver, two a worker, one an export. After each the study must be whole and hold every
session that was said to be done; when all sessions are coded, its tables must be those of an undisturbed run, to the
byte. Then the next study is begun, until the number of kills is reached.
"""

import contextlib
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from tests.batch.coders import PlainCoder, planned, write_corpus
from tests.batch.tables import table_hashes
from transcript_alliance.batch.engine import Limits
from transcript_alliance.batch.run import carry_out
from transcript_alliance.store.check import verify_study
from transcript_alliance.store.export import SEAL, export_study, verify_tables
from transcript_alliance.store.study import open_study

ROOT = Path(__file__).resolve().parents[2]
N_SESSIONS = 40
DELAY_S = 0.02


@dataclass
class Tally:
    """What was done and what was found."""

    n_kills: dict[str, int] = field(default_factory=lambda: {"driver": 0, "worker": 0, "export": 0})
    n_in_time: int = 0
    """Kills that hit while there was work left."""
    n_lost: int = 0
    n_doubled: int = 0
    n_half_written: int = 0
    n_other_tables: int = 0
    n_studies: int = 0

    @property
    def faults(self) -> int:
        """All that must be 0."""
        return self.n_lost + self.n_doubled + self.n_half_written + self.n_other_tables


def kill_often(n_kills: int, folder: Path, seed: int = 0) -> Tally:
    """Kill a batch in `folder` so often."""
    choose, tally = random.Random(seed), Tally()
    corpus = write_corpus(folder / "corpus", N_SESSIONS)
    with drive(corpus, folder / "calm.db", folder / "calm") as process:
        process.wait()
    expected = table_hashes(folder / "calm.db")
    last_s = 1.0
    while sum(tally.n_kills.values()) < n_kills:
        tally.n_studies += 1
        study, tables = folder / f"study{tally.n_studies}.db", folder / f"tables{tally.n_studies}"
        is_done = False
        while not is_done:
            left = n_kills - sum(tally.n_kills.values())
            kind = choose.choices(("driver", "worker", "export"), (7, 2, 1))[0] if left else "none"
            began = time.monotonic()
            is_done = once(corpus, study, tables, kind, choose.uniform(0, last_s), tally)
            if is_done:
                last_s = min(20.0, max(0.3, time.monotonic() - began))
            examine(study, tables, tally)
        if table_hashes(study) != expected:
            tally.n_other_tables += 1
    return tally


def once(corpus: Path, study: Path, tables: Path, kind: str, after_s: float, tally: Tally) -> bool:
    """One start that meets its kill, or comes to its end; whether it did. Checks what it said it had done."""
    with drive(corpus, study, tables) as process:
        assert process.stdout is not None
        if kind == "export":
            said = read_until_export(process)
            time.sleep(after_s / 100)
        else:
            said = []
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(after_s)
        if process.poll() is None and kind != "none":
            tally.n_kills[kind] += 1
            tally.n_in_time += strike(process, kind)
        said += process.stdout.read().splitlines()
        is_done = process.wait() == 0
    done = {line.partition(" ")[2] for line in said if line.startswith("done ") and line.endswith(".")}
    if study.exists() and done:
        with open_study(study) as opened:
            kept = [session for session, _ in opened.coded_keys(opened.latest_run())]
        tally.n_lost += len({name.rstrip(".") for name in done} - set(kept))
        tally.n_doubled += len(kept) - len(set(kept))
    return is_done


def strike(process: "subprocess.Popen[str]", kind: str) -> bool:
    """Kill the driver, or one of its workers; whether there was one."""
    victims = [process.pid] if kind != "worker" else workers_of(process.pid)
    for pid in victims[:1]:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    return bool(victims)


def workers_of(parent: int) -> list[int]:
    found = []
    for status in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            ppid = int(status.read_text().rpartition(")")[2].split()[1])
            if ppid == parent and b"spawn_main" in (status.parent / "cmdline").read_bytes():
                found.append(int(status.parent.name))
    return sorted(found)


def read_until_export(process: "subprocess.Popen[str]") -> list[str]:
    said = []
    assert process.stdout is not None
    for line in process.stdout:
        said.append(line.rstrip("\n"))
        if line.startswith("exporting"):
            break
    return said


def examine(study: Path, tables: Path, tally: Tally) -> None:
    """The study is whole, and so is an export that says it is finished."""
    if study.exists() and study.stat().st_size:
        tally.n_half_written += len(verify_study(study))
    if (tables / SEAL).exists():
        tally.n_half_written += len(verify_tables(tables))


@contextlib.contextmanager
def drive(corpus: Path, study: Path, tables: Path) -> Iterator["subprocess.Popen[str]"]:
    """A process that codes the corpus, says what is done, and exports."""
    command = [sys.executable, "-m", "tests.batch.kill", "drive", str(corpus), str(study), str(tables)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


def _drive(corpus: Path, study: Path, tables: Path) -> None:
    with planned(study, corpus) as (opened, plan):
        for step in carry_out(opened, plan, PlainCoder(DELAY_S), Limits(jobs=2, session_s=300)):
            if step.aside is not None:
                sys.exit(f"set aside without a fault of its own: {step.aside.reason}")
            print(f"done {step.session}.", flush=True)
    print("exporting", flush=True)
    with open_study(study) as opened:
        export_study(opened, tables, with_text=True)


def main(arguments: list[str]) -> int:
    """0 when nothing was lost, doubled or half written."""
    if arguments[:1] == ["drive"]:
        corpus, study, tables = map(Path, arguments[1:])
        _drive(corpus, study, tables)
        return 0
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        tally = kill_often(int(arguments[0]) if arguments else 1000, Path(folder))
    print(tally, f"{time.monotonic() - began:,.0f} s")
    return 1 if tally.faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
