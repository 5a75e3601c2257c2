"""Outcome measures: the published figures, and nothing said of a measure that is not known."""

import pytest

from transcript_alliance.report.measures import MEASURES, is_reliable, known_measure


@pytest.mark.parametrize(
    ("name", "reliable"),
    [("PHQ-9", 6), ("phq 9", 6), ("GAD-7", 4), ("OQ-45", 14), ("OQ-45.2", 14), ("CORE-10", 6), ("core10", 6)],
)
def test_published_figures(name: str, reliable: float) -> None:
    known = known_measure(name)
    assert known is not None
    assert known.reliable == reliable
    assert known.source


@pytest.mark.parametrize("name", ["", "Mood", "PHQ-2", "PHQ", "CORE-OM", "OQ-30", "PHQ-99"])
def test_others_are_not_known(name: str) -> None:
    assert known_measure(name) is None


@pytest.mark.parametrize("measure", MEASURES, ids=lambda m: m.name)
def test_the_figure_itself_counts_both_ways(measure) -> None:  # type: ignore[no-untyped-def]
    for sign in (1, -1):
        assert is_reliable(measure, 20, 20 + sign * measure.reliable)
        assert not is_reliable(measure, 20, 20 + sign * (measure.reliable - 1))
