"""Whatever the report says of the session is tied to turns, and goes when they no longer show it."""

import re
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise

import pytest

from tests.report.page import Element, parse
from tests.report.samples import LABELS, doubtful, poor, strong
from transcript_alliance.annotations import CodedSession, Resolution
from transcript_alliance.report import render_html
from transcript_alliance.report.context import Context
from transcript_alliance.report.likely import STRAIN_FROM
from transcript_alliance.report.practice import MOMENTS, Moment, practice_card
from transcript_alliance.report.prose import paragraph
from transcript_alliance.report.skills import EXAMPLES, SkillView, load_skills, skill_views
from transcript_alliance.report.words import load_words

SECTIONS = ("summary", "scales", "timeline", "ruptures", "skills", "practice")
"""Those that speak of the session; the transcript is the session, and the last two hold fixed wording."""


def context(coded: CodedSession) -> Context:
    return Context(coded, LABELS, load_words())


def bare(coded: CodedSession) -> CodedSession:
    """The session with nothing found in it."""
    return replace(coded, markers=(), events=(), scores=(), windows=())


def sentences(coded: CodedSession) -> dict[str, list[str]]:
    """Runs of text by section, for texts that are sentences: with a verb's worth of words and a full stop."""
    page = parse(render_html(coded, LABELS))
    return {
        section: [
            e.text
            for e in page.find("section", section)[0].walk()
            if e.tag in ("p", "li", "span", "dd", "td") and re.search(r"\w+ \w+.*\.$", e.text)
        ]
        for section in SECTIONS
    }


def test_with_nothing_found_two_sessions_read_the_same() -> None:
    """So no sentence that differs between sessions can stand without a marker, an event or a score."""
    one, other = sentences(bare(strong())), sentences(bare(poor()))
    for section in SECTIONS:
        assert one[section] == other[section], section
    assert sentences(strong()) != sentences(poor())


SAYING = (("span", "says"), ("li", "sentence"), ("article", "rupture"), ("li", "moment"))


@pytest.mark.parametrize("make", [strong, poor])
def test_every_statement_leads_to_a_turn(make: Callable[[], CodedSession]) -> None:
    coded = make()
    page = parse(render_html(coded, LABELS))
    for tag, cls in SAYING:
        found = page.find(tag, cls)
        assert found, cls
        for element in found:
            assert turns_of(element), element.text
    for row in page.find("article", "scale"):
        if row.find("p", "reading"):
            assert turns_of(row), row.text


def turns_of(element: Element) -> list[int]:
    links = (a.attributes.get("href", "") for a in element.find("a"))
    return [int(href[2:]) for href in links if re.fullmatch(r"#t\d+", href)]


def test_a_reading_goes_with_its_evidence_and_the_number_stays() -> None:
    coded = strong()
    without = replace(coded, scores=tuple(replace(s, evidence_for=(), evidence_against=()) for s in coded.scores))
    page = parse(render_html(without, LABELS))
    assert page.find("p", "value")
    assert not page.find("p", "reading")
    assert not [s for s in paragraph(context(without)) if "words speak" in s.text]


def test_the_paragraph_is_strengths_first_and_closes_with_what_is_missing() -> None:
    (said,) = parse(render_html(poor(), LABELS)).find("p", "paragraph")
    texts = [s.text for s in paragraph(context(poor()))]
    # Responding to strain is in turn 37 alone; Going deeper in 12, 28, 34, 38.
    assert texts[0] == "Of the therapist's skills, “Responding to strain” showed most: in 1 of 22 turns"
    assert texts[1] == "On the client's side, “Going deeper” showed most: in 4 of 21 turns"
    assert (
        texts[3]
        == "There were 4 strains: one was answered and stayed open and to 3 the model found no answer in the words"
    )
    assert said.find("span", "cannot")[0].text in said.text
    assert said.text.endswith("not in this page.")
    assert paragraph(context(bare(poor()))) == ()


@pytest.mark.parametrize(
    ("events", "said"),
    [
        (1, "There was one strain, turns 6 to 8: the model found no answer to it in the words"),
        (4, "There were 4 strains: the model found no answer to any of them in the words"),
    ],
)
def test_strains_that_all_ended_alike_are_counted_once(events: int, said: str) -> None:
    coded = poor()
    alike = tuple(
        replace(e, repair=(), turns_to_response=None, resolution=Resolution.MISSED) for e in coded.events[:events]
    )
    assert said in [s.text for s in paragraph(context(replace(coded, events=alike)))]


