"""Every language says all that English says, puts in the same values, and writes numbers its own way."""

import re
import tomllib
from collections.abc import Iterator
from dataclasses import replace
from importlib.resources import files
from typing import Any

import pytest

from tests.report.course_samples import WAI
from tests.report.page import parse
from tests.report.samples import LABELS, REASON, SAMPLES
from tests.report.test_over_time import everything
from transcript_alliance.coding.codebook import load_codebooks
from transcript_alliance.notes import NOTE_TEXTS
from transcript_alliance.report import render_html
from transcript_alliance.report.branding import fields
from transcript_alliance.report.caseload import caseload_document
from transcript_alliance.report.context import Context
from transcript_alliance.report.course import Blinding, courses
from transcript_alliance.report.document import Document
from transcript_alliance.report.manifest import Rating
from transcript_alliance.report.markdown import render_markdown
from transcript_alliance.report.over_time import client_document
from transcript_alliance.report.whole_session import session_document
from transcript_alliance.report.words import FILES, languages, load_words

FOLDER = files("transcript_alliance.report") / "templates"
OTHERS = [language for language in languages() if language != "en"]


def texts(value: Any, prefix: str = "") -> Iterator[tuple[str, str]]:
    """Dotted keys with their texts; entries of a list by their number."""
    if isinstance(value, str):
        yield prefix, value
    elif isinstance(value, dict):
        for name, inner in value.items():
            yield from texts(inner, f"{prefix}.{name}")
    else:
        for place, inner in enumerate(value):
            yield from texts(inner, f"{prefix}.{place}")


def read(name: str, language: str) -> dict[str, str]:
    return dict(texts(tomllib.loads((FOLDER / f"{name}.{language}.toml").read_text("utf-8"))))


@pytest.mark.parametrize("name", [name for name in FILES if name != "names"])
@pytest.mark.parametrize("language", OTHERS)
def test_the_same_keys_and_the_same_values(language: str, name: str) -> None:
    english, other = read(name, "en"), read(name, language)
    assert set(other) == set(english)
    for key, text in english.items():
        assert fields(other[key]) <= fields(text), key
        # A number that is told in English is told in every language; the form for one may leave it out.
        assert fields(text) == fields(other[key]) or key.endswith(".one"), key
        assert other[key].strip()


@pytest.mark.parametrize("language", OTHERS)
def test_every_code_note_and_practised_skill_has_a_name(language: str) -> None:
    words = load_words(language)
    for code in load_codebooks().codes:
        if code.codebook not in ("words", "pathways"):
            assert words.get(f"codes.{code.id}.label"), code.id
            assert words.get(f"codes.{code.id}.definition"), code.id
    # A note that came later is shown in English until it is translated; these are the most of them.
    translated = [kind for kind in NOTE_TEXTS if words.get(f"notes.{kind}")]
    assert len(translated) >= 20
    for kind in translated:
        assert fields(words.get(f"notes.{kind}")) <= {"count", "first_line"}


def test_german_is_german_throughout() -> None:
    """What is left in English beyond the talk itself are names of instruments and of their authors."""
    page = parse(render_html(SAMPLES["poor"](), LABELS, "de"))
    assert page.find("html")[0].attributes["lang"] == "de"
    said = [
        e for tag, cls in (("p", "talk"), ("blockquote", "quote"), ("td", "said-brief")) for e in page.find(tag, cls)
    ]
    texts_of = page.find("main")[0].text
    for element in said:
        texts_of = texts_of.replace(element.text, "")
    english = re.findall(r"\b(the|and|turns?|were|with|evidence|none|strain|words?|showed|found)\b", texts_of, re.I)
    assert len(english) <= 12, english  # in the sources of instruments and of the practice card


def german_documents() -> dict[str, Document]:
    """Each view over several sessions, and the session's own for Word and Markdown, in German."""
    words, everyone = load_words("de"), everything()
    rating = {"adam-3": Rating("adam-3", (2.0, 2.5, 6.0))}
    found, blind = courses(*everyone, WAI), courses(*everyone, WAI, Blinding(rating))
    clients = {c.client: client_document(c, WAI, words, "0.1.0", False) for c in found}
    sessions = {name: session_document(Context(make(), LABELS, words), "0.1.0") for name, make in SAMPLES.items()}
    return {
        **clients,
        **sessions,
        "caseload": caseload_document(found, WAI, words, "0.1.0", False),
        "blinded": caseload_document(blind, WAI, words, "0.1.0", True),
    }


ENGLISH = re.compile(
    r"\b(the|and|turns?|were|with|evidence|none|strain|words?|showed|found|since|session|sessions|likely|answered"
    r"|change|error|before|number|rise|fall|hidden|client|therapist|last|first)\b"
)


def test_reports_over_several_sessions_are_german_throughout() -> None:
    for name, document in german_documents().items():
        text = render_markdown(replace(document, sections=tuple(s for s in document.sections if s.anchor in OURS)))
        # Left in English: names that the tests' own labels and measures carry, and instruments and their sources.
        found = [m.group() for m in ENGLISH.finditer(re.sub(r"(?m)^> .*$", "", text))]
        assert not found, (name, found)


OURS = ("summary", "sessions", "changes", "falls", "strains", "trust", "limits", "open", "clients", "form", "beside",
        "ruptures")  # fmt: skip
"""Sections of our own wording; the others hold the talk, and the program's names of libraries."""


def test_teeth_english_is_seen() -> None:
    words = load_words()
    found = courses(*everything(), WAI)
    assert ENGLISH.search(render_markdown(caseload_document(found, WAI, words, "0.1.0", False)))


def test_numbers_follow_the_language() -> None:
    words = load_words("de")
    assert (words.number(5.25), words.fine(0.4), words.agreement(0.744), words.agreement(-0.05)) == (
        "5,2",
        "0,40",
        "0,74",
        "-0,05",
    )
    assert (words.whole(22305), words.percent(0.456)) == ("22.305", "46 %")
    assert load_words().agreement(0.744) == ".74"
    scales = parse(render_html(SAMPLES["strong"](), LABELS, "de")).find("section", "scales")[0].text
    assert "5,9 90-%-Intervall 5,1 bis 6,7" in scales


def test_reasons_are_translated_whole_or_not_at_all() -> None:
    words = load_words("de")
    both = "Only 12 turns: a score needs 20 or more. Only 90 words: a score needs 300 or more."
    assert (
        words.reason(both)
        == "Nur 12 Beiträge: Ein Wert braucht 20 oder mehr. Nur 90 Wörter: Ein Wert braucht 300 oder mehr."
    )
    assert words.reason(f"{both} Something new.") == f"{both} Something new."
    assert words.reason("") == ""
    assert load_words().reason(REASON) == REASON
    assert words.listed(("a", "b", "c")) == "a, b und c"


def test_lists_have_as_many_entries_in_every_language() -> None:
    for language in OTHERS:
        for key in ("limits.item", "course.limits", "practice.steps", "practice.sources", "provenance.card_item"):
            assert len(load_words(language).each(key)) == len(load_words().each(key))
