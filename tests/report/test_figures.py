"""The pictures say what the numbers say."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.report.page import Element, parse
from tests.report.samples import LABELS, poor, strong
from transcript_alliance.annotations import CodedSession
from transcript_alliance.report import render_html
from transcript_alliance.report.figures import Scale, agreement_bar, interval_bar
from transcript_alliance.report.likely import STRAIN_FROM
from transcript_alliance.report.timeline import TALK_HEIGHT, TRACK_HEIGHT, TRACK_PAD

CODED = {"strong": strong(), "poor": poor()}
HALF_A_HUNDREDTH_PERCENT = 0.005


@given(st.floats(0, 6), st.floats(0, 6), st.floats(0, 6))
def test_the_value_can_be_read_back_from_the_bar(a: float, b: float, c: float) -> None:
    low, value, high = sorted((1 + a, 1 + b, 1 + c))
    bar = interval_bar(Scale(1, 7), value, low, high, 4)
    assert 1 + 6 * bar.value / 100 == pytest.approx(value, abs=6e-4)
    assert 1 + 6 * bar.low / 100 == pytest.approx(low, abs=6e-4)
    assert 1 + 6 * (bar.low + bar.width) / 100 == pytest.approx(high, abs=1.2e-3)
    assert bar.neutral == 50


def test_ticks_are_the_whole_numbers() -> None:
    bar = interval_bar(Scale(1, 5), 3, 2, 4, None)
    assert bar.ticks == ((0.0, "1"), (25.0, "2"), (50.0, "3"), (75.0, "4"), (100.0, "5"))
    assert bar.neutral is None


def test_agreement_below_zero_stands_at_zero() -> None:
    bar = agreement_bar(0.1, -0.2, 0.4, -0.05, None)
    assert (bar.value, bar.low, bar.width, bar.floor, bar.ceiling) == (10.0, 0.0, 40.0, 0.0, None)


@pytest.fixture(params=sorted(CODED))
def coded(request: pytest.FixtureRequest) -> CodedSession:
    return CODED[request.param]


@pytest.fixture
def page(coded: CodedSession) -> Element:
    return parse(render_html(coded, LABELS))


def test_each_bar_stands_where_its_score_says(coded: CodedSession, page: Element) -> None:
    rows = {a.find("h4")[0].text: a for a in page.find("article", "scale")}
    glance = {row.find("a")[0].text: row for row in page.find("div", "glance-row")}
    scores = {(s.instrument, s.scale): s for s in coded.scores}
    checked = 0
    for instrument in LABELS.instruments:
        span = instrument.high - instrument.low
        for scale in instrument.scales:
            if not scale.text_codable:
                continue
            score = scores[instrument.instrument, scale.scale]
            for place in (rows.get(scale.label), glance.get(scale.label)):
                if place is None:
                    continue
                (bar,) = place.find("svg", "bar")
                (point,), (interval,) = bar.find("circle", "point"), bar.find("rect", "interval")
                left, width = interval.number("x"), interval.number("width")
                assert (score.value, score.low, score.high) == pytest.approx(
                    tuple(instrument.low + span * x / 100 for x in (point.number("cx"), left, left + width)), abs=1.5e-3
                )
                checked += 1
    assert checked == 4 + 6 + 4


def test_each_trust_picture_stands_where_the_quality_says(coded: CodedSession, page: Element) -> None:
    pictures = page.find("svg", "trust-bar")
    assert len(pictures) == len(coded.quality)
    for picture, quality in zip(pictures, coded.quality, strict=True):
        assert picture.find("circle", "point")[0].number("cx") == pytest.approx(100 * quality.spearman)
        assert picture.find("line", "floor")[0].number("x1") == pytest.approx(100 * quality.floor_spearman)
        tops = [line.number("x1") for line in picture.find("line", "ceiling")]
        assert tops == ([] if quality.ceiling_icc is None else [pytest.approx(100 * quality.ceiling_icc)])


def test_talk_bars_are_as_high_as_the_turns_are_long(coded: CodedSession, page: Element) -> None:
    session = coded.session
    counts = [len(session.turn_text(i).split()) for i in range(len(session.turns))]
    (figure,) = page.find("figure")
    bars = [b for b in figure.find("rect", "talk") if b.find("title")]
    assert len(bars) == len(counts)
    for i, bar in enumerate(bars):
        assert bar.number("height") == pytest.approx(TALK_HEIGHT * counts[i] / max(counts), abs=0.006)
        assert bar.number("x") == pytest.approx(100 * i / len(counts), abs=HALF_A_HUNDREDTH_PERCENT)
        up = session.role(i).value == "therapist"
        base = bar.number("y") + (bar.number("height") if up else 0)
        assert base == pytest.approx(TALK_HEIGHT, abs=0.011)
        assert bar.text == f"Turn {i + 1}, {session.role(i).value}: {counts[i]} words"


def lane(page: Element, name: str) -> Element:
    (found,) = [d for d in page.find("div", "lane") if d.find("p", "lane-name")[0].text == name]
    return found


def test_dots_stand_on_the_turns_of_their_markers(coded: CodedSession, page: Element) -> None:
    n = len(coded.session.turns)
    for code in {m.code for m in coded.markers if m.origin == "model"}:
        wanted = sorted({coded.session.utterances[m.start].turn for m in coded.markers if m.code == code})
        here = lane(page, LABELS.code(code).label)
        dots = [e for e in here.find("svg") if e.attributes.get("y") == "8"]
        assert [d.number("x") for d in dots] == pytest.approx(
            [100 * (turn + 0.5) / n for turn in wanted], abs=HALF_A_HUNDREDTH_PERCENT
        )
        assert {a.attributes["href"] for a in here.find("a")} == {f"#t{turn + 1}" for turn in wanted}
        label = here.find("svg", role="group")[0].attributes["aria-label"]
        assert label.endswith(f"in turns {', '.join(str(t + 1) for t in wanted)}.")


def test_strains_cover_their_turns_and_missed_ones_are_dashed(coded: CodedSession, page: Element) -> None:
    n, utterances = len(coded.session.turns), coded.session.utterances
    here = lane(page, "Strains, answers")
    spans = [a.find("svg")[0] for a in here.find("a")]
    likely = [event for event in coded.events if event.score >= STRAIN_FROM]
    assert len(spans) == len(likely)
    for svg, event in zip(spans, likely, strict=True):
        first, last = utterances[event.start].turn, utterances[event.end - 1].turn
        assert svg.number("x") == pytest.approx(100 * first / n, abs=HALF_A_HUNDREDTH_PERCENT)
        assert svg.number("width") == pytest.approx(100 * (last + 1 - first) / n, abs=HALF_A_HUNDREDTH_PERCENT)
        assert f"r-{event.resolution}" in svg.find("rect", "strain")[0].classes
        assert f"url(#p-{event.kind})" == svg.find("rect", "hatched")[0].attributes["fill"]
    answers = [e for e in here.find("use") if "f-repair" in e.classes]
    assert len(answers) == sum(len(e.repair) for e in likely)


def test_tracks_stand_where_the_windows_say(coded: CodedSession, page: Element) -> None:
    n, utterances = len(coded.session.turns), coded.session.utterances
    for place, name in enumerate(("Goal", "Task", "Bond")):
        points = lane(page, name).find("g", "track-point")
        assert len(points) == len(coded.windows)
        for point, window in zip(points, coded.windows, strict=True):
            score = window.scores[place]
            (circle,), (whisker,) = point.find("circle"), point.find("line", "whisker")
            ys = (circle.number("cy"), whisker.number("y2"), whisker.number("y1"))
            inner = TRACK_HEIGHT - 2 * TRACK_PAD
            assert (score.value, score.low, score.high) == pytest.approx(
                tuple(7 - 6 * (y - TRACK_PAD) / inner for y in ys), abs=2e-3
            )
            first, last = utterances[window.start].turn, utterances[window.end - 1].turn
            assert circle.number("cx") == pytest.approx(50 * (first + last + 1) / n, abs=HALF_A_HUNDREDTH_PERCENT)


def test_the_tables_hold_all_that_the_picture_shows(coded: CodedSession, page: Element) -> None:
    details = page.find("section", "timeline")[0].find("details")[0]
    tables = {t.find("caption")[0].text: t for t in details.find("table")}
    for row in page.find("figure")[0].find("div", "code-lane"):
        name = row.find("p", "lane-name")[0].text
        (entry,) = [tr for tr in tables["Codes"].find("tr") if tr.find("th")[0].text == name]
        linked = [a.attributes["href"] for a in entry.find("a")]
        assert linked == [a.attributes["href"] for a in row.find("a")]
    for name in ("Goal", "Task", "Bond"):
        body = tables[f"Alliance over the session: {name}"].find("tbody")[0]
        titles = [g.find("title")[0].text for g in lane(page, name).find("g", "track-point")]
        assert len(body.find("tr")) == len(titles) == len(coded.windows)
        for row, title in zip(body.find("tr"), titles, strict=True):
            value, interval = (td.text for td in row.find("td"))
            assert f"{name} {value}, 90% interval {interval.replace('–', ' to ')}" in title
    assert len(tables["Strains"].find("tbody")[0].find("tr")) == sum(
        event.score >= STRAIN_FROM for event in coded.events
    )
    assert len(tables["Topics"].find("tbody")[0].find("tr")) == len(coded.session.episodes)
    assert len(tables["Words per turn"].find("tbody")[0].find("tr")) == len(coded.session.turns)


def test_a_window_without_a_number_leaves_a_gap() -> None:
    coded = CODED["strong"]
    silent = replace(coded.windows[2].scores[0], value=None, low=None, high=None, abstained="too short")
    window = replace(coded.windows[2], scores=(silent, *coded.windows[2].scores[1:]))
    page = parse(render_html(replace(coded, windows=(*coded.windows[:2], window, *coded.windows[3:])), LABELS))
    assert len(lane(page, "Goal").find("g", "track-point")) == 5
    assert len(lane(page, "Goal").find("line", "join")) == 3  # 5 joins less the two at the gap
    assert len(lane(page, "Task").find("line", "join")) == 5
    assert "1 part without a number" in page.find("details")[0].text
