"""What is only possible is folded away: no sentence, count, picture, card or report over time takes it up."""

import json
from dataclasses import replace

import pytest

from tests.report.course_samples import WAI, client
from tests.report.page import Element, parse
from tests.report.samples import LABELS, poor
from transcript_alliance.annotations import CodedSession, Marker, Origin, Span
from transcript_alliance.report import render_html
from transcript_alliance.report.caseload import caseload_document
from transcript_alliance.report.context import Context
from transcript_alliance.report.course import courses
from transcript_alliance.report.document import Document
from transcript_alliance.report.likely import CODE_FROM, STRAIN_FROM
from transcript_alliance.report.markdown import render_markdown
from transcript_alliance.report.over_time import client_document
from transcript_alliance.report.pages import render_document
from transcript_alliance.report.practice import practice_card
from transcript_alliance.report.prose import paragraph
from transcript_alliance.report.ruptures import sign_number
from transcript_alliance.report.skills import skill_views
from transcript_alliance.report.summary import summary
from transcript_alliance.report.timeline import timeline
from transcript_alliance.report.values import courses_json, session_json
from transcript_alliance.report.whole_session import session_document
from transcript_alliance.report.words import load_words

BELOW = STRAIN_FROM - 0.01
SECTIONS_THAT_COUNT = ("summary", "timeline", "skills", "practice")


def scored(score: float) -> CodedSession:
    """The poor session with all its strains equally likely."""
    coded = poor()
    return replace(coded, events=tuple(replace(event, score=score) for event in coded.events))


def context(coded: CodedSession) -> Context:
    return Context(coded, LABELS, load_words())


def page(coded: CodedSession) -> Element:
    return parse(render_html(coded, LABELS))


def test_below_the_bar_the_page_reads_as_without_strains() -> None:
    """Teeth: at the bar itself the same sections differ."""
    none = replace(poor(), events=())
    for section in SECTIONS_THAT_COUNT:
        bare = page(none).find("section", section)[0].text
        assert page(scored(BELOW)).find("section", section)[0].text == bare, section
    for view in (summary, paragraph, practice_card, skill_views, timeline):
        assert view(context(scored(BELOW))) == view(context(none)), view.__name__
        assert view(context(scored(STRAIN_FROM))) != view(context(none)), view.__name__
    assert not page(scored(BELOW)).find("a", "strain-note")
    assert page(scored(STRAIN_FROM)).find("a", "strain-note")


def test_possible_strains_are_folded_with_words_and_chance_and_without_an_outcome() -> None:
    (section,) = page(scored(BELOW)).find("section", "ruptures")
    assert not section.find("article")
    (folded,) = section.find("details")
    rows = folded.find("tbody")[0].find("tr")
    assert len(rows) == len(poor().events)
    cells = [c.text for c in rows[0].children if isinstance(c, Element)]
    assert cells == ["turns 6 to 8", "withdrawal", "I suppose.", "64%"]
    assert "5 more moments may be strains, but the model is less than 65% sure of them" in section.text
    assert load_words()("ruptures.none_likely") in section.text
    assert not any(load_words()(f"ruptures.outcomes.{end}") in folded.text for end in ("missed", "unresolved"))
    assert "no likely strain" in page(scored(BELOW)).find("p", "facts")[0].text
    assert "5 possible strains" in page(scored(BELOW)).find("p", "facts")[0].text
    assert not page(scored(STRAIN_FROM)).find("section", "ruptures")[0].find("details")


def test_the_likeliest_possible_strain_stands_first() -> None:
    coded = poor()
    events = tuple(replace(e, score=0.3 + place / 100) for place, e in enumerate(coded.events))
    rows = page(replace(coded, events=events)).find("section", "ruptures")[0].find("tbody")[0].find("tr")
    assert [row.find("td")[-1].text for row in rows] == ["34%", "33%", "32%", "31%", "30%"]


def test_other_forms_tell_the_two_apart() -> None:
    text = render_markdown(session_document(context(poor()), "0.1.0"))
    assert text.count("### Strain ") == 4
    assert "| turn 44 | withdrawal |" in text
    values = json.loads(session_json(context(poor())))
    assert (len(values["ruptures"]), len(values["possible_ruptures"])) == (4, 1)


def one_more(score: float, origin: Origin = Origin.MODEL) -> CodedSession:
    """The poor session with hope in turn 1, where there was nothing, and nowhere else."""
    coded = poor()
    first = coded.session.turns[0]
    marker = Marker("HOPE", first.start, first.end, score, origin, (Span(first.start, 0, 2),))
    return replace(coded, markers=(*(m for m in coded.markers if m.code != "HOPE"), marker))


