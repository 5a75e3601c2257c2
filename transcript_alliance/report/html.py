"""The report as one self-contained page: no script, nothing loaded, all foreign text escaped.

Three guards, each enough by itself: the templates escape every value (autoescape), the page's own
policy forbids scripts, pictures, fonts, frames, forms and connections (`default-src 'none'`, and only
this page's style sheet by its hash), and no value is ever put into a style, a script or an address.
"""

import base64
import hashlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from jinja2 import Environment
from markupsafe import Markup

from transcript_alliance.annotations import CodedSession
from transcript_alliance.report.branding import Branding, load_branding, render
from transcript_alliance.report.context import Context
from transcript_alliance.report.labels import CodeLabel, Family, ReportLabels
from transcript_alliance.report.likely import STRAIN_FROM
from transcript_alliance.report.modelcard import model_facts
from transcript_alliance.report.practice import practice_card
from transcript_alliance.report.prose import paragraph
from transcript_alliance.report.ruptures import possible_views, rupture_views
from transcript_alliance.report.scales import instrument_views
from transcript_alliance.report.skills import skill_views
from transcript_alliance.report.summary import summary
from transcript_alliance.report.timeline import timeline
from transcript_alliance.report.transcript import episode_views
from transcript_alliance.report.words import clock, visible
from transcript_alliance.session import Role

SECTIONS = (
    "summary",
    "scales",
    "timeline",
    "ruptures",
    "skills",
    "practice",
    "transcript",
    "limits",
    "provenance",
)
"""Ids of the page's sections in their order; each has a template of its name and a heading in the wording."""

PAGE_POLICY = "default-src 'none'; style-src 'sha256-{hash}'; base-uri 'none'; form-action 'none'"


def render_html(coded: CodedSession, labels: ReportLabels, language: str = "en", template: Path | None = None) -> str:
    """The session report as one HTML page, to be written as UTF-8.

    `template` is a folder with a house's own templates, style and wording (see `branding`). The same input gives
    the same page to the byte: no clock, no random ids, no order that could change.

    Raises: SettingsError when the report is not written in `language`, or for a folder that cannot be used.
    """
    branding = branding_of(language, template)
    return render(branding, "page.html", page_values(Context(coded, labels, branding.words), branding.css))


def branding_of(language: str = "en", template: Path | None = None) -> Branding:
    """The report's look; ours is made once a process, a house's own is read anew each time."""
    return _standard(language) if template is None else load_branding(language, template)


@cache
def _standard(language: str) -> Branding:
    return load_branding(language)


def environment() -> Environment:
    """The report's own templates: every value is escaped, an unknown name is an error."""
    return _standard("en").environment


@dataclass(frozen=True, slots=True)
class Voice:
    """One speaker, ready to be shown."""

    role: str
    label: str
    sure: str
    reason: str
    counts: str


def page_values(context: Context, css: str | None = None) -> dict[str, object]:
    """Everything that the templates set, by name; `css` None for the report's own style."""
    css = _standard("en").css if css is None else css
    session, instruments = context.coded.session, instrument_views(context)
    return {
        "w": context.words,
        "css": Markup(css),
        "policy": Markup(PAGE_POLICY.format(hash=_sha256(css))),
        "name": visible(session.session_id),
        "facts": _facts(context),
        "sections": SECTIONS,
        "paragraph": paragraph(context),
        "summary": summary(context),
        "instruments": instruments,
        "skills": skill_views(context),
        "practice": practice_card(context),
        "timeline": timeline(context),
        "ruptures": rupture_views(context),
        "possible": possible_views(context),
        "strain_from": context.words.percent(STRAIN_FROM),
        "episodes": episode_views(context),
        "voices": _voices(context),
        "families": _families(context),
        # What a speakers file changed belongs to how the file was read.
        "notes": (
            *map(context.note, session.notes),
            *map(visible, context.coded.provenance.speaker_corrections),
        ),
        "model": model_facts(context),
        "glossary": glossary(context),
        "code_anchors": {code.code: f"code-{place}" for place, code in enumerate(glossary(context), start=1)},
        "provenance": context.coded.provenance,
    }


def _families(context: Context) -> tuple[str, ...]:
    """Families that are counted beside the turns, in the order of `Family`: what the transcript can be filtered by."""
    found = {context.code(marker.code).family for marker in context.counted()}
    return tuple(family.value for family in Family if family in found)


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
        facts.append(words("facts.share", therapist=words.percent(therapist), client=words.percent(client)))
    starts = [turn.start_s for turn in session.turns if turn.start_s is not None]
    if starts:
        facts.append(words("facts.duration", clock=clock(max(starts))))
    n_strains, n_possible = len(context.strains), len(context.possible_strains)
    facts.append(words.count("facts.strains", n_strains) if n_strains else words("facts.no_strains"))
    if n_possible:
        facts.append(words.count("facts.possible", n_possible))
    return tuple(facts)


def _voices(context: Context) -> tuple[Voice, ...]:
    return tuple(
        Voice(
            context.role_word(s.role),
            visible(s.label),
            context.words.percent(s.confidence),
            context.words.reason(s.reason),
            context.words("transcript.counts", turns=f"{s.n_turns:,}", words=f"{s.n_words:,}"),
        )
        for s in context.coded.session.speakers
    )
