"""Bytes to text without guessing in silence: UTF-8, then a byte-order mark, then Windows-1252, always told."""

import codecs
import re
from dataclasses import dataclass

from transcript_alliance.errors import FormatError, SettingsError
from transcript_alliance.session import Note

_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),  # before UTF-16, whose mark it begins with
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_ASCII = bytes(range(0x80))
# Bytes above ASCII that Western text in Windows-1252 holds: quotes, dashes, currency, accented letters. A file
# with others is broken UTF-8 rather than Windows-1252.
_WESTERN = bytes({0x80, 0x85, 0x8C, 0x9C, 0x91, 0x92, 0x93, 0x94, 0x95, 0x96, 0x97, 0x99, *range(0xA0, 0xFE)})
_NOT_TEXT = re.compile("[\0-\x08\x0e-\x1a\x1c-\x1f\x7f\ufffd]")
_MOST_NOT_TEXT = 0.15
"""A file with a larger share of control and unreadable characters than this is no text."""

_CONTROL = re.compile("[\0-\x08\x0e-\x1f\x7f-\x84\x86-\x9f]")
_DIRECTION = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_SURROGATE = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Decoded:
    """A file's text and how it was come by."""

    text: str
    encoding: str
    """As Python names it: `utf-8`, `utf-16`, `cp1252` …"""
    notes: tuple[Note, ...] = ()


@dataclass(frozen=True, slots=True)
class Cleaned:
    """Text that is safe to show and to store, and what was done to it."""

    text: str
    n_controls: int
    n_broken: int


def clean(text: str) -> Cleaned:
    """The text with control characters and halves of characters replaced by U+FFFD, direction marks taken out.

    A control character can rewrite a terminal or cut a string short elsewhere; a direction mark makes a
    reviewer read words in another order than the model.

    >>> clean("Tue\\0sday \\u202eabc")
    Cleaned(text='Tue�sday abc', n_controls=2, n_broken=0)
    """
    text, n_controls = _CONTROL.subn("\ufffd", text)
    text, n_marks = _DIRECTION.subn("", text)
    text, n_broken = _SURROGATE.subn("\ufffd", text)
    return Cleaned(text, n_controls + n_marks, n_broken)


def decode(data: bytes, name: str, encoding: str | None = None) -> Decoded:
    """The text of `data`, by the user's `encoding` or by the first that fits, with a note when it is not UTF-8.

    Raises: SettingsError ENCODING when the user's encoding is unknown; FormatError ENCODING when it does not
    fit, WRONG_FORMAT when the bytes are no text at all.
    """
    decoded = _by_choice(data, name, encoding) if encoding is not None else _by_content(data)
    sample = decoded.text[:65_536]
    if len(_NOT_TEXT.findall(sample)) > _MOST_NOT_TEXT * len(sample):
        raise FormatError("WRONG_FORMAT", "This is not a text file.", where=name)
    return decoded


def _by_choice(data: bytes, name: str, encoding: str) -> Decoded:
    try:
        known = codecs.lookup(encoding).name
        # A file with a byte-order mark keeps none of it in its text.
        text = data.decode("utf-8-sig" if known == "utf-8" else known)
    except UnicodeError:
        raise FormatError("ENCODING", f"The file is not in the encoding {encoding!r}.", where=name) from None
    except (LookupError, ValueError, TypeError):
        what = f"There is no text encoding called {encoding!r}."
        raise SettingsError("ENCODING", what, hint="For example utf-8, utf-16, cp1252, mac-roman.") from None
    return Decoded(text.removeprefix("\ufeff"), known)


def _by_content(data: bytes) -> Decoded:
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return _replacing(data, encoding)
    unmarked = _utf16_without_mark(data)
    if unmarked is not None:
        return _replacing(data, unmarked)
    # The mark is taken off by hand: decoding it away would count the place of an error from behind it.
    plain = data.removeprefix(codecs.BOM_UTF8)
    try:
        return Decoded(plain.decode("utf-8"), "utf-8")
    except UnicodeDecodeError as error:
        start, cut_short = error.start, error.reason == "unexpected end of data"
    if cut_short:
        return Decoded(plain[:start].decode("utf-8"), "utf-8", (Note("W_TRUNCATED"),))
    if _looks_western(data):
        return _replacing(data, "cp1252")
    return _replacing(data, "utf-8-sig")


def _utf16_without_mark(data: bytes) -> str | None:
    """The byte order of UTF-16 that lacks its mark, known by the zero half of each Latin letter."""
    even, odd = data[0:4096:2].count(0), data[1:4096:2].count(0)
    most = 0.4 * min(len(data), 4096) / 2
    if odd > most and even < odd / 8:
        return "utf-16-le"
    if even > most and odd < even / 8:
        return "utf-16-be"
    return None


def _looks_western(data: bytes) -> bool:
    """Whether bytes that are no clean UTF-8 are Windows-1252, and not UTF-8 with a few broken bytes."""
    high = data.translate(None, _ASCII)
    if len(high.translate(None, _WESTERN)) > 0.05 * len(high):
        return False
    readable = data.decode("utf-8", "replace")
    n_broken = readable.count("\ufffd")
    n_good = sum(map(len, re.findall("[^\0-\x7f\ufffd]+", readable)))
    return n_good < n_broken


def _replacing(data: bytes, encoding: str) -> Decoded:
    text = data.decode(encoding, "replace")
    notes = [Note("W_ENCODING")]
    n_broken = text.count("\ufffd")
    if n_broken:
        notes.append(Note("W_BROKEN_CHARS", n_broken, text.count("\n", 0, text.index("\ufffd")) + 1))
    return Decoded(text.removeprefix("\ufeff"), encoding.removesuffix("-sig"), tuple(notes))
