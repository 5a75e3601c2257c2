"""Each section says what was found, and no more."""

import re
from dataclasses import replace

from tests.report.page import parse
from tests.report.samples import LABELS, PROVENANCE, REASON, SAMPLES, poor, strong
from transcript_alliance.annotations import Marker, Origin, Span
from transcript_alliance.report import render_html
from transcript_alliance.report.transcript import pieces_of

PAGES = {name: render_html(make(), LABELS) for name, make in SAMPLES.items()}


def test_cue_words_are_underlined_and_nothing_else() -> None:
    page = parse(PAGES["strong"])
    (turn,) = page.find("li", id="t15")
    assert [c.text for c in turn.find("span", "cue")] == ["Can I stop us there", "I gave you a task that was too big"]
    assert turn.find("span", "cue")[0].attributes["title"] == "Shows: Responding to strain"
    # A cue rule and the model on the same words: one chip, two origins, one underline.
    (seventh,) = page.find("li", id="t7")
    chips = [li.text for li in seventh.find("ul", "margin")[0].find("li")]
    assert chips == ["Empathy model 95% word cue", "Warmth model 71%"]
    assert ["".join(c._texts()) for c in seventh.find("span", "cue")] == ["That ", "sounds lonely"]


def test_scores_stand_with_interval_floor_and_ceiling() -> None:
    page = parse(PAGES["strong"])
    rows = {a.find("h4")[0].text: a for a in page.find("article", "scale")}
    goal = rows["Goal"].text
    assert "5.9 90% interval 5.1 to 6.7" in goal
    assert "this model .74 (.66–.81)" in goal
    assert "simple method .49 (weighted word counts)" in goal
    assert "two readers .93" in goal
    assert "off by 0.62 points on average (496 sessions)" in goal
    assert "Evidence for it: the whole range lies above 4 (no evidence either way)." in goal
    # 4.4 with 2.9 to 5.0 holds the average, 3; and its agreement's range, -.06 to .55, holds zero.
    repair = rows["Rupture-repair responsiveness"].text
    assert "The range includes 3 (an average helper): these words do not tell it apart from that." in repair
    assert "could not be told from chance" in repair
    assert "two readers: not known" in repair


def test_skills_that_live_in_the_voice_have_no_number_whatever_the_scores_hold() -> None:
    coded = strong()
    sneaked = replace(coded.scores[4], scale="verbal_fluency", value=4.9, low=4.8, high=5.0)
    page = parse(render_html(replace(coded, scores=(*coded.scores, sneaked)), LABELS))
    for name in ("Verbal fluency", "Emotional expression"):
        (row,) = [a for a in page.find("article", "scale") if a.find("h4")[0].text == name]
        assert "Not rateable from text" in row.text
        assert not re.search(r"\d", row.text)
        assert not row.find("svg")
    assert "Verbal fluency" not in page.find("section", "summary")[0].text


def test_an_abstaining_session_gives_its_reason_and_no_number() -> None:
    page = parse(PAGES["doubtful"])
    (summary,) = page.find("section", "summary")
    assert REASON in summary.text
    assert not summary.find("svg")
    assert not summary.find("li", "sentence")
    for name in ("scales", "skills"):
        (section,) = page.find("section", name)
        assert section.text.count(REASON) == 1
        assert not section.find("svg")
        assert not re.findall(r"\d+\.\d+|\.\d\d", section.text)


def test_one_abstaining_scale_among_others_says_why() -> None:
    coded = strong()
    scores = tuple(
        replace(s, value=None, low=None, high=None, abstained="No strain occurred.")
        if s.scale == "rupture_repair"
        else s
        for s in coded.scores
    )
    page = parse(render_html(replace(coded, scores=scores), LABELS))
    (row,) = [a for a in page.find("article", "scale") if a.find("h4")[0].text == "Rupture-repair responsiveness"]
    assert row.find("p", "reason")[0].text == "No number: No strain occurred."
    assert not row.find("svg")
    assert "4.6" in page.find("section", "skills")[0].text  # warmth keeps its number


