"""The course of a client: comparisons, hiding, and what is never set against each other."""

import pytest

from tests.report.course_samples import QUALITY, WAI, caseload, client, coded
from transcript_alliance.annotations import Resolution
from transcript_alliance.errors import TableError
from transcript_alliance.report.change import Direction
from transcript_alliance.report.course import Blinding, courses
from transcript_alliance.report.manifest import Listed, Rating


def test_changes_by_hand() -> None:
    listed, sessions = client("Ann", (5.5, 5.6, 3.0), half=0.5)
    (course,) = courses(listed, sessions, WAI)
    bond = course.scales[2]
    # Interval halves .5 give .304, but the typical miss .6 gives .6 * 1.2533 = .75199 a score, so the index is
    # 1.96 * .75199 * sqrt(2) = 2.0844.
    first, second, third = bond.steps
    assert first is None
    assert second is not None
    assert second.threshold == pytest.approx(2.0844, abs=1e-4)
    assert second.direction is Direction.WITHIN
    assert third is not None
    assert third.direction is Direction.FALL  # 5.6 to 3.0 falls by 2.6
    assert bond.overall is not None
    assert bond.overall.difference == pytest.approx(-2.5)


def test_falls_by_two_rules_by_hand() -> None:
    # Deviation of 5.5 5.6 3.0 5.4 5.6: mean 5.02, squares .2304 .3364 4.0804 .1444 .3364 = 5.128; / 4 = 1.282;
    # root 1.1323. The fall of 2.6 passes one (1.13) and two deviations (2.26); 5.4 is 2.4 above 3.0, so both are back.
    listed, sessions = client("Zoe", (5.5, 5.6, 3.0, 5.4, 5.6))
    (course,) = courses(listed, sessions, WAI)
    bond = course.scales[2]
    assert bond.spread.within == pytest.approx(1.1323, abs=1e-4)
    assert bond.spread.between is None
    one, two = bond.rules
    assert one.least == pytest.approx(1.1323, abs=1e-4)
    assert two.least == pytest.approx(2.2646, abs=1e-4)
    assert [(d.at, d.regained) for d in one.drops] == [(2, 3)]
    assert [(d.at, d.regained) for d in two.drops] == [(2, 3)]


def test_an_abstention_is_passed_over() -> None:
    listed, sessions = client("Mia", (4.0, None, 6.5))
    (course,) = courses(listed, sessions, WAI)
    assert course.scales[0].steps[1] is None
    step = course.scales[0].steps[2]
    assert step is not None
    assert step.difference == pytest.approx(2.5)


def test_models_are_not_set_against_each_other() -> None:
    listed = tuple(Listed(f"s{n}", "Ann", number=n) for n in (1, 2, 3))
    sessions = {
        "s1": coded("s1", 6.5, model="old"),
        "s2": coded("s2", 2.0, model="new"),
        "s3": coded("s3", 2.2, model="new"),
    }
    (course,) = courses(listed, sessions, WAI)
    assert course.models == ("old", "new")
    assert course.scales[0].steps[1] is None
    assert course.scales[0].overall is not None
    assert course.scales[0].overall.before == 2.0
    assert all(not rule.drops for rule in course.scales[0].rules)


def test_clients_stand_by_name_whatever_their_scores() -> None:
    listed, sessions = caseload()
    assert [course.client for course in courses(listed, sessions, WAI)] == ["adam", "Mia", "Zoe"]


def test_between_clients_counts_every_client_once() -> None:
    listed, sessions = caseload()
    found = courses(listed, sessions, WAI)
    # Means: adam (5 + 5.2 + 2) / 3 = 4.0667, Mia 4.1, Zoe 5.02; mean 4.3956; squares .10819 .08735 .38991 = .58545;
    # / 2 = .29272; root .54104
    for course in found:
        assert course.scales[0].spread.between == pytest.approx(0.54104, abs=1e-5)


def test_blinding_takes_scores_and_strains_away() -> None:
    listed, sessions = caseload()
    rated = {"adam-3": Rating("adam-3", (2.0, 2.0, 3.0))}
    for course in courses(listed, sessions, WAI, Blinding(rated)):
        for visit in course.visits:
            shown = visit.listed.session == "adam-3"
            assert visit.hidden is not shown
            assert any(visit.scores) is shown
            assert bool(visit.strains) is shown
        assert all(scale.overall is None for scale in course.scales)


def test_only_missed_and_unresolved_strains_are_open() -> None:
    listed, sessions = client("Ann", (5.0,), ("mupr",))
    (course,) = courses(listed, sessions, WAI)
    assert [s.resolution for s in course.visits[0].unanswered] == [Resolution.MISSED, Resolution.UNRESOLVED]


def test_a_session_that_is_not_listed_is_refused() -> None:
    listed, sessions = client("Ann", (5.0, 5.0))
    with pytest.raises(TableError) as caught:
        courses(listed[:1], sessions, WAI)
    assert caught.value.code == "UNLISTED"


def test_a_listed_session_without_a_file_is_named_as_absent() -> None:
    listed, sessions = client("Ann", (5.0, 5.0))
    del sessions["Ann-2"]
    (course,) = courses(listed, sessions, WAI)
    assert course.absent == ("Ann-2",)
    assert course.scales[0].quality == QUALITY[0]
