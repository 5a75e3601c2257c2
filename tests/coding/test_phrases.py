"""The phrase language, and finding its phrases."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transcript_alliance.coding.phrases import MAX_GAP, MAX_WAYS, Stretch, parse_phrase
from transcript_alliance.coding.talk import PhraseBook
from transcript_alliance.coding.tree import PhraseTree

PARSED = {
    "it sounds like": (Stretch(("it sounds like",), ""),),
    "[feel|felt] bad": (Stretch(("feel bad", "felt bad"), ""),),
    "[a bit|kind of] sad": (Stretch(("a bit sad", "kind of sad"), ""),),
    "you must be (so|very) sad": (Stretch(("you must be so sad", "you must be very sad", "you must be sad"), ""),),
    "you feel <feeling>": (Stretch(("you feel",), ""), Stretch((), "feeling")),
    "part of you * to": (Stretch(("part of you",), ""), Stretch(("to",), "", 1, 1)),
    "you ... missed it": (Stretch(("you",), ""), Stretch(("missed it",), "", 0, MAX_GAP)),
    "a * ... b": (Stretch(("a",), ""), Stretch(("b",), "", 1, 1 + MAX_GAP)),
}


@pytest.mark.parametrize(("text", "stretches"), PARSED.items(), ids=list(PARSED))
def test_a_phrase_is_parsed(text: str, stretches: tuple[Stretch, ...]) -> None:
    assert parse_phrase(text).stretches == stretches


FAULTS = {
    "It sounds": "lower case",
    "feel|felt bad": "square brackets",
    "[feel|felt bad": "not closed",
    "(so)sad": "a blank is needed",
    "what?": "not made of words",
    "[feel|] bad": "not made of words",
    "* of you": "cannot begin with a gap",
    "part of ...": "cannot end with a gap",
    "(so) (very)": "may be missing",
    "   ": "empty",
    " ".join(["[a|b]"] * 9): f"512 ways to say one stretch, at most {MAX_WAYS}",  # two to the ninth
}


@pytest.mark.parametrize(("text", "reason"), FAULTS.items(), ids=list(FAULTS))
def test_a_phrase_that_cannot_be_read_says_why(text: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason.replace("(", r"\(")):
        parse_phrase(text)


FOUND = [
    ("you feel <feeling>", "so you feel sad and you feel let down", [(1, 4), (5, 9)]),
    ("you feel <feeling>", "you feel like sad", []),
    ("part * you", "part of you or part you or part of all you", [(0, 3)]),
    ("you ... sad", "you are so very much sad", [(0, 6)]),  # four words between
    ("you ... sad", "you a b c d e sad", []),
    ("you (really) feel", "you feel you really feel", [(0, 2), (2, 5)]),
]


@pytest.mark.parametrize(("phrase", "words", "places"), FOUND, ids=[f"{p} in {w}" for p, w, _ in FOUND])
def test_a_phrase_is_found_where_it_is_said(phrase: str, words: str, places: list[tuple[int, int]]) -> None:
    parsed = parse_phrase(phrase)
    book = PhraseBook([parsed], {"feeling": (parse_phrase("sad"), parse_phrase("let down"))})
    said = words.split()
    assert book.find(said, [0] * len(said)).get(parsed, []) == places


def test_a_phrase_does_not_cross_utterances() -> None:
    parsed = parse_phrase("you ... sad")
    book = PhraseBook([parsed], {})
    assert book.find(["you", "are", "sad"], [0, 0, 0]) == {parsed: [(0, 3)]}
    assert book.find(["you", "are", "sad"], [0, 0, 1]) == {}


WORDS = st.lists(st.sampled_from("abc"), max_size=12)


@given(st.lists(st.lists(st.lists(st.sampled_from("abc"), min_size=1, max_size=3).map(tuple), max_size=3)), WORDS)
def test_the_tree_finds_what_a_plain_search_finds(groups: list[list[tuple[str, ...]]], words: list[str]) -> None:
    searched = {
        (number, start, start + len(phrase))
        for number, phrases in enumerate(groups)
        for phrase in phrases
        for start in range(len(words) - len(phrase) + 1)
        if tuple(words[start : start + len(phrase)]) == phrase
    }
    found = list(PhraseTree(groups).find(words))
    assert len(found) == len(set(found))
    assert set(found) == searched
    assert [start for _, start, _ in found] == sorted(start for _, start, _ in found)
