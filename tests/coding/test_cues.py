"""Cues: every example of the codebooks, every condition by itself, and what holds for all sessions."""

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.builders import make_session
from transcript_alliance.annotations import Marker, Origin
from transcript_alliance.coding.codebook import Code, Example, load_codebooks
from transcript_alliance.coding.cues import CueTagger, code_cues
from transcript_alliance.session import Role, Session

BOOKS = load_codebooks()
LETTERS = {Role.THERAPIST: "T", Role.CLIENT: "C"}
EXAMPLES = [
    pytest.param(code, example, wanted, id=f"{code.id} {'yes' if wanted else 'no'}: {example.text[:50]}")
    for code in BOOKS.codes
    for wanted, examples in ((True, code.yes), (False, code.no))
    for example in examples
]


def session_of(code: Code, example: Example) -> Session:
    """The example as the last turn, after the other side's turn that it may depend on."""
    other = "C" if code.role is Role.THERAPIST else "T"
    before = f"{other}: {example.after}\n" if example.after else ""
    return make_session(f"{before}{LETTERS[code.role]}: {example.text}")


TAGGER = CueTagger(BOOKS)


def turns_with(code: str, session: Session, tagger: CueTagger = TAGGER) -> list[int]:
    """Numbers of the turns that the cues of `code` tag."""
    return [session.utterances[m.start].turn for m in tagger.markers(session) if m.code == code]


@pytest.mark.parametrize(("code", "example", "wanted"), EXAMPLES)
def test_examples_are_the_tests_of_a_code(code: Code, example: Example, wanted: bool) -> None:
    session = session_of(code, example)
    assert (len(session.turns) - 1 in turns_with(code.id, session)) is wanted


def test_a_marker_says_what_was_said_and_where() -> None:
    session = make_session(
        """
        C: I went home.
        T: Mm. That sounds really lonely. Okay. It sounds like nobody asked.
        """
    )
    (marker,) = [m for m in code_cues(session, BOOKS) if m.code == "EMP"]
    # Utterances: 0 the client's; 1 "Mm.", 2, 3 "Okay.", 4. Evidence stands in 2 and 4, so the range is 2 up to 5.
    assert (marker.start, marker.end, marker.score, marker.origin) == (2, 5, 1.0, Origin.CUE)
    words = [session.utterances[span.utterance].text[span.start : span.end] for span in marker.spans]
    assert words == ["That sounds really lonely", "It sounds like nobody"]


def test_markers_come_in_the_order_of_the_session_and_once_a_turn() -> None:
    session = make_session(
        """
        T: Take your time. I'm glad you came. You've every right to be angry.
        C: Thank you so much. I've never told anyone.
        """
    )
    markers = code_cues(session, BOOKS)
    keys = [(session.utterances[m.start].turn, m.code) for m in markers]
    assert len(keys) == len(set(keys))
    assert {"WARM", "EMP"} <= {code for turn, code in keys if turn == 0}
    assert [m.start for m in markers] == sorted(m.start for m in markers)


def test_a_sub_code_shows_its_parent_too() -> None:
    session = make_session("T: You need to stop this.\nC: You need to stop this.")
    assert turns_with("NEG_ORDER", session) == turns_with("NEG", session) == [0]


def test_words_of_the_other_side_or_of_others_show_nothing() -> None:
    said = "That must have been frightening. Take your time. I'd never thought of it like that. Thank you so much."
    by_therapist = {m.code for m in code_cues(make_session(f"T: {said}"), BOOKS)}
    by_client = {m.code for m in code_cues(make_session(f"C: {said}"), BOOKS)}
    assert by_therapist
    assert by_client
    assert all(BOOKS.by_id[code].role is Role.THERAPIST for code in by_therapist)
    assert all(BOOKS.by_id[code].role is Role.CLIENT for code in by_client)
    assert code_cues(make_session(f"O: {said}"), BOOKS) == ()


def test_a_listeners_signal_shows_nothing_but_a_minimal_response() -> None:
    session = make_session("T: What was that like for you?\nC: Fine.")
    signal = replace(session, turns=(session.turns[0], replace(session.turns[1], backchannel=True)))
    assert {m.code for m in code_cues(signal, BOOKS)} == {"W2"}
    # What any other code would take as a sign is passed over in a signal.
    thanks = make_session("T: So.\nC: Yes. That's exactly it.")
    assert turns_with("TRUST", thanks) == [1]
    hushed = replace(thanks, turns=(thanks.turns[0], replace(thanks.turns[1], backchannel=True)))
    assert code_cues(hushed, BOOKS) == ()
    assert [code.id for code in BOOKS.codes if any(cue.backchannel for cue in code.cues)] == ["W2"]


