"""The error tree. Every message is one line for people: what, where, got, expected, hint.

    TranscriptError
    ├── InputError          the path itself: missing, a folder, empty, too large, not an ordinary file
    ├── ReadError           the file's content
    │   ├── FormatError     of no known or of another format
    │   ├── CaptionError    WebVTT, SRT
    │   ├── PlainTextError  text with speaker labels
    │   ├── TableError      CSV, TSV, JSONL
    │   ├── TierError       ELAN, Praat: talk in tiers on a time line
    │   └── DocumentError   Word, Excel, OpenDocument, RTF, PDF: packed or marked-up documents
    ├── SpeakerError        nobody named, one speaker, roles that cannot be settled
    ├── SettingsError       a settings file or a command's option
    ├── CodebookError       a codebook file
    ├── InstrumentError     an instrument file or item answers
    ├── ModelBundleError    a model folder that is missing, damaged or made for other codes
    ├── DatasetError        ratings and sessions that training or evaluation cannot use
    ├── StudyError          a study of many sessions: in use, damaged, of another version
    └── OutputError         the result cannot be written

A message never holds words of a session: it may name a file, a line number, a column, a key.
An error that another library raised may carry text, so ours is raised `from None`.
"""

import difflib
from collections.abc import Iterable
from pathlib import Path


class TranscriptError(Exception):
    """Base of all errors that bad input can cause.

    `code` is a machine code in capitals (`EMPTY_FILE`), `where` a file name with or without a line,
    `what` the fault, `hint` the next thing to try.
    """

    def __init__(self, code: str, what: str, *, where: str = "", hint: str = "") -> None:
        self.code = code
        self.what = what
        self.where = where
        self.hint = hint
        super().__init__(code, what, where, hint)

    def __str__(self) -> str:
        place = f"{self.where}: " if self.where else ""
        advice = f" Hint: {self.hint}" if self.hint else ""
        return f"{place}{self.what}{advice}"


class InputError(TranscriptError):
    """The path cannot be read as an ordinary file."""


class ReadError(TranscriptError):
    """The file was opened, but its content is no transcript that we can read."""


class FormatError(ReadError):
    """Of no known format, or of another than its name says."""


class CaptionError(ReadError):
    """A WebVTT or SRT file."""


class PlainTextError(ReadError):
    """Plain text with speaker labels."""


class TableError(ReadError):
    """A CSV, TSV or JSONL file."""


class TierError(ReadError):
    """A file of an annotation program, which keeps talk in tiers on a time line: ELAN, Praat."""


class DocumentError(ReadError):
    """A document of a word processor or a spreadsheet, a PDF, or an archive that should hold one."""


class SpeakerError(TranscriptError):
    """Who is therapist and who is client cannot be known."""


class SettingsError(TranscriptError):
    """A settings file or an option."""


class CodebookError(TranscriptError):
    """A codebook file."""


class InstrumentError(TranscriptError):
    """An instrument file, or item answers that do not fit it."""


class ModelBundleError(TranscriptError):
    """A model folder that is missing, damaged, or made for other codes or instruments."""


class DatasetError(TranscriptError):
    """Sessions and ratings that training or evaluation cannot use."""


class StudyError(TranscriptError):
    """A study of many sessions: its file is in use, damaged or of another version, or its workers cannot start."""


class OutputError(TranscriptError):
    """A result cannot be written."""


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """A hint with the known name that is nearest to `name`; empty when none is near.

    >>> did_you_mean("therapst", ["client", "therapist"]), did_you_mean("x", ["client"])
    ('did you mean therapist?', '')
    """
    near = difflib.get_close_matches(name, list(known), 1)
    return f"did you mean {near[0]}?" if near else ""


def show_name(path: Path | str) -> str:
    """The file's name, without its folder and safe on a terminal and in a log line.

    Control and bidirectional characters and undecodable bytes are shown as codes, so that one
    name stays one line and reads in one order.

    >>> show_name("notes/s7.vtt")
    's7.vtt'
    >>> show_name("line\\nbreak.vtt")
    'line\\\\nbreak.vtt'
    """
    name = Path(path).name or str(path)
    return "".join(c if c.isprintable() else c.encode("unicode_escape", "surrogatepass").decode("ascii") for c in name)
