"""Pieces that are cut once give what spaCy gives for the whole text."""

from hypothesis import example, given
from hypothesis import strategies as st

from transcript_alliance import nlp
from transcript_alliance.nlp import Word, sentences, words

SNIPPETS = st.sampled_from(
    [
        *(
            "don't",
            "Don’t",
            "it's",
            "gonna",
            "a.m.",
            "5p.m.",
            "e.g.",
            "Dr.",
            "U.S.",
            "x:(",
            ":(",
            "(",
            ")",
            ":)",
            "8-)",
            "o.O",
        ),
        *(
            "...",
            "..",
            ".",
            "?!",
            "!",
            "…",
            "。",
            '"',
            "'",
            "-",
            "--",
            "cut-",
            "[laughs]",
            "(sighs)",
            "well-known",
            "a/b",
        ),
        *(
            "http://a.org/b?c",
            "me@b.org",
            "#tag",
            "£5",
            "10%",
            "3.5",
            "\U0001f600",
            "née",
            "x" * 60,
            "\u200b",
            "\x1f",
            "\xa0",
        ),
    ]
)
BLANKS = st.sampled_from([" ", " ", " ", "", "  ", "\n", " \n", "\t", "\xa0", "\u2003", "\r\n", "\x1c"])
TEXTS = st.lists(st.tuples(SNIPPETS | st.text(max_size=6), BLANKS), max_size=12).map(
    lambda pairs: "".join(part for pair in pairs for part in pair)
)


def spacy_words(text: str) -> tuple[Word, ...]:
    doc = nlp._pipeline().make_doc(text)
    return tuple(Word(t.idx, t.idx + len(t), t.lower_, t.is_alpha, t.is_stop) for t in doc if not t.is_space)


def spacy_sentences(text: str) -> tuple[tuple[int, int], ...]:
    spans = ((s.start_char, s.end_char, text[s.start_char : s.end_char]) for s in nlp._pipeline()(text).sents)
    return tuple(
        (start + len(said) - len(said.lstrip()), end - len(said) + len(said.rstrip()))
        for start, end, said in spans
        if said.strip()
    )


@given(TEXTS)
@example("x:( (")
@example("He left.  ) And. \n. So")
@example(" Wait.. what?\u2003Yes. ")
@example("a" * 100 + ". b")
def test_words_and_sentences_are_spacys_own(text: str) -> None:
    assert words(text) == spacy_words(text)
    assert nlp._between_final_marks(text) == spacy_sentences(text)


@given(TEXTS)
@example("Heavy. [laughs] No.")
def test_sentences_begin_where_words_do_and_leave_nothing_out(text: str) -> None:
    found = sentences(text)
    assert [piece for a, b in found for piece in text[a:b].split()] == text.split()
    assert all(start == 0 or text[start - 1].isspace() for start, _ in found)


def test_teeth_pieces_by_themselves_are_not_always_enough() -> None:
    text = "x:( ("
    apart = [token.text for piece in text.split() for token in nlp._piece(piece).tokens]
    assert apart == ["x", ":(", "("]
    assert [word.lower for word in words(text)] == ["x", ":", "(", "("]


def test_a_text_without_words_has_none() -> None:
    assert words(" \n ") == ()
    assert sentences(" \n ") == ()
