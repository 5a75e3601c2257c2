"""Damaged files of every format, made from small ones that are whole. The same seed makes the same damage."""

import io
import json
import re
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

from tests.readers import packages
from tests.readers.files import SAMPLES
from transcript_alliance.readers import READERS, Reader

EXAMPLES = Path(__file__).parent / "examples"
"""A folder for each reader that has more than its sample."""
REGRESSIONS = Path(__file__).parent / "regressions"
SMALL_CHARS = 500
"""Of a seed: where little is whole, any damage strikes something that matters."""
MOST_SMALL_BYTES = 3_000
MOST_SEED_BYTES = 50_000
WHOLE_SHARE = 0.04
"""Of the mutants, those of a whole file."""
MOST_BYTES = 100_000
"""Of a mutant: the size that the limits on time and memory are for."""

CANARY = "sigh"
"""A word of every seed; no error message may hold it."""

PIECES = (
    b"", b"\n", b"\n\n", b"\0", b"\xff", b'"', b'""', b"'", b":", b": ", b"-->", b"->", b"<v ", b"</v>", b"<", b">",
    b"&lt;", b"&#x202e;", b"&#0;", b"&a;", b"{", b"}", b"[", b"]", b"{}", b"[]", b",", b"\t", b";", b"\\", b"\\u",
    b"\\ud83d", b"\\'ff", b"\\par", b"\\bin9", b"NOTE", b"WEBVTT", b"99:99", b"1e999", b"-1", b"NaN", b"null", b"true",
    b'"x"', b"T:", b"*T:", b"%mor:", b"@End", b"\x15", b"<!--", b"-->", b"<![CDATA[", b"]]>", b"<!DOCTYPE a []>", b"(",
    b"\xe2\x80\xae", b"\xef\xbb\xbf", b"\xff\xfe", b"\r", b"9" * 50, b"A " * 50, b"PK\x03\x04", b"%PDF-", b"{\\rtf",
)  # fmt: skip
NUMBERS = (
    b"0", b"-1", b"1", b"2147483648", b"-9223372036854775809", b"1e308", b"1e999", b"0.1", b"00", b"1.", b"\xd9\xa3",
    b"9" * 400, b"NaN", b"Infinity",
)  # fmt: skip
TIMES = (b"00:00:00.000", b"99:99:99.999", b"23:59", b"-00:01.000", b"1:2:3:4", b"00:00:00,000", b"1e9:0:0", b":::")
NESTS = ((b"[", b"]"), (b"{", b"}"), (b'{"a":', b"}"), (b"<b>", b"</b>"), (b"(", b")"), (b"{\\b ", b"}"), (b'"', b'"'))
ENCODINGS = ("utf-16", "utf-16-be", "utf-32", "utf-8-sig", "cp1252", "shift_jis", "utf-7")

_ELAN = (
    '<ANNOTATION_DOCUMENT><HEADER TIME_UNITS="milliseconds"/><TIME_ORDER>'
    + "".join(f'<TIME_SLOT TIME_SLOT_ID="t{n}" TIME_VALUE="{ms}"/>' for n, ms in enumerate((0, 900, 2000)))
    + "</TIME_ORDER>"
    + "".join(
        f'<TIER TIER_ID="{who}" PARTICIPANT="{who}"><ANNOTATION><ALIGNABLE_ANNOTATION ANNOTATION_ID="a{n}" '
        f'TIME_SLOT_REF1="t{n}" TIME_SLOT_REF2="t{n + 1}"><ANNOTATION_VALUE>sigh &amp; so</ANNOTATION_VALUE>'
        "</ALIGNABLE_ANNOTATION></ANNOTATION></TIER>"
        for n, who in enumerate("TC")
    )
    + '<TIER TIER_ID="w" PARENT_REF="C"><ANNOTATION><REF_ANNOTATION ANNOTATION_ID="a2" ANNOTATION_REF="a1">'
    "<ANNOTATION_VALUE>yes</ANNOTATION_VALUE></REF_ANNOTATION></ANNOTATION></TIER></ANNOTATION_DOCUMENT>"
)
_QDA = (
    '<?xml version="1.0"?><Project xmlns="urn:QDA-XML:project:1.0"><Sources>'
    '<TextSource guid="1" name="s" plainTextPath="internal://1.txt"/></Sources></Project>'
)
_TEXTGRID = (
    'File type = "ooTextFile"\nObject class = "TextGrid"\n\nxmin = 0\nxmax = 2\ntiers? <exists>\nsize = 2\nitem []:\n'
    + "".join(
        f'    item [{n}]:\n class = "IntervalTier"\n name = "{who}"\n xmin = 0\n xmax = 2\n intervals: size = 2\n'
        f' intervals [1]:\n xmin = 0\n xmax = 1\n text = "sigh ""so"""\n'
        f' intervals [2]:\n xmin = 1\n xmax = 2\n text = ""\n'
        for n, who in enumerate("TC", 1)
    )
)

