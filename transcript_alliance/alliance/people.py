"""Folds in which no therapist and no client is on both sides, from who saw whom."""

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from transcript_alliance.errors import DatasetError

MAX_FOLDS, MIN_GROUPS = 5, 3
"""Folds, and people apart that are needed for any: with two, a scale would be learned from one (our choice)."""
MIN_LEARNED = 10
"""Sessions that must be left to learn from when a fold is kept out: with fewer, no error is outside nine in ten."""


class Seen(Protocol):
    """A session of which is known who was there."""

    @property
    def therapist(self) -> str:
        """Who helped."""

    @property
    def client(self) -> str:
        """Who was helped."""


def linked_people(sessions: Sequence[Seen]) -> list[str]:
    """For each session one name for its therapist and everybody linked to that person by a client in common."""
    parent = {s.therapist: s.therapist for s in sessions}

    def home(name: str) -> str:
        while parent[name] != name:
            parent[name] = parent[parent[name]]  # halves the way for the next who asks
            name = parent[name]
        return name

    first: dict[str, str] = {}
    for s in sessions:
        parent[home(s.therapist)] = home(first.setdefault(s.client, s.therapist))
    return [home(s.therapist) for s in sessions]


def people_folds(people: Sequence[str], where: str, seed: int, most: int = MAX_FOLDS) -> NDArray[np.int64]:
    """Fold number of each session, (sessions,); all sessions of one of the `people` are in one fold.

    Up to `most` of them, of like sizes: who has most sessions is dealt out first. Raises DatasetError.
    """
    names, counts = np.unique(people, return_counts=True)
    if len(names) < MIN_GROUPS:
        raise DatasetError(
            "TOO_FEW_PEOPLE",
            f"therapists who share no client: expected {MIN_GROUPS} or more, got {len(names)}",
            where=where,
            hint="scores for new people can only be measured on people who were kept out; an id stands for one "
            "person in the whole table",
        )
    n_folds = min(most, len(names))
    sizes = np.zeros(n_folds, dtype=np.int64)
    fold_of: dict[str, int] = {}
    shuffled = np.random.default_rng(seed).permutation(len(names))
    for i in shuffled[np.argsort(-counts[shuffled], kind="stable")]:
        fold = int(np.argmin(sizes))
        fold_of[str(names[i])] = fold
        sizes[fold] += counts[i]
    left = int(sizes.sum() - sizes.max())
    if left < MIN_LEARNED:
        raise DatasetError(
            "TOO_FEW_SESSIONS",
            f"{left} sessions are left to learn from when some people are kept out; {MIN_LEARNED} are needed",
            where=where,
            hint="add sessions, or sessions of more therapists",
        )
    return np.array([fold_of[name] for name in people])
