"""What a study keeps, it keeps whole; what is damaged is said and never read as fewer sessions."""

import contextlib
import hashlib
import os
import random
import shutil
import sqlite3
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from tests.batch.coders import CANARY, IDENTITY, plain_coding
from tests.sources import ROOT
from transcript_alliance.errors import InputError, StudyError, TranscriptError
from transcript_alliance.serialize import from_json, to_json
from transcript_alliance.store.check import verify_study
from transcript_alliance.store.database import COLUMNS, FORMAT
from transcript_alliance.store.merge import merge_studies
from transcript_alliance.store.study import open_study
from transcript_alliance.store.values import Entry, Input, SetAside

N_FLIPS = int(os.environ.get("STUDY_FLIPS", "150"))
"""Random places at which each file is damaged."""
TALK = f"T: {CANARY} how was it?\nC: Fine, I think.\nT: Was it?\nC: No.\n"


def fill(path: Path, n_sessions: int, identity_name: str = "plain-1", padding: int = 0) -> None:
    """A study with coded sessions and one in quarantine."""
    identity = replace(IDENTITY, model=identity_name)
    rng = random.Random(7)
    with open_study(path, write=True) as study:
        run = study.start_run(identity, "{}")
        for number in range(n_sessions):
            noise = "".join(rng.choices("abcdefghijklmnopqrstuvwxyz", k=padding))
            text = TALK + f"T: {number} {noise}\n"
            digest = hashlib.sha256(text.encode()).hexdigest()
            given = Input(f"{number}", digest)
            study.add_entries([(Entry(f"S{number:02}", Path(f"S{number:02}.txt"), client=f"C{number % 3}"), given)])
            coded = to_json(plain_coding(f"S{number:02}", text, digest, identity)).encode()
            study.record(run, f"S{number:02}", given, coded)
        given = Input("x", "f" * 64)
        study.add_entries([(Entry("bad", Path("bad.txt")), given)])
        study.set_aside(run, given, SetAside("bad", "NO_TURNS", "No turns found.", 1))


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("study") / "study.db"
    fill(path, 6)
    return path


def rows(path: Path) -> dict[str, list[tuple[object, ...]]]:
    with open_study(path) as study:
        return {table: list(study.rows(table)) for table in COLUMNS}


def test_what_is_kept_comes_back(whole: Path) -> None:
    assert verify_study(whole) == ()
    with open_study(whole) as study:
        run = study.latest_run()
        results = list(study.results(run))
        assert [result.session for result in results] == [f"S{k:02}" for k in range(6)]
        assert from_json(results[2].coded.decode()).session.session_id == "S02"
        assert study.quarantine(run)["bad"].code == "NO_TURNS"
        assert study.entries()["S04"][0].client == "C1"


def test_what_a_batch_writes_meanwhile_is_neither_seen_nor_taken_for_damage(tmp_path: Path) -> None:
    path = tmp_path / "s.db"
    fill(path, 4)
    text = TALK + "T: later\n"
    given = Input("9", hashlib.sha256(text.encode()).hexdigest())
    with open_study(path, write=True) as writing:
        writing.add_entries([(Entry("S09", Path("S09.txt")), given)])
    with open_study(path, write=True) as writing, open_study(path) as reading:
        run = reading.latest_run()
        results = reading.results(run)
        assert next(results).session == "S00"
        writing.record(run, "S09", given, to_json(plain_coding("S09", text, given.sha256, IDENTITY)).encode())
        assert [result.session for result in results] == ["S01", "S02", "S03"]
        assert len(list(reading.results(run))) == 4
        with open_study(path) as later:
            assert len(list(later.results(run))) == 5
        assert verify_study(path) == ()


def test_a_study_is_opened_for_reading_only_when_asked(whole: Path) -> None:
    with open_study(whole) as study, pytest.raises(TranscriptError):
        study.set_aside(study.latest_run(), Input("", ""), SetAside("S00", "X", "x", 1))