_SAID = re.compile(rb"\b(?:the|that|Come|[Ww]eek|sister|rang|chair|fine)\b")
_DIGITS, _COLON = re.compile(rb"[0-9]+"), re.compile(b":")

Operator = Callable[[bytes, Random], bytes]


def seeds(reader: Reader) -> tuple[bytes, ...]:
    """Small files of the format: excerpts of its sample, of examples and of what once broke it, and some by hand."""
    found = [with_canary(shrunk(p.read_bytes())) for p in (*_files(reader), *regressions(reader))]
    small = (
        *(data for data in found if len(data) <= MOST_SMALL_BYTES and not data.startswith(b"PK")),
        *by_hand(reader.id),
    )
    return small or tuple(found)


def whole_files(reader: Reader) -> tuple[bytes, ...]:
    """The sample and the examples as they are, but for those that are as long as a whole session."""
    found = [with_canary(p.read_bytes()) for p in _files(reader)]
    return tuple(data for data in found if len(data) <= MOST_SEED_BYTES) or seeds(reader)


def _files(reader: Reader) -> list[Path]:
    examples = sorted(p for p in (EXAMPLES / reader.id).rglob("*") if p.suffix in reader.suffixes)
    return [SAMPLES / reader.sample, *examples]


def by_hand(name: str) -> tuple[bytes, ...]:
    """Small files of the formats whose samples cannot be cut short by lines; none for the others."""
    talk = [(who, f"{CANARY}, {words}") for who, words in packages.TALK]
    lines = [f"{who}: {words}" for who, words in talk]
    made: Mapping[str, Callable[[], bytes]] = {
        "docx": lambda: packages.docx("".join(map(packages.paragraph, lines))),
        "odt": lambda: packages.odt("".join(f"<text:p>{line}</text:p>" for line in lines)),
        "rtf": lambda: packages.rtf("\\par\n".join(lines)).encode(),
        "pdf": lambda: packages.pdf([lines]),
        "xlsx": lambda: packages.xlsx([["speaker", "text"], *talk]),
        "refi_qda": lambda: packages.zipped({"project.qde": _QDA, "sources/1.txt": "\n".join(lines)}),
        "elan": lambda: _ELAN.encode(),
        "textgrid": lambda: _TEXTGRID.encode(),
    }
    return (made[name](),) if name in made else ()


def regressions(reader: Reader) -> list[Path]:
    """The files that once broke this reader."""
    return sorted(REGRESSIONS.glob(f"{reader.id}--*"))


def with_canary(data: bytes) -> bytes:
    """The file with `CANARY` among what is said: short ones would else not hold it, and an error could tell words."""
    return data if data.startswith(b"PK") else _SAID.sub(CANARY.encode(), data)


def shrunk(data: bytes) -> bytes:
    """A file cut short and still whole: JSON with short lists, lines up to a size; archives and XML as they are."""
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        return data
    try:
        value = json.loads(text)
    except ValueError:
        return _first_lines(text).encode()
    shorter = (json.dumps(_short(value, most), ensure_ascii=False) for most in (12, 6, 4, 3))
    return min(shorter, key=lambda found: (len(found) > 2 * SMALL_CHARS, -len(found))).encode()


def _short(value: Any, most: int) -> Any:
    if isinstance(value, list):
        return [_short(item, most) for item in value[:most]]
    if isinstance(value, dict):
        return {key: _short(item, most) for key, item in value.items()}
    return value[:240] if isinstance(value, str) else value


def _first_lines(text: str) -> str:
    """The text up to the end of a line, of a paragraph in HTML or in RTF, whose last bracket is put back."""
    if text.lstrip().startswith(("<?xml", "%PDF", "File type")) or len(text) <= SMALL_CHARS:
        return text
    end = "</p>" if text.lstrip().lower().startswith("<!doctype html") else "\n"
    # The heading of a web page is longer than all that it heads here.
    at = text.find(end, SMALL_CHARS * (3 if end == "</p>" else 1))
    short = text if at < 0 else text[: at + len(end)]
    return short + "}" if text.startswith("{\\rtf") else short


def flip(data: bytes, rng: Random) -> bytes:
    """One bit the other way."""
    if not data:
        return data
    place = rng.randrange(len(data))
    return data[:place] + bytes((data[place] ^ 1 << rng.randrange(8),)) + data[place + 1 :]


def put(data: bytes, rng: Random) -> bytes:
    """Something that means something in one format or another, in the place of a stretch."""
    start, end = _stretch(data, rng)
    return data[:start] + rng.choice(PIECES) + data[end:]


