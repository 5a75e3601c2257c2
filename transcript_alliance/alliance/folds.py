"""Work that is done anew for each fold of a cross-fit."""

from collections.abc import Callable, Iterator
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from transcript_alliance.machine import side_by_side

Found = TypeVar("Found")

PROCESSES_FROM = 100
"""Sessions from which each fold is worked out in a process of its own (our choice)."""


def by_fold(work: Callable[[int], Found], folds: NDArray[np.int64]) -> Iterator[tuple[NDArray[np.intp], Found]]:
    """The places of each fold's sessions, and what `work` gives for its number; `work` as for `side_by_side`.

    `folds` are the numbers of the sessions' folds, (sessions,).
    """
    numbers = np.unique(folds).tolist()
    found = side_by_side(work, numbers, len(folds) >= PROCESSES_FROM)
    yield from ((np.flatnonzero(folds == number), each) for number, each in zip(numbers, found, strict=True))
