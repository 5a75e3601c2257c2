"""Spoken and typed English as plain words, so that one cue phrase meets its many spellings.

"I'm", "im" and "I am" become the same two words; commas, hesitations, stage directions, cut-off and
repeated words go. Every plain word remembers the code points it came from.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from transcript_alliance.nlp import Word, words

HESITATIONS = frozenset({"um", "uh", "erm", "er", "ehm", "em", "uhm", "umm", "uhh", "urm"})
"""Dropped wherever they stand. "Mm" and "hm" stay: alone they are an answer."""

_TYPED_LAUGHTER = frozenset({"haha", "hahaha", "hahahaha", "lol", "hehe", "lmao", "ha"})
_NOTED_LAUGHTER = frozenset({"laughs", "laugh", "laughing", "laughter", "chuckles", "giggles"})

_SPELLINGS = {
    written: tuple(plain.split())
    for written, _, plain in (
        entry.strip().partition(": ")
        for entry in """
        n't: not | 'm: am | 're: are | 've: have | 'll: will | 'd: would | ca: can | wo: will | ai: is | its: it is
        theres: there is | youre: you are | lets: let us | wouldve: would have | shouldve: should have | wi': with
        gonna: going to | gon: going | wanna: want to | gotta: got to | kinda: kind of | sorta: sort of | tho: though
        dunno: do not know | alright: all right | thankyou: thank you | thx: thanks | ta: thanks | pls: please
        plz: please | okay: ok | okey: ok | k: ok | u: you | ur: your | r: are | 'cause: because | cause: because
        cos: because | cuz: because | coz: because | yep: yeah | yup: yeah | yeh: yeah | ye: yeah | ya: yeah | yea: yeah
        aye: yeah | nah: no | nope: no | mom: mum | til: until | till: until | bout: about | didna: did not
        cannae: can not | dinnae: do not | wasnae: was not
        """.strip()
        .replace("\n", " | ")
        .split(" | ")
    )
}

# The second half of a contraction that was written without its apostrophe: "dont", "im", "gotta".
_JOINED = {"nt": "not", "m": "am", "re": "are", "ve": "have", "ll": "will", "d": "would", "na": "to", "ta": "to"}
# fmt: off
_IS_AFTER = frozenset({
    "it", "that", "what", "who", "there", "he", "she", "where", "how", "here", "this", "when", "why", "nothing",
    "something", "everything", "nobody", "somebody", "everybody", "someone", "everyone",
})
"""Words after which 's is "is" and not an owner."""
_UNWELL_AFTER = frozenset({
    "am", "is", "are", "was", "were", "be", "been", "being", "feel", "felt", "feeling", "got", "so", "very", "really",
    "mentally", "seriously", "terminally", "fell", "too", "and", "the",
})
"""Words after which "ill" speaks of health; elsewhere it is "I'll" without its apostrophe."""
# fmt: on
_BRACKETS = {"[": "]", "(": ")"}
_LONGEST_DIRECTION = 3


@dataclass(frozen=True, slots=True)
class PlainWord:
    """A word in its plain spelling, and the code points `start` up to `end` it was written in."""

    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class PlainText:
    """The plain words of one utterance."""

    words: tuple[PlainWord, ...]
    n_words: int
    """Words as written: "don't" counts once; hesitations and stage directions do not count."""
    laughs: bool
    """True when laughter is written in it: "[laughs]", "haha", "lol"."""


def plain_text(text: str) -> PlainText:
    """The plain words of `text`.

    >>> [word.text for word in plain_text("Um, it's- it's like I'm [sighs] gonna cry.").words]
    ['it', 'is', 'like', 'i', 'am', 'going', 'to', 'cry']
    >>> plain_text("fine haha").laughs
    True
    """
    tokens = words(text.replace("’", "'"))
    kept, laughs = _without_directions(tokens)
    plain: list[PlainWord] = []
    n_words = 0
    for position, token in enumerate(kept):
        if _is_cut_off(token, kept[position + 1] if position + 1 < len(kept) else None, text):
            continue
        bare = token.lower.strip('-–—.…*_~"“”')
        if not any(c.isalnum() for c in bare) or bare in HESITATIONS:
            continue
        if not plain or plain[-1].end != token.start:
            n_words += 1
        before = plain[-1] if plain else PlainWord("", -1, -1)
        plain += [PlainWord(spelling, token.start, token.end) for spelling in _plain_spelling(bare, token, before)]
        _drop_repetition(plain)
    return PlainText(tuple(plain), n_words, laughs)


def plain_phrase(text: str) -> tuple[str, ...]:
    """The plain words of a phrase from a codebook.

    >>> plain_phrase("that's gotta hurt")
    ('that', 'is', 'got', 'to', 'hurt')
    """
    return tuple(plain for word in text.split() for plain in _plain_words(word))


@lru_cache(maxsize=10_000)
def _plain_words(text: str) -> tuple[str, ...]:
    return tuple(word.text for word in plain_text(text).words)


def _without_directions(tokens: Iterable[Word]) -> tuple[list[Word], bool]:
    """The words outside stage directions such as "[pause]" and "(laughs softly)", and whether there was laughter."""
    kept: list[Word] = []
    laughs = False
    held: list[Word] = []
    closing = ""
    for token in tokens:
        if closing:
            held.append(token)
            laughs = laughs or token.lower in _NOTED_LAUGHTER
            if token.lower == closing:
                # A longer bracket holds talk, not a direction.
                kept += held[1:-1] if len(held) - 2 > _LONGEST_DIRECTION else []
                held, closing = [], ""
        elif token.lower == "]" and len(kept) <= _LONGEST_DIRECTION:
            # Cut off from its opening bracket by the end of a sentence: "He left. [" and "laughs] He just left."
            laughs = laughs or any(word.lower in _NOTED_LAUGHTER for word in kept)
            kept = []
        elif token.lower in _TYPED_LAUGHTER:
            laughs = True
        elif token.lower in _BRACKETS:
            held, closing = [token], _BRACKETS[token.lower]
        else:
            kept.append(token)
    return kept + held[1:], laughs


def _is_cut_off(token: Word, following: Word | None, text: str) -> bool:
    if token.lower.endswith("-") and not token.lower.endswith("--"):
        return token.lower != "-"
    if following is None or following.lower != "-" or following.start != token.end:
        return False
    return following.end >= len(text) or text[following.end].isspace()


def _plain_spelling(bare: str, token: Word, before: PlainWord) -> tuple[str, ...]:
    if bare in _JOINED and before.end == token.start:
        return (_JOINED[bare],)
    if bare in ("'s", "s"):
        if before.text == "let":
            return ("us",)
        return ("is",) if before.text in _IS_AFTER else ("'s",)
    if bare == "ill":
        return ("ill",) if before.text in _UNWELL_AFTER else ("i", "will")
    return _SPELLINGS.get(bare, (bare,))


def _drop_repetition(plain: list[PlainWord]) -> None:
    """Takes out the first of two equal neighbours of up to three words: "I've, I've" is said once."""
    for length in (1, 2, 3):
        if len(plain) < 2 * length:
            return
        first, second = plain[-2 * length : -length], plain[-length:]
        if [word.text for word in first] == [word.text for word in second]:
            del plain[-2 * length : -length]
            return
