"""The spaCy component `transcript_alliance`: the codes of a coded session on a Doc, for other people's pipelines.

spaCy finds it by the package's entry point, so `nlp.add_pipe("transcript_alliance")` needs no import. This and `nlp`
are the only places that import spaCy; nothing in the package imports this one.
"""

from collections.abc import Iterator, Sequence
from itertools import accumulate

from spacy.language import Language
from spacy.tokens import Doc, Span

from transcript_alliance.annotations import CodedSession, Marker
from transcript_alliance.session import Role, Session

SPANS_KEY = "codes"


@Language.factory(
    "transcript_alliance",
    assigns=["doc.spans"],
    default_config={"origins": ["cue", "model", "human"]},
)
def make_code_setter(nlp: Language, name: str, origins: Sequence[str]) -> "CodeSetter":  # noqa: ARG001 - spaCy's
    """The component. `origins`: whose markers become spans."""
    _set_extensions()
    return CodeSetter(frozenset(origins))


class CodeSetter:
    """Sets `doc.spans["codes"]` on a Doc made by `session_doc`; any other Doc passes unchanged.

    A span's label is the code, its id (`span.id_`) the number of its marker in `CodedSession.markers`. Where a token
    is marked in part, the whole token is in the span. A marker gives a span for each stretch of words that shows
    it, or one for its utterances as a whole.
    """

    def __init__(self, origins: frozenset[str]) -> None:
        self._origins = origins

    def __call__(self, doc: Doc) -> Doc:
        """The same Doc, with the spans."""
        coded: CodedSession | None = doc._.coded_session
        if coded is None:
            return doc
        spans = []
        for number, marker in enumerate(coded.markers):
            for start, end in _stretches(coded.session, marker) if marker.origin.value in self._origins else ():
                span = doc.char_span(start, end, label=marker.code, span_id=str(number), alignment_mode="expand")
                if span is not None:
                    spans.append(span)
        doc.spans[SPANS_KEY] = spans
        return doc


def session_doc(nlp: Language, coded: CodedSession) -> Doc:
    """The session as a Doc, after all components of `nlp`: a line for each turn, without the speakers' labels.

    `doc._.coded_session` is `coded`, `doc._.turns` has a Span for each turn, labelled with its role. A Span has
    `span._.codes`, the markers that share a character with it, and `span._.speaker_role`, the role of who begins it.
    The coded session is an object of this program, so leave out `user_data` when the Doc is saved.
    """
    _set_extensions()
    doc = nlp.make_doc(session_text(coded.session))
    doc._.coded_session = coded
    return nlp(doc)


def session_text(session: Session) -> str:
    """The turns' words with a line end between them; halves of characters, which spaCy refuses, become `?`."""
    text = "\n".join(session.turn_text(turn) for turn in range(len(session.turns)))
    return text.encode("utf-8", "replace").decode()


def _set_extensions() -> None:
    if not Doc.has_extension("coded_session"):
        Doc.set_extension("coded_session", default=None)
        Doc.set_extension("turns", getter=_turns)
        Span.set_extension("codes", getter=_codes)
        Span.set_extension("speaker_role", getter=_speaker_role)


def _turns(doc: Doc) -> list[Span]:
    coded: CodedSession | None = doc._.coded_session
    if coded is None:
        return []
    found = []
    for turn, start in enumerate(_turn_starts(coded.session)):
        end = start + len(coded.session.turn_text(turn))
        span = doc.char_span(start, end, label=coded.session.role(turn).value, alignment_mode="expand")
        if span is not None:
            found.append(span)
    return found


def _codes(span: Span) -> tuple[Marker, ...]:
    coded: CodedSession | None = span.doc._.coded_session
    if coded is None:
        return ()
    return tuple(
        marker
        for marker in coded.markers
        if any(start < span.end_char and span.start_char < end for start, end in _stretches(coded.session, marker))
    )


def _speaker_role(span: Span) -> Role | None:
    coded: CodedSession | None = span.doc._.coded_session
    if coded is None:
        return None
    starts = _turn_starts(coded.session)
    return coded.session.role(max(turn for turn, start in enumerate(starts) if start <= span.start_char))


def _turn_starts(session: Session) -> list[int]:
    lengths = [len(session.turn_text(turn)) + 1 for turn in range(len(session.turns))]
    return [0, *accumulate(lengths)][:-1]


def _stretches(session: Session, marker: Marker) -> Iterator[tuple[int, int]]:
    """Where the marker's words are in the text of the session."""
    # Utterances of a turn have a blank between them and turns a line end, so each takes one more than its words.
    before = [0, *accumulate(len(utterance.text) + 1 for utterance in session.utterances)]
    for span in marker.spans:
        yield before[span.utterance] + span.start, before[span.utterance] + span.end
    if not marker.spans:
        yield before[marker.start], before[marker.end] - 1
