"""How speakers talk, counted by kind: what tells a therapist's talk from a client's, with a weight each.

The comparison of two speakers is a sum that a person can follow: for each kind, how much more often the one
does it than the other (as a log ratio), times the kind's weight. Positive weights speak for the therapist.
"""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from types import MappingProxyType

from transcript_alliance.session import Role

_WORD = re.compile(r"[a-z]+(?:'[a-z]+)*|\?")


@dataclass(frozen=True, slots=True)
class Evidence:
    """A kind of talk and what it weighs."""

    id: str
    weight: float
    """Change of the log odds of being the therapist when the log ratio to the other speaker rises by one."""
    says: str
    """For people: the speaker with `{share}` of it."""
    phrases: frozenset[str]
    """Words of each phrase parted by one blank, in lower case; `^` is the start of a turn."""


def phrase_set(text: str) -> frozenset[str]:
    """The phrases of a table that is written as one text, parted by bars."""
    return frozenset(" ".join(phrase.split()) for phrase in text.split("|"))


# The phrases were chosen by hand among those whose use differs most between the two sides of the authored corpus
# (496 sessions, two thirds of them with question marks). The weights are those of a logistic regression without
# intercept on all of it, once as written and once without any marks, both parts of the corpus weighing the same,
# rounded to one decimal: `python benchmarks/roles.py --fit`.
EVIDENCE = (
    Evidence("question_marks", 0.5, "asks {share} of the questions", phrase_set("?")),
    Evidence(
        "question_words",
        0.8,
        "uses {share} of the words that open a question",
        phrase_set(
            "would you|what would|do you|have you|did you|are you|what do you|what did you|how do you|how did|how was|"
            "how are|how's|what's|how many|how long|how often|could you|can you|shall we|tell me|what was it|"
            "what about|what happened|what else|is there anything|anything else|do you think|you like to|any|does that|"
            "which|hows|whats"
        ),
    ),
    Evidence(
        "you",
        1.5,
        "says {share} of all 'you' and 'your'",
        phrase_set("you|your|yours|yourself|you're|you've|you'd|you'll|youre|youve|u|ur"),
    ),
    Evidence(
        "i",
        -1.1,
        "says {share} of all 'I' and 'my'",
        phrase_set("i|i'm|i've|i'd|i'll|me|my|mine|myself|im|ive"),
    ),
    Evidence(
        "reflecting",
        0.9,
        "does {share} of the taking up of what the other said or feels",
        phrase_set(
            "^ so you|^ so you're|^ so you've|sounds like|that sounds|it sounds|^ you|^ you've|^ you're|^ and you|"
            "you feel|you felt|you're feeling|part of you|i hear you|i'm hearing|hear you|you're saying|you were|"
            "you want|you wanted|you told me|you said|you mentioned"
        ),
    ),
    Evidence(
        "leading",
        0.8,
        "does {share} of the planning and leading",
        phrase_set(
            "let's|shall we|we can|we could|we'll|we've|before we|today|next time|last time|this week|the plan|"
            "the reason|what i'd like|on a scale|to ten|out of ten|one to ten|zero to ten|step|exercise|if we|what we|"
            "i'd like you|i want you|i'd like to|for you|important|give you|a lot of people|many people|some people|"
            "most people|going to ask|i ask|i wonder|i'm wondering|wondering|agree|goal|goals|we do|we go"
        ),
    ),
    Evidence(
        "receiving",
        1.3,
        "opens {share} of the turns that begin by receiving ('so', 'okay', 'mm')",
        phrase_set(
            "^ mm|^ mm hm|^ mhm|^ uh huh|^ right|^ okay|^ okay so|^ ok|^ ok so|^ so|^ and|^ good|^ great|^ i see|"
            "^ sure|^ all right|^ alright|^ got it"
        ),
    ),
    Evidence(
        "telling",
        -1.2,
        "does {share} of the telling of what happened",
        phrase_set(
            "he|she|his|her|him|he's|she's|he'd|she'd|they|was|had|said|told|went|came|got|did|didn't|thought|then|"
            "and then"
        ),
    ),
    Evidence(
        "disclosing",
        -0.7,
        "makes {share} of the statements of own feeling, wish and doubt",
        phrase_set(
            "i feel|i felt|i thought|i was|i don't know|don't know|i can't|i couldn't|i used to|i just|i guess|"
            "i suppose|i mean|i never|i don't|i didn't|i had|i did|i went|i get|i got|i want to|i don't want|i've been|"
            "i haven't|i know|i need|i do|i still|it's just|i'm not"
        ),
    ),
    Evidence(
        "own_people",
        -0.7,
        "does {share} of the speaking of own people and things",
        phrase_set("my|my mother|my mum|my mom|my dad|my wife|my husband|my sister|my brother|my head|my own"),
    ),
)


