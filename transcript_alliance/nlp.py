"""The only place that imports spaCy: words and sentences on a blank English pipeline.

spaCy's `Doc` stays inside this module; what leaves it are code point offsets.
"""

from dataclasses import dataclass
from functools import cache

import spacy
from spacy.language import Language


@dataclass(frozen=True, slots=True)
class Word:
    """A spaCy token: code points `start` up to `end` of the text, and its lower-case form."""

    start: int
    end: int
    lower: str
    is_alpha: bool
    is_stop: bool


@cache
def _pipeline() -> Language:
    nlp = spacy.blank("en")
    nlp.add_pipe("sentencizer")
    # A session's longest turn is bounded by the readers; spaCy's own bound is for parsers we do not run.
    nlp.max_length = 10_000_000
    return nlp


def sentences(text: str) -> tuple[tuple[int, int], ...]:
    """Half-open code point ranges of the sentences of `text`, blanks around them left out.

    >>> sentences("It was fine. I think.")
    ((0, 12), (13, 21))
    """
    found = []
    for sent in _pipeline()(text).sents:
        start, end = sent.start_char, sent.end_char
        while start < end and text[start].isspace():
            start += 1
        while end > start and text[end - 1].isspace():
            end -= 1
        if start < end:
            found.append((start, end))
    return tuple(found)


def words(text: str) -> tuple[Word, ...]:
    """The tokens of `text`, punctuation included, blanks left out."""
    return tuple(
        Word(t.idx, t.idx + len(t), t.lower_, t.is_alpha, t.is_stop)
        for t in _pipeline().make_doc(text)
        if not t.is_space
    )
