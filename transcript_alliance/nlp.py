"""The only place that imports spaCy: words and sentences on a blank English pipeline.

spaCy's `Doc` stays inside this module; what leaves it are code point offsets.

spaCy cuts a text at its blanks first, and each piece by itself. So a piece is cut once and remembered, which is
several times as fast as a `Doc` for every text. The pieces of a text are cut together, as one `Doc`, only where one of
spaCy's special cases, such as an emoticon, could reach from one into the next.
"""

import re
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import pairwise
from typing import Any

import spacy
from spacy.language import Language

_PIECE = re.compile(r"\S+")
_MOST_REMEMBERED = 30_000
_LONGEST_REMEMBERED = 40
"""Pieces, and characters of a piece (our choice): some MB."""


@dataclass(frozen=True, slots=True)
class Word:
    """A spaCy token: code points `start` up to `end` of the text, and its lower-case form."""

    start: int
    end: int
    lower: str
    is_alpha: bool
    is_stop: bool


@dataclass(frozen=True, slots=True)
class _Token:
    """A token of a piece, by its place there."""

    text: str
    start: int
    end: int
    lower: str
    is_alpha: bool
    is_stop: bool
    is_punct: bool
    is_final: bool
    """Whether it can end a sentence."""


@dataclass(frozen=True, slots=True)
class _Piece:
    """What stands between blanks."""

    tokens: tuple[_Token, ...]
    can_lead: bool
    """Whether a special case could go on after it."""
    can_follow: bool
    """Whether a special case could have begun before it."""


def sentences(text: str) -> tuple[tuple[int, int], ...]:
    """Half-open code point ranges of the sentences of `text`, blanks around them left out.

    A sentence begins where a word does, so that sentences, joined by their blanks again, are the text. spaCy's rule
    alone gives a bracket that opens after a full stop to the sentence before it.

    >>> sentences("It was fine. [laughs] I think.")
    ((0, 12), (13, 30))
    """
    starts = [0]
    for start, _ in _between_final_marks(text)[1:]:
        place = start
        while place > starts[-1] and not text[place - 1].isspace():
            place -= 1
        starts.append(place)
    found = []
    for start, end in pairwise((*starts, len(text))):
        said = text[start:end]
        if said.strip():
            found.append((start + len(said) - len(said.lstrip()), start + len(said.rstrip())))
    return tuple(found)


def _between_final_marks(text: str) -> tuple[tuple[int, int], ...]:
    """The same by spaCy's sentencizer, whose rule this is: a sentence ends with its last final mark and what follows.

    Half-open ranges without the blanks around.
    """
    found: list[tuple[int, int]] = []
    first = end = -1
    is_over = False
    for at, token in ((at, token) for at, tokens in _pieces(text) for token in tokens):
        start = at + token.start
        # More blanks than one are a token too, and no mark: what follows them begins anew.
        apart = first >= 0 and text[end:start] not in ("", " ")
        if is_over and (apart or not (token.is_punct or token.is_final)):
            found.append((first, end))
            first, is_over = -1, False
        first = start if first < 0 else first
        end = at + token.end
        is_over = is_over or token.is_final
    return (*found, (first, end)) if first >= 0 else tuple(found)


def words(text: str) -> tuple[Word, ...]:
    """The tokens of `text`, punctuation included, blanks left out."""
    return tuple(
        Word(at + token.start, at + token.end, token.lower, token.is_alpha, token.is_stop)
        for at, tokens in _pieces(text)
        for token in tokens
    )


def _pieces(text: str) -> list[tuple[int, tuple[_Token, ...]]]:
    """The tokens of a text by the pieces that they were cut from, with the place where each piece starts."""
    found = [(match.start(), _piece(match[0])) for match in _PIECE.finditer(text)]
    for (_, piece), (_, after) in pairwise(found):
        if piece.can_lead and after.can_follow and (piece.tokens[-1].text, after.tokens[0].text) in _bridges():
            return [(0, _cut(text))]
    return [(at, piece.tokens) for at, piece in found]


def _piece(piece: str) -> _Piece:
    return _remembered(piece) if len(piece) <= _LONGEST_REMEMBERED else _piece_of(piece)


@lru_cache(maxsize=_MOST_REMEMBERED)
def _remembered(piece: str) -> _Piece:
    return _piece_of(piece)


def _piece_of(piece: str) -> _Piece:
    tokens = _cut(piece)
    leading, following = _banks()
    return _Piece(tokens, tokens[-1].text in leading, tokens[0].text in following)


def _cut(text: str) -> tuple[_Token, ...]:
    finals = _finals()
    return tuple(
        _Token(t.text, t.idx, t.idx + len(t), t.lower_, t.is_alpha, t.is_stop, t.is_punct, t.text in finals)
        for t in _pipeline().make_doc(text)
        if not t.is_space
    )


@cache
def _finals() -> frozenset[str]:
    return frozenset(_pipeline().get_pipe("sentencizer").punct_chars)  # type: ignore[attr-defined]


@cache
def _bridges() -> frozenset[tuple[str, str]]:
    """Neighbouring parts of the special cases that spaCy looks for among tokens: two that could be inside one."""
    tokenizer: Any = _pipeline().tokenizer
    cut = (tokenizer.find_prefix, tokenizer.find_infix, tokenizer.find_suffix)
    return frozenset(
        (case[first:middle], case[middle:last])
        for case in tokenizer.rules
        if not tokenizer.faster_heuristics or any(find(case) for find in cut)
        for middle in range(1, len(case))
        for first in range(middle)
        for last in range(middle + 1, len(case) + 1)
    )


@cache
def _banks() -> tuple[frozenset[str], frozenset[str]]:
    """What stands before a bridge's middle, and what after it."""
    return frozenset(left for left, _ in _bridges()), frozenset(right for _, right in _bridges())


@cache
def _pipeline() -> Language:
    nlp = spacy.blank("en")
    nlp.add_pipe("sentencizer")
    # A session's longest turn is bounded by the readers; spaCy's own bound is for parsers we do not run.
    nlp.max_length = 10_000_000
    return nlp
