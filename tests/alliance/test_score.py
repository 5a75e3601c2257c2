from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.builders import make_session
from transcript_alliance.alliance.calibrate import ScaleCalibration
from transcript_alliance.alliance.dataset import OUTCOMES, TURN_CODES
from transcript_alliance.alliance.phrases import Vocabulary
from transcript_alliance.alliance.scales import reported_scales, to_reported
from transcript_alliance.alliance.score import Units, score_session, score_windows, thirds, turn_contributions
from transcript_alliance.alliance.scorer import FEATURES, Evidence, Scorer
from transcript_alliance.session import Role, Session

N = len(OUTCOMES)
SILENT = Vocabulary((), (), np.empty(0))
"""No words count here; tests/alliance/test_scorer.py has those."""
EMP, NEG = FEATURES.index(("EMP", Role.THERAPIST)), FEATURES.index(("NEG", Role.THERAPIST))
SESSION = make_session("\n".join(f"{'TC'[n % 2]}: Turn {n}." for n in range(7)))


def units(half_width: float = 1.0, weight: float = 1.0) -> Units:
    """Empathy raises every output, the anti-marker lowers it; all else does not matter."""
    scales = reported_scales()
    line = ScaleCalibration(0.0, 1.0, half_width)
    weights = np.zeros((N, len(FEATURES)))
    weights[:, EMP], weights[:, NEG] = weight, -weight
    mean, sd = np.full(len(FEATURES), np.log(0.5)), np.ones(len(FEATURES))
    scorer = Scorer(SILENT, np.empty((N, 0)), mean, sd, weights, np.full(N, 4.0))
    return Units(scorer, scales, (line,) * len(scales), (line,) * 4)


def evidence(table: NDArray[np.float64], session: Session = SESSION) -> Evidence:
    return Evidence.of(session, table, SILENT.places())


def codes(**shown: dict[int, float]) -> NDArray[np.float64]:
    """Probability one half for everything, but for the turns named."""
    table = np.full((7, len(TURN_CODES)), 0.5)
    for code, turns in shown.items():
        for turn, value in turns.items():
            table[turn, TURN_CODES.index(code)] = value
    return table


def test_subscales_are_means_of_their_items_and_total_of_all() -> None:
    points = np.arange(1.0, N + 1)  # item n has value n
    values = dict(zip((s.scale for s in reported_scales()), to_reported(points, reported_scales()), strict=True))
    assert values["goal"] == (4 + 6 + 10 + 11) / 4
    assert values["task"] == (1 + 2 + 8 + 12) / 4
    assert values["bond"] == (3 + 5 + 7 + 9) / 4
    assert values["total"] == sum(range(1, 13)) / 12


def test_features_are_log_means_over_the_side_that_can_show_the_code() -> None:
    table = codes(EMP={0: 0.9, 2: 0.1, 1: 0.0, 3: 0.0})  # the client's turns do not count for empathy
    features = evidence(table).code_features()
    assert features[EMP] == pytest.approx(np.log((0.9 + 0.1 + 0.5 + 0.5) / 4 + 1e-3))


def test_contributions_are_what_leaving_the_turn_out_takes_away() -> None:
    table = np.random.default_rng(1).random((7, len(TURN_CODES)))
    seen = evidence(table)
    moved = turn_contributions(seen, units())
    scorer = units().scorer
    whole = units().raw(scorer.points(seen))
    for turn in range(7):
        rest = [t for t in range(7) if t != turn]
        without = Evidence(table[rest], seen.counts[rest], seen.phrases)
        assert moved[turn] == pytest.approx(whole - units().raw(scorer.points(without)))


def test_evidence_points_the_way_it_is_shown() -> None:
    score = score_session(SESSION, evidence(codes(EMP={2: 0.99}, NEG={4: 0.99})), units())[0]
    assert score.evidence_for[0] == 2
    assert score.evidence_against[0] == 4
    assert not set(score.evidence_for) & set(score.evidence_against)


def test_a_back_channel_is_never_evidence() -> None:
    quiet = replace(SESSION, turns=tuple(replace(t, backchannel=n == 2) for n, t in enumerate(SESSION.turns)))
    score = score_session(quiet, evidence(codes(EMP={2: 0.99}), quiet), units())[0]
    assert 2 not in score.evidence_for


def test_scores_and_intervals_stay_on_the_scale() -> None:
    for score in score_session(SESSION, evidence(codes(EMP={0: 1.0, 2: 1.0}, NEG={0: 0.0, 2: 0.0})), units(weight=50)):
        top = 7 if score.instrument == "wai-o-s" else 5
        assert score.value == score.high == top
        assert score.low is not None
        assert score.low <= top


def test_the_windows_are_the_thirds_that_observers_rated() -> None:
    windows = score_windows(SESSION, evidence(codes(EMP={4: 1.0, 6: 0.1})), units())
    assert [(w.start, w.end) for w in windows] == [(0, 3), (3, 5), (5, 7)]
    values = [w.scores[0].value for w in windows]
    # Otherwise their log means differ by ln(1.001 / .501) in the middle and ln(.101 / .501) in the last third.
    # In the first, empathy and the anti-marker are as likely as each other and cancel out.
    assert values == pytest.approx([4.0, 4 + np.log(1.001 / 0.501), 4 + np.log(0.101 / 0.501)])
    assert [[s.scale for s in w.scores] for w in windows] == [["goal", "task", "bond", "total"]] * 3


@pytest.mark.parametrize("n", range(3, 40))
def test_thirds_cover_all_turns_and_none_is_empty(n: int) -> None:
    parts = [list(range(n))[part] for part in thirds(n)]
    assert [turn for part in parts for turn in part] == list(range(n))
    assert all(parts)
    # The same turns as by the raters' rule: turn i is in third 3 i // n.
    assert [k for k, part in enumerate(parts) for _ in part] == [3 * i // n for i in range(n)]
