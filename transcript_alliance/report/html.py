"""The report as one self-contained page: no script, nothing loaded, all foreign text escaped.

Three guards, each enough by itself: the templates escape every value (autoescape), the page's own
policy forbids scripts, pictures, fonts, frames, forms and connections (`default-src 'none'`, and only
this page's style sheet by its hash), and no value is ever put into a style, a script or an address.
"""

import base64
import hashlib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from transcript_alliance.annotations import CodedSession
from transcript_alliance.notes import describe
from transcript_alliance.report.context import Context
from transcript_alliance.report.labels import CodeLabel, ReportLabels
from transcript_alliance.report.ruptures import rupture_views
from transcript_alliance.report.scales import instrument_views
from transcript_alliance.report.summary import summary
from transcript_alliance.report.timeline import timeline
from transcript_alliance.report.transcript import episode_views
from transcript_alliance.report.words import clock, load_words, percent, visible
from transcript_alliance.session import Role

PAGE_POLICY = "default-src 'none'; style-src 'sha256-{hash}'; base-uri 'none'; form-action 'none'"

_UNPRINTABLE = {
    code: "\ufffd"
    for code in (*range(0x20), *range(0x7F, 0xA0), *range(0xD800, 0xE000), 0xFFFE, 0xFFFF)
    if chr(code) not in "\t\n"
}
"""Code points that HTML or UTF-8 cannot hold, or that would act in a terminal."""


def render_html(coded: CodedSession, labels: ReportLabels, language: str = "en") -> str:
    """The session report as one HTML page, to be written as UTF-8.

    The same input gives the same page to the byte: no clock, no random ids, no order that could change.

    Raises: SettingsError when the report is not written in `language`.
    """
    context = Context(coded, labels, load_words(language))
    return environment().get_template("page.html").render(page_values(context))


@cache
def environment() -> Environment:
    """The templates: every value is escaped, an unknown name is an error."""
    env = Environment(
        loader=PackageLoader("transcript_alliance.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=printable,
    )
    env.filters["visible"] = visible
    return env


def printable(value: object) -> object:
    """`value` with the characters that HTML or UTF-8 cannot hold shown as the replacement character.

    >>> printable("a\\x00b\\ud800")
    'a\ufffdb\ufffd'
    """
    if not isinstance(value, str) or isinstance(value, Markup):
        return value
    return value.translate(_UNPRINTABLE)


@dataclass(frozen=True, slots=True)
class Voice:
    """One speaker, ready to be shown."""

    role: str
    label: str
    sure: str
    reason: str
    counts: str


def page_values(context: Context) -> dict[str, object]:
    """Everything that the templates set, by name."""
    css = (files("transcript_alliance.report") / "templates" / "report.css").read_text("utf-8")
    session = context.coded.session
    return {
        "w": context.words,
        "css": Markup(css),
        "policy": Markup(PAGE_POLICY.format(hash=_sha256(css))),
        "name": visible(session.session_id),
        "facts": _facts(context),
        "summary": summary(context),
        "instruments": instrument_views(context),
        "timeline": timeline(context),
        "ruptures": rupture_views(context),
        "episodes": episode_views(context),
        "voices": _voices(context),
        "notes": tuple(describe(note) for note in session.notes),
        "glossary": glossary(context),
        "code_anchors": {code.code: f"code-{place}" for place, code in enumerate(glossary(context), start=1)},
        "provenance": context.coded.provenance,
    }


def glossary(context: Context) -> tuple[CodeLabel, ...]:
    """The codes that occur anywhere on the page, in the order of the labels."""
    coded = context.coded
    in_events = (s.code for event in coded.events for s in (*event.markers, *event.strategies))
    return context.codes([*(marker.code for marker in coded.markers), *in_events])


def _sha256(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _facts(context: Context) -> tuple[str, ...]:
    session, words = context.coded.session, context.words
    facts = [words.count("facts.turns", len(session.turns)), words.count("facts.words", session.n_words)]
    therapist, client = (context.talk_share(role) for role in (Role.THERAPIST, Role.CLIENT))
    if therapist is not None and client is not None:
        facts.append(words("facts.share", therapist=percent(therapist), client=percent(client)))
    starts = [turn.start_s for turn in session.turns if turn.start_s is not None]
    if starts:
        facts.append(words("facts.duration", clock=clock(max(starts))))
    n_strains = len(context.coded.events)
    facts.append(words.count("facts.strains", n_strains) if n_strains else words("facts.no_strains"))
    return tuple(facts)


def _voices(context: Context) -> tuple[Voice, ...]:
    return tuple(
        Voice(
            context.role_word(s.role),
            visible(s.label),
            percent(s.confidence),
            s.reason,
            context.words("transcript.counts", turns=f"{s.n_turns:,}", words=f"{s.n_words:,}"),
        )
        for s in context.coded.session.speakers
    )
