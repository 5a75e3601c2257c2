"""Speaker labels: when two spellings are one person, and what a label says about a role.

Reading needs both to tell a label from a word before a colon, segmenting to settle who is who.
"""

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from transcript_alliance.session import Role

INVISIBLE = "\u00ad\u200b\u200c\u200d\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2060\u2066\u2067\u2068\u2069\ufeff"
"""Characters that take no room: zero-width blanks and joiners, direction marks, the soft hyphen."""

# Cyrillic and Greek letters that look like Latin ones, in lower case.
_LOOK_ALIKES = str.maketrans("аеорсухіјѕԁһктмвнαοριντκυχ", "aeopcyxijsdhktmbhaopivtkux")
_NO_MARKS = {code: " " for code in range(128) if not chr(code).isalnum()}
_NO_INVISIBLE = dict.fromkeys(map(ord, INVISIBLE))


def word_set(text: str) -> frozenset[str]:
    """The words of a table that is written as running text, where a word a line would hide the table.

    >>> sorted(word_set("well so"))
    ['so', 'well']
    """
    return frozenset(text.split())


ROLE_WORDS: Mapping[str, Role] = MappingProxyType(
    dict.fromkeys(
        word_set(
            "therapist psychotherapist counsellor counselor psychologist psychiatrist clinician doctor dr interviewer "
            "provider practitioner physician gp nurse coach helper supporter listener physio physiotherapist "
            "pharmacist facilitator analyst caseworker adviser advisor th ther thp psych couns"
        ),
        Role.THERAPIST,
    )
    | dict.fromkeys(
        word_set(
            "client patient participant interviewee respondent seeker caller counselee counsellee helpee customer "
            "pt cl cli ct"
        ),
        Role.CLIENT,
    )
    | dict.fromkeys(word_set("interpreter translator receptionist announcer narrator observer recorder"), Role.OTHER)
)
"""A word of a label -> the role it names. The doctor of a two-person talk is its helper."""

ROLE_LETTERS: Mapping[str, Role] = MappingProxyType(
    {"t": Role.THERAPIST, "d": Role.THERAPIST, "i": Role.THERAPIST, "c": Role.CLIENT, "p": Role.CLIENT}
)
"""A single letter (with or without a number) -> the role it usually stands for; it may be an initial instead."""


@dataclass(frozen=True, slots=True)
class NamedRole:
    """The role that a label names, and whether a whole word says so or only a letter."""

    role: Role
    by_word: bool


def label_key(label: str) -> str:
    """The label without case, invisible characters and needless blanks: equal keys are one person.

    >>> label_key(" Dr.\\u200b  SMITH ") == label_key("dr. smith")
    True
    >>> label_key("SPEAKER_00")
    'speaker 00'
    """
    # Of ASCII, normalizing would change nothing.
    plain = label if label.isascii() else unicodedata.normalize("NFKC", label).translate(_NO_INVISIBLE)
    return " ".join(plain.casefold().replace("_", " ").split())


def look_alike_key(label: str) -> str:
    """The key with Cyrillic and Greek letters that look Latin replaced by their Latin twins.

    A name that is not all look-alikes stays as it is: it is a name in that script.

    >>> look_alike_key("\\u0422herapist")
    'therapist'
    """
    key = label_key(label)
    if key.isascii():
        return key
    twin = key.translate(_LOOK_ALIKES)
    return twin if twin.isascii() else key


def label_words(label: str) -> tuple[str, ...]:
    """The words of the label in lower case, without marks and without the numbers at their ends.

    >>> label_words("Therapist 1 (Dr. Smith)")
    ('therapist', 'dr', 'smith')
    """
    key = look_alike_key(label)
    plain = key.translate(_NO_MARKS) if key.isascii() else "".join(c if c.isalnum() else " " for c in key)
    return tuple(word for word in (part.rstrip("0123456789") for part in plain.split()) if word)


def named_role(label: str) -> NamedRole | None:
    """The role that the label names; None when it names none, or two that contradict each other.

    >>> named_role("Dr. Smith").role, named_role("P1").role, named_role("Speaker 1")
    (<Role.THERAPIST: 'therapist'>, <Role.CLIENT: 'client'>, None)
    """
    return role_of_words(label_words(label))


def role_of_words(words: Sequence[str]) -> NamedRole | None:
    """The same for a label's words, as `label_words` gives them."""
    named = {ROLE_WORDS[word] for word in words if word in ROLE_WORDS}
    if len(named) == 1:
        return NamedRole(named.pop(), by_word=True)
    if not named and len(words) == 1 and words[0] in ROLE_LETTERS:
        return NamedRole(ROLE_LETTERS[words[0]], by_word=False)
    return None


def show_label(label: str, longest: int = 40) -> str:
    """The label fit for a message: at most `longest` characters, control characters shown as codes.

    >>> show_label("A very long label that nobody would ever want to read")
    'A very long label that nobody would eve…'
    """
    plain = "".join(c if c.isprintable() else c.encode("unicode_escape", "surrogatepass").decode() for c in label)
    return plain if len(plain) <= longest else plain[: longest - 1] + "…"
