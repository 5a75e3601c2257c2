"""The main job on the sample sessions with the shipped model."""

from pathlib import Path

import pytest

from transcript_alliance.annotations import CodedSession, Origin
from transcript_alliance.errors import SpeakerError
from transcript_alliance.pipeline import Model, code_session, load_model
from transcript_alliance.readers import READERS, Reader
from transcript_alliance.serialize import from_json, to_json
from transcript_alliance.session import Role
from transcript_alliance.settings import Settings, override

SESSIONS = sorted((Path(__file__).parents[1] / "sample_data" / "sessions").iterdir())
FORMATS = Path(__file__).parents[1] / "sample_data" / "formats"
ONE_OF_EACH_KIND = ("vtt", "text", "csv", "docx", "elan")
"""Captions, plain text, table, document and annotation; all the others in the nightly run."""


@pytest.fixture(scope="module")
def model() -> Model:
    return load_model()


@pytest.fixture(scope="module", params=SESSIONS, ids=lambda p: p.name)
def coded(request: pytest.FixtureRequest, model: Model) -> CodedSession:
    return code_session(request.param, Settings(), model)


def test_every_scale_has_a_number_inside_its_interval(coded: CodedSession) -> None:
    assert [s.scale for s in coded.scores[:4]] == ["goal", "task", "bond", "total"]
    for score in coded.scores:
        assert score.low is not None
        assert score.high is not None
        assert score.value is not None
        assert score.low <= score.value <= score.high
        assert score.low >= 1
        assert score.high <= (7 if score.instrument == "wai-o-s" else 5)
    assert len(coded.windows) == 3


def test_markers_stand_on_their_role_and_inside_the_session(coded: CodedSession) -> None:
    session = coded.session
    assert {m.origin for m in coded.markers} == {Origin.CUE, Origin.MODEL}
    for marker in coded.markers:
        turn = session.utterances[marker.start].turn
        assert 0 <= marker.start < marker.end <= len(session.utterances)
        assert session.utterances[marker.end - 1].turn == turn
        assert session.role(turn) is not Role.OTHER
        for span in marker.spans:
            assert marker.start <= span.utterance < marker.end
            assert 0 <= span.start < span.end <= len(session.utterances[span.utterance].text)


def test_a_coded_session_survives_json(coded: CodedSession) -> None:
    assert from_json(to_json(coded)) == coded


def test_coding_is_repeatable_to_the_byte(model: Model, coded: CodedSession) -> None:
    path = next(p for p in SESSIONS if p.stem == coded.session.session_id)
    assert to_json(code_session(path, Settings(), model)) == to_json(coded)


@pytest.fixture(scope="module")
def captions(model: Model) -> CodedSession:
    return code_session(FORMATS / READERS[0].sample, Settings(), model)


@pytest.mark.parametrize(
    "reader",
    [
        pytest.param(r, id=r.id, marks=() if r.id in ONE_OF_EACH_KIND else pytest.mark.slow)
        for r in READERS
        if r is not READERS[0]
    ],
)
def test_one_session_in_every_format_is_coded_alike(reader: Reader, captions: CodedSession, model: Model) -> None:
    coded = code_session(FORMATS / reader.sample, Settings(), model)
    assert coded.markers == captions.markers
    assert coded.events == captions.events
    assert coded.scores == captions.scores
    assert coded.windows == captions.windows


def test_a_short_session_is_coded_but_not_scored(model: Model, tmp_path: Path) -> None:
    path = tmp_path / "short.txt"
    path.write_text("Therapist: It sounds as if that hurt.\nClient: You are not listening.\n" * 4, "utf-8")
    coded = code_session(path, Settings(), model)
    assert all(s.value is None and s.abstained and "turns" in s.abstained for s in coded.scores)
    assert coded.windows == ()
    assert coded.markers


def test_the_users_word_on_the_therapist_is_final(model: Model, tmp_path: Path) -> None:
    path = tmp_path / "names.txt"
    path.write_text("Ana: I feel low today and I am tired.\nBo: What happened?\n" * 12, "utf-8")
    named = code_session(path, override(Settings(), {"roles.therapist": "Ana"}), model)
    assert {s.label: s.role for s in named.session.speakers} == {"Ana": Role.THERAPIST, "Bo": Role.CLIENT}
    with pytest.raises(SpeakerError):
        code_session(path, override(Settings(), {"roles.therapist": "Carl"}), model)
