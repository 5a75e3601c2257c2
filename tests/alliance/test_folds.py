"""Work done anew for each fold, in this process or in others."""

from collections.abc import Sequence
from functools import partial

import numpy as np
import pytest

from transcript_alliance.alliance import folds as module
from transcript_alliance.alliance.folds import by_fold

FOLDS = np.array([1, 0, 1, 2, 0])


def beside(values: Sequence[int], fold: int) -> tuple[int, int]:
    """A function of a module, so that another process finds it."""
    return fold, sum(values)


@pytest.mark.parametrize("from_sessions", [1, 100])
def test_found_is_the_same_in_other_processes(from_sessions: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PROCESSES_FROM", from_sessions)
    monkeypatch.setattr("transcript_alliance.machine.n_processors", lambda: 2)
    found = [(places.tolist(), each) for places, each in by_fold(partial(beside, (3, 4)), FOLDS)]
    assert found == [([1, 4], (0, 7)), ([0, 2], (1, 7)), ([3], (2, 7))]
