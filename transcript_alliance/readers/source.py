"""Opening a file safely: only ordinary files, only up to a size, and nothing that waits for ever."""

import os
import stat
from dataclasses import dataclass
from pathlib import Path

from transcript_alliance.errors import FormatError, InputError, show_name
from transcript_alliance.readers.decode import decode
from transcript_alliance.readers.limits import MAX_FILE_BYTES
from transcript_alliance.session import Note


@dataclass(frozen=True, slots=True)
class Source:
    """A file's content, as bytes and as text, before any format is assumed."""

    name: str
    """File name without folder, safe to show."""
    suffix: str
    """Ending of the name in lower case, with its dot."""
    data: bytes
    text: str
    """Decoded; empty when the bytes are those of a binary format."""
    encoding: str
    """Empty for a binary format."""
    notes: tuple[Note, ...] = ()
    session: str = ""
    """Which of several sessions is asked for; empty when none is named."""

    def at(self, line: int) -> str:
        """The place of an error, as `errors.TranscriptError.where` wants it."""
        return f"{self.name} line {line}"

    def lines(self) -> list[str]:
        """The text's lines, whatever ends them (LF, CR LF, CR or a word processor's soft break)."""
        return self.text.replace("\r\n", "\n").replace("\r", "\n").replace("\v", "\n").split("\n")


@dataclass(frozen=True, slots=True)
class Signature:
    """The bytes by which a binary format is known, and what to tell the user who has such a file."""

    offset: int
    mark: bytes
    code: str
    what: str
    hint: str


_AS_TEXT = "Save or export the transcript as .vtt, .srt, .txt or .csv."
_RECORDING = "Transcribe it first; only text is read here."
SIGNATURES = (
    Signature(0, b"%PDF-", "WRONG_FORMAT", "This is a PDF", _AS_TEXT),
    Signature(0, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "ENCRYPTED", "This is an old Office file (.doc, .xls) or a "
              "password-protected one", "Save it without a password as .txt or .csv."),
    Signature(0, b"{\\rtf", "WRONG_FORMAT", "This is a rich text (RTF) document", "Save it as plain text (.txt)."),
    Signature(0, b"\x1f\x8b", "WRONG_FORMAT", "This is a gzip archive", "Unpack it first."),
    Signature(0, b"SQLite format 3\0", "WRONG_FORMAT", "This is an SQLite database", _AS_TEXT),
    Signature(0, b"PAR1", "WRONG_FORMAT", "This is a Parquet table", "Export it as .csv."),
    Signature(0, b"\x89PNG", "WRONG_FORMAT", "This is a picture", _AS_TEXT),
    Signature(0, b"\xff\xd8\xff", "WRONG_FORMAT", "This is a picture", _AS_TEXT),
    Signature(0, b"RIFF", "WRONG_FORMAT", "This is a sound or video recording", _RECORDING),
    Signature(0, b"ID3", "WRONG_FORMAT", "This is a sound recording", _RECORDING),
    Signature(0, b"OggS", "WRONG_FORMAT", "This is a sound recording", _RECORDING),
    Signature(0, b"fLaC", "WRONG_FORMAT", "This is a sound recording", _RECORDING),
    Signature(0, b"\x1aE\xdf\xa3", "WRONG_FORMAT", "This is a video recording", _RECORDING),
    Signature(4, b"ftyp", "WRONG_FORMAT", "This is a sound or video recording", _RECORDING),
)  # fmt: skip

CORPUS_FILE = "utterances.jsonl"
"""What makes a folder a ConvoKit corpus."""
ZIP_MARKS = (b"PK\x03\x04", b"PK\x05\x06")
"""How a zip archive begins, and an empty one."""
_ZIP_KINDS = (
    (b"xl/workbook", "This is an Excel workbook", "Save it as CSV UTF-8."),
    (b"word/document", "This is a Word document", "Save it as plain text (.txt)."),
    (b"opendocument", "This is an OpenDocument file", "Save it as plain text (.txt) or .csv."),
)


