"""A coded session as plain tables: a list of rows for each, and what every column holds.

Rows are dictionaries whose keys are the columns of `TABLES`, in their order; a missing value is None. All tables
of all sessions share the key `session_id`, so those of many sessions can be laid under each other. Turns,
utterances, markers, events and windows are numbered from 0 within their session, as in the coded session's JSON;
ranges are half-open; offsets are code points.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from transcript_alliance.annotations import CodedSession, CodeScore, Score
from transcript_alliance.session import Role, Session

Cell = str | int | float | bool | None
Row = dict[str, Cell]
Kind = Literal["text", "integer", "number", "truth"]


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table."""

    name: str
    kind: Kind
    about: str
    """What it holds, with unit and range, and when it is missing."""
    holds_words: bool = False
    """True where words of the session or names of people stand, so that a table can be given without them."""


_SESSION = Column("session_id", "text", "The session's name.")
_INSTRUMENT = Column("instrument", "text", "Id of the rating instrument.")
_SCALE = Column("scale", "text", "Subscale or item id of the instrument; `total` for its total.")
_VALUE = Column("value", "number", "In the scale's own units (WAI-O 1-7, FIS 1-5); missing when abstained.")
_LOW = Column("low", "number", "Lower end of the 90% interval, same units; missing when abstained.")
_HIGH = Column("high", "number", "Upper end of the 90% interval, same units; missing when abstained.")
_ABSTAINED = Column("abstained", "text", "Why no number is given; missing when there is one.")
_START = Column("start", "integer", "First utterance.")
_END = Column("end", "integer", "The utterance after the last.")
_START_S = Column("start_s", "number", "Seconds from the start of the recording; missing when not known.")
_END_S = Column("end_s", "number", "Seconds at its end; missing when not known.")
_FIRST_TURN = Column("first_turn", "integer", "Its first turn.")
_LAST_TURN = Column("last_turn", "integer", "Its last turn, included.")

TABLES: Mapping[str, tuple[Column, ...]] = MappingProxyType(
    {
        "sessions": (
            _SESSION,
            Column("n_turns", "integer", "Turns, backchannels included."),
            Column("n_utterances", "integer", "Sentences, or what stands for them in speech."),
            Column("n_words", "integer", "Words, split at blanks."),
            Column("n_therapist_words", "integer", "Words of speakers in the therapist's role."),
            Column("n_client_words", "integer", "Words of speakers in the client's role."),
            Column("therapist_talk_share", "number", "Therapist's words of those of both, 0-1; missing without any."),
            Column("start_s", "number", "Earliest known time of a turn, in seconds; missing without times."),
            Column("end_s", "number", "Latest known time of a turn, in seconds; missing without times."),
            Column("n_events", "integer", "Rupture events."),
            Column("model", "text", "Name and version of the trained bundle."),
            Column("model_sha256", "text", "Of its model.json, which holds the hashes of its files."),
            Column("package_version", "text", "Of this program."),
            Column("settings_sha256", "text", "Of the settings in use."),
            Column("codebooks_sha256", "text", "Of the codebooks in use."),
            Column("instruments_sha256", "text", "Of the instruments in use."),
            Column("input_format", "text", "Format of the transcript."),
            Column("input_sha256", "text", "Of the transcript's bytes."),
            Column("machine", "text", "Class of machine."),
        ),
        "turns": (
            _SESSION,
            Column("turn", "integer", "Number of the turn."),
            Column("line", "integer", "1-based line of the transcript where it starts; missing when it has none."),
            Column("speaker", "text", "The speaker's label.", holds_words=True),
            Column("role", "text", "therapist, client or other."),
            _START,
            _END,
            _START_S,
            _END_S,
            Column("n_words", "integer", "Words, split at blanks."),
            Column("backchannel", "truth", "True for a bare listener's signal."),
            Column("text", "text", "What was said.", holds_words=True),
        ),
        "markers": (
            _SESSION,
            Column("marker", "integer", "Number of the marker."),
            Column("code", "text", "Id of the code in its codebook."),
            Column("origin", "text", "cue, model or human."),
            Column("score", "number", "0-1: the model's probability, 1 for a cue or a human."),
            Column("turn", "integer", "The turn it stands in."),
            Column("role", "text", "Role of the turn's speaker."),
            _START,
            _END,
            Column("n_spans", "integer", "Rows it has in `spans`; 0 when its utterances as a whole show the code."),
        ),
        "spans": (
            _SESSION,
            Column("marker", "integer", "Number of the marker the words belong to."),
            Column("utterance", "integer", "The utterance they stand in."),
            Column("start", "integer", "First code point within the utterance."),
            Column("end", "integer", "The code point after the last."),
            Column("text", "text", "The words.", holds_words=True),
        ),
        "events": (
            _SESSION,
            Column("event", "integer", "Number of the rupture event."),
            Column("kind", "text", "withdrawal or confrontation."),
            _START,
            _END,
            _FIRST_TURN,
            _LAST_TURN,
            _START_S,
            _END_S,
            Column("score", "number", "0-1: probability of strain on its most strained turn."),
            Column("markers", "text", "Its sub-codes with their probabilities, likeliest first, as `W1=0.812 W3=0.4`."),
            Column("strategies", "text", "Resolution strategies, written likewise; empty when none was found."),
            Column("n_repair_turns", "integer", "Turns of the therapist that answer it."),
            Column("turns_to_response", "integer", "Turns to the first of them (1: the very next); missing if none."),
            Column("resolution", "text", "resolved, partly, unresolved or missed."),
        ),
        "scores": (
            _SESSION,
            _INSTRUMENT,
            _SCALE,
            _VALUE,
            _LOW,
            _HIGH,
            Column("evidence_for", "text", "Turns that raised it most, strongest first, with blanks between."),
            Column("evidence_against", "text", "Turns that lowered it most, likewise."),
            _ABSTAINED,
        ),
        "windows": (
            _SESSION,
            Column("window", "integer", "Number of the part of the session."),
            _START,
            _END,
            _FIRST_TURN,
            _LAST_TURN,
            _START_S,
            _END_S,
            _INSTRUMENT,
            _SCALE,
            _VALUE,
            _LOW,
            _HIGH,
            _ABSTAINED,
        ),
    }
)
"""Table -> its columns."""


