from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.alliance.builders import tiny_rating, tiny_session
from tests.builders import make_session
from transcript_alliance.alliance.dataset import (
    HARD_PART,
    OUTCOMES,
    SCALES,
    TURN_CODES,
    RatedSession,
    outcomes,
    rated_session,
)
from transcript_alliance.alliance.fit_scorer import MIN_ORDINARY, fit_scorer, points_by_fold
from transcript_alliance.alliance.phrases import session_vector
from transcript_alliance.alliance.scorer import FEATURES, Evidence, Scorer
from transcript_alliance.session import Role

SESSIONS = [tiny_session(n, good=n % 4 < 2) for n in range(20)]
FOLDS = np.array([n // 2 % 5 for n in range(20)])
TOTAL = slice(0, 12)
NATURAL = "natural"


def noise(sessions: Sequence[RatedSession], seed: int = 0) -> list[NDArray[np.float64]]:
    """Codes that know nothing."""
    rng = np.random.default_rng(seed)
    return [rng.uniform(0.2, 0.8, size=(len(s.session.turns), len(TURN_CODES))) for s in sessions]


def knowing(sessions: Sequence[RatedSession]) -> list[NDArray[np.float64]]:
    """Codes as the observers marked them."""
    return [np.clip(np.nan_to_num(s.turns, nan=0.1), 0.1, 0.9) for s in sessions]


def points(scorer: Scorer, session: RatedSession, codes: NDArray[np.float64]) -> NDArray[np.float64]:
    return scorer.points(Evidence.of(session.session, codes, scorer.vocabulary.places()))


def test_sessions_of_unseen_people_are_told_apart() -> None:
    found, _ = points_by_fold(SESSIONS, noise(SESSIONS), FOLDS)
    good = np.array([n % 4 < 2 for n in range(20)])
    assert found[good, TOTAL].mean(axis=1).min() > found[~good, TOTAL].mean(axis=1).max() + 1
    confrontation = OUTCOMES.index("rupture.confrontation")
    assert found[good, confrontation].max() < 0.5 < found[~good, confrontation].min()


def test_codes_count_where_words_say_nothing() -> None:
    # All sessions hold the same words: only the codes can tell.
    same = [tiny_session(n, good=True) for n in range(20)]
    codes = [np.full((12, len(TURN_CODES)), 0.8 if n % 4 < 2 else 0.2) for n in range(20)]
    rated = [
        type(s)(**{f: getattr(SESSIONS[n] if f == "scales" else s, f) for f in s.__slots__}) for n, s in enumerate(same)
    ]
    scorer = fit_scorer(rated, codes)
    assert points(scorer, rated[0], codes[0])[TOTAL].mean() > points(scorer, rated[2], codes[2])[TOTAL].mean() + 1


def test_no_session_helps_to_score_itself() -> None:
    codes = noise(SESSIONS)
    before, parts = points_by_fold(SESSIONS, codes, FOLDS)
    assert parts.shape == (3, 20, len(OUTCOMES))
    spoiled = list(SESSIONS)
    spoiled[0] = tiny_session(0, good=False)
    after, _ = points_by_fold(spoiled, codes, FOLDS)
    assert after[1] == pytest.approx(before[1])  # of the same fold
    assert after[4] != pytest.approx(before[4])


def test_an_output_counts_only_the_sessions_that_were_rated() -> None:
    truth = outcomes(SESSIONS)
    repair = OUTCOMES.index("fis.rupture_repair")
    assert np.isnan(truth[0, repair])  # a session without strain
    scorer = fit_scorer(SESSIONS, knowing(SESSIONS))
    assert np.isfinite(scorer.weights).all()
    assert np.isfinite(scorer.phrase_weights).all()
    # Every rated session has the same rating.
    assert points(scorer, SESSIONS[0], knowing(SESSIONS)[0])[repair] == pytest.approx(1.5)


def test_without_a_turn_is_the_evidence_that_never_had_it() -> None:
    codes = noise(SESSIONS)
    scorer = fit_scorer(SESSIONS, codes)
    evidence = Evidence.of(SESSIONS[0].session, codes[0], scorer.vocabulary.places())
    found = scorer.points_without_each_turn(evidence)
    for turn in range(12):
        kept = evidence.phrases.turn != turn
        rest = [t for t in range(12) if t != turn]
        phrases = type(evidence.phrases)(
            12, evidence.phrases.turn[kept], evidence.phrases.phrase[kept], evidence.phrases.count[kept]
        )
        assert found[turn] == pytest.approx(scorer.points(Evidence(codes[0][rest], evidence.counts[rest], phrases)))


TALK = {  # part and whether it went well -> what is said
    (NATURAL, True): ("You felt left alone.", "Yes, that helps."),
    (NATURAL, False): ("Do the form first.", "Whatever you say."),
    (HARD_PART, True): ("Do the form first, says the manual.", "Yes, that helps, says the manual."),
    (HARD_PART, False): ("You felt left alone, says the manual.", "Whatever you say, says the manual."),
}
"""In the hard part the therapist's usual words go with the opposite."""


def of_part(number: int, part: str, *, good: bool) -> RatedSession:
    helper, client = TALK[part, good]
    turns = [("T", helper), ("C", client)] * 3
    ratings = [tiny_rating(good=good, n_turns=6)]
    return rated_session(f"{part}{number}", turns, ratings, part, f"T{part}{number}", f"C{part}{number}")


def heard(words: str) -> Evidence:
    """A session in which the therapist alone says something, six times over."""
    session = make_session(f"T: {words}\nC: Hm.\n" * 6)
    return Evidence.of(session, np.full((len(session.turns), len(TURN_CODES)), 0.5), CONTRASTED.vocabulary.places())


RATED = [
    *(of_part(n, NATURAL, good=n % 2 == 0) for n in range(MIN_ORDINARY)),
    *(of_part(n, HARD_PART, good=n % 2 == 0) for n in range(40)),
]
CONTRASTED = fit_scorer(RATED, [np.full((6, len(TURN_CODES)), 0.5) for _ in RATED])


def test_the_same_words_weigh_otherwise_where_skill_and_its_usual_words_were_set_apart() -> None:
    def total(words: str) -> float:
        return float(CONTRASTED.points(heard(words))[TOTAL].mean())

    assert total("You felt left alone.") > total("Do the form first.") + 1
    assert total("You felt left alone, says the manual.") < total("Do the form first, says the manual.")


def test_ordinary_sessions_are_scored_as_if_nothing_else_had_been_learned_from() -> None:
    assert CONTRASTED.contrast is not None
    words = session_vector(heard("You felt left alone.").phrases, CONTRASTED.vocabulary)
    assert CONTRASTED.contrast.likeness(words) < 0.1
    manual = session_vector(heard("You felt left alone, says the manual.").phrases, CONTRASTED.vocabulary)
    assert CONTRASTED.contrast.likeness(manual) > 0.5
    unlike = replace(CONTRASTED.contrast, likeness_intercept=-50.0)
    alone = replace(CONTRASTED, contrast=None)
    said = heard("You felt left alone.")
    assert replace(CONTRASTED, contrast=unlike).points(said) == pytest.approx(alone.points(said))


def test_ruptures_are_told_from_all_sessions_alike() -> None:
    assert CONTRASTED.contrast is not None
    n = len(SCALES)
    for table in (CONTRASTED.contrast.phrase_weights, CONTRASTED.contrast.weights, CONTRASTED.contrast.intercept):
        assert abs(table[:n]).max() > 0
        assert not table[n:].any()


def test_with_few_ordinary_sessions_all_are_weighed_alike() -> None:
    few = RATED[1:]
    assert fit_scorer(few, [np.full((6, len(TURN_CODES)), 0.5) for _ in few]).contrast is None
    only = [s for s in RATED if s.part == NATURAL]
    assert fit_scorer(only, [np.full((6, len(TURN_CODES)), 0.5) for _ in only]).contrast is None


def test_a_turn_left_out_does_not_change_what_kind_of_session_it_is() -> None:
    said = heard("You felt left alone, says the manual.")
    assert CONTRASTED.contrast is not None
    share = CONTRASTED.contrast.likeness(session_vector(said.phrases, CONTRASTED.vocabulary))
    fixed = replace(
        CONTRASTED,
        phrase_weights=CONTRASTED.phrase_weights + share * CONTRASTED.contrast.phrase_weights,
        weights=CONTRASTED.weights + share * CONTRASTED.contrast.weights,
        intercept=CONTRASTED.intercept + share * CONTRASTED.contrast.intercept,
        contrast=None,
    )
    assert CONTRASTED.points(said) == pytest.approx(fixed.points(said))
    assert CONTRASTED.points_without_each_turn(said) == pytest.approx(fixed.points_without_each_turn(said))


def test_a_code_is_a_feature_of_its_own_side_only() -> None:
    assert ("EMP", Role.THERAPIST) in FEATURES
    assert ("EMP", Role.CLIENT) not in FEATURES
    assert ("WITHDRAWAL", Role.THERAPIST) in FEATURES
    assert ("WITHDRAWAL", Role.CLIENT) in FEATURES
