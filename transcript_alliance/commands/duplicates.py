"""Transcripts given twice under different names: counted twice, they would make any figure over a batch wrong."""

import stat
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

from transcript_alliance.annotations import CodedSession
from transcript_alliance.errors import TranscriptError
from transcript_alliance.readers.source import open_source
from transcript_alliance.session import Note


def same_content(paths: Sequence[Path]) -> frozenset[Path]:
    """Those of the files that hold the same bytes as another of them; only files of one size are opened."""
    sizes = {path: size for path in paths if (size := _size(path))}
    several = Counter(sizes.values())
    contents = {path: data for path, size in sizes.items() if several[size] > 1 and (data := _digest(path))}
    several_contents = Counter(contents.values())
    return frozenset(path for path, data in contents.items() if several_contents[data] > 1)


def with_duplicate_note(coded: CodedSession) -> CodedSession:
    """The session with a note that another file of the batch has the same content."""
    session = coded.session
    return replace(coded, session=replace(session, notes=(*session.notes, Note("W_DUPLICATE"))))


def _size(path: Path) -> int:
    """Bytes of an ordinary file; 0 for all else, of which the reader will say what is wrong."""
    try:
        status = path.stat()
    except (OSError, ValueError):
        return 0
    return status.st_size if stat.S_ISREG(status.st_mode) else 0


def _digest(path: Path) -> bytes:
    try:
        return sha256(open_source(path).data).digest()
    except TranscriptError:
        return b""
