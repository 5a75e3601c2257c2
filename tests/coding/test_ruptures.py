import numpy as np
import pytest

from tests.builders import make_session
from transcript_alliance.annotations import Resolution, RuptureKind
from transcript_alliance.coding.ruptures import (
    STRATEGIES,
    SUBCODES,
    EventRules,
    StrainReading,
    decode_events,
    event_ranges,
    strain_tracks,
)
from transcript_alliance.coding.segments import N_FEATURES, OUTSIDE, TRACKS, SegmentModel, StrainTracks

SESSION = make_session(
    """
    T: Shall we go through the diary?
    C: I do not see the point of the diary.
    T: It gives us something to look at.
    C: You always say that.
    T: I have been pushing it. What would help more?
    C: Just talking, I think.
    T: Then let us talk.
    C: All right.
    """
)
RULES = EventRules(least=0.5, answer_turns=2, strategy=0.4)
BOTH = dict.fromkeys(RuptureKind, RULES)
VIEWS = 6
FIRST, MEAN = 1, 4
"""Views of a track: the first turn of a candidate, the mean of its turns."""


def model() -> SegmentModel:
    """Likely are candidates that begin with a turn that reads as a begin and whose turns are strained."""
    linear = [0.0] * N_FEATURES
    linear[TRACKS.index("strain") * VIEWS + MEAN] = 1.0
    linear[TRACKS.index("begin") * VIEWS + FIRST] = 1.0
    return SegmentModel((0.0,) * N_FEATURES, (1.0,) * N_FEATURES, 0.0, tuple(linear), (0.0,) * N_FEATURES)


MODELS = dict.fromkeys(RuptureKind, model())


def reading(
    confrontation: dict[int, float],
    strategies: dict[tuple[int, str], float],
    resolved: float = 0.0,
) -> StrainReading:
    """Strain of a confrontation by turn; the first of its turns reads as its begin."""
    n = len(SESSION.turns)
    strain, begin = np.full(n, 0.01), np.full(n, 0.01)
    for turn, value in confrontation.items():
        strain[turn] = value
    begin[min(confrontation, default=0)] = 0.95
    found = np.zeros((n, len(STRATEGIES)))
    for (turn, code), value in strategies.items():
        found[turn, STRATEGIES.index(code)] = value
    subcodes = np.zeros((n, 7))
    subcodes[1, SUBCODES[RuptureKind.CONFRONTATION].index("C3")] = 0.7
    subcodes[3, SUBCODES[RuptureKind.CONFRONTATION].index("C1")] = 0.5
    nothing = np.full(n, 0.01)
    return StrainReading(
        presence=dict.fromkeys(RuptureKind, 1.0),
        strain={RuptureKind.WITHDRAWAL: nothing, RuptureKind.CONFRONTATION: strain},
        boundaries={
            RuptureKind.WITHDRAWAL: np.column_stack([nothing, nothing]),
            RuptureKind.CONFRONTATION: np.column_stack([begin, nothing]),
        },
        subcodes=dict.fromkeys(RuptureKind, subcodes),
        strategies=found,
        responses=np.zeros((n, 2)),
        alliance=np.zeros(n),
        resolution=np.full(n, resolved),
    )


STRAIN = {1: 0.6, 2: 0.9, 3: 0.9}


def test_a_run_of_strained_turns_is_one_event_with_its_sub_codes() -> None:
    (event,) = decode_events(SESSION, reading(STRAIN, {}), MODELS, BOTH)
    assert event.kind is RuptureKind.CONFRONTATION
    assert (event.start, event.end) == (SESSION.turns[1].start, SESSION.turns[3].end)
    assert event.score == 0.9
    assert [m.code for m in event.markers] == ["C3", "C1"]


def test_no_answer_is_missed() -> None:
    (event,) = decode_events(SESSION, reading(STRAIN, {(6, "R2"): 0.9}), MODELS, BOTH)
    # The event ends with turn 3; two more turns are searched, and turn 6 is the third.
    assert (event.resolution, event.repair, event.turns_to_response) == (Resolution.MISSED, (), None)


@pytest.mark.parametrize(
    ("resolved", "expected"),
    [(0.9, Resolution.RESOLVED), (0.5, Resolution.PARTLY), (0.1, Resolution.UNRESOLVED)],
)
def test_an_answered_event_is_as_resolved_as_it_reads(resolved: float, expected: Resolution) -> None:
    (event,) = decode_events(SESSION, reading(STRAIN, {(4, "R5"): 0.8, (4, "R4"): 0.5}, resolved), MODELS, BOTH)
    assert event.resolution is expected
    assert [s.code for s in event.strategies] == ["R5", "R4"]
    assert event.repair == ((SESSION.turns[4].start, SESSION.turns[4].end),)
    assert event.turns_to_response == 3  # from turn 1 to turn 4


def test_what_the_therapist_did_before_the_first_sign_answers_nothing() -> None:
    (event,) = decode_events(SESSION, reading(STRAIN, {(0, "R3"): 0.9}), MODELS, BOTH)
    assert event.resolution is Resolution.MISSED


def test_a_session_without_turns_holds_nothing() -> None:
    none = StrainTracks(np.empty((0, len(TRACKS))), np.empty(0, dtype=bool), 0.5)
    assert event_ranges(none, model(), RULES) == ()


def test_what_a_side_cannot_show_speaks_neither_for_nor_against() -> None:
    tracks = strain_tracks(SESSION, reading(STRAIN, {}), RuptureKind.CONFRONTATION)
    column = {name: tracks.tracks[:, n] for n, name in enumerate(TRACKS)}
    therapist = ~tracks.client
    assert (column["sub-code"][therapist] == OUTSIDE).all()
    assert (column["alliance"][therapist] == OUTSIDE).all()
    assert (column["RRR"][tracks.client] == OUTSIDE).all()
    assert column["sub-code"][1] == pytest.approx(np.log(0.7 / 0.3))
