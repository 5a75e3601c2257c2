"""The spaCy component: found by its entry point, and its spans are the markers' words."""

import tomllib
from importlib import import_module

import pytest
import spacy
from hypothesis import given, settings
from spacy.language import Language

from tests.sources import ROOT
from tests.store.codings import coded, human, human_codings
from transcript_alliance.annotations import CodedSession, Marker, Origin, Span
from transcript_alliance.session import Role
from transcript_alliance.spacy_factory import session_doc, session_text


def nlp(*origins: str) -> Language:
    made = spacy.blank("en")
    made.add_pipe("transcript_alliance", config={"origins": list(origins)} if origins else {})
    return made


def test_the_entry_point_is_the_factory() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    module, _, name = project["entry-points"]["spacy_factories"]["transcript_alliance"].partition(":")
    assert callable(getattr(import_module(module), name))
    assert Language.has_factory("transcript_alliance")


def test_spans_are_the_words_that_show_the_code() -> None:
    session = coded(
        human("EMP", 1, 2, Span(1, 19, 24)), Marker("W2", 1, 3, 0.7, Origin.MODEL), human("NEG", 3, 4, Span(3, 1, 2))
    )
    doc = session_doc(nlp(), session)
    assert [(span.label_, span.text, span.id_) for span in doc.spans["codes"]] == [
        ("EMP", "to me", "0"),
        ("W2", "Never you listen \U0001f600 to me. I said so last time.", "1"),
        # A token marked in part is in the span as a whole.
        ("NEG", "You", "2"),
    ]
    assert doc.spans["codes"][0]._.speaker_role is Role.CLIENT
    assert [marker.code for marker in doc.spans["codes"][0]._.codes] == ["EMP", "W2"]
    assert [turn.label_ for turn in doc._.turns] == ["therapist", "client", "therapist", "client"]


def test_only_the_origins_asked_for() -> None:
    session = coded(human("EMP", 1, 2), Marker("W2", 1, 3, 0.7, Origin.MODEL))
    doc = session_doc(nlp("model"), session)
    assert [span.label_ for span in doc.spans["codes"]] == ["W2"]


def test_any_other_doc_passes_unchanged() -> None:
    doc = nlp()("So it was.")
    assert "codes" not in doc.spans
    assert (doc._.turns, doc[0:1]._.codes, doc[0:1]._.speaker_role) == ([], (), None)


@settings(max_examples=25, deadline=None)
@given(session=human_codings())
def test_every_marked_word_is_in_a_span(session: CodedSession) -> None:
    doc = session_doc(nlp(), session)
    assert doc.text == session_text(session.session)
    found = {(int(span.id_), n) for span in doc.spans["codes"] for n in range(span.start_char, span.end_char)}
    starts = [0]
    for utterance in session.session.utterances:
        starts.append(starts[-1] + len(utterance.text) + 1)
    for number, marker in enumerate(session.markers):
        for span in marker.spans:
            inside = range(starts[span.utterance] + span.start, starts[span.utterance] + span.end)
            assert {(number, n) for n in inside if not doc.text[n].isspace()} <= found


@pytest.mark.parametrize("module", ["transcript_alliance.nlp", "transcript_alliance.commands"])
def test_nobody_in_the_package_imports_it(module: str) -> None:
    import_module(module)
    for path in (ROOT / "transcript_alliance").rglob("*.py"):
        assert path.stem == "spacy_factory" or "spacy_factory" not in path.read_text("utf-8")