def _by_first_words() -> Mapping[tuple[str, ...], tuple[tuple[int, list[str]], ...]]:
    """First words of a phrase, two if it has so many -> what begins so: the place in `EVIDENCE`, and the phrase."""
    found: dict[tuple[str, ...], list[tuple[int, list[str]]]] = {}
    for kind, evidence in enumerate(EVIDENCE):
        for phrase in evidence.phrases:
            words = phrase.split()
            found.setdefault(tuple(words[:2]), []).append((kind, words))
    return MappingProxyType({words: tuple(phrases) for words, phrases in found.items()})


_BY_FIRST_WORDS = _by_first_words()


def spoken_words(text: str) -> list[str]:
    """The words of a text in lower case, with `?` as a word of its own, all other marks left out.

    >>> spoken_words("Well, don\\u2019t you?")
    ['well', "don't", 'you', '?']
    """
    return _WORD.findall(text.lower().replace("\u2019", "'"))


def count_evidence(turns: Sequence[str]) -> tuple[int, ...]:
    """How often a speaker's turns show each kind of `EVIDENCE`, in its order."""
    counts = [0] * len(EVIDENCE)
    for turn in turns:
        words = ["^", *spoken_words(turn)]
        for word in words:
            for kind, _ in _BY_FIRST_WORDS.get((word,), ()):
                counts[kind] += 1
        for position, pair in enumerate(pairwise(words)):
            for kind, phrase in _BY_FIRST_WORDS.get(pair, ()):
                counts[kind] += words[position : position + len(phrase)] == phrase
    return tuple(counts)


def log_ratios(counts: Sequence[int], other: Sequence[int]) -> tuple[float, ...]:
    """For each kind, the log of how much more often it was counted here than there (one added to both)."""
    return tuple(math.log((mine + 1) / (theirs + 1)) for mine, theirs in zip(counts, other, strict=True))


def therapist_log_odds(counts: Sequence[int], other: Sequence[int]) -> float:
    """Log odds that the first of two speakers is the therapist and the second the client, from their talk alone.

    Exchanging the two changes the sign and nothing else.
    """
    return sum(kind.weight * x for kind, x in zip(EVIDENCE, log_ratios(counts, other), strict=True))


def main_points(counts: Sequence[int], other: Sequence[int], role: Role, most: int = 2) -> tuple[str, ...]:
    """What makes the first speaker look like the therapist (or client), strongest first; never words of the session.

    >>> main_points([10, 0, 30, 2, 0, 0, 0, 0, 0, 0], [2, 0, 10, 20, 0, 0, 0, 0, 0, 0], Role.THERAPIST)
    ("says 75% of all 'you' and 'your'", 'asks 83% of the questions')
    """
    sign = 1 if role is Role.THERAPIST else -1
    points = [
        (sign * kind.weight * x, kind.says.format(share=f"{mine / (mine + theirs):.0%}"))
        for kind, x, mine, theirs in zip(EVIDENCE, log_ratios(counts, other), counts, other, strict=True)
        if sign * kind.weight > 0 and x > 0
    ]
    return tuple(says for _, says in sorted(points, key=lambda point: -point[0])[:most])
