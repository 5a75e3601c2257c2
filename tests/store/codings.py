"""Coded sessions with nasty words, for tests of what leaves for other programs and comes back."""

from dataclasses import replace

from hypothesis import strategies as st

from tests.builders import make_session
from tests.store.test_exports import NASTY
from transcript_alliance.annotations import CodedSession, Marker, Origin, Provenance, Score, Span, Window
from transcript_alliance.session import Episode, Role, Session, Speaker, Turn, Utterance

PROVENANCE = Provenance("0.1.0", "", "text", "utf-8", "", "", "", "alliance-test-0.1", "", "", (), "any")
SCRIPT = """
T: How was the week?
C: Never you listen \U0001f600 to me. I said so last time.
T: You are right, I went on without you. What did I miss?
C: The letter. Thank you for asking.
"""
"""Turn 1 has a letter that is one code point and two UTF-16 units."""


def coded(*markers: Marker, script: str = SCRIPT, name: str = "s1") -> CodedSession:
    """The script with turns of 10 seconds, these markers, one scale and two windows."""
    session = make_session(script, name)
    turns = tuple(replace(turn, start_s=10.0 * n, end_s=10.0 * n + 9) for n, turn in enumerate(session.turns))
    score = Score("wai-o-s", "total", 5.0, 4.0, 6.0, (1,))
    middle = len(session.utterances) // 2
    windows = (
        Window(0, middle, (score,)),
        Window(middle, len(session.utterances), (Score("wai-o-s", "total", None, None, None, abstained="Too short."),)),
    )
    return CodedSession(replace(session, turns=turns), markers, (), (score,), windows, (), PROVENANCE)


def human(code: str, start: int, end: int, *spans: Span) -> Marker:
    return Marker(code, start, end, 1.0, Origin.HUMAN, spans)


WORD = st.one_of(st.sampled_from(NASTY), st.text(min_size=1, max_size=6))
# As the program has them after segmentation: no blanks at the ends, not empty.
UTTERANCE = st.lists(WORD, min_size=1, max_size=4).map(" ".join).map(str.strip).filter(bool)
CODE = st.sampled_from(("EMP", "W2", "C3", "R10", "WARM", "OWN_CODE"))


@st.composite
def sessions(draw: st.DrawFn) -> Session:
    """Two people taking turns, each turn with its time."""
    labels = draw(st.lists(st.sampled_from(("Ann", "Ben: x", "C@d", "Σ")), min_size=2, max_size=2, unique=True))
    utterances: list[Utterance] = []
    turns: list[Turn] = []
    for number in range(draw(st.integers(1, 4))):
        start = len(utterances)
        utterances += [Utterance(text, number) for text in draw(st.lists(UTTERANCE, min_size=1, max_size=3))]
        turns.append(Turn(start, len(utterances), number % 2, 10.0 * number, 10.0 * number + 9, number + 1, False))
    roles = (Role.THERAPIST, Role.CLIENT)
    speakers = tuple(Speaker(label, role, 1.0, "", 0, 0) for label, role in zip(labels, roles, strict=True))
    return Session("s1", tuple(utterances), tuple(turns), (Episode(0, len(utterances), ()),), speakers)


@st.composite
def markers(draw: st.DrawFn, session: Session) -> tuple[Marker, ...]:
    """A person's markers: on whole utterances, or on words without blanks at their ends."""
    made = []
    for _ in range(draw(st.integers(0, 5))):
        turn = draw(st.sampled_from(session.turns))
        start = draw(st.integers(turn.start, turn.end - 1))
        end = draw(st.integers(start + 1, turn.end))
        spans = []
        for number in draw(st.lists(st.integers(start, end - 1), max_size=2, unique=True)):
            solid = [n for n, letter in enumerate(session.utterances[number].text) if not letter.isspace()]
            first, last = sorted(draw(st.tuples(st.sampled_from(solid), st.sampled_from(solid))))
            spans.append(Span(number, first, last + 1))
        made.append(human(draw(CODE), start, end, *sorted(spans, key=lambda span: span.utterance)))
    return tuple(made)


@st.composite
def human_codings(draw: st.DrawFn) -> CodedSession:
    session = draw(sessions())
    return CodedSession(session, draw(markers(session)), (), (), (), (), PROVENANCE)
