import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from transcript_alliance.coding.odds import log_odds, logistic
from transcript_alliance.coding.segments import (
    LONGEST,
    N_FEATURES,
    OUTSIDE,
    TRACKS,
    SegmentModel,
    StrainTracks,
    best_segments,
    candidates,
    segment_features,
    standardised,
)


def strain(values: list[float], client: list[bool] | None = None, presence: float = 0.5) -> StrainTracks:
    """Tracks in which only the first, the strain, says anything."""
    tracks = np.full((len(values), len(TRACKS)), OUTSIDE)
    tracks[:, 0] = values
    return StrainTracks(tracks, np.array(client or [True] * len(values), dtype=bool), presence)


@given(st.integers(0, 40))
def test_candidates_are_all_runs_up_to_the_longest_each_once(n_turns: int) -> None:
    first, stop = candidates(n_turns)
    wanted = {(a, b) for a in range(n_turns) for b in range(a + 1, min(a + LONGEST, n_turns) + 1)}
    assert sorted(zip(first.tolist(), stop.tolist(), strict=True)) == sorted(wanted)
    assert segment_features(strain([0.0] * n_turns)).shape == (len(first), N_FEATURES)


def test_a_candidate_is_described_by_its_ends_its_inside_and_its_neighbours() -> None:
    features = segment_features(strain([1.0, 3.0, -2.0, 4.0], [True, False, True, False]))
    first, stop = candidates(4)
    row = features[(first == 1) & (stop == 3)][0]
    # before, first, last, after, mean (3 - 2) / 2, highest
    assert row[:6].tolist() == [1.0, 3.0, -2.0, 4.0, 0.5, 3.0]
    # presence .5; mean of the track 1.5; peak 4; 4 turns
    assert row[[42, 43, 45, 46]] == pytest.approx([0.5, 1.5, 4.0, np.log(4)])
    # therapist first, client last, half of the turns the client's; from a quarter to three quarters; 2 turns
    assert row[47:53] == pytest.approx([0, 1, 0.5, 0.25, 0.75, np.log(2)])
    assert row[53:].tolist() == [0, 1, 0, 0, 0, 0, 0, 0]
    assert features[(first == 0) & (stop == 1)][0][0] == OUTSIDE  # nobody spoke before


@given(st.lists(st.floats(-5, 5), min_size=1, max_size=30), st.floats(0.05, 0.95), st.data())
def test_found_segments_are_apart_in_order_likely_and_hold_a_clients_turn(
    values: list[float], least: float, data: st.DataObject
) -> None:
    n = len(values)
    client = np.array(data.draw(st.lists(st.booleans(), min_size=n, max_size=n)))
    first, stop = candidates(n)
    probabilities = logistic(np.array([np.mean(values[a:b]) for a, b in zip(first, stop, strict=True)]))
    found = best_segments(n, probabilities, client, least)
    likely = {(a, b): p for a, b, p in zip(first.tolist(), stop.tolist(), probabilities, strict=True)}
    assert all(a[1] <= b[0] for a, b in itertools.pairwise(found))
    assert all(likely[run] >= least and client[slice(*run)].any() for run in found)
    # Nothing better was left out: every likely candidate with a client's turn touches a found one as likely.
    for (a, b), p in likely.items():
        if p >= least and client[a:b].any():
            assert any(likely[c, d] >= p and a < d and c < b for c, d in found)


def test_a_model_weighs_features_and_their_squares() -> None:
    zero = (0.0,) * N_FEATURES
    linear, square = list(zero), list(zero)
    linear[1], square[1] = 2.0, 0.5  # the strain of the first turn
    model = SegmentModel(zero, (1.0,) * N_FEATURES, -1.0, tuple(linear), tuple(square))
    # one turn of strain 3: -1 + 2 x 3 + .5 x 9 = 9.5
    assert model.log_odds(segment_features(strain([3.0]))).tolist() == [9.5]


def test_outliers_are_held_at_four_standard_deviations() -> None:
    assert standardised(np.array([[50.0, 3.0]]), np.zeros(2), np.ones(2)).tolist() == [[4, 3]]


def test_log_odds_and_back() -> None:
    assert log_odds(np.array([0.5, 0.75])) == pytest.approx([0, np.log(3)])
    assert logistic(log_odds(np.array([0.2, 0.9]))) == pytest.approx([0.2, 0.9])
    assert np.isfinite(log_odds(np.array([0.0, 1.0]))).all()
    assert logistic(np.array([-1e9, 1e9])) == pytest.approx([0, 1])
