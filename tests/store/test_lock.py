"""Two starts on one study: one writes, the other is told at once who does."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.sources import ROOT
from transcript_alliance.errors import StudyError
from transcript_alliance.store.lock import refuse_if_held, sole_writer
from transcript_alliance.store.study import open_study

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


def test_a_killed_holder_leaves_no_lock(tmp_path: Path) -> None:
    study = tmp_path / "study.db"
    code = (
        "import os, sys; from pathlib import Path; from transcript_alliance.store.lock import sole_writer\n"
        "with sole_writer(Path(sys.argv[1])): os.kill(os.getpid(), 9)"
    )
    assert subprocess.run([sys.executable, "-c", code, str(study)], cwd=ROOT, check=False).returncode != 0
    with sole_writer(study):
        pass


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
