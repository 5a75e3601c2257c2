"""What stands on a main tier of CHAT, as the plain words that were said.

The marks are those of the CHAT manual (MacWhinney, Tools for Analyzing Talk, part 1). All that was said stays, also
what the speaker took back; what the transcriber says about it goes. Source of what becomes of each mark: our choice.
"""

import re
from collections.abc import Mapping
from types import MappingProxyType

_BRACKETED = re.compile(r"\[[^\[\]]*\]")
_PAUSE = re.compile(r"\((?:\.{1,3}|[0-9][0-9:.]{0,12})\)")
_LENGTHENED = re.compile(r"(?<=[^\W\d_]):+(?=[^\W\d_]|$)")
_OVERLAP_MARK = re.compile("[⌈⌉⌊⌋][0-9]?")
# Marks of pitch, voice, speed and scope, which stand on or around words.
_NO_WORDS = str.maketrans({**dict.fromkeys("↑↓↗↘⇗⇘→∞≈≋≡∙∆∇⁎⁇°◉▁▔∬Ϋ∲§∾↻Ἡˈˌ"), "„": ",", "‡": ",", "<": " ", ">": " "})

_WHOLE: Mapping[str, str] = MappingProxyType(
    {
        # How an utterance ends: trailing off, interrupted, quoting.
        **dict.fromkeys(("+...", "+/.", "+//."), "..."),
        **dict.fromkeys(("+..?", "+/?", "+//?"), "...?"),
        "+!?": "!?",
        **dict.fromkeys(("+.", '+".', '+"/.'), "."),
        # How it is joined to the one before.
        **dict.fromkeys(('+"', "+^", "+<", "+,", "++"), ""),
        **dict.fromkeys(("xxx", "xx", "yyy", "yy"), "[inaudible]"),
        # Not transcribed, an action without words, a pause of old.
        **dict.fromkeys(("www", "0", "#", "##", "###"), ""),
    }
)
"""A mark that stands alone -> what is read for it."""
_ENDINGS = (*dict.fromkeys(value for value in _WHOLE.values() if value and not value[-1].isalnum() and value[0] != "["),
            ".", "?", "!", ",", ";", ":")  # fmt: skip
_NO_TALK = ("&=", "&{", "&}", "&*")
"""Laughing and other noises, longer ones around words, and another's word that came in between."""


def plain_words(main_tier: str) -> str:
    r"""The words of a main tier without its time mark.

    Retraced and overlapped words stay; fragments end in a hyphen; unintelligible talk is `[inaudible]`; pauses, noises,
    comments and replacements in square brackets are left out. Empty when nothing was said.

    >>> plain_words("<the dog> [/] the dog (.) &-um bar:ked [= loudly] (be)cause xxx +...")
    'the dog the dog um barked because [inaudible]...'
    >>> plain_words("&=laughs 0 .")
    ''
    """
    bare = _BRACKETED.sub(" ", _BRACKETED.sub(" ", main_tier))
    bare = _OVERLAP_MARK.sub("", bare).translate(_NO_WORDS)
    words: list[str] = []
    for token in bare.split():
        word = _word(token)
        if word in _ENDINGS and words:
            words[-1] += word
        elif word:
            words.append(word)
    text = " ".join(words)
    return text if any(c.isalnum() for c in text) else ""


def _word(token: str) -> str:
    if token in _WHOLE:
        return _WHOLE[token]
    if token.startswith(_NO_TALK) or _PAUSE.fullmatch(token):
        return ""
    if token[0] == "0" and token[1:2].isalpha():
        return ""  # a word that was left out
    if token.startswith("&+"):
        return f"{_spoken(token[2:])}-"
    if token.startswith(("&-", "&~")):
        return _spoken(token[2:])
    return _spoken(token[1:] if token[0] == "&" and len(token) > 1 else token)


def _spoken(word: str) -> str:
    """The word as written for readers: whole, without its language or form, its parts joined as is usual."""
    bare = (word.partition("@")[0] or word).replace("^", "")
    if "(" in bare and len(bare) > 2:
        bare = bare.replace("(", "").replace(")", "")
    bare = _LENGTHENED.sub("", bare).replace("_", " ")
    return bare[0] + bare[1:].replace("+", "-") if bare else ""