def open_source(path: Path, encoding: str | None = None) -> Source:
    """The content of the ordinary file at `path`, decoded unless it is binary.

    `path` may be a ConvoKit corpus's folder, and `path#name` one of the sessions that a file or corpus holds.

    Raises: InputError NOT_FOUND, NOT_READABLE, NOT_A_FILE, TOO_LARGE or EMPTY_FILE; and what `decode` raises.
    """
    place, session = split_address(path)
    name = show_name(place)
    file = place / CORPUS_FILE if _is_corpus(place) else place
    data = _read_bytes(file, name)
    suffix = Path(show_name(file)).suffix.lower()
    if is_binary(data):
        return Source(name, suffix, data, text="", encoding="", session=session)
    decoded = decode(data, name, encoding)
    if not decoded.text.strip():
        raise InputError("EMPTY_FILE", "The file is empty.", where=name, hint="Export the transcript again.")
    return Source(name, suffix, data, decoded.text, decoded.encoding, decoded.notes, session)


def split_address(path: Path) -> tuple[Path, str]:
    """The file or folder, and the name of the session in it after a `#`; empty when there is none.

    A file whose own name has a `#` is that file.
    """
    text = str(path)
    marks = [at for at, letter in enumerate(text) if letter == "#"]
    if not marks or _exists(path):
        return path, ""
    found = next((at for at in marks if text[:at] and _exists(Path(text[:at]))), None)
    return (path, "") if found is None else (Path(text[:found]), text[found + 1 :])


def _is_corpus(path: Path) -> bool:
    try:
        return path.is_dir() and (path / CORPUS_FILE).exists()
    except (OSError, ValueError):
        return False


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except (OSError, ValueError):
        # Such as a name that is too long for any file.
        return False


def is_binary(data: bytes) -> bool:
    """True when the bytes start like a known binary format."""
    return data.startswith(ZIP_MARKS) or any(data.startswith(s.mark, s.offset) for s in SIGNATURES)


def refuse_binary(source: Source) -> None:
    """Name the binary format of a source that no reader takes.

    Raises: FormatError WRONG_FORMAT or ENCRYPTED; nothing for text.
    """
    if source.data.startswith(ZIP_MARKS):
        kinds = (kind for kind in _ZIP_KINDS if kind[0] in source.data)
        _, what, hint = next(kinds, (b"", "This is a zip archive", "Unpack it first."))
        raise FormatError("WRONG_FORMAT", f"{what}.", where=source.name, hint=hint)
    for known in SIGNATURES:
        if source.data.startswith(known.mark, known.offset):
            raise FormatError(known.code, f"{known.what}.", where=source.name, hint=known.hint)


def _read_bytes(path: Path, name: str) -> bytes:
    """The bytes of an ordinary file within the size limit; the kind of file is checked before it is opened."""
    try:
        # Looked at before opening: opening a device can already do something.
        _check(path.stat(), name)
        # A named pipe put there in between must not make us wait: O_NONBLOCK, then looked at again.
        flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0) | getattr(os, "O_NOCTTY", 0)
        with open(os.open(path, flags), "rb") as file:  # noqa: PTH123 - Path.open takes no descriptor
            _check(os.fstat(file.fileno()), name)
            data = file.read(MAX_FILE_BYTES + 1)
    except FileNotFoundError:
        raise InputError("NOT_FOUND", "There is no such file.", where=name) from None
    except (OSError, ValueError) as error:
        reason = (error.strerror if isinstance(error, OSError) else None) or "not a possible path"
        raise InputError("NOT_READABLE", f"The file cannot be opened: {reason}.", where=name) from None
    if len(data) > MAX_FILE_BYTES:
        raise _too_large(len(data), name)
    return data


def _check(status: os.stat_result, name: str) -> None:
    if stat.S_ISDIR(status.st_mode):
        raise InputError("NOT_A_FILE", "This is a folder, not a file.", where=name)
    if not stat.S_ISREG(status.st_mode):
        raise InputError("NOT_A_FILE", "This is not an ordinary file.", where=name)
    if status.st_size > MAX_FILE_BYTES:
        raise _too_large(status.st_size, name)
    if status.st_size == 0:
        raise InputError("EMPTY_FILE", "The file is empty.", where=name, hint="Export the transcript again.")


def _too_large(n_bytes: int, name: str) -> InputError:
    size = f"{n_bytes / 1e9:.1f} GB" if n_bytes >= 1e9 else f"{n_bytes / 1e6:,.1f} MB"
    return InputError(
        "TOO_LARGE",
        f"The file is {size}; the limit is {MAX_FILE_BYTES // 1_000_000} MB.",
        where=name,
        hint="Is this the transcript, and not the recording?",
    )