@pytest.mark.parametrize(
    ("coded", "seen"),
    [
        pytest.param(one_more(CODE_FROM), True, id="likely"),
        pytest.param(one_more(CODE_FROM - 0.01), False, id="less likely than not"),
        pytest.param(one_more(1.0, Origin.CUE), False, id="a cue beside a model"),
        pytest.param(one_more(1.0, Origin.HUMAN), True, id="a person's"),
    ],
)
def test_a_code_that_is_less_likely_than_not_stands_beside_its_turn_alone(coded: CodedSession, seen: bool) -> None:
    without = replace(coded, markers=tuple(m for m in coded.markers if m.code != "HOPE"))
    for view in (summary, timeline, skill_views):
        assert (view(context(coded)) != view(context(without))) is seen, view.__name__
    made = page(coded)
    (chip,) = [li for li in made.find("li", id="t1")[0].find("li") if li.text.startswith("Hope")]
    assert (chip.classes == ["unsure"]) is not seen
    assert ("h-skill" in made.find("li", id="t1")[0].classes) is seen


def documents(*strains: str) -> tuple[Document, Document, str]:
    listed, coded = client("Ann", (4.0, 4.1), strains)
    found, words = courses(listed, coded, WAI), load_words()
    return (
        client_document(found[0], WAI, words, "0.1.0", False),
        caseload_document(found, WAI, words, "0.1.0", False),
        courses_json(found, WAI),
    )


def test_over_time_a_possible_strain_is_in_one_folded_list_of_the_client_alone() -> None:
    words = load_words()
    one, whole, values = documents("", "MU")
    without, whole_without, _ = documents("", "")
    assert render_document(whole, words) == render_document(whole_without, words)
    made, bare = (parse(render_document(d, words)) for d in (one, without))
    (folded,) = made.find("details")
    assert "confrontation, turns 1 to 2 (50%)" in folded.text
    assert words("ruptures.outcomes.missed") not in made.text
    assert [f.text for f in made.find("figure")] == [f.text for f in bare.find("figure")]
    assert made.find("ul", "bullets")[0].text == bare.find("ul", "bullets")[0].text
    last = json.loads(values)["clients"][0]["visits"][1]
    assert (last["strains"], len(last["possible"])) == ([], 2)


def test_teeth_a_likely_strain_is_in_all_of_them() -> None:
    one, whole, values = documents("", "mu")
    assert "last one, 2 strains stayed" in render_document(one, load_words())
    assert "confrontation, turns 1 to 2 (80%): no answer found" in render_document(whole, load_words())
    assert len(json.loads(values)["clients"][0]["visits"][1]["strains"]) == 2


def test_the_wording_names_the_bars() -> None:
    for language in ("en", "de"):
        words = load_words(language)
        told = " ".join(item["text"] for item in words.each("limits.item"))
        assert words.percent(STRAIN_FROM) in told
        assert words.percent(CODE_FROM) in told
        assert words.percent(CODE_FROM) in words("transcript.lead")


def test_the_words_shown_for_a_strain_are_those_that_show_it() -> None:
    """Strain 2 of the poor session covers turns 14 to 18, the client's 14, 16 and 18; turn 14 carries its sign."""
    coded = replace(poor(), scores=())
    event = coded.events[1]
    assert sign_number(context(coded), event) == 14
    bare = replace(coded, markers=())
    # Without any sign: the client's first turn; or the one that lowered most scores, which is not a therapist's.
    assert sign_number(context(bare), event) == 14
    lowered = tuple(replace(s, evidence_against=(16, 15, 17)) for s in poor().scores)  # turns 17, 16, 18
    assert sign_number(context(replace(bare, scores=lowered)), event) == 16
    at = coded.session.turns[17].start
    cue = Marker(event.markers[0].code, at, at + 1, 1.0, Origin.CUE)
    assert sign_number(context(replace(bare, scores=lowered, markers=(cue,))), event) == 18


def test_a_recording_is_found_by_the_time_of_a_quote() -> None:
    from tests.report.samples import strong

    cites = [c.text for c in parse(render_html(strong(), LABELS)).find("cite")]
    assert cites
    assert all(c.rsplit(", ", 1)[1].replace(":", "").isdigit() for c in cites)
    assert not any(":" in c.text for c in page(poor()).find("cite"))  # a file without times
