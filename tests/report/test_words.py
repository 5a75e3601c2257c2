"""The wording: complete, without leftovers, and kind."""

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from importlib.resources import files
from typing import Any

import pytest

from tests.builders import make_session
from tests.report.samples import LABELS, doubtful, poor, strong
from transcript_alliance.annotations import CodedSession, Marker, Origin, Resolution, RuptureEvent, RuptureKind
from transcript_alliance.errors import SettingsError
from transcript_alliance.report.context import Context
from transcript_alliance.report.html import environment, page_values
from transcript_alliance.report.labels import Family, ScaleLabel
from transcript_alliance.report.words import Words, load_words, shorten


def keys(table: dict[str, Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    for name, value in table.items():
        if isinstance(value, dict):
            yield from keys(value, f"{prefix}{name}.")
        elif isinstance(value, list):
            yield (
                prefix + name,
                " ".join(i if isinstance(i, str) else " ".join(map(str, i.values())) for i in value),
            )
        else:
            yield prefix + name, value


FOLDER = files("transcript_alliance.report") / "templates"
COURSE = set(tomllib.loads((FOLDER / "course.en.toml").read_text("utf-8"))) - {"list"}
"""Tables of reports over several sessions: `test_over_time` looks at them."""
EVERYTHING = dict(keys(dict(load_words().table)))
ENGLISH = {key: text for key, text in EVERYTHING.items() if key.split(".")[0] not in COURSE}


@dataclass(frozen=True, slots=True)
class Recording(Words):
    """Wording that notes which of its texts were asked for."""

    asked: set[str] = field(default_factory=set)

    def _find(self, key: str) -> Any:
        self.asked.add(key)
        return Words._find(self, key)


def all_endings(coded: CodedSession) -> tuple[RuptureEvent, ...]:
    """Both kinds of rupture with every outcome."""
    return tuple(
        replace(coded.events[0], kind=kind, resolution=end, markers=()) for kind in RuptureKind for end in Resolution
    )


def all_families(coded: CodedSession, origin: Origin) -> tuple[Marker, ...]:
    """One marker of each family in the first turn."""
    first = coded.session.turns[0]
    codes = {code.family: code.code for code in LABELS.codes}
    return tuple(Marker(codes.get(f, "unknown"), first.start, first.end, 0.8, origin) for f in Family)


def test_every_text_is_asked_for_by_some_page() -> None:
    """And none that is not there, or the page could not be made."""
    words, one, bad = Recording(load_words().table), strong(), poor()
    gap = replace(one.windows[0], scores=())
    own = replace(LABELS.instruments[0], instrument="own", neutral=None)
    fis = replace(LABELS.instruments[1], scales=(*LABELS.instruments[1].scales, ScaleLabel("total", "All")))
    silent = replace(one, markers=(), events=(), scores=(), windows=())
    hello = make_session("T: Hello.")
    cases = [
        (one, LABELS),
        (bad, LABELS),
        (doubtful(), LABELS),
        (silent, LABELS),
        (replace(silent, session=replace(hello, episodes=())), LABELS),
        (replace(silent, markers=one.markers[:1]), LABELS),
        (replace(silent, markers=bad.markers[:1]), LABELS),
        (replace(one, events=all_endings(one), windows=(gap, *one.windows)), LABELS),
        *((replace(one, markers=all_families(one, origin)), LABELS) for origin in Origin),
        (
            replace(one, scores=tuple(replace(s, instrument="own") for s in one.scores)),
            replace(LABELS, instruments=(own,)),
        ),
        (replace(one, scores=one.scores[:1]), replace(LABELS, instruments=(LABELS.instruments[0], fis))),
        (replace(bad, provenance=replace(bad.provenance, libraries=()), quality=()), LABELS),
        (replace(bad, quality=(replace(bad.quality[0], floor_spearman=0.99),)), LABELS),
        (bad, replace(LABELS, instruments=LABELS.instruments[:1])),
        (replace(one, scores=tuple(replace(s, low=2.0) for s in one.scores)), LABELS),
        (replace(bad, events=bad.events[-1:]), LABELS),  # only a possible strain
        (replace(bad, events=(replace(bad.events[-1], score=0.9),)), LABELS),  # with which the session ends
        *((replace(one, events=(event,) * n), LABELS) for event in all_endings(one) for n in (1, 2)),
    ]
    page = environment().get_template("page.html")
    for coded, labels in cases:
        page.render(page_values(Context(coded, labels, words)))
    forms = re.compile(r"\.(one|other)$")
    asked = {forms.sub("", key) for key in words.asked}
    # Names of simple methods and prompts are looked up by what a session holds, the general readings for an
    # instrument that the wording does not know; the line of a note where notes
    # are translated.
    by_name = re.compile(r"floors\.|scales\.reading\.|practice\.\w+\.\w+$|note_line$")
    assert {forms.sub("", key) for key in ENGLISH if not by_name.match(key)} - asked == set()


BLAMING = re.compile(
    r"\b(fail\w*|fault\w*|blam\w*|wrong\w*|bad\w*|poor\w*|guilt\w*|error\w*|incompetent|inadequate"
    r"|neglect\w*|ignor\w*|refus\w*|resist\w*|should have)\b",
    re.I,
)


@pytest.mark.parametrize("key", sorted(set(ENGLISH) - {"limits.item"}))  # there, of a speech engine: "wrong speaker"
def test_no_text_blames(key: str) -> None:
    assert not BLAMING.search(ENGLISH[key])


def test_blame_is_recognised() -> None:
    assert BLAMING.search("The therapist failed to answer.")
    assert BLAMING.search("A poor response.")


def test_no_text_promises_what_the_page_is_not() -> None:
    for key, text in EVERYTHING.items():
        assert not re.search(r"\b(diagnos\w+|risk)\b", text, re.I) or key in (
            "page.use",
            "limits.item",
            "course.limits",
            "provenance.use_text",
        ), key
        assert not re.search(r"de-identified|safe harbor|accurate|proves?\b", text, re.I), key


def test_templates_hold_no_wording_of_their_own() -> None:
    """What stands between tags in a template is punctuation or comes from the wording file.

    Only the page of an evaluation, which is for researchers as the model card is, comes in English alone.
    """
    folder = files("transcript_alliance.report") / "templates"
    for template in folder.iterdir():
        if not template.name.endswith(".html") or template.name == "evaluation.html":
            continue
        text = re.sub(r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}", "", template.read_text("utf-8"), flags=re.S)
        between = re.sub(r"<[^>]*>", "", text)
        assert not re.search(r"[A-Za-z]{2,}", between), (template.name, between.split())


def test_counts_choose_their_form() -> None:
    words = load_words()
    assert words.count("facts.turns", 1) == "1 turn"
    assert words.count("facts.turns", 1200) == "1,200 turns"
    with pytest.raises(KeyError):
        words("facts.turns")
    assert words.get("facts.nothing") == ""
    assert words.get("facts") == ""


def test_an_unknown_language_names_the_known_ones() -> None:
    with pytest.raises(SettingsError, match="choose one of: de, en"):
        load_words("klingon")


@pytest.mark.parametrize("limit", [3, 10, 50, 149])
def test_shortened_talk_is_its_own_beginning(limit: int) -> None:
    text = "Then perhaps we have two things on the table, the fear and the scolding. " * 3
    short = shorten(text, limit)
    assert len(short) <= limit
    assert short.endswith(" …")
    assert text.startswith(short.removesuffix(" …"))
    assert shorten("fine", limit + 1) == "fine"