def test_what_is_no_study_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"gone\.db: there is no such study"), open_study(tmp_path / "gone.db"):
        pass
    (tmp_path / "text.db").write_text("no database at all, but a good deal of text\n" * 40)
    with contextlib.closing(sqlite3.connect(tmp_path / "other.db")) as other:
        other.execute("CREATE TABLE t (a)")
    for name in ("text.db", "other.db"):
        with pytest.raises(StudyError, match="this is no study file"), open_study(tmp_path / name):
            pass


def test_writing_into_another_program_s_database_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "other.db"
    with contextlib.closing(sqlite3.connect(path)) as other:
        other.execute("CREATE TABLE t (a)")
    before = path.read_bytes()
    with pytest.raises(StudyError, match="this is no study file"), open_study(path, write=True):
        pass
    assert path.read_bytes() == before


@pytest.mark.parametrize("version", [0, FORMAT - 1, FORMAT + 1, 99])
def test_a_study_of_another_version_is_named_and_left_alone(whole: Path, tmp_path: Path, version: int) -> None:
    path = Path(shutil.copy(whole, tmp_path / "s.db"))
    with contextlib.closing(sqlite3.connect(path)) as raw:
        raw.execute(f"PRAGMA user_version={version}")
    before = path.read_bytes()
    for write in (False, True):
        with pytest.raises(StudyError, match=rf"s\.db: written in form {version}, expected {FORMAT}\.") as caught:
            open_study(path, write=write).__enter__()
        assert caught.value.code == "STUDY_VERSION"
    assert [finding.place for finding in verify_study(path)] == ["file"]
    with pytest.raises(StudyError, match="written in form"):
        merge_studies([path], tmp_path / "into.db", salvage=True)
    assert path.read_bytes() == before


def test_a_study_whose_making_was_broken_off_is_begun_anew(tmp_path: Path) -> None:
    path = tmp_path / "s.db"
    path.touch()
    with pytest.raises(StudyError, match="this is no study file"):
        verify_study(path)
    fill(path, 1)
    assert verify_study(path) == ()


def test_damage_to_the_log_loses_no_session_in_silence(tmp_path: Path) -> None:
    """The log of a killed start: what it can no longer give back is to do again, and is listed as such."""
    path = tmp_path / "s.db"
    code = f"from pathlib import Path; from tests.store.test_study import leave_log\nleave_log(Path({str(path)!r}))"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 7
    log = path.with_name("s.db-wal").read_bytes()
    expected, choose = rows(Path(shutil.copytree(tmp_path, tmp_path / "calm")) / "s.db"), random.Random(5)
    assert len(expected["results"]) == len(expected["entries"]) == 6
    n_fewer = 0
    for number in range(N_FLIPS):
        place = tmp_path / f"flip{number}"
        place.mkdir()
        shutil.copy(path, place)
        data = bytearray(log if number % 2 else log[: choose.randrange(len(log))])
        if data:
            data[choose.randrange(len(data))] ^= 1 << choose.randrange(8)
        (place / "s.db-wal").write_bytes(data)
        assert findings(place / "s.db") == []
        found = rows(place / "s.db")
        assert found["entries"] == expected["entries"]
        assert set(found["results"]) <= set(expected["results"])
        n_fewer += len(found["results"]) < len(expected["results"])
    assert n_fewer > 0, "damage that hits nothing shows nothing"


def leave_log(path: Path) -> None:
    """Sessions all listed, then coded one by one, and the process gone before the log is brought into the file."""
    with open_study(path, write=True) as study:
        run = study.start_run(IDENTITY, "{}")
        given = {}
        for number in range(6):
            text = TALK + f"T: {number}\n"
            given[f"S{number}"] = (text, Input(f"{number}", hashlib.sha256(text.encode()).hexdigest()))
        study.add_entries((Entry(name, Path(f"{name}.txt")), one) for name, (_, one) in given.items())
        for name, (text, one) in given.items():
            study.record(run, name, one, to_json(plain_coding(name, text, one.sha256, IDENTITY)).encode())
        os._exit(7)