@pytest.mark.parametrize(
    ("code", "gone"),
    [
        ("RRR", "Of the therapist's skills, “Responding"),
        ("OPEN", "On the client's side, “Going"),
        ("NEG", "In 10 turns"),
    ],
)
def test_a_sentence_of_the_paragraph_goes_with_its_markers(code: str, gone: str) -> None:
    coded = poor()
    less = replace(coded, markers=tuple(m for m in coded.markers if m.code != code))
    assert any(s.text.startswith(gone) for s in paragraph(context(coded)))
    assert not any(s.text.startswith(gone) for s in paragraph(context(less)))


def views(coded: CodedSession) -> dict[str, SkillView]:
    return {scale: view for (_, scale), view in skill_views(context(coded)).items()}


def test_examples_done_well_are_the_surest_turns() -> None:
    """Empathy in the strong session: .95 in turn 7, .81 in 3, then .76, .63 and .58 in 35, 29 and 5."""
    empathy = views(strong())["empathy"]
    assert [quote.number for quote in empathy.well] == [7, 3]
    assert empathy.further_well == (5, 29, 35)


def test_another_answer_was_open_where_nothing_answered_the_client() -> None:
    """Opening up in the poor session: turns 12, 28, 34 and 38; after none of them came empathy or warmth."""
    empathy = views(poor())["empathy"]
    assert [(said.number, answer and answer.number) for said, answer in empathy.open] == [(34, 35), (12, 13)]
    assert empathy.further_open == (28, 38)
    # In the strong session each was answered, but for turns 4 and 16: 5 has empathy, 17 warmth; 6, 34, 36 too.
    assert views(strong())["empathy"].open == ()


def test_strains_that_were_not_resolved_are_open_moments() -> None:
    repair = views(poor())["rupture_repair"]
    assert [said.number for said, _ in repair.open] == [38, 14]  # .92 and .87
    assert len(repair.open) + len(repair.further_open) == sum(
        e.resolution is not Resolution.RESOLVED and e.score >= STRAIN_FROM for e in poor().events
    )
    assert views(strong())["rupture_repair"].open == ()


def test_nothing_found_gives_no_example() -> None:
    for view in views(bare(poor())).values():
        assert view == SkillView((), (), (), ())
    assert all(len(view.open) <= EXAMPLES and len(view.well) <= EXAMPLES for view in views(poor()).values())


def card(coded: CodedSession) -> tuple[Moment, ...]:
    return practice_card(context(coded))


def test_the_card_has_three_moments_in_order_apart_and_of_different_skills() -> None:
    for coded in (strong(), poor()):
        moments = card(coded)
        numbers = [moment.before.number for moment in moments]
        assert len(moments) == MOMENTS
        assert numbers == sorted(numbers)
        assert all(b - a >= 2 for a, b in pairwise(numbers))
        assert len({moment.skill for moment in moments}) == MOMENTS
        assert all(moment.prompt and moment.holds and moment.harder for moment in moments)


def test_a_strong_session_practises_what_went_well() -> None:
    assert all(moment.again for moment in card(strong()) if moment.said and moment.said.number in (7, 15, 17, 37))
    assert any(moment.again for moment in card(strong()))
    assert not any(moment.again for moment in card(poor()))


def test_no_codes_no_card() -> None:
    assert card(bare(poor())) == ()
    page = parse(render_html(doubtful(), LABELS))
    assert not page.find("li", "moment")
    assert "give no moments to practise" in page.find("section", "practice")[0].text


def test_each_skill_of_the_table_has_a_prompt_and_a_scale() -> None:
    scales = {scale.scale for scale in LABELS.instruments[1].scales if scale.text_codable}
    assert {skill.scale for skill in load_skills()} == scales
    for skill in load_skills():
        for key in ("prompt", "again", "holds", "harder", "name"):
            assert load_words().get(f"practice.{skill.scale}.{key}")


def test_the_ledger_has_each_strain_with_what_followed() -> None:
    ledger, folded = parse(render_html(poor(), LABELS)).find("table", "ledger")
    assert "details" in [e.tag for e in folded.above()]
    rows = [[cell.text for cell in row.children if isinstance(cell, Element)] for row in ledger.find("tr")[1:]]
    assert len(rows) == 4
    assert rows[0] == [
        "1",
        "turns 6 to 8",
        "withdrawal",
        "I suppose.",
        "no strategy found",
        "–",
        "no answer found",
    ]
    assert rows[3][4:] == ["R4, R10", "1", "answered, not resolved"]


def test_a_voice_skill_is_marked_and_the_scores_of_the_rest_stand_in_its_section() -> None:
    skills = parse(render_html(strong(), LABELS)).find("section", "skills")[0]
    assert len(skills.find("span", "voice")) == 2
    assert len(skills.find("p", "value")) == 6
