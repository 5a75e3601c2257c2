"""The bare signals by which a listener shows to be listening."""

from transcript_alliance.segment.evidence import phrase_set, spoken_words
from transcript_alliance.speakers import word_set

SIGNALS = word_set(
    "mm mmm mmmm mhm mmhm mmhmm hm hmm hmmm hum uh-huh huh uh um ah aha oh ooh yeah yep yup yes yea ya aye right okay "
    "ok kay k sure i see got it go on wow really gosh exactly absolutely indeed true"
)
_MOST_WORDS = 4

_LAST_CHARS = 150
_LAST_WORDS = 20
# What asks for an answer even where a speech engine wrote no question mark.
_INVITATIONS = phrase_set(
    "tell me|say more|would you|what would|do you|did you|have you|are you|were you|can you|could you|will you|"
    "shall we|what do|what did|what was|what's|what is|what about|what happened|what else|how do|how did|how was|"
    "how are|how is|how's|how many|how long|how often|how much|why do|why did|why is|where do|where did|where is|"
    "when did|when do|who is|who's|is it|is that|is there|was it|was that|does it|does that|did it|any other|"
    "anything else"
)


def is_backchannel(text: str, before: str | None) -> bool:
    """Whether a turn is only a listener's signal.

    `before` is the text of the turn before, None at the start. What follows a question is an answer to it,
    however short; and a first turn listens to nothing.

    >>> is_backchannel("Mm-hm, right.", "I went home."), is_backchannel("Yes.", "Did you sleep?")
    (True, False)
    """
    if before is None or asks(before):
        return False
    spoken = _without_marks(text)
    words = spoken_words(spoken)
    return 0 < len(words) <= _MOST_WORDS and "?" not in words and all(word in SIGNALS for word in words)


def asks(text: str) -> bool:
    """Whether a turn, towards its end, asks for an answer: by a question mark or by the words of a question.

    >>> asks("And then? Take your time."), asks("mm so how was the week"), asks("That is how it went.")
    (True, True, False)
    """
    if "?" in text[-_LAST_CHARS:]:
        return True
    last = " ".join(spoken_words(text[-_LAST_CHARS:])[-_LAST_WORDS:])
    return any(f" {invitation} " in f" {last} " for invitation in _INVITATIONS)


def _without_marks(text: str) -> str:
    """The text without what a transcriber put in brackets, such as `[nods]`."""
    kept, depth = [], 0
    for char in text:
        depth += char in "[("
        if depth == 0:
            kept.append(char)
        depth -= char in "])" and depth > 0
    return "".join(kept)
