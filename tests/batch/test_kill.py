"""Killed at any moment, nothing is lost, doubled or half written. `python -m tests.batch.kill` does it at length."""

import os
import sys
from pathlib import Path

import pytest

from tests.batch.kill import kill_often

N_KILLS = int(os.environ.get("BATCH_KILLS", "20"))


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="finds the workers in /proc")
def test_kills_at_random_moments_leave_no_trace(tmp_path: Path) -> None:
    tally = kill_often(N_KILLS, tmp_path, seed=N_KILLS)
    assert sum(tally.n_kills.values()) >= N_KILLS
    assert tally.n_in_time > 0, "kills that hit nothing show nothing"
    assert tally.faults == 0, tally
