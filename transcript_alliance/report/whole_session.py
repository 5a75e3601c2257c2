"""One session as plain blocks, for Word and Markdown; the page has more to show and is made by `html`."""

from collections.abc import Iterator
from typing import Any

from transcript_alliance.report.context import Context, Quote
from transcript_alliance.report.document import (
    Block,
    Bullets,
    Document,
    Quoted,
    Section,
    Style,
    Subheading,
    Table,
    Text,
)
from transcript_alliance.report.likely import STRAIN_FROM
from transcript_alliance.report.over_time import NONE
from transcript_alliance.report.ruptures import possible_views, rupture_views
from transcript_alliance.report.scales import instrument_views
from transcript_alliance.report.summary import Sentence, summary
from transcript_alliance.report.words import visible


def session_document(context: Context, version: str) -> Document:
    """The report of one session: summary, scales, strains, transcript, limits, where it comes from."""
    words, session = context.words, context.coded.session
    parts = (
        ("summary", _summary),
        ("scales", _scales),
        ("ruptures", _strains),
        ("transcript", _transcript),
        ("limits", _limits),
        ("provenance", _provenance),
    )
    return Document(
        words("language"),
        words("page.kicker"),
        visible(session.session_id),
        (words.count("facts.turns", len(session.turns)), words.count("facts.words", session.n_words)),
        words("page.use"),
        words("page.keep"),
        tuple(Section(anchor, words(f"sections.{anchor}"), tuple(part(context))) for anchor, part in parts),
        words("page.footer", version=version),
    )


def _summary(context: Context) -> Iterator[Block]:
    words, found = context.words, summary(context)
    for key in ("strengths", "second_look"):
        yield Subheading(words(f"summary.{key}"))
        sentences = getattr(found, key)
        if not sentences:
            yield Text(words(f"summary.no_{key}"))
        for sentence in sentences:
            yield Text(f"{sentence.text} {_turns(context, sentence)}")
            if sentence.quote is not None:
                yield _quoted(context, sentence.quote)


def _quoted(context: Context, quote: Quote) -> Quoted:
    parts = (context.words("turns.link", number=quote.number), quote.who, *((quote.time,) if quote.time else ()))
    return Quoted(quote.text, context.words("list.comma").join(parts))


def _turns(context: Context, sentence: Sentence) -> str:
    words, n = context.words, len(sentence.turns) + sentence.more
    named = words("list.comma").join(str(number) for number in sentence.turns)
    more = f" {words.count('turns.more', sentence.more)}" if sentence.more else ""
    return f"({words.count('turns.named', n)} {named}{more})"


def _scales(context: Context) -> Iterator[Block]:
    words = context.words
    for view in instrument_views(context):
        yield Subheading(view.label)
        if view.neutral:
            yield Text(words("session.neutral", neutral=view.neutral), Style.SOURCE)
        rows = []
        for row in view.rows:
            if row.rating is None:
                reason = words("scales.voice") if row.from_voice else row.reason
                rows.append((row.label, NONE, reason, NONE))
                continue
            r, t = row.rating, row.trust
            value = words("course.value", value=r.value, low=r.low, high=r.high)
            trust = NONE if t is None else words(
                "session.trust", value=t.value, interval=t.interval, floor=t.floor,
                ceiling=t.ceiling or words("scales.unknown"), miss=t.mae,
            )  # fmt: skip
            rows.append((row.label, value, r.reading or NONE, trust))
        columns = tuple(words(f"session.columns.{c}") for c in ("scale", "value", "reading", "trust"))
        yield Table(view.label, columns, tuple(rows))


def _strains(context: Context) -> Iterator[Block]:
    words, views = context.words, rupture_views(context)
    yield Text(words("ruptures.lead"), Style.LEAD)
    possible = possible_views(context)
    if not views:
        yield Text(words("ruptures.none_likely" if possible else "ruptures.none"))
    for view in views:
        kind, end = words(f"ruptures.kinds.{view.kind}"), words(f"ruptures.outcomes.{view.resolution}")
        yield Subheading(f"{words('ruptures.title', place=view.place, kind=kind)}: {view.where}, {end}")
        yield Text(words("ruptures.how_likely", chance=view.chance))
        yield _quoted(context, view.sign)
        for quote in view.repairs:
            yield _quoted(context, quote)
        chances = [f"{found.code.label} {found.chance}" for found in (*view.signs, *view.strategies)]
        if chances:
            yield Bullets(tuple(chances))
    if possible:
        yield Text(words.count("ruptures.possible", len(possible), bar=words.percent(STRAIN_FROM)))
        yield Text(words("ruptures.possible_lead"))
        rows = tuple((v.where, words(f"ruptures.kinds.{v.kind}"), v.brief.text, v.chance) for v in possible)
        columns = tuple(words(f"ruptures.column_{c}") for c in ("turns", "kind", "words", "chance"))
        yield Table(words("ruptures.possible_caption"), columns, rows)


def _transcript(context: Context) -> Iterator[Block]:
    session, words = context.coded.session, context.words
    rows = tuple(
        (str(place + 1), context.role_word(session.role(place)), session.turn_text(place))
        for place in range(len(session.turns))
    )
    columns = (words("timeline.turn"), words("timeline.column_speaker"), words("session.said"))
    yield Table(words("sections.transcript"), columns, rows)


def _limits(context: Context) -> Iterator[Block]:
    item: Any
    for item in context.words.each("limits.item"):
        yield Subheading(item["title"])
        yield Text(item["text"])
    notes = tuple(context.note(note) for note in context.coded.session.notes)
    if notes:
        yield Subheading(context.words("limits.notes"))
        yield Bullets(notes)


def _provenance(context: Context) -> Iterator[Block]:
    p, words = context.coded.provenance, context.words
    keys = ("package", "input", "settings", "codebooks", "instruments", "model", "model_hash", "tokenizer", "machine")
    values = (
        p.package_version,
        p.input_sha256,
        p.settings_sha256,
        p.codebooks_sha256,
        p.instruments_sha256,
        p.model,
        p.model_sha256,
        p.tokenizer_sha256,
        p.machine,
    )
    rows = tuple((words(f"provenance.{key}"), visible(value)) for key, value in zip(keys, values, strict=True))
    yield Table(words("sections.provenance"), (words("session.what"), words("session.value")), rows)
