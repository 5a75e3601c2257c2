"""The phrases of cues: small patterns of words that a rater can read and write.

    it sounds like            these words in this order, however they are spelt ("it's" is "it is" is "its")
    [feel|felt] a bit stuck   one of the ways between the bars, each of one word or more
    you must be (so|very) sad the same, but it may also be missing
    you feel <feeling>        one of the entries of the word list `feeling`
    part of you * to          exactly one word, whatever it is
    you ... and i missed it   nought to four words, whatever they are

A phrase begins and ends with words of its own. Case, commas and hesitations of the text do not matter;
a match never crosses the end of an utterance.
"""

from dataclasses import dataclass
from itertools import product
from math import prod

MAX_GAP = 4
"""Words that `...` may stand for."""
MAX_WAYS = 400
"""Ways in which one stretch of a phrase may be said before it is refused as too wide."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """Words that stand together, in all the ways they may be said, after a gap of `gap_min` to `gap_max` words."""

    ways: tuple[str, ...]
    """Each way as words with blanks between; empty when the stretch is a word list."""
    word_list: str
    """Name of the word list; empty when the stretch has ways of its own."""
    gap_min: int = 0
    gap_max: int = 0


@dataclass(frozen=True, slots=True)
class Phrase:
    """A parsed phrase: its stretches from left to right."""

    text: str
    stretches: tuple[Stretch, ...]

    def __hash__(self) -> int:
        # Asked for at every look-up: one phrase can be said in hundreds of ways.
        return hash(self.text)


def parse_phrase(text: str) -> Phrase:
    """The stretches of a phrase.

    Raises ValueError with a reason that can stand in a message: unknown sign, bracket left open, a gap at
    an end, capital letters, more than `MAX_WAYS` ways.

    >>> [stretch.ways for stretch in parse_phrase("you (must) [feel|felt] ... alone").stretches]
    [('you must feel', 'you must felt', 'you feel', 'you felt'), ('alone',)]
    """
    if text != text.lower():
        raise ValueError("phrases are written in lower case")
    stretches: list[Stretch] = []
    choices: list[list[str]] = []
    gap = [0, 0]
    for element in _elements(text):
        is_gap, is_list = element in ("*", "..."), element.startswith("<")
        if (is_gap or is_list) and choices:
            stretches.append(_stretch(choices, gap))
            choices, gap = [], [0, 0]
        if is_gap:
            gap = [gap[0] + 1, gap[1] + 1] if element == "*" else [gap[0], gap[1] + MAX_GAP]
            if not stretches:
                raise ValueError("a phrase cannot begin with a gap")
        elif is_list:
            stretches.append(Stretch((), element[1:-1], gap[0], gap[1]))
            gap = [0, 0]
        else:
            choices.append(_choices(element))
    if choices:
        stretches.append(_stretch(choices, gap))
    elif gap != [0, 0]:
        raise ValueError("a phrase cannot end with a gap")
    if not stretches:
        raise ValueError("the phrase is empty")
    return Phrase(text, tuple(stretches))


def _elements(text: str) -> list[str]:
    """The phrase cut at its blanks, groups kept whole."""
    closing = {"(": ")", "[": "]", "<": ">"}
    elements: list[str] = []
    rest = text.strip()
    while rest:
        if rest[0] in closing:
            end = rest.find(closing[rest[0]])
            if end < 0:
                raise ValueError(f"'{rest[0]}' is not closed")
            elements.append(rest[: end + 1])
            rest = rest[end + 1 :]
            if rest and not rest[0].isspace():
                raise ValueError(f"a blank is needed after '{elements[-1]}'")
        else:
            word = rest.split(maxsplit=1)[0]
            elements.append(word)
            rest = rest[len(word) :]
        rest = rest.lstrip()
    return elements


def _choices(element: str) -> list[str]:
    if "|" in element and element[0] not in "([":
        raise ValueError(f"'{element}' needs square brackets around it")
    ways = [way.strip() for way in element[1:-1].split("|")] if element[0] in "([" else [element]
    optional = [""] if element[0] == "(" else []
    for way in ways:
        if not way or not all(c.isalnum() or c in "'- " for c in way):
            raise ValueError(f"'{element}' is not made of words")
    return ways + optional


def _stretch(choices: list[list[str]], gap: list[int]) -> Stretch:
    n_ways = prod(len(ways) for ways in choices)
    if n_ways > MAX_WAYS:
        raise ValueError(f"{n_ways} ways to say one stretch, at most {MAX_WAYS}; use a word list or a gap")
    said = tuple(dict.fromkeys(" ".join(" ".join(way).split()) for way in product(*choices)))
    if "" in said:
        raise ValueError("every word of a stretch may be missing")
    return Stretch(said, "", gap[0], gap[1])