def test_ruptures_tell_words_signs_answer_and_outcome() -> None:
    strained = {a.attributes["id"]: a.text for a in parse(PAGES["poor"]).find("article", "rupture")}
    assert list(strained) == [f"strain-{k}" for k in range(1, 5)]
    assert "Strain 1: withdrawal turns 6 to 8 no answer found" in strained["strain-1"]
    assert "I suppose." in strained["strain-1"]
    assert "Next, the therapist said: What are the three columns for" in strained["strain-1"]
    assert "Defending oneself C6 90%" in strained["strain-2"]
    assert "answered, not resolved" in strained["strain-4"]
    assert "First answered in the very next turn." in strained["strain-4"]
    assert "Inviting feedback R4 83%" in strained["strain-4"]
    last = replace(poor(), events=(replace(poor().events[-1], score=0.9),))
    assert "The session ended here." in parse(render_html(last, LABELS)).find("article", "rupture")[0].text
    resolved = parse(PAGES["strong"]).find("article", "rupture")[0].text
    assert "Strain 1: withdrawal turns 12 to 18 resolved" in resolved
    assert "First answered after 3 turns." in resolved  # 12 to 15


def test_notes_are_told_in_words() -> None:
    page = parse(PAGES["strong"])
    assert [li.text for li in page.find("ul", "notes")[0].find("li")] == [
        "Repeated captions that were merged: 3 (first in line 41).",
        "Times that could not be read or make no sense: 1 (first in line 88); "
        "timing measures are left out for these turns.",
    ]
    assert "The file was read without remarks." in parse(PAGES["poor"]).find("section", "limits")[0].text


def test_glossary_has_each_code_that_occurs_and_no_other() -> None:
    coded = poor()
    occurring = {m.code for m in coded.markers} | {
        c.code for e in coded.events for c in (*e.markers, *e.strategies)
    }  # fmt: skip
    glossary = parse(PAGES["poor"]).find("dl", "glossary")[0]
    assert {c.text for c in glossary.find("code")} == occurring
    assert all(LABELS.code(c.text).definition in glossary.text for c in glossary.find("code"))


def test_a_code_without_a_label_is_shown_by_its_id() -> None:
    coded = replace(strong(), markers=(Marker("ZZ9", 0, 1, 0.8, Origin.MODEL),), events=())
    page = parse(render_html(coded, LABELS))
    assert "ZZ9 model 80%" in page.find("li", id="t1")[0].text
    assert "No definition was given for this code." in page.find("dl", "glossary")[0].text


def test_provenance_is_complete() -> None:
    text = parse(PAGES["strong"]).find("section", "provenance")[0].text
    for value in (
        *(v for f in PROVENANCE.__dataclass_fields__ if isinstance(v := getattr(PROVENANCE, f), str)),
        *(f"{name} {version}" for name, version in PROVENANCE.libraries),
    ):
        assert value in text


def test_overlapping_spans_cut_the_words_but_lose_none() -> None:
    """`We can do this together.`: 0-14 one code, 7-23 another, 15 to far beyond the end a third."""
    text = "We can do this together."
    marked = ((0, 14, "BOND"), (7, 23, "HOPE"), (15, 900, "WARM"))
    pieces = pieces_of(text, [(Span(0, start, end), LABELS.code(code)) for start, end, code in marked])
    assert "".join(piece.text for piece in pieces) == text
    assert [(piece.text, piece.labels) for piece in pieces] == [
        ("We can ", "Building a “we”"),
        ("do this", "Building a “we”, Hope"),
        (" ", "Hope"),
        ("together", "Hope, Warmth"),
        (".", "Warmth"),
    ]
    assert [piece.text for piece in pieces_of(text, [])] == [text]
    assert pieces_of("", []) == ()
