"""Two starts on one study: one writes, the other is told at once who does."""

import contextlib
import os
import platform
import sqlite3
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from tests.sources import ROOT
from transcript_alliance.errors import StudyError
from transcript_alliance.store.lock import refuse_if_held, sole_writer
from transcript_alliance.store.study import open_study

N_RACES = int(os.environ.get("STUDY_RACES", "30"))
_RACE = """
import sys, time
from pathlib import Path
from transcript_alliance.errors import StudyError
from transcript_alliance.store.lock import sole_writer
study, counter, won = Path(sys.argv[1]), Path(sys.argv[2]), 0
while time.time() < float(sys.argv[3]):
    try:
        with sole_writer(study):
            # Read, wait, write: with two at once one of them would be lost.
            seen = int(counter.read_text())
            time.sleep(0.002)
            counter.write_text(str(seen + 1))
            won += 1
    except StudyError:
        pass
print(won)
"""

_START = """
import sys, time
from pathlib import Path
from transcript_alliance.errors import StudyError
from transcript_alliance.store.study import open_study
for line in sys.stdin:
    began = time.monotonic()
    try:
        with open_study(Path(line.rstrip()), write=True):
            print("won", flush=True)
            sys.stdin.readline()
    except StudyError as error:
        print(error.code, time.monotonic() - began, error, flush=True)
"""


def test_the_second_start_is_told_who_holds_it_and_soon(tmp_path: Path) -> None:
    study = tmp_path / "study.db"
    with open_study(study, write=True):
        began = time.monotonic()
        for second in (lambda: refuse_if_held(study), lambda: open_study(study, write=True).__enter__()):
            with pytest.raises(StudyError, match=rf"study.db: process {os.getpid()} on .* is writing to it") as caught:
                second()
            assert caught.value.code == "IN_USE"
        assert time.monotonic() - began < 2
        with open_study(study) as reading:
            assert reading.entries() == {}
    with open_study(study, write=True):
        pass


@pytest.mark.skipif(os.name == "nt", reason="POSIX limits")
def test_a_disk_that_refuses_the_lock_is_not_taken_for_another_writer(tmp_path: Path) -> None:
    code = (
        "import resource, sys; from pathlib import Path; from transcript_alliance.errors import OutputError\n"
        "from transcript_alliance.store.lock import sole_writer\n"
        # No file may grow beyond a page, as on a full disk; a write then fails instead of ending the process.
        "resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))\n"
        "try:\n    sole_writer(Path(sys.argv[1])).__enter__()\n"
        "except OutputError as error: print(error.code)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "study.db")], cwd=ROOT, check=True, capture_output=True, text=True
    )
    assert done.stdout == "DISK_FULL\n"
    with sole_writer(tmp_path / "study.db"):
        pass


def test_a_killed_holder_leaves_no_lock(tmp_path: Path) -> None:
    study = tmp_path / "study.db"
    code = (
        "import os, sys; from pathlib import Path; from transcript_alliance.store.lock import sole_writer\n"
        "with sole_writer(Path(sys.argv[1])): os.kill(os.getpid(), 9)"
    )
    assert subprocess.run([sys.executable, "-c", code, str(study)], cwd=ROOT, check=False).returncode != 0
    with open_study(study, write=True) as _, pytest.raises(StudyError, match=f"process {os.getpid()} on "):
        refuse_if_held(study)


def test_the_name_of_one_who_was_killed_is_not_told_for_that_of_the_next(tmp_path: Path) -> None:
    study = tmp_path / "study.db"
    with sole_writer(study):
        pass
    # The next one has the lock already, and its name is not committed yet.
    with contextlib.closing(
        sqlite3.connect(tmp_path / "study.db.lock", isolation_level=None, check_same_thread=False)
    ) as next_one:
        gone = subprocess.run([sys.executable, "-c", "import os; print(os.getpid())"], capture_output=True, text=True)
        name = f"process {gone.stdout.strip()} on {platform.node()}"
        next_one.execute("INSERT INTO holder VALUES (?, 'x')", (name,))
        next_one.execute("BEGIN IMMEDIATE")
        next_one.execute("UPDATE holder SET name = ?", (f"process {os.getpid()} on {platform.node()}",))
        timer = threading.Timer(0.2, next_one.execute, ("COMMIT",))
        timer.start()
        with pytest.raises(StudyError, match=f"process {os.getpid()} on "):
            refuse_if_held(study)
        timer.join()


def test_one_who_asks_for_the_name_keeps_nobody_from_the_lock(tmp_path: Path) -> None:
    study = tmp_path / "study.db"
    with sole_writer(study):
        pass
    with contextlib.closing(
        sqlite3.connect(tmp_path / "study.db.lock", isolation_level=None, check_same_thread=False)
    ) as asking:
        asking.execute("BEGIN")
        asking.execute("SELECT name FROM holder").fetchall()
        timer = threading.Timer(0.2, asking.execute, ("COMMIT",))
        timer.start()
        with sole_writer(study):
            timer.join()


def test_of_many_racers_never_two_hold_it(tmp_path: Path) -> None:
    counter = tmp_path / "counter"
    counter.write_text("0")
    until = str(time.time() + 4)
    racers = [
        subprocess.Popen(
            [sys.executable, "-c", _RACE, str(tmp_path / "study.db"), str(counter), until],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(3)
    ]
    won = [int(racer.communicate()[0]) for racer in racers]
    assert all(racer.returncode == 0 for racer in racers)
    assert sum(won) == int(counter.read_text()) > 0


def test_of_two_starts_at_one_moment_one_writes_and_the_other_is_told_by_whom(tmp_path: Path) -> None:
    command = [sys.executable, "-c", _START]
    starts = [
        subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for _ in range(2)
    ]
    slowest_s, winners = 0.0, set()
    for race in range(N_RACES):
        # Every other study is there already.
        study = tmp_path / f"study{race // 2}.db"
        for start in starts:
            assert start.stdin is not None
            start.stdin.write(f"{study}\n")
            start.stdin.flush()
        said = [start.stdout.readline() for start in starts if start.stdout is not None]
        assert sum(one == "won\n" for one in said) == 1, said
        ((winner, loser),) = [(k, 1 - k) for k in (0, 1) if said[k] == "won\n"]
        code, seconds, what = said[loser].split(" ", 2)
        assert (code, f"process {starts[winner].pid} on " in what) == ("IN_USE", True)
        slowest_s = max(slowest_s, float(seconds))
        winners.add(winner)
        held = starts[winner].stdin
        assert held is not None
        held.write("\n")
        held.flush()
    for start in starts:
        start.communicate()
    assert slowest_s < 2
    assert winners == {0, 1} or N_RACES < 20
