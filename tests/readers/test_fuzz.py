"""Damaged files of every format, the same ones each time; `python -m tests.readers.fuzz` makes them by the million."""

import os
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.readers import fuzz
from tests.readers.files import SAMPLES
from tests.readers.fuzz import REGRESSIONS, fault, findings, mutants, mutated, seeds, shrunk
from transcript_alliance.errors import ReadError
from transcript_alliance.readers import READERS, Reader, read_transcript
from transcript_alliance.session import RawTranscript, RawTurn

ALL = pytest.mark.parametrize("reader", READERS, ids=[reader.id for reader in READERS])
N_MUTANTS = int(os.environ.get("TRANSCRIPT_ALLIANCE_FUZZ", "150"))
"""A reader in `make test`."""


@ALL
def test_damaged_files(reader: Reader, tmp_path: Path) -> None:
    assert [finding.signature for finding in findings(reader, tmp_path, N_MUTANTS, seed=1)] == []


@pytest.mark.slow
@ALL
def test_many_damaged_files(reader: Reader, tmp_path: Path) -> None:
    assert [finding.signature for finding in findings(reader, tmp_path, 20_000, seed=2)] == []


@pytest.mark.parametrize("path", [pytest.param(p, id=p.name) for p in sorted(REGRESSIONS.glob("*--*"))])
def test_what_once_broke_a_reader_is_mended(path: Path, tmp_path: Path) -> None:
    name = path.name.partition("--")[0]
    for format in (None, name):
        for count_memory in (False, True):
            copy = tmp_path / path.name
            assert fault(copy, path.read_bytes(), format, count_memory=count_memory) is None


@given(st.binary(max_size=300), st.sampled_from(READERS))
@settings(max_examples=100)
def test_any_bytes(tmp_path_factory: pytest.TempPathFactory, data: bytes, reader: Reader) -> None:
    if reader.id not in fuzz.ISOLATED:
        path = tmp_path_factory.getbasetemp() / f"any{reader.suffixes[0]}"
        assert fault(path, data, None) is None
        assert fault(path, data, reader.id) is None


@ALL
def test_the_seeds_are_files_of_the_format(reader: Reader, tmp_path: Path) -> None:
    path = tmp_path / f"seed{reader.suffixes[0]}"
    path.write_bytes(shrunk((SAMPLES / reader.sample).read_bytes()))
    # A format of several files cannot be read from its first one alone, but then says so.
    try:
        assert read_transcript(path, format=reader.id).turns
    except ReadError:
        assert SAMPLES / reader.sample != SAMPLES / Path(reader.sample).name
    assert seeds(reader)


def test_the_same_seed_makes_the_same_mutants() -> None:
    for reader in READERS:
        assert list(mutants(reader, 5, 7)) == list(mutants(reader, 5, 7))
        assert list(mutants(reader, 5, 7)) != list(mutants(reader, 5, 8))


def test_every_operator_changes_a_file() -> None:
    data = b'WEBVTT\n\n1\n00:01.000 --> 00:02.000\n<v Ann>How "are" you?\n'
    for operator in fuzz.OPERATORS:
        assert any(operator(data, Random(n)) != data for n in range(5))
        operator(b"", Random(0))
    assert mutated(b"", Random(0)) is not None


def stand_in(behaviour: str) -> Any:
    def read(path: Path, **_: Any) -> RawTranscript:
        if behaviour == "crash":
            raise KeyError(path.read_bytes())
        if behaviour == "slow":
            while True:
                pass
        if behaviour == "memory":
            len(bytearray(fuzz.MOST_BYTES + 1_000_000))
        if behaviour == "words":
            raise ReadError("NO_TURNS", f"cannot read {fuzz.CANARY}")
        turns = {
            "empty": (),
            "blank": (RawTurn("T", " "),),
            "half": (RawTurn("T", "\ud83d"),),
            "backwards": (RawTurn("T", "a", 2.0, 1.0),),
            "nan": (RawTurn("T", "a", float("nan")),),
        }.get(behaviour, (RawTurn("T", "a"),))
        return RawTranscript("a.txt", "text", "utf-8", "", turns)

    return read


@pytest.mark.parametrize(
    ("behaviour", "signature"),
    [
        ("crash", "KeyError in outside"),
        ("slow", "stalled"),
        ("memory", "memory"),
        ("words", "an error that holds words of the session"),
        ("empty", "no turns and no error"),
        ("blank", "a turn without text"),
        ("half", "half a character"),
        ("backwards", "an end before its start"),
        ("nan", "an impossible time"),
        ("fine", None),
    ],
)
def test_teeth_every_fault_is_seen(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, behaviour: str, signature: str | None
) -> None:
    monkeypatch.setattr(fuzz, "read_transcript", stand_in(behaviour))
    monkeypatch.setattr(fuzz, "STALLED_SECONDS", 0.1)
    with fuzz.stall_watch():
        assert fault(tmp_path / "a.txt", b"a", None, count_memory=behaviour == "memory") == signature
