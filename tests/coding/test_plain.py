"""Plain words: many spellings of one thing become the same words, at the places where they were written."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transcript_alliance.coding.plain import plain_phrase, plain_text

SPELLINGS = {
    "I'm gonna": "i am going to",
    "im gonna": "i am going to",
    "you’re": "you are",
    "its fine, it's fine": "it is fine",
    "dont": "do not",
    "can't": "can not",
    "I'd": "i would",
    "ill ring her": "i will ring her",
    "i feel ill": "i feel ill",
    "let's": "let us",
    "my mum's car": "my mum 's car",
    "nobody's asked": "nobody is asked",
    "ta love": "thanks love",
    "Um, I, I don't, er, know": "i do not know",
    "it's- it's like": "it is like",
    "I was go- going": "i was going",
    "and then-- I left": "and then i left",
    "no no no": "no",
    "[pause] Well. (laughs) Yes": "well yes",
    "okay haha (it's on the form, page two) ok": "ok it is on the form page two ok",
    "left [unclear": "left unclear",
    "laughs] He'd big hands": "he would big hands",
    "": "",
    "... ?!": "",
}


@pytest.mark.parametrize(("written", "plain"), SPELLINGS.items(), ids=[repr(text) for text in SPELLINGS])
def test_spellings_become_plain_words(written: str, plain: str) -> None:
    assert " ".join(word.text for word in plain_text(written).words) == plain


@pytest.mark.parametrize(
    ("written", "n_words"),
    [("Don't you think?", 3), ("Um, [laughs] fine.", 1), ("mm-hm", 2), ("I'm, I'm not", 3), ("", 0)],
    ids=["contraction once", "no hesitations", "hyphen", "both sayings", "nothing"],
)
def test_words_are_counted_as_written(written: str, n_words: int) -> None:
    assert plain_text(written).n_words == n_words


@pytest.mark.parametrize(
    ("written", "laughs"),
    [("[laughs] no", True), ("(laughing) no", True), ("no lol", True), ("laughs] no", True), ("I was laughing", False)],
)
def test_laughter_is_what_is_noted_or_typed(written: str, laughs: bool) -> None:
    assert plain_text(written).laughs is laughs


def test_a_phrase_is_spelt_as_the_text_is() -> None:
    assert plain_phrase("it's gonna be ok") == ("it", "is", "going", "to", "be", "ok")


PIECES = ["I'm", "dont", "um", "[laughs]", "(", "]", "wor-", "its", "’s", "ill", "--", "fine.", "é", "😀", "haha", "no"]


@given(st.lists(st.sampled_from(PIECES)).map(" ".join) | st.text())
def test_words_stand_in_order_inside_the_text(text: str) -> None:
    words = plain_text(text).words
    assert all(0 <= word.start < word.end <= len(text) for word in words)
    assert all(a.start <= b.start for a, b in pairwise(words))
