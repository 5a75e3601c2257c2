"""The parts of a document that is a zip archive (Word, Excel, OpenDocument), after checks that make reading them safe.

A few kilobytes can unpack to gigabytes, and Python's `zipfile` believes the directory of an archive. So the whole
directory is held against limits and against itself before any part is unpacked, and nothing is written anywhere.
"""

import struct
import zipfile
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO

from transcript_alliance.errors import DocumentError
from transcript_alliance.readers.limits import MAX_PARTS, MAX_RATIO, MAX_UNPACKED_BYTES
from transcript_alliance.readers.source import ZIP_MARKS, Source

_ENTRY_MARK = b"PK\x01\x02"
_END_MARK = b"PK\x05\x06"
_LONGEST_END = 22 + 65_535
_LOCAL_HEADER = struct.Struct("<4s5H3I2H")
_SMALL_PART_BYTES = 1_000_000
"""A part up to this size may be packed as tightly as it likes."""
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)


@dataclass(frozen=True, slots=True)
class Archive:
    """An archive that has passed the checks."""

    source: Source
    file: zipfile.ZipFile
    names: frozenset[str]

    def read(self, name: str) -> bytes:
        """The unpacked part called `name`.

        Raises: DocumentError MALFORMED when there is none, UNSAFE_ARCHIVE when it is not what the directory says.
        """
        if name not in self.names:
            raise DocumentError("MALFORMED", "The document lacks its main part.", where=self.source.name)
        size = self.file.getinfo(name).file_size
        try:
            with self.file.open(name) as part:
                # Told how much to read, it unpacks no more; left to itself it would unpack whatever is there.
                data = part.read(size + 1)
        except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, RuntimeError, ValueError):
            raise _not_valid(self.source) from None
        if len(data) != size:
            raise _not_valid(self.source)
        return data


def is_archive(source: Source) -> bool:
    """True when the bytes start like a zip archive."""
    return source.data.startswith(ZIP_MARKS)


def open_archive(source: Source) -> Archive:
    """The archive in `source`, its directory checked.

    Raises: DocumentError WRONG_FORMAT when it is no zip archive, TRUNCATED when its end is missing, ENCRYPTED,
    and UNSAFE_ARCHIVE for too many or too large parts, a directory that contradicts itself, or unsafe names.
    """
    if not is_archive(source):
        what = "The content is not that of such a document."
        raise DocumentError("WRONG_FORMAT", what, where=source.name, hint="Save it again from its program.")
    if source.data.find(_END_MARK, max(0, len(source.data) - _LONGEST_END)) < 0:
        what = "The document is incomplete; its end is missing."
        raise DocumentError("TRUNCATED", what, where=source.name, hint="Copy or save the file again.")
    # Counted before Python reads the directory, which would take its time and memory for each entry.
    _check_count(source.data.count(_ENTRY_MARK), source)
    try:
        file = zipfile.ZipFile(BytesIO(source.data))
        entries = file.infolist()
    except (zipfile.BadZipFile, struct.error, OSError, NotImplementedError, ValueError, OverflowError):
        raise _not_valid(source) from None
    _check_count(len(entries), source)
    _check_names(entries, source)
    _check_sizes(entries, source)
    _check_places(entries, source)
    return Archive(source, file, frozenset(entry.filename for entry in entries))


def _check_count(n_parts: int, source: Source) -> None:
    if n_parts > MAX_PARTS:
        raise _unsafe(f"The document has {n_parts:,} parts; the limit is {MAX_PARTS:,}.", source)


def _check_names(entries: Sequence[zipfile.ZipInfo], source: Source) -> None:
    for entry in entries:
        name = entry.orig_filename
        if name.startswith("/") or ".." in name.replace("\\", "/").split("/") or set(name) & set("\0\\:"):
            raise _unsafe("The document contains parts with unsafe names; it was not opened.", source)
    if len({entry.filename for entry in entries}) < len(entries):
        raise _not_valid(source)


def _check_sizes(entries: Sequence[zipfile.ZipInfo], source: Source) -> None:
    if any(entry.flag_bits & 1 for entry in entries):
        what = "The document is protected by a password."
        raise DocumentError("ENCRYPTED", what, where=source.name, hint="Save it without a password.")
    limit = f"{MAX_UNPACKED_BYTES // 1_000_000} MB limit"
    if sum(entry.file_size for entry in entries) > MAX_UNPACKED_BYTES:
        raise _unsafe(f"The document unpacks to more than the {limit}; it was not opened.", source)
    for entry in entries:
        if entry.compress_type not in _METHODS:
            raise _unsafe("The document is packed in a way that no such program uses; it was not opened.", source)
        if entry.file_size > max(_SMALL_PART_BYTES, MAX_RATIO * entry.compress_size):
            raise _unsafe("A part of the document is packed too tightly to be talk; it was not opened.", source)


def _check_places(entries: Sequence[zipfile.ZipInfo], source: Source) -> None:
    """Refuse parts that share bytes with each other (CVE-2024-0450) or with the directory."""
    end_before = 0
    for entry in sorted(entries, key=lambda entry: entry.header_offset):
        header = source.data[entry.header_offset : entry.header_offset + _LOCAL_HEADER.size]
        if entry.header_offset < end_before or len(header) < _LOCAL_HEADER.size or header[:4] != b"PK\x03\x04":
            raise _not_valid(source)
        *_, n_name, n_extra = _LOCAL_HEADER.unpack(header)
        end_before = entry.header_offset + _LOCAL_HEADER.size + n_name + n_extra + entry.compress_size
    if end_before > source.data.rfind(_END_MARK):
        raise _not_valid(source)


def _not_valid(source: Source) -> DocumentError:
    return _unsafe("The document's zip directory is not valid; it was not opened.", source)


def _unsafe(what: str, source: Source) -> DocumentError:
    return DocumentError("UNSAFE_ARCHIVE", what, where=source.name, hint="Save it again from its own program.")
