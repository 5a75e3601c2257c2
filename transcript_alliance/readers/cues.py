"""What stands inside a caption: markup, voices, entities; and captions that repeat the one before."""

import html
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from transcript_alliance.readers.clock import parse_clock

_TAGS = frozenset(("c", "i", "b", "u", "s", "ruby", "rt", "lang", "font", "v"))
_MAX_TAG_CHARS = 200
_ENTITY = re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,30});")
_MAX_GAP_S = 0.5
"""Captions further apart than this do not roll on from each other. Source: our choice."""
_MOST_LINES_SHOWN = 4
_LEAST_REPEATS = 3
_LEAST_REPEATED_SHARE = 0.2
"""People do say a thing twice; only a file in which this share of captions repeats is a rolling one."""


@dataclass(frozen=True, slots=True)
class Cue:
    """A caption: `lines` without markup but for voice tags, entities not yet decoded."""

    line: int
    """1-based line of its time line."""
    start_s: float
    end_s: float
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Piece:
    """What one voice says in a caption."""

    voice: str | None
    """Name in the voice tag, empty when the tag names nobody; None when there is no tag."""
    lines: tuple[str, ...]


def plain_lines(lines: Sequence[str]) -> tuple[str, ...]:
    """The lines of a caption without tags (other than voices) and styling; empty lines left out.

    What only looks like a tag stays, since it was said or meant to be read.

    >>> plain_lines(["<i>Well</i> <00:01.000><c>then</c>", "{\\\\an8}a < b <unsure>"])
    ('Well then', 'a < b <unsure>')
    """
    plain = (_without_tags(line) for line in lines)
    return tuple(line for line in plain if line)


def pieces(cue: Cue) -> tuple[Piece, ...]:
    """The caption's text by voice, in order, entities decoded.

    >>> pieces(Cue(1, 0.0, 1.0, ("<v Ann &amp; Bo>Hello</v>", "<v.loud Cy>Hi")))
    (Piece(voice='Ann & Bo', lines=('Hello',)), Piece(voice='Cy', lines=('Hi',)))
    """
    return tuple(piece for piece in _voices("\n".join(cue.lines)) if piece.lines)


def without_repeats(cues: Sequence[Cue]) -> tuple[tuple[Cue, ...], int, int | None]:
    """The captions with rolling repeats merged, how many were, and the line of the first.

    Live captions show a line again while it grows or while the next one comes in below it.
    """
    merged: list[Cue] = []
    n_repeats, first_line = 0, None
    for number, cue in enumerate(cues):
        before = cues[number - 1] if number else None
        rolled = _rolled(before, merged[-1], cue) if before is not None else None
        if rolled is None:
            merged.append(cue)
            continue
        merged[-1:] = rolled
        n_repeats, first_line = n_repeats + 1, first_line or cue.line
    if n_repeats < _LEAST_REPEATS or n_repeats < _LEAST_REPEATED_SHARE * len(cues):
        return tuple(cues), 0, None
    return tuple(merged), n_repeats, first_line


def _rolled(before: Cue, kept: Cue, cue: Cue) -> list[Cue] | None:
    """What `kept` and `cue` become when `cue` repeats (part of) the caption `before` it; None when it does not."""
    if not before.lines or not cue.lines or not before.start_s <= cue.start_s <= before.end_s + _MAX_GAP_S:
        return None
    if cue.lines == before.lines[-len(cue.lines) :]:
        return [replace(kept, end_s=max(kept.end_s, cue.end_s))]
    for n in range(min(len(before.lines), len(cue.lines), _MOST_LINES_SHOWN), 0, -1):
        if before.lines[-n:] == cue.lines[:n]:
            return [kept, replace(cue, lines=cue.lines[n:])]
    if kept.lines == before.lines and " ".join(cue.lines).startswith(" ".join(before.lines)):
        return [replace(kept, end_s=cue.end_s, lines=cue.lines)]
    return None


def _without_tags(line: str) -> str:
    kept: list[str] = []
    done = 0
    while (start := line.find("<", done)) >= 0:
        end = line.find(">", start, start + _MAX_TAG_CHARS)
        if end < 0:
            kept.append(line[done : start + 1])
            done = start + 1
            continue
        inner = line[start + 1 : end]
        name = inner.lstrip("/").partition(" ")[0].partition(".")[0].lower()
        is_markup = (name in _TAGS and name != "v") or parse_clock(inner) is not None
        kept.append(line[done : start if is_markup else start + 1])
        done = end + 1 if is_markup else start + 1
    plain = ("".join(kept) + line[done:]).strip()
    if plain.startswith("{\\") and "}" in plain:  # SubRip's positions, such as {\an8}
        plain = plain.partition("}")[2].strip()
    return plain


def _voices(text: str) -> Iterator[Piece]:
    voice: str | None = None
    for part in _split_tags(text):
        inner = part[1:-1] if part.startswith("<") and part.endswith(">") else ""
        name, _, annotation = inner.replace("\n", " ").partition(" ")
        if name.partition(".")[0] == "v":
            voice = _decoded(annotation.strip())
        elif inner == "/v":
            voice = None
        else:
            yield Piece(voice, tuple(filter(None, (_decoded(line).strip() for line in part.split("\n")))))


def _split_tags(text: str) -> Iterator[str]:
    """The text cut before and after each voice tag."""
    done = 0
    for tag in _VOICE.finditer(text):
        yield text[done : tag.start()]
        yield tag.group()
        done = tag.end()
    yield text[done:]


_VOICE = re.compile(r"</v>|<v(?:[.\s][^<>]{0,190})?>")


def _decoded(text: str) -> str:
    return _ENTITY.sub(lambda entity: html.unescape(entity.group()), text)
