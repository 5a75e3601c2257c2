"""Which turns make up a rupture event: every short run of turns is a candidate, weighed as a whole.

A threshold on single turns cuts an event in two where somebody says "mm-hm", and joins two that touch. So each
candidate is described by what stands at its two ends, inside it and just outside, a logistic regression says how
likely an observer marked an event that overlaps at least half with it, and the likeliest candidates that do not
overlap are taken. Weighing whole segments instead of single turns is our choice; it is common in finding actions
in films.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from transcript_alliance.coding.odds import Array

Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]
Range = tuple[int, int]
"""Half-open turn range."""

LONGEST = 14
"""Turns of the longest candidate; 96 of 100 marked events are no longer (our choice)."""
OUTSIDE = -6.0
"""Stands for log odds before the first turn, after the last, and where a code is not asked (our choice)."""
LENGTHS = tuple(range(1, 9))
"""Lengths in turns that have a weight of their own."""


@dataclass(frozen=True, slots=True, eq=False)
class StrainTracks:
    """What speaks for and against strain of one kind, turn by turn."""

    tracks: Array  # (turns, TRACKS), log odds; OUTSIDE where a code is not asked
    client: Flags  # (turns,), whose turn it is
    presence: float
    """How likely the session holds an event of the kind at all, about 0..1."""


@dataclass(frozen=True, slots=True)
class SegmentModel:
    """A logistic regression on the features of a candidate and on their squares; each tuple has `N_FEATURES`."""

    mean: tuple[float, ...]
    sd: tuple[float, ...]
    intercept: float
    linear: tuple[float, ...]
    square: tuple[float, ...]

    def log_odds(self, features: Array) -> Array:
        """For features (candidates, features): log odds that an observer marked an event here."""
        z = standardised(features, np.array(self.mean), np.array(self.sd))
        found: Array = self.intercept + z @ np.array(self.linear) + (z * z) @ np.array(self.square)
        return found


def standardised(features: Array, mean: Array, sd: Array) -> Array:
    """Features in standard deviations from their mean, at most 4 either way: squares of outliers must not rule."""
    z: Array = np.clip((features - mean) / sd, -4, 4)
    return z


def candidates(n_turns: int) -> tuple[Ints, Ints]:
    """First turn, and the turn after the last, of every run of up to `LONGEST` turns, shorter runs first.

    >>> [pair.tolist() for pair in candidates(3)]
    [[0, 1, 2, 0, 1, 0], [1, 2, 3, 2, 3, 3]]
    """
    lengths = range(1, min(LONGEST, n_turns) + 1)
    first = [np.arange(n_turns - length + 1) for length in lengths]
    if not first:
        return np.empty(0, np.int64), np.empty(0, np.int64)
    return np.concatenate(first), np.concatenate([a + n for a, n in zip(first, lengths, strict=True)])


def segment_features(strain: StrainTracks) -> Array:
    """Description of every candidate of a session, (candidates, features), in the order of `candidates`.

    Of each track: the turn before, the first, the last, the turn after, the mean and the highest inside. Then of
    the session: presence, mean, spread and peak of the first track, length; and of the candidate: who speaks first
    and last, the client's share of its turns, where it stands, and its length.
    """
    n_turns = len(strain.client)
    first, stop = candidates(n_turns)
    length = stop - first
    columns = [view(track, first, stop) for track in strain.tracks.T for view in _VIEWS]
    main = strain.tracks[:, 0]
    session = (strain.presence, main.mean(), main.std(), main.max(), np.log(n_turns)) if n_turns else (0.0,) * 5
    client = strain.client.astype(float)
    columns += [np.full(len(first), value) for value in session]
    columns += [client[first], client[stop - 1], _mean(client, first, stop)]
    columns += [first / max(n_turns, 1), stop / max(n_turns, 1), np.log(length)]
    columns += [(length == n).astype(float) for n in LENGTHS]
    return np.column_stack(columns)


def best_segments(n_turns: int, probabilities: Array, client: Flags, least: float) -> tuple[Range, ...]:
    """The likeliest candidates, from probability `least` on, that do not overlap, in order of their first turn.

    A rupture is the client's: candidates without a client's turn are left out. Of equals the shorter is taken.
    """
    first, stop = candidates(n_turns)
    turns_of_client = np.concatenate([[0], np.cumsum(client)])
    possible = np.flatnonzero((probabilities >= least) & (turns_of_client[stop] > turns_of_client[first]))
    free = np.ones(n_turns, dtype=bool)
    taken: list[Range] = []
    for candidate in possible[np.argsort(-probabilities[possible], kind="stable")]:
        a, b = int(first[candidate]), int(stop[candidate])
        if free[a:b].all():
            free[a:b] = False
            taken.append((a, b))
    return tuple(sorted(taken))


def _at(track: Array, turn: Ints) -> Array:
    """The track on each turn, OUTSIDE where there is no such turn."""
    inside = (turn >= 0) & (turn < len(track))
    found: Array = np.where(inside, track[np.clip(turn, 0, len(track) - 1)], OUTSIDE)
    return found


def _mean(track: Array, first: Ints, stop: Ints) -> Array:
    total = np.concatenate([[0.0], np.cumsum(track)])
    found: Array = (total[stop] - total[first]) / (stop - first)
    return found


def _highest(track: Array, _first: Ints, _stop: Ints) -> Array:
    """The highest of the track inside every candidate: each length from the one before it."""
    found = [track]
    for length in range(2, min(LONGEST, len(track)) + 1):
        found.append(np.maximum(found[-1][:-1], track[length - 1 :]))
    return np.concatenate(found)


_VIEWS: Sequence[Callable[[Array, Ints, Ints], Array]] = (
    lambda track, first, _stop: _at(track, first - 1),
    lambda track, first, _stop: track[first],
    lambda track, _first, stop: track[stop - 1],
    lambda track, _first, stop: _at(track, stop),
    _mean,
    _highest,
)

TRACKS = ("strain", "begin", "end", "sub-code", "RRR", "NEG", "alliance")
"""Columns of `StrainTracks.tracks`."""
N_FEATURES = len(TRACKS) * len(_VIEWS) + 5 + 3 + 3 + len(LENGTHS)
"""Views of the tracks, numbers of the session, speakers, place and length, and the single lengths."""
