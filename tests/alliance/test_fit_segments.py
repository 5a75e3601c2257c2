import numpy as np
import pytest

from transcript_alliance.alliance.fit_segments import fit_segments, least_probability
from transcript_alliance.coding.odds import logistic
from transcript_alliance.coding.segments import (
    OUTSIDE,
    TRACKS,
    SegmentModel,
    StrainTracks,
    best_segments,
    candidates,
    segment_features,
)

Marked = list[tuple[tuple[int, int], ...]]


def rated(seed: int, n_turns: int = 40) -> tuple[StrainTracks, Marked]:
    """A session with two events of three turns that touch: strain is high in both, only the begins part them."""
    rng = np.random.default_rng(seed)
    start = int(rng.integers(4, n_turns - 10))
    tracks = np.full((n_turns, len(TRACKS)), OUTSIDE)
    tracks[:, 0] = rng.normal(-3, 0.7, n_turns)
    tracks[start : start + 6, 0] += 5
    tracks[:, 1] = rng.normal(-3, 0.7, n_turns)
    tracks[[start, start + 3], 1] += 5
    events = ((start, start + 3), (start + 3, start + 6))
    return StrainTracks(tracks, np.arange(n_turns) % 2 == 1, 0.5), [events, events]


TRAIN, NEW = [rated(seed) for seed in range(40)], [rated(seed) for seed in range(100, 120)]


@pytest.fixture(scope="module")
def model() -> SegmentModel:
    return fit_segments([s for s, _ in TRAIN], [m for _, m in TRAIN])


def test_events_that_touch_are_told_apart_in_new_sessions(model: SegmentModel) -> None:
    least = least_probability(model, [s for s, _ in TRAIN], [m for _, m in TRAIN])
    found = [best_segments(40, logistic(model.log_odds(segment_features(s))), s.client, least) for s, _ in NEW]
    assert sum(f == m[0] for f, (_, m) in zip(found, NEW, strict=True)) >= 18


def likely_and_held(model: SegmentModel) -> tuple[np.ndarray, np.ndarray]:
    """Of every candidate of the new sessions: how likely it is, and whether it overlaps half with an event."""
    first, stop = candidates(40)
    held = [
        max((min(b, d) - max(a, c)) / (max(b, d) - min(a, c)) >= 0.5 for c, d in marked[0])
        for _, marked in NEW
        for a, b in zip(first, stop, strict=True)
    ]
    return np.concatenate([logistic(model.log_odds(segment_features(s))) for s, _ in NEW]), np.array(held)


def test_a_segment_is_as_likely_as_observers_marked_it(model: SegmentModel) -> None:
    likely, held = likely_and_held(model)
    assert likely.mean() == pytest.approx(held.mean(), abs=0.005)
    assert held[likely > 0.9].mean() > 0.9


def test_what_one_of_two_observers_marked_counts_by_half() -> None:
    likely, held = likely_and_held(fit_segments([s for s, _ in TRAIN], [[m[0], ()] for _, m in TRAIN]))
    assert likely.mean() == pytest.approx(held.mean() / 2, abs=0.005)


def test_without_a_marked_event_nothing_is_likely() -> None:
    likely, _ = likely_and_held(fit_segments([s for s, _ in TRAIN], [[(), ()] for _ in TRAIN]))
    assert likely.max() < 0.05
