from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from tests.alliance.builders import tiny_session
from transcript_alliance.alliance.dataset import TURN_CODES
from transcript_alliance.alliance.fit_scorer import fit_scorer
from transcript_alliance.alliance.fit_totals import RatedTotals, fit_total
from transcript_alliance.alliance.people import linked_people, people_folds
from transcript_alliance.alliance.scales import scales_of
from transcript_alliance.alliance.scorer import Evidence, Scorer
from transcript_alliance.alliance.totals_table import Entry
from transcript_alliance.errors import DatasetError

(TOTAL,) = scales_of(["wai-o-s.total"], ["wai-o-s.total"])


def blank(n_turns: int) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    return np.full((n_turns, len(TURN_CODES)), 0.3)


def base() -> Scorer:
    """A scorer that knows the phrases of the tiny sessions."""
    sessions = [tiny_session(n, good=n % 4 < 2) for n in range(20)]
    return fit_scorer(sessions, [blank(12)] * 20)


def totals(values: Sequence[Sequence[float]], scorer: Scorer, good: Sequence[bool] | None = None) -> list[RatedTotals]:
    """Tiny sessions of one therapist each two, with these ratings (raters a session)."""
    found = []
    for n, given_ in enumerate(values):
        session = tiny_session(n, good=good[n] if good else n % 4 < 2).session
        evidence = Evidence.of(session, blank(len(session.turns)), scorer.vocabulary.places())
        found.append(RatedTotals(session, evidence, Entry(f"s{n}", f"C{n}", f"T{n // 2}", np.array(given_)[:, None])))
    return found


def test_ratings_that_go_with_words_are_learned_for_other_people() -> None:
    scorer = base()
    sessions = totals([(6.0, 5.0) if n % 4 < 2 else (2.0, 3.0) for n in range(20)], scorer)
    found = fit_total(sessions, TOTAL, scorer)
    rows = {(r.task, r.what, r.measure): r for r in found.rows}
    assert found.learned
    assert rows["wai-o-s", "total", "MAE"].figure.value < 0.2
    # 6 and 5, 2 and 3: mean difference 1 between the raters of each session.
    assert rows["wai-o-s", "total", "MAE"].ceiling == pytest.approx(1)
    # A good session and a poor one, of nobody that was learned from.
    new = totals([(0.0,)] * 4, scorer)
    value = [found.line.value(found.scorer.points(s.evidence))[0] for s in new]
    assert value[0] == pytest.approx(5.5, abs=0.3)
    assert value[2] == pytest.approx(2.5, abs=0.3)


def test_ratings_that_nothing_goes_with_give_their_mean_and_no_evidence() -> None:
    scorer = base()
    # Good and poor words with the same ratings 3, 4, 5 in turn, however the folds fall.
    sessions = totals([(3.0 + n // 2 % 3,) for n in range(24)], scorer, good=[True] * 24)
    found = fit_total(sessions, TOTAL, scorer)
    assert not found.learned
    assert found.line.value(found.scorer.points(sessions[0].evidence))[0] == pytest.approx(4)
    assert not found.scorer.phrase_weights.any()


def test_unrated_sessions_are_left_out() -> None:
    scorer = base()
    values = [(6.0,) if n % 4 < 2 else (2.0,) for n in range(24)]
    values[5] = (float("nan"),)
    found = fit_total(totals(values, scorer), TOTAL, scorer)
    assert np.flatnonzero(np.isnan(found.values)).tolist() == [5]
    assert found.rows[0].figure.n == 23


def linked(pairs: Sequence[tuple[str, str]]) -> list[str]:
    return linked_people([Entry("s", client, therapist, np.zeros((1, 1))) for therapist, client in pairs])


def test_therapists_with_a_client_in_common_are_one() -> None:
    # A and B share client 1, B and C share client 2; D stands alone.
    a, b, again, c, d = linked([("A", "1"), ("B", "1"), ("B", "2"), ("C", "2"), ("D", "3")])
    assert a == b == again == c != d


@given(st.lists(st.integers(0, 8), min_size=40, max_size=60), st.integers(0, 5))
def test_nobody_is_in_two_folds_and_enough_is_left_to_learn_from(who: list[int], seed: int) -> None:
    people = [f"T{n}" for n in [*who, 0, 1, 2, 3]]
    most = max(people.count(p) for p in people)
    # The largest fold is that of the person with most sessions, or of like size with the others.
    assume(len(people) - most >= 10)
    folds = people_folds(people, "x", seed)
    assert len({(p, int(f)) for p, f in zip(people, folds, strict=True)}) == len(set(people))
    assert 3 <= len(set(folds.tolist())) <= 5
    assert min((folds != fold).sum() for fold in set(folds.tolist())) >= 10


def test_two_people_are_too_few() -> None:
    with pytest.raises(DatasetError, match="expected 3 or more, got 2"):
        people_folds(["A", "B"] * 30, "x", 0)