def test_a_flipped_byte_or_a_cut_is_named_or_changes_nothing(whole: Path, tmp_path: Path) -> None:
    expected, content = rows(whole), whole.read_bytes()
    choose, named = random.Random(3), 0
    for number in range(N_FLIPS):
        place = choose.randrange(len(content))
        data = bytearray(content)
        if number % 4:
            data[place] ^= 1 << choose.randrange(8)
        else:
            del data[place:]
        path = tmp_path / f"flip{number}.db"
        path.write_bytes(data)
        found = findings(path)
        named += bool(found)
        if not found:
            assert rows(path) == expected, f"byte {place} changed the content and nothing said so"
        assert found or number % 4, f"cut at {place} and nothing said so"
        for left in tmp_path.glob(f"flip{number}.db*"):
            left.unlink()
    assert named > N_FLIPS // 10


def findings(path: Path) -> list[str]:
    try:
        return [f"{finding.place}: {finding.what}" for finding in verify_study(path)]
    except TranscriptError as error:
        return [str(error)]


@pytest.mark.parametrize("share", [0.3, 0.6, 0.9, 0.99])
def test_a_cut_file_is_named(whole: Path, tmp_path: Path, share: float) -> None:
    content = whole.read_bytes()
    (tmp_path / "cut.db").write_bytes(content[: int(len(content) * share)])
    assert findings(tmp_path / "cut.db")


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM counts",
        "UPDATE results SET session = 'S99' WHERE session = 'S01'",
        "UPDATE entries SET about = replace(about, 'C1', 'C2') WHERE session = 'S01'",
        "UPDATE aside SET reason = 'none'",
        "DROP TRIGGER results_less; DELETE FROM results WHERE session = 'S03'",
    ],
)
def test_teeth_every_guard_of_a_row_bites(whole: Path, tmp_path: Path, statement: str) -> None:
    path = Path(shutil.copy(whole, tmp_path / "s.db"))
    with contextlib.closing(sqlite3.connect(path)) as raw:
        raw.executescript(statement)
    assert verify_study(path)
    with pytest.raises(StudyError, match=r"s\.db: .*written") as caught:
        rows(path)
    assert caught.value.code == "DAMAGED"
    assert CANARY not in str(caught.value)


def test_salvage_takes_over_what_is_sound_and_counts_the_rest(whole: Path, tmp_path: Path) -> None:
    path = Path(shutil.copy(whole, tmp_path / "s.db"))
    with contextlib.closing(sqlite3.connect(path)) as raw:
        raw.execute("UPDATE results SET coded = x'00' WHERE session = 'S03'")
        raw.commit()
    with pytest.raises(StudyError, match="a row of results is not what was written"):
        merge_studies([path], tmp_path / "whole.db")
    done = merge_studies([path], tmp_path / "new.db", salvage=True)
    assert (done.n_sessions, done.n_results, done.n_lost) == (7, 5, 1)
    assert verify_study(tmp_path / "new.db") == ()


def test_merging_twice_doubles_nothing_and_two_ways_are_refused(whole: Path, tmp_path: Path) -> None:
    into = tmp_path / "all.db"
    merge_studies([whole], into)
    assert merge_studies([whole], into).n_results == 0
    other = Path(shutil.copy(whole, tmp_path / "other.db"))
    with contextlib.closing(sqlite3.connect(other)) as raw:
        raw.execute("DELETE FROM results WHERE session = 'S03'")
        raw.commit()
    with open_study(other, write=True) as study:
        entry, given = study.entries()["S03"]
        coded = plain_coding("S03", TALK + "T: another result\n", given.sha256, IDENTITY)
        study.record(study.latest_run(), entry.session, given, to_json(coded).encode())
    with pytest.raises(StudyError, match="coded in two ways"):
        merge_studies([other], into)
    assert verify_study(into) == ()
