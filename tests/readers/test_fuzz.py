"""Damaged files of every format, the same ones each time; `python -m tests.readers.fuzz` makes them by the million."""

import io
import shutil
import sys
import zipfile
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.readers import faults, fuzz
from tests.readers import mutants as mutants_module
from tests.readers.faults import fault, findings
from tests.readers.files import SAMPLES
from tests.readers.mutants import CANARY, OPERATORS, REGRESSIONS, by_hand, mutants, mutated, seeds, shrunk
from tests.sources import ROOT
from transcript_alliance.errors import ReadError, TranscriptError
from transcript_alliance.readers import READERS, Reader, read_transcript
from transcript_alliance.session import RawTranscript, RawTurn

ALL = pytest.mark.parametrize("reader", READERS, ids=[reader.id for reader in READERS])
N_MUTANTS = 150
"""Of a reader; the 20,000 of `make test` are made by `tests.readers.fuzz`, on all processors."""


@ALL
def test_damaged_files(reader: Reader, tmp_path: Path) -> None:
    assert [finding.signature for finding in findings(reader, tmp_path, N_MUTANTS, seed=1)] == []


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
    if reader.id not in faults.ISOLATED:
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


@ALL
def test_teeth_every_seed_holds_the_word_that_no_error_may_show(reader: Reader) -> None:
    for data in seeds(reader):
        parts = [data]
        if data.startswith(b"PK"):
            with zipfile.ZipFile(io.BytesIO(data)) as archive:
                parts = [archive.read(name) for name in archive.namelist()]
        assert any(CANARY.encode() in part for part in parts)


def test_the_same_seed_makes_the_same_mutants() -> None:
    for reader in READERS:
        assert list(mutants(reader, 5, 7)) == list(mutants(reader, 5, 7))
        assert list(mutants(reader, 5, 7)) != list(mutants(reader, 5, 8))


def test_every_operator_changes_a_file() -> None:
    data = b'WEBVTT\n\n1\n00:01.000 --> 00:02.000\n<v Ann>How "are" you?\n'
    for operator in OPERATORS:
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
            len(bytearray(faults.MOST_BYTES + 1_000_000))
        if behaviour == "words":
            raise ReadError("NO_TURNS", f"cannot read {CANARY}")
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
    monkeypatch.setattr(faults, "read_transcript", stand_in(behaviour))
    monkeypatch.setattr(faults, "STALLED_SECONDS", 0.1)
    with faults.StallWatch():
        assert fault(tmp_path / "a.txt", b"a", None, count_memory=behaviour == "memory") == signature


def test_a_ledger_is_gone_on_with_and_added_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fuzz, "ROUND", 4)
    ledger = tmp_path / "ledger.jsonl"
    chosen = [reader for reader in READERS if reader.id in ("vtt", "csv")]
    tasks = list(fuzz.remaining(chosen, 10, fuzz.read_ledger(ledger)))
    # Three rounds a reader, by turns, the last one of what is left of ten.
    assert tasks == [
        ("vtt", 4, 0), ("csv", 4, 0), ("vtt", 4, 4), ("csv", 4, 4), ("vtt", 2, 8), ("csv", 2, 8)
    ]  # fmt: skip
    entry, found = fuzz.run_round(tasks[0])
    assert (entry.reader, entry.seed, entry.mutants, entry.findings, found) == ("vtt", 0, 4, (), [])
    old = fuzz.Round("csv", 4, 4, ("slow",), 2.0, fuzz.code_mark("vtt"))
    fuzz.write_ledger(ledger, fuzz.joined([old, entry]))
    done = fuzz.read_ledger(ledger)
    assert done == [old, entry]
    assert list(fuzz.remaining(chosen, 10, done)) == [tasks[1], tasks[2], tasks[4], tasks[5]]
    rows = {line.split()[0]: line.split()[1:4] for line in fuzz.totals(done).splitlines()[1:]}
    assert rows == {"vtt": ["4", "4", "0"], "csv": ["4", "0", "1"], "all": ["8", "4", "1"]}


def test_rounds_next_to_each_other_are_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fuzz, "ROUND", 4)

    def entry(seed: int, mutants: int = 4, findings: tuple[str, ...] = (), code: str = "a") -> fuzz.Round:
        return fuzz.Round("csv", seed, mutants, findings, 1.0, code)

    chosen = [reader for reader in READERS if reader.id == "csv"]
    done = fuzz.joined([entry(8), entry(0), entry(4, findings=("slow",)), entry(4, findings=("slow",)), entry(12, 2)])
    assert done == [fuzz.Round("csv", 0, 12, ("slow",), 3.0, "a"), entry(12, 2)]
    # What was cut short is made again, whole.
    assert list(fuzz.remaining(chosen, 20, done)) == [("csv", 4, 12), ("csv", 4, 16)]
    assert fuzz.joined([*done, entry(12)]) == [fuzz.Round("csv", 0, 16, ("slow",), 4.0, "a")]
    assert len(fuzz.joined([*done, entry(16), entry(20, code="b")])) == 4


def test_a_change_marks_the_readers_that_it_touches(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "transcript_alliance", tmp_path / "transcript_alliance")
    copy = tmp_path / Path(mutants_module.__file__).relative_to(ROOT)
    copy.parent.mkdir(parents=True)
    shutil.copy(mutants_module.__file__, copy)

    def changed() -> set[str]:
        marks = {name: fuzz.code_mark.__wrapped__(name, tmp_path) for name in ("vtt", "csv", "xlsx", "revai")}
        return {name for name, mark in marks.items() if mark != fuzz.code_mark(name)}

    assert changed() == set()
    for file, names in (("columns.py", {"csv", "xlsx"}), ("shapes.py", {"csv", "xlsx", "revai"}), ("source.py", None)):
        path = tmp_path / "transcript_alliance" / "readers" / file
        path.write_text(path.read_text("utf-8") + "\n", encoding="utf-8")
        assert changed() == (names or {"vtt", "csv", "xlsx", "revai"})


def test_teeth_a_finding_is_kept_as_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mutants_module, "REGRESSIONS", tmp_path / "regressions")
    monkeypatch.setattr(faults, "read_transcript", stand_in("crash"))
    _, found = fuzz.run_round(("vtt", 3, 0))
    (finding,) = found
    kept = fuzz.keep(READERS[0], finding)
    assert kept.read_bytes() == finding.data
    assert kept.name.startswith("vtt--")


@pytest.mark.parametrize("name", sorted(faults.ISOLATED))
def test_a_library_in_this_process_gives_what_it_gives_in_its_own(name: str, tmp_path: Path) -> None:
    reader = next(reader for reader in READERS if reader.id == name)
    path = tmp_path / f"a{reader.suffixes[0]}"
    for data in (*by_hand(name), by_hand(name)[0][:200], b""):
        path.write_bytes(data or reader.id.encode())
        with faults.in_this_process():
            here = faults.outcome(path, name)
        there = faults.outcome(path, name)
        assert type(here) is type(there)
        assert isinstance(here, TranscriptError) or here == there
    assert sys.modules["numpy"] is not None