def tables(coded: CodedSession) -> dict[str, list[Row]]:
    """Table -> its rows, for all of `TABLES`; a table without rows is an empty list.

    `sessions` has one row, `turns` one for each turn, `scores` one for each scale, `windows` one for each scale of
    each window.
    """
    rows: dict[str, Iterable[Sequence[Cell]]] = {
        "sessions": (_session_cells(coded),),
        "turns": _turn_cells(coded.session),
        "markers": _marker_cells(coded),
        "spans": _span_cells(coded),
        "events": _event_cells(coded),
        "scores": map(_score_cells, coded.scores),
        "windows": _window_cells(coded),
    }
    name = coded.session.session_id
    return {
        table: [
            dict(zip((c.name for c in columns), (name, *cells), strict=True))  # session_id is the first of all
            for cells in rows[table]
        ]
        for table, columns in TABLES.items()
    }


def _session_cells(coded: CodedSession) -> tuple[Cell, ...]:
    session, source = coded.session, coded.provenance
    words = dict.fromkeys(Role, 0)
    for number in range(len(session.turns)):
        words[session.role(number)] += _n_words(session, number)
    of_both = words[Role.THERAPIST] + words[Role.CLIENT]
    return (
        len(session.turns),
        len(session.utterances),
        session.n_words,
        words[Role.THERAPIST],
        words[Role.CLIENT],
        words[Role.THERAPIST] / of_both if of_both else None,
        *_times(session, 0, len(session.turns) - 1),
        len(coded.events),
        source.model,
        source.model_sha256,
        source.package_version,
        source.settings_sha256,
        source.codebooks_sha256,
        source.instruments_sha256,
        source.input_format,
        source.input_sha256,
        source.machine,
    )


def _turn_cells(session: Session) -> Iterator[tuple[Cell, ...]]:
    for number, turn in enumerate(session.turns):
        speaker = session.speakers[turn.speaker]
        yield (
            number,
            turn.line,
            speaker.label,
            speaker.role.value,
            turn.start,
            turn.end,
            turn.start_s,
            turn.end_s,
            _n_words(session, number),
            turn.backchannel,
            session.turn_text(number),
        )


def _marker_cells(coded: CodedSession) -> Iterator[tuple[Cell, ...]]:
    for number, marker in enumerate(coded.markers):
        turn = coded.session.utterances[marker.start].turn
        role = coded.session.role(turn).value
        origin = marker.origin.value
        yield number, marker.code, origin, marker.score, turn, role, marker.start, marker.end, len(marker.spans)


def _span_cells(coded: CodedSession) -> Iterator[tuple[Cell, ...]]:
    for number, marker in enumerate(coded.markers):
        for span in marker.spans:
            text = coded.session.utterances[span.utterance].text
            yield number, span.utterance, span.start, span.end, text[span.start : span.end]


def _event_cells(coded: CodedSession) -> Iterator[tuple[Cell, ...]]:
    utterances = coded.session.utterances
    for number, event in enumerate(coded.events):
        repairing = {utterances[n].turn for start, end in event.repair for n in range(start, end)}
        yield (
            number,
            event.kind.value,
            *_place(coded.session, event.start, event.end),
            event.score,
            _code_scores(event.markers),
            _code_scores(event.strategies),
            len(repairing),
            event.turns_to_response,
            event.resolution.value,
        )


def _score_cells(score: Score) -> tuple[Cell, ...]:
    return (
        score.instrument,
        score.scale,
        score.value,
        score.low,
        score.high,
        " ".join(map(str, score.evidence_for)),
        " ".join(map(str, score.evidence_against)),
        score.abstained,
    )


def _window_cells(coded: CodedSession) -> Iterator[tuple[Cell, ...]]:
    for number, window in enumerate(coded.windows):
        place = _place(coded.session, window.start, window.end)
        for score in window.scores:
            values = (score.instrument, score.scale, score.value, score.low, score.high, score.abstained)
            yield number, *place, *values


def _place(session: Session, start: int, end: int) -> tuple[Cell, ...]:
    """Utterances `start` up to `end` with their first and last turn and the time they take."""
    first, last = session.utterances[start].turn, session.utterances[end - 1].turn
    return start, end, first, last, *_times(session, first, last)


def _times(session: Session, first: int, last: int) -> tuple[float | None, float | None]:
    """Earliest and latest known time of turns `first` to `last`, included."""
    turns = session.turns[first : last + 1]
    known = [time for turn in turns for time in (turn.start_s, turn.end_s) if time is not None]
    return min(known, default=None), max(known, default=None)


def _n_words(session: Session, turn: int) -> int:
    return len(session.turn_text(turn).split())


def _code_scores(scores: Iterable[CodeScore]) -> str:
    return " ".join(f"{one.code}={one.score:.3g}" for one in scores)
