"""Which column (or JSON key) holds what, found by its name."""

from collections.abc import Sequence
from dataclasses import dataclass

from transcript_alliance.errors import TableError
from transcript_alliance.readers.reader import Columns
from transcript_alliance.speakers import show_label

SPEAKER_NAMES = (
    "speaker", "speaker name", "speaker label", "speaker id", "interlocutor", "role", "participant", "who", "name",
    "author", "sender", "from", "person", "actor",
)  # fmt: skip
TEXT_NAMES = (
    "text", "utterance", "utterance text", "transcript", "transcription", "content", "message", "speech", "words",
    "sentence", "said", "talk", "body", "turn text",
)  # fmt: skip
START_NAMES = (
    "start", "start s", "start time", "start sec", "begin", "begin time", "onset", "timestamp", "time", "time in",
    "in", "from time",
)  # fmt: skip
END_NAMES = ("end", "end s", "end time", "end sec", "stop", "stop time", "offset", "time out", "out", "to time")
START_MS_NAMES = ("start ms", "begin ms", "onset ms", "start time ms")
END_MS_NAMES = ("end ms", "stop ms", "offset ms", "end time ms")
SESSION_NAMES = ("session id", "session", "transcript id", "conversation id", "dialogue id", "dialog id")
_OTHER_NAMES = (
    "id", "utterance id", "turn id", "message id", "client id", "therapist id", "turn", "line", "row", "index", "no",
    "nr", "n", "number", "date", "day", "duration", "length", "pause", "client", "therapist", "counsellor", "counselor",
    "patient", "interviewer", "channel", "language", "confidence", "label", "code", "codes", "coder", "annotator id",
    "rating", "score", "topic", "title", "note", "notes", "comment", "comments", "file", "filename", "source", "url",
)  # fmt: skip
KNOWN_NAMES = frozenset(
    (
        *SPEAKER_NAMES,
        *TEXT_NAMES,
        *START_NAMES,
        *END_NAMES,
        *START_MS_NAMES,
        *END_MS_NAMES,
        *SESSION_NAMES,
        *_OTHER_NAMES,
    )
)
"""What an error may show of a file's columns or keys. Any other name may be words of the session: where a file is
damaged or a table lacks its header, nothing tells the one from the other."""
_SHOWN_COLUMNS = 12


@dataclass(frozen=True, slots=True)
class Layout:
    """Positions of the columns; None for those that a table lacks."""

    speaker: int | None
    text: int
    start: int | None = None
    end: int | None = None
    seconds_per_unit: float = 1.0
    session: int | None = None


def find_layout(header: Sequence[str], columns: Columns, where: str) -> Layout:
    """The columns of a table by the user's word, else by their names.

    Raises: TableError COLUMNS when one is missing or two have the same name.
    """
    names = [plain_name(cell) for cell in header]
    speaker = _position(names, SPEAKER_NAMES, columns.speaker, header, where)
    text = _position(names, TEXT_NAMES, columns.text, header, where)
    if speaker is None or text is None:
        lacking = "for the text" if speaker is not None else "for the speaker"
        lacking = "for the speaker and the text" if speaker is None and text is None else lacking
        raise TableError(
            "COLUMNS",
            f"No column {lacking}. Found: {_shown(header)}.",
            where=where,
            hint="Name them with --speaker-column and --text-column; the first row must hold the names.",
        )
    in_ms = not any(name in START_NAMES for name in names)
    return Layout(
        speaker,
        text,
        _position(names, START_MS_NAMES if in_ms else START_NAMES, None, header, where),
        _position(names, END_MS_NAMES if in_ms else END_NAMES, None, header, where),
        0.001 if in_ms else 1.0,
        next((names.index(name) for name in SESSION_NAMES if name in names), None),
    )


def knows_header(header: Sequence[str], columns: Columns) -> bool:
    """Whether the cells name a speaker and a text column, as a header does and talk does not."""
    names = {plain_name(cell) for cell in header}
    speakers = {plain_name(columns.speaker)} if columns.speaker else set(SPEAKER_NAMES)
    texts = {plain_name(columns.text)} if columns.text else set(TEXT_NAMES)
    return bool(names & speakers and names & texts)


def plain_name(cell: str) -> str:
    """A column's name in lower case, its words parted by one blank.

    >>> plain_name(" Utterance_Text "), plain_name("Start (ms)")
    ('utterance text', 'start ms')
    """
    return " ".join("".join(c if c.isalnum() else " " for c in cell.casefold()).split())


def _position(
    names: Sequence[str], known: Sequence[str], chosen: str | None, header: Sequence[str], where: str
) -> int | None:
    wanted = known if chosen is None else (plain_name(chosen),)
    name = next((name for name in wanted if name in names), None)
    if name is None and chosen is not None:
        what = f"There is no column {show_label(chosen)!r}. Found: {_shown(header)}."
        raise TableError("COLUMNS", what, where=where)
    if name is not None and names.count(name) > 1:
        what = f"Two columns are called {show_label(name)!r}."
        raise TableError("COLUMNS", what, where=where, hint="Rename one.")
    return None if name is None else names.index(name)


def _shown(header: Sequence[str]) -> str:
    """The columns' names as far as they are known, and how many others there are."""
    names = list(map(plain_name, header))
    shown = [name for name in names if name in KNOWN_NAMES]
    if not shown:
        return f"{len(names):,} of other names"
    n_others = len(names) - len(shown)
    others = f" and {n_others:,} of other names" if n_others else ""
    return ", ".join(shown[:_SHOWN_COLUMNS]) + (" …" if len(shown) > _SHOWN_COLUMNS else "") + others
