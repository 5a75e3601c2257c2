"""Foreign text stays text: it makes no element and no attribute, wherever it stands."""

from functools import cache

import pytest

from tests.report.hostile import HAND_MADE, PAYLOADS, carrying
from tests.report.page import parse, skeleton
from transcript_alliance.report import render_html
from transcript_alliance.report.context import Context
from transcript_alliance.report.html import environment, page_values
from transcript_alliance.report.words import load_words

PLACES = {
    "talk": ("p", "talk"),
    "quote": ("blockquote", "quote"),
    "speaker": ("p", "speaker"),
    "session name": ("h1", ""),
    "page title": ("title", ""),
    "code label": ("a", "chip"),
    "keywords": ("div", "episode"),
    "note": ("ul", "notes"),
    "summary": ("li", "sentence"),
    "abstention": ("p", "reason"),
    "glossary": ("dl", "glossary"),
    "provenance": ("dl", "facts-list"),
    "lane": ("p", "lane-name"),
    "trust": ("div", "trust"),
}


def test_the_carrier_puts_its_words_in_every_place() -> None:
    coded, labels = carrying("Quagmire")
    page = parse(render_html(coded, labels))
    for place, (tag, cls) in PLACES.items():
        assert any("Quagmire" in e.text for e in page.find(tag, cls)), place
    assert any("Quagmire" in e.attributes.get("title", "") for e in page.find("span", "cue"))
    assert len(set(PAYLOADS)) >= 200
    assert len(PLACES) >= 8


@cache
def harmless() -> list[tuple[str, tuple[str, ...]]]:
    return skeleton(parse(render_html(*carrying("Quagmire"))))


@pytest.mark.parametrize("payload", PAYLOADS, ids=range(len(PAYLOADS)))
def test_a_hostile_string_makes_no_element_and_no_attribute(payload: str) -> None:
    html = render_html(*carrying(payload))
    html.encode()
    page = parse(html)
    assert skeleton(page) == harmless()
    for element in page.walk():
        for name, value in element.attributes.items():
            if name in ("href", "id", "class", "role", "fill", "aria-labelledby", "lang", "content", "scope"):
                assert "fired" not in value


def test_without_escaping_the_same_strings_make_elements() -> None:
    """Teeth: the check above fails for nearly every payload once the guard is gone."""
    bare = environment().overlay(autoescape=False).get_template("page.html")
    broken = 0
    for payload in HAND_MADE:
        coded, labels = carrying(payload)
        try:
            broken += skeleton(parse(bare.render(page_values(Context(coded, labels, load_words()))))) != harmless()
        except AssertionError:
            broken += 1
    assert broken >= 30