def cut(data: bytes, rng: Random) -> bytes:
    """The end missing."""
    return data[: rng.randrange(len(data) + 1)]


def double(data: bytes, rng: Random) -> bytes:
    """A stretch twice, or a short one very often."""
    start, end = _stretch(data, rng)
    return data[:end] + data[start:end] * rng.choice((1, 1, 1, 2, 10, 200)) + data[end:]


def move(data: bytes, rng: Random) -> bytes:
    """A stretch in another place."""
    start, end = _stretch(data, rng)
    rest = data[:start] + data[end:]
    place = rng.randrange(len(rest) + 1)
    return rest[:place] + data[start:end] + rest[place:]


def change_number(data: bytes, rng: Random) -> bytes:
    """Another number in the place of one."""
    found = _near(_DIGITS, data, rng)
    return data if found is None else data[: found.start()] + rng.choice(NUMBERS) + data[found.end() :]


def change_time(data: bytes, rng: Random) -> bytes:
    """Another time before or after a colon."""
    found = _near(_COLON, data, rng)
    if found is None:
        return data
    place = found.start()
    return data[: max(0, place - 2)] + rng.choice(TIMES) + data[place + rng.choice((1, 3, 10)) :]


def _near(pattern: re.Pattern[bytes], data: bytes, rng: Random) -> re.Match[bytes] | None:
    """The first match after some place, or the first of all: to list them all would be dear."""
    return pattern.search(data, rng.randrange(len(data) + 1)) or pattern.search(data)


def change_encoding(data: bytes, rng: Random) -> bytes:
    """The same text in other bytes."""
    return data.decode("utf-8", "replace").encode(rng.choice(ENCODINGS), "replace")


def nest(data: bytes, rng: Random) -> bytes:
    """A stretch deep inside brackets or tags, which may stay open."""
    start, end = _stretch(data, rng)
    opening, closing = rng.choice(NESTS)
    depth = rng.choice((1, 3, 90, 200, 2_000))
    return data[:start] + opening * depth + data[start:end] + closing * rng.choice((0, depth)) + data[end:]


OPERATORS: tuple[Operator, ...] = (
    flip, put, put, put, cut, double, move, change_number, change_time, change_encoding, nest,
)  # fmt: skip


def mutated(data: bytes, rng: Random, others: Sequence[bytes] = ()) -> bytes:
    """A damaged copy; of an archive, mostly one of its parts is damaged and packed again."""
    if data.startswith(b"PK") and rng.random() < 0.8:
        return _repacked(data, rng)
    if others and rng.random() < 0.1:
        other = rng.choice(others)
        data = data[: rng.randrange(len(data) + 1)] + other[rng.randrange(len(other) + 1) :]
    for _ in range(rng.choice((1, 1, 2, 3, 6))):
        # What damage piles up stays within the size that the limits on time and memory are for.
        data = rng.choice(OPERATORS)(data, rng)[:MOST_BYTES]
    return data


def _repacked(data: bytes, rng: Random) -> bytes:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            parts = [(name, archive.read(name)) for name in archive.namelist()]
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, RuntimeError, EOFError, zlib.error):
        return rng.choice(OPERATORS)(data, rng)
    # Mostly the part that holds the talk, which is the largest.
    parts.sort(key=lambda part: -len(part[1]))
    chosen = 0 if rng.random() < 0.7 else rng.randrange(len(parts)) if parts else -1
    packed = io.BytesIO()
    # Packing is what costs most; now and then is enough, since damage is done before it.
    kind = zipfile.ZIP_DEFLATED if rng.random() < 0.1 else zipfile.ZIP_STORED
    with zipfile.ZipFile(packed, "w") as archive:
        for number, (name, content) in enumerate(parts):
            # A fixed date, or the same seed would not make the same bytes.
            info = zipfile.ZipInfo(name)
            info.compress_type = kind
            archive.writestr(info, mutated(content, rng) if number == chosen else content)
    return packed.getvalue()


def _stretch(data: bytes, rng: Random) -> tuple[int, int]:
    start = rng.randrange(len(data) + 1)
    return start, min(len(data), start + rng.choice((0, 1, 2, 5, 20, 200)))


@cache
def _samples() -> tuple[bytes, ...]:
    return tuple(shrunk((SAMPLES / reader.sample).read_bytes())[:MOST_SMALL_BYTES] for reader in READERS)


def mutants(reader: Reader, n: int, seed: int) -> Iterator[tuple[bytes, str | None]]:
    """`n` damaged files and the format to read each as; the same for the same seed."""
    rng = Random(f"{reader.id} {seed}")
    small, whole = seeds(reader), whole_files(reader)
    others = _samples()
    for _ in range(n):
        own = whole if rng.random() < WHOLE_SHARE else small
        yield mutated(rng.choice(own), rng, others), rng.choice((None, reader.id))
