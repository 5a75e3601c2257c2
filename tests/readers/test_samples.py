"""The contract of every reader: it has a sample, and all samples are one and the same session."""

from dataclasses import replace
from pathlib import Path

import pytest

from tests.readers.files import SAMPLES
from transcript_alliance.readers import READERS, Reader, read_transcript
from transcript_alliance.segment import segment_session
from transcript_alliance.session import Role, Session

ALL = pytest.mark.parametrize("reader", READERS, ids=[reader.id for reader in READERS])

BY_NUMBER = (("Speaker 0", "Speaker 1"), ("Speaker 1", "Speaker 2"), ("Speaker A", "Speaker B"),
             ("SPEAKER_00", "SPEAKER_01"), ("spk_0", "spk_1"), ("S00", "S01"))  # fmt: skip
"""How speech engines, which know no names, call the first speaker and the second."""


def session_of(reader: Reader) -> Session:
    """The sample's session without what formats differ in: times, lines, notes about the file, engines' numbers."""
    session = segment_session(read_transcript(SAMPLES / reader.sample))
    if tuple(speaker.label for speaker in session.speakers) in BY_NUMBER:
        names = zip(session.speakers, ("Helen", "Dominic"), strict=True)
        session = replace(session, speakers=tuple(replace(speaker, label=name) for speaker, name in names))
    turns = tuple(replace(turn, start_s=None, end_s=None, line=None) for turn in session.turns)
    return replace(session, turns=turns, notes=())


@ALL
def test_the_same_session_in_every_format(reader: Reader) -> None:
    assert session_of(reader) == session_of(READERS[0])


@ALL
def test_the_reader_is_found_by_content_and_by_ending(reader: Reader, tmp_path: Path) -> None:
    sample = SAMPLES / reader.sample
    assert sample.suffix in reader.suffixes
    assert read_transcript(sample).format == reader.id
    renamed = tmp_path / "session.dat"
    renamed.write_bytes(sample.read_bytes())
    # A table of tabs under a foreign name is a table, whichever of the two readers takes it.
    assert read_transcript(renamed).turns == read_transcript(sample).turns


@ALL
def test_reading_by_id_gives_the_same(reader: Reader) -> None:
    assert read_transcript(SAMPLES / reader.sample, format=reader.id) == read_transcript(SAMPLES / reader.sample)


@ALL
def test_a_reader_says_what_it_is(reader: Reader) -> None:
    assert reader.id.isidentifier()
    assert reader.label
    assert all(suffix.startswith(".") and suffix == suffix.lower() for suffix in reader.suffixes)


def test_ids_are_not_shared_and_the_least_particular_reader_of_an_ending_is_the_last() -> None:
    ids = [reader.id for reader in READERS]
    assert len(set(ids)) == len(ids)
    last = {suffix: reader.id for reader in READERS for suffix in reader.suffixes}
    assert (last[".json"], last[".jsonl"], last[".txt"]) == ("jsonl", "jsonl", "text")


def test_the_sample_is_a_session_of_two() -> None:
    session = session_of(READERS[0])
    assert 40 <= len(session.turns) <= 60
    assert [(speaker.label, speaker.role) for speaker in session.speakers] == [
        ("Helen", Role.THERAPIST),
        ("Dominic", Role.CLIENT),
    ]
    assert session.session_id == "session"
    assert [session.turn_text(n) for n, turn in enumerate(session.turns) if turn.backchannel] == ["Yes.", "Mm-hm."]
