"""Reading a transcript: a file's bytes to a `RawTranscript`, with nothing interpreted.

A format is one file in this folder and one line in `READERS`. The content decides which reader is taken,
then the ending of the name; the checks that all formats share stand here.
"""

import hashlib
from pathlib import Path

from transcript_alliance.errors import (
    FormatError,
    InputError,
    ReadError,
    SettingsError,
    TranscriptError,
    did_you_mean,
    show_name,
)
from transcript_alliance.readers import (
    captions,
    convokit,
    docx,
    elan,
    jsonl,
    messenger,
    messenger_json,
    noscribe,
    odt,
    otranscribe,
    pdf,
    plain,
    refi_qda,
    rtf,
    speech,
    table,
    talkbank,
    textgrid,
    xlsx,
)
from transcript_alliance.readers.decode import clean
from transcript_alliance.readers.limits import MAX_SPEAKERS, MAX_TURN_CHARS, MAX_TURNS
from transcript_alliance.readers.reader import Columns, Draft, Reader, Tally
from transcript_alliance.readers.source import Source, open_source, refuse_binary, split_address
from transcript_alliance.session import RawTranscript, RawTurn
from transcript_alliance.speakers import label_key

__all__ = ["READERS", "Reader", "read_transcript", "session_paths"]

READERS: tuple[Reader, ...] = (
    captions.VTT,
    captions.SRT,
    talkbank.READER,
    elan.READER,
    textgrid.READER,
    refi_qda.READER,
    *speech.READERS,
    messenger_json.TELEGRAM,
    messenger_json.SIGNAL,
    convokit.READER,
    otranscribe.READER,
    noscribe.READER,
    messenger.READER,
    jsonl.READER,
    table.TSV,
    table.CSV,
    plain.READER,
    docx.READER,
    odt.READER,
    rtf.READER,
    pdf.READER,
    xlsx.READER,
)
"""All formats. Where two would take the same content, the one that stands first does."""


def read_transcript(
    path: Path,
    format: str | None = None,
    encoding: str | None = None,
    speaker_column: str | None = None,
    text_column: str | None = None,
) -> RawTranscript:
    """The transcript in the file at `path`: its turns in order, speakers as labelled, times in seconds.

    `format` is the id of a reader, `encoding` a name that Python knows; both are found out when left out.
    The columns name where a table (or JSON) keeps speaker and text when their names do not tell.

    Raises: InputError for the path, ReadError (its leaves) for the content, SettingsError for a format or an
    encoding that is not known. No message holds words of the session.
    """
    columns = Columns(speaker_column, text_column)
    chosen = None if format is None else _by_id(format)
    source = open_source(Path(path), encoding)
    tally = Tally()
    tally.add_all(source.notes)
    reader = chosen or _by_content(source, tally)
    if not source.encoding and not reader.sniff(source):
        refuse_binary(source)
    if source.session and reader.sessions is None:
        what = f"A file of this format ({reader.id}) holds one session only."
        raise InputError("NO_SUCH_SESSION", what, where=source.name, hint="Leave out the # and what follows it.")
    draft = reader.read(source, columns)
    tally.add_all(draft.notes)
    turns = _checked(draft, source, tally)
    return RawTranscript(
        name=show_name(f"{draft.session.replace('/', '_')}{source.suffix}") if draft.session else source.name,
        format=reader.id,
        encoding=source.encoding or "binary",
        sha256=hashlib.sha256(source.data).hexdigest(),
        turns=turns,
        notes=tally.notes(),
    )


def session_paths(path: Path, format: str | None = None, encoding: str | None = None) -> tuple[Path, ...]:
    """`path` itself, or `path#name` for each session where the file or corpus holds several.

    Each can be given to `read_transcript`. What cannot be read comes back as it is: reading it will say why.
    """
    path = Path(path)
    try:
        source = open_source(path, encoding)
        reader = _by_content(source, Tally()) if format is None else _by_id(format)
        names = () if reader.sessions is None or source.session else reader.sessions(source)
    except TranscriptError:
        return (path,)
    place, _ = split_address(path)
    return (path,) if len(names) < 2 else tuple(Path(f"{place}#{name}") for name in names)


def _by_id(format: str) -> Reader:
    known = {reader.id: reader for reader in READERS}
    if format in known:
        return known[format]
    hint = did_you_mean(format, known) or f"known are {', '.join(known)}"
    raise SettingsError("UNKNOWN_FORMAT", f"There is no format {format!r}.", hint=hint)


def _by_content(source: Source, tally: Tally) -> Reader:
    """The reader that knows the content (that of the file's ending is asked first), else that of the ending."""
    by_suffix = [reader for reader in READERS if source.suffix in reader.suffixes]
    for reader in (*by_suffix, *READERS):
        if reader.sniff(source):
            if source.suffix not in reader.suffixes:
                tally.add("W_EXTENSION")
            return reader
    refuse_binary(source)
    if not by_suffix:
        known = ", ".join(suffix for reader in READERS for suffix in reader.suffixes)
        raise FormatError(
            "UNKNOWN_FORMAT", "Of no format that is known here.", where=source.name, hint=f"Known: {known}."
        )
    # Of those that share an ending, the last is the least particular.
    return by_suffix[-1]


def _checked(draft: Draft, source: Source, tally: Tally) -> tuple[RawTurn, ...]:
    """The draft's turns made safe to show, empty ones left out, and held against the limits.

    Raises: ReadError LIMIT or NO_TURNS.
    """
    if len(draft.turns) > MAX_TURNS:
        raise ReadError("LIMIT", f"There are more turns than the limit ({MAX_TURNS:,}).", where=source.name)
    turns = tuple(turn for turn in (_safe(turn, source, tally) for turn in draft.turns) if turn.text.strip())
    if not turns:
        raise ReadError("NO_TURNS", "No turns found: none holds any text.", where=source.name)
    names = {label_key(turn.speaker) for turn in turns if turn.speaker is not None}
    if len(names) > MAX_SPEAKERS:
        what = f"There are {len(names):,} speakers; the limit is {MAX_SPEAKERS}."
        raise ReadError("LIMIT", what, where=source.name, hint="Is the column or label of the speaker the right one?")
    unnamed = [turn for turn in turns if turn.speaker is None]
    if unnamed:
        tally.add("W_NO_SPEAKERS", unnamed[0].line, len(unnamed))
    elif len(names) == 1:
        tally.add("W_ONE_SPEAKER")
    return turns


def _safe(turn: RawTurn, source: Source, tally: Tally) -> RawTurn:
    if len(turn.text) > MAX_TURN_CHARS:
        what = f"A turn is longer than the limit ({MAX_TURN_CHARS:,} characters)."
        raise ReadError("LIMIT", what, where=source.name if turn.line is None else source.at(turn.line))
    text, speaker = clean(turn.text), clean(turn.speaker or "")
    n_controls, n_broken = text.n_controls + speaker.n_controls, text.n_broken + speaker.n_broken
    if n_controls:
        tally.add("W_CONTROL_CHARS", turn.line, n_controls)
    if n_broken:
        tally.add("W_ENCODING", turn.line)
        tally.add("W_BROKEN_CHARS", turn.line, n_broken)
    start_s, end_s = turn.start_s, turn.end_s
    if start_s is not None and end_s is not None and end_s < start_s:
        tally.add("W_TIMES", turn.line)
        start_s = end_s = None
    return RawTurn(speaker.text.strip() or None, text.text, start_s, end_s, turn.line)