CONDITIONS = [
    # The condition, a session where the cue "the sea" of the client holds, and one where it does not.
    ('near = ["boat"]', "C: The sea. I took the boat.", "C: The sea.\nT: Mm.\nC: A boat."),
    ('near = ["boat"]', f"C: The sea {'so far away ' * 6}boat", f"C: The sea {'a b c d ' * 6}boat"),
    ('unless = ["boat"]', "C: I see the sea. A boat.", "C: I see the sea from the boat."),
    ('not_after = ["not like"]', "C: I like the sea.", "C: I do not like the sea."),
    ('not_before = ["bass"]', "C: The sea is big.", "C: The sea bass is big."),
    ("affirmed = true", "C: No. I see the sea.", "C: I never see the sea."),
    ("own = true", "C: I see the sea.", "C: She said it was the sea."),
    ("starts = true", "C: Well, so, um, the sea.", "C: We saw the sea."),
    ("starts = true", "C: Right. The sea is big.", "C: Right, it is the sea."),
    ("ends = true", "C: We saw the sea, you know.", "C: We saw the sea in May."),
    ("whole = true", "C: Well. The sea. I think.", "C: The sea. Big."),
    ("min_words = 4", "C: There is the sea.", "C: Just the sea."),
    ("max_words = 3", "C: Just the sea.", "C: There is the sea."),
    ("question = true", "C: Is it the sea?", "C: It is the sea."),
    ("question = true", "C: is it the sea", "C: it is the sea"),
    ("question = true", "C: i went there is that the sea", "C: is that so. the sea"),
    ("question = false", "C: It is the sea.", "C: It is the sea?"),
    ("after_question = true", "T: Where?\nC: The sea.", "T: Where? There.\nT: I see. Good.\nC: The sea."),
    ("after_question = true", "T: how was it\nC: The sea.", "C: Where?\nC: The sea."),
    ('after_any = ["where"]', "T: Where?\nO: Door!\nC: Um.\nC: The sea.", "T: Where?\nC: Um.\nT: Mm.\nC: The sea."),
    ('after_unless = ["where"]', "C: The sea.", "T: Where?\nC: The sea."),
    ('after_codes = ["WARM"]', "T: Take your time.\nC: So.\nT: Hm.\nC: The sea.", "T: Hm.\nC: The sea."),
    (
        'after_codes = ["WARM"]',
        "T: Take your time.\nC: The sea.",
        "T: Take your time.\nC: So.\nT: Hm.\nC: So.\nT: Hm.\nC: The sea.",
    ),
    ("laughs = true", "C: The sea. [laughs] Big.", "C: The sea. I was laughing."),
    ("laughs = false", "C: The sea.", "C: The sea haha."),
]
BOOK = """
[codebook]
id = "mine"
label = "My codes"
source = "Our study"
[[code]]
id = "MINE"
label = "My code"
definition = "The sea. Not the land."
role = "client"
yes = ["the sea"]
no = ["the land"]
[[code.cues]]
any = ["the sea"]
"""


def tagger_with(condition: str, folder: Path) -> CueTagger:
    """The package's codebooks and one more code, "the sea" of the client, under a condition."""
    path = folder / "mine.toml"
    path.write_text(BOOK + condition, encoding="utf-8")
    return CueTagger(load_codebooks((path,)))


@pytest.fixture(scope="module")
def free(tmp_path_factory: pytest.TempPathFactory) -> CueTagger:
    """The same without a condition."""
    return tagger_with("", tmp_path_factory.mktemp("free"))


@pytest.mark.parametrize(("condition", "holds", "fails"), CONDITIONS, ids=[f"{c}: {f}" for c, _, f in CONDITIONS])
def test_a_condition_by_itself(tmp_path: Path, free: CueTagger, condition: str, holds: str, fails: str) -> None:
    mine = tagger_with(condition, tmp_path)
    assert turns_with("MINE", make_session(holds), mine)
    assert not turns_with("MINE", make_session(fails), mine)
    assert turns_with("MINE", make_session(fails), free), "without the condition the cue holds there too"


SAID = st.sampled_from(
    [example.text for code in BOOKS.codes for example in (*code.yes, *code.no)]
    + ["Um, [laughs]", "...", "😀 ok", "it’s", "I, I-", "(", "no no no", "mm-hm"]
)
TURNS = st.lists(st.tuples(st.sampled_from("TCO"), st.lists(SAID, min_size=1, max_size=3)), min_size=1, max_size=6)


@given(TURNS)
def test_markers_stay_inside_their_turn_and_role(turns: list[tuple[str, list[str]]]) -> None:
    session = make_session("\n".join(f"{who}: {' '.join(said)}" for who, said in turns))
    for marker in TAGGER.markers(session):
        turn = session.turns[session.utterances[marker.start].turn]
        assert session.role(session.utterances[marker.start].turn) is BOOKS.by_id[marker.code].role
        assert turn.start <= marker.start < marker.end <= turn.end
        assert (marker.spans[0].utterance, marker.spans[-1].utterance) == (marker.start, marker.end - 1)
        assert marker.origin is Origin.CUE
        spans = [(span.utterance, span.start, span.end) for span in marker.spans]
        assert spans == sorted(set(spans))
        assert all(0 <= a < b <= len(session.utterances[u].text) for u, a, b in spans)


@given(TURNS)
def test_parents_are_beside_their_children(turns: list[tuple[str, list[str]]]) -> None:
    session = make_session("\n".join(f"{who}: {' '.join(said)}" for who, said in turns))
    seen: dict[str, set[Marker]] = {}
    for marker in TAGGER.markers(session):
        seen.setdefault(marker.code, set()).add(marker)
    for code in BOOKS.codes:
        if code.parent:
            below = {span for marker in seen.get(code.id, ()) for span in marker.spans}
            above = [span for marker in seen.get(code.parent, ()) for span in marker.spans]
            assert all(
                any(a.utterance == b.utterance and a.start <= b.start and b.end <= a.end for a in above) for b in below
            )


def test_an_empty_session_shows_nothing() -> None:
    assert code_cues(make_session("T:\nC: ..."), BOOKS) == ()
