"""Killed at any moment, nothing is lost, doubled or half written. `python -m tests.batch.kill` does it at length."""

import os
import sys
from pathlib import Path

import pytest

from tests.batch.killing import kill_often
from tests.batch.test_real_model import needs_model, write_stretches

N_KILLS = int(os.environ.get("BATCH_KILLS", "20"))
N_MODEL_KILLS = int(os.environ.get("MODEL_KILLS", "10"))


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="finds the workers in /proc")
def test_kills_at_random_moments_leave_no_trace(tmp_path: Path) -> None:
    tally = kill_often(N_KILLS, tmp_path, seed=N_KILLS, n_sessions=120)
    assert tally.n_kills.total() >= N_KILLS
    assert tally.moments["coding"] > 0, "kills that hit nothing show nothing"
    assert tally.faults == 0, tally


@pytest.mark.slow
@needs_model
@pytest.mark.skipif(sys.platform != "linux", reason="finds the workers in /proc")
def test_kills_while_the_shipped_model_codes_leave_no_trace(tmp_path: Path) -> None:
    write_stretches(tmp_path / "corpus", min(8 + N_MODEL_KILLS, 40))
    tally = kill_often(N_MODEL_KILLS, tmp_path, seed=N_MODEL_KILLS, has_model=True)
    print(tally)
    assert tally.n_kills.total() >= N_MODEL_KILLS
    assert tally.moments["coding"] > 0, "kills that hit nothing show nothing"
    assert tally.faults == 0, tally
