"""The tables of a study: every session in them, no words unless asked, whole or not there."""

import csv
import io
import os
import random
import stat
from dataclasses import replace
from pathlib import Path

import pytest

from tests.batch.coders import CANARY, IDENTITY, plain_coding
from tests.store.test_study import TALK
from transcript_alliance.coding.codebook import load_codebooks
from transcript_alliance.errors import OutputError, StudyError
from transcript_alliance.instruments import load_instruments
from transcript_alliance.serialize import to_json
from transcript_alliance.store.export import FORMATS, SEAL, UNFINISHED, export_study, rebuild_tables, verify_tables
from transcript_alliance.store.study import open_study
from transcript_alliance.store.tables import TABLES
from transcript_alliance.store.values import Entry, Input, RunIdentity, SetAside

N_FLIPS = int(os.environ.get("TABLE_FLIPS", "20"))
"""Random places at which each file is damaged."""
TRICKS = '=HYPERLINK(1), a "quoted" \\N word\tand ünïcode'


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two coded sessions with one content, one in quarantine, one to do."""
    path = tmp_path_factory.mktemp("study") / "study.db"
    values = {name: getattr(IDENTITY, name) for name in RunIdentity.__dataclass_fields__}
    values |= {"codebooks_sha256": load_codebooks().sha256, "instruments_sha256": load_instruments().sha256}
    identity = RunIdentity(**values)
    with open_study(path, write=True) as opened:
        run = opened.start_run(identity, "{}")
        given = Input("1", "a" * 64)
        about = {"client": "=C1", "number": 2, "date": "2026-03-09"}
        for name, age in (("a/S1", "41"), ("b/S1", "")):
            entry = Entry(name, Path(f"{name}.txt"), **about, covariates=(("Age", age), ("model", "007")))  # type: ignore[arg-type]
            opened.add_entries([(entry, given)])
            coded = plain_coding("S1", TALK + f"T: {TRICKS}\n", given.sha256, identity)
            opened.record(run, name, given, to_json(coded).encode())
        opened.add_entries([(Entry("bad", Path("bad.txt")), Input("2", "b" * 64))])
        opened.set_aside(run, Input("2", "b" * 64), SetAside("bad", "NO_TURNS", "No turns found.", 1))
        opened.add_entries([(Entry("new", Path("new.txt")), Input("3", "c" * 64))])
    return path


def table(folder: Path, name: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO((folder / f"{name}.csv").read_text("utf-8"), newline="")))


def test_every_session_has_its_row_with_its_state(study: Path, tmp_path: Path) -> None:
    with open_study(study) as opened:
        done = export_study(opened, tmp_path)
    assert (done.n_coded, done.n_aside, done.n_todo) == (2, 1, 1)
    rows = table(tmp_path, "sessions")
    assert [(r["session_id"], r["state"], r["fault"], r["duplicate_of"]) for r in rows] == [
        ("a/S1", "coded", "", ""),
        ("b/S1", "coded", "", "a/S1"),
        ("bad", "quarantine", "NO_TURNS", ""),
        ("new", "to do", "", ""),
    ]
    assert [(r["client"], r["number"], r["Age"], r["covariate_model"]) for r in rows[:2]] == [
        ("'=C1", "2", "41.0", "007"),
        ("'=C1", "2", "", "007"),
    ]
    assert {r["session_id"] for r in table(tmp_path, "scores")} == {"a/S1", "b/S1"}
    assert len(table(tmp_path, "turns")) == 10  # two sessions of five turns


def test_no_words_and_no_labels_leave_unless_asked(study: Path, tmp_path: Path) -> None:
    with open_study(study) as opened:
        export_study(opened, tmp_path / "plain")
        export_study(opened, tmp_path / "words", with_text=True)
    assert not any(CANARY in path.read_text("utf-8") for path in (tmp_path / "plain").iterdir())
    assert "text" not in table(tmp_path / "plain", "turns")[0]
    turns = table(tmp_path / "words", "turns")
    assert CANARY in turns[0]["text"]
    # Guarded by an apostrophe, and otherwise as it was said.
    assert turns[4]["text"] == f"'{TRICKS}"


@pytest.mark.skipif(os.name == "nt", reason="POSIX permissions")
@pytest.mark.parametrize("format", ["csv", "parquet"])
def test_tables_are_their_owners_alone_and_nothing_else_is_left(study: Path, tmp_path: Path, format: str) -> None:
    if format == "parquet":
        pytest.importorskip("duckdb")
    with open_study(study) as opened:
        done = export_study(opened, tmp_path / "t", format)
    assert {p.name for p in (tmp_path / "t").iterdir()} == {p.name for p in done.files}
    assert {f"{name}.{format}" for name in TABLES} < {p.name for p in done.files}
    assert {stat.S_IMODE(p.stat().st_mode) for p in done.files} == {0o600}


def test_parquet_holds_what_the_tables_hold_with_types_and_without_guards(study: Path, tmp_path: Path) -> None:
    duckdb = pytest.importorskip("duckdb")
    with open_study(study) as opened:
        export_study(opened, tmp_path, "parquet", with_text=True)
    read = duckdb.connect(":memory:").execute
    turns = read(f"SELECT session_id, turn, start_s, backchannel, text FROM '{tmp_path}/turns.parquet'").fetchall()
    assert turns[4] == ("a/S1", 4, 4.0, False, TRICKS)
    sessions = read(f"SELECT client, Age, covariate_model, attempts FROM '{tmp_path}/sessions.parquet'").fetchall()
    assert sessions == [("=C1", 41.0, "007", None), ("=C1", None, "007", None), (None, None, None, 1), (None,) * 4]


def test_the_dictionary_names_every_column_code_and_scale(study: Path, tmp_path: Path) -> None:
    with open_study(study) as opened:
        export_study(opened, tmp_path)
    described = {(row["table"], row["column"]) for row in table(tmp_path, "dictionary")}
    for name in TABLES:
        header = (tmp_path / f"{name}.csv").read_text("utf-8").splitlines()[0].split(",")
        assert {(name, column) for column in header} <= described
    assert all(row["about"] for row in table(tmp_path, "dictionary"))
    assert {row["code"] for row in table(tmp_path, "codes")} == set(load_codebooks().by_id)
    scales = {(row["instrument"], row["scale"]): row for row in table(tmp_path, "scales")}
    assert (scales["wai-o-s", "total"]["low"], scales["wai-o-s", "total"]["high"]) == ("1", "7")


def test_damage_to_a_table_is_named_and_mended(study: Path, tmp_path: Path) -> None:
    with open_study(study) as opened:
        export_study(opened, tmp_path, with_text=True)
        before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
        assert verify_tables(tmp_path) == ()
        (tmp_path / "scores.csv").write_bytes(before["scores.csv"].replace(b"total", b"totem", 1))
        (tmp_path / "events.csv").unlink()
        assert {finding.place for finding in verify_tables(tmp_path)} == {"scores.csv", "events.csv"}
        rebuild_tables(opened, tmp_path)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


@pytest.mark.parametrize("format", FORMATS)
def test_every_flipped_byte_and_every_cut_of_an_export_is_named(study: Path, tmp_path: Path, format: str) -> None:
    if format == "parquet":
        pytest.importorskip("duckdb")
    with open_study(study) as opened:
        export_study(opened, tmp_path, format, with_text=True)
    choose = random.Random(9)
    files = sorted(tmp_path.iterdir())
    for file in files:
        whole = file.read_bytes()
        for number in range(N_FLIPS):
            data, place = bytearray(whole), choose.randrange(len(whole))
            if number % 4:
                data[place] ^= 1 << choose.randrange(8)
            else:
                del data[place:]
            file.write_bytes(data)
            if file.name != SEAL:
                assert [finding.place for finding in verify_tables(tmp_path)] == [file.name]
                continue
            try:
                named = bool(verify_tables(tmp_path))
            except StudyError as error:
                named = error.code == "NO_EXPORT"
            # Its last line end alone may be missing: what it says is all there.
            assert named or data == whole[:-1]
        file.write_bytes(whole)
    before = {file.name: file.read_bytes() for file in files}
    for file in files:
        if file.name != SEAL:
            file.write_bytes(b"")
    with open_study(study) as opened:
        rebuild_tables(opened, tmp_path)
    assert {file.name: file.read_bytes() for file in tmp_path.iterdir()} == before
    assert verify_tables(tmp_path) == ()


def test_an_export_that_fails_leaves_the_earlier_one(
    study: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with open_study(study) as opened:
        export_study(opened, tmp_path)
        before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}

        def fail(_: int) -> None:
            raise OSError(28, "as told", CANARY)

        monkeypatch.setattr(os, "fsync", fail)
        with pytest.raises(OutputError, match=r"the disk is full.*MB free") as caught:
            export_study(opened, tmp_path, with_text=True)
    assert CANARY not in str(caught.value)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


@pytest.mark.parametrize("name", ["sessions.csv", "codes.csv", SEAL])
def test_a_file_of_somebody_else_is_never_written_over(study: Path, tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("session,client\nS1,C1\n")
    with open_study(study) as opened, pytest.raises(OutputError, match="no export of ours names it") as caught:
        export_study(opened, tmp_path)
    assert (caught.value.code, caught.value.where) == ("EXISTS", name)
    assert [path.name for path in tmp_path.iterdir()] == [name]
    assert (tmp_path / name).read_text() == "session,client\nS1,C1\n"


@pytest.mark.parametrize("name", [SEAL, UNFINISHED])
def test_names_that_cannot_be_read_make_no_file_somebody_elses(
    study: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    read_text = Path.read_text

    def fail(path: Path, *given: str, **named: str) -> str:
        if path.name == name:
            raise OSError(5, "as told", CANARY)
        return read_text(path, *given, **named)

    with open_study(study) as opened:
        export_study(opened, tmp_path)
        monkeypatch.setattr(Path, "read_text", fail)
        with pytest.raises(OutputError, match=r"Input/output error .*MB free") as caught:
            export_study(opened, tmp_path)
    assert caught.value.code == "WRITE_FAILED"
    assert CANARY not in str(caught.value)
    monkeypatch.undo()
    assert verify_tables(tmp_path) == ()


def test_no_table_of_an_earlier_export_stands_beside_those_of_this(
    study: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("duckdb")
    (tmp_path / "notes.csv").write_text("mine")
    books = load_codebooks()
    with open_study(study) as opened:
        export_study(opened, tmp_path, "parquet")
        assert (tmp_path / "codes.csv").is_file()
        # Of a run with codes of another version there is no dictionary of codes.
        monkeypatch.setattr("transcript_alliance.store.export.load_codebooks", lambda: replace(books, sha256="0"))
        export_study(opened, tmp_path)
    names = {path.name for path in tmp_path.iterdir()}
    assert not any(name.endswith(".parquet") for name in names)
    assert UNFINISHED not in names
    assert (tmp_path / "notes.csv").read_text() == "mine"
    assert "codes.csv" not in names


def test_an_export_that_was_broken_off_is_begun_anew(
    study: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stop(path: Path) -> str:
        raise OSError(5, f"as told {path}")

    with open_study(study) as opened:
        export_study(opened, tmp_path / "calm")
        with monkeypatch.context() as context:
            context.setattr("transcript_alliance.store.export.file_sha256", stop)
            with pytest.raises(OutputError):
                export_study(opened, tmp_path / "tables")
        names = {path.name for path in (tmp_path / "tables").iterdir()}
        assert UNFINISHED in names
        assert SEAL not in names
        export_study(opened, tmp_path / "tables")
    calm, again = ({path.name: path.read_bytes() for path in (tmp_path / f).iterdir()} for f in ("calm", "tables"))
    assert again == calm


def test_without_a_seal_there_is_no_export(study: Path, tmp_path: Path) -> None:
    with open_study(study) as opened, pytest.raises(StudyError, match="no finished export"):
        rebuild_tables(opened, tmp_path)
    (tmp_path / SEAL).write_text("[]")
    with pytest.raises(StudyError, match="no finished export"):
        verify_tables(tmp_path)
