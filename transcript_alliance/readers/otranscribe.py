"""oTranscribe: a JSON object whose `text` is HTML as typed, with time marks. Source: its `src/js/app/export.js`."""

from collections.abc import Iterator
from dataclasses import replace

from transcript_alliance.errors import TableError
from transcript_alliance.readers.html_text import Tag, cut_html
from transcript_alliance.readers.json_values import has_keys, json_seconds, read_document
from transcript_alliance.readers.plain import read_plain
from transcript_alliance.readers.reader import Columns, Draft, Reader
from transcript_alliance.readers.source import Source

_BLOCKS = ("p", "/p", "br", "div", "/div", "li", "/li")
_KEYS = (("text", "media", "media-time"), ("text", "media", "media-source"))


def read_otranscribe(source: Source, columns: Columns) -> Draft:
    """The labelled turns of the typed text, with the time of the mark that begins each; other marks are left out.

    Lines are those of the text as typed.

    Raises: TableError TRUNCATED, MALFORMED, LIMIT or NO_TURNS; and what plain text raises.
    """
    document = read_document(source)
    text = document.get("text") if isinstance(document, dict) else None
    if not isinstance(text, str):
        what = "No turns found: expected a 'text', as oTranscribe writes it."
        raise TableError("NO_TURNS", what, where=source.name)
    return read_plain(replace(source, text="\n".join(_lines(text))), columns)


def _lines(text: str) -> Iterator[str]:
    """The lines as typed; a time mark that begins one stands before it in brackets."""
    line: list[str] = []
    in_mark = False
    for part in cut_html(text):
        if isinstance(part, Tag):
            if part.name in _BLOCKS:
                yield "".join(line).strip()
                line = []
            elif part.name == "span" and "timestamp" in part.attributes.get("class", "").split():
                in_mark = True
                seconds = json_seconds(part.attributes.get("data-timestamp"))
                if seconds is not None and not "".join(line).strip():
                    line.append(f"[{_clock(seconds)}] ")
            elif part.name == "/span":
                in_mark = False
        elif not in_mark:
            line.append(" ".join(part.replace("\u00a0", " ").split(" ")))
    yield "".join(line).strip()


def _clock(seconds: float) -> str:
    minutes, rest_ms = divmod(round(seconds * 1000), 60_000)
    return f"{minutes // 60}:{minutes % 60:02}:{rest_ms / 1000:06.3f}"


def _sniff(source: Source) -> bool:
    return any(has_keys(source.text, keys) for keys in _KEYS)


READER = Reader(
    id="otranscribe",
    label="oTranscribe file",
    suffixes=(".otr",),
    sniff=_sniff,
    read=read_otranscribe,
    sample="otranscribe/session.otr",
)
