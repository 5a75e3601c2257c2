"""What a study keeps, it keeps whole; what is damaged is said and never read as fewer sessions."""

import contextlib
import hashlib
import os
import random
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.batch.coders import CANARY, IDENTITY, plain_coding
from transcript_alliance.errors import InputError, OutputError, StudyError, TranscriptError
from transcript_alliance.serialize import from_json, to_json
from transcript_alliance.store.check import verify_study
from transcript_alliance.store.database import COLUMNS
from transcript_alliance.store.merge import merge_studies
from transcript_alliance.store.study import open_study
from transcript_alliance.store.values import Entry, Input, SetAside

N_FLIPS = int(os.environ.get("STUDY_FLIPS", "150"))
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


def test_a_flipped_byte_is_named_or_changes_nothing(whole: Path, tmp_path: Path) -> None:
    expected, content = rows(whole), whole.read_bytes()
    choose, named = random.Random(3), 0
    for number in range(N_FLIPS):
        place = choose.randrange(len(content))
        data = bytearray(content)
        data[place] ^= 1 << choose.randrange(8)
        path = tmp_path / f"flip{number}.db"
        path.write_bytes(data)
        found = findings(path)
        named += bool(found)
        if not found:
            assert rows(path) == expected, f"byte {place} changed the content and nothing said so"
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


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "small"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=600k", "tmpfs", str(folder)]
    if sys.platform != "linux" or subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("needs the right to mount a small disk")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


def test_a_full_disk_is_told_and_costs_nothing_that_was_kept(small_disk: Path) -> None:
    path = small_disk / "study.db"
    with pytest.raises(OutputError, match=r"the disk is full.* MB free\)") as caught:
        fill(path, 40, padding=60_000)
    assert CANARY not in str(caught.value)
    subprocess.run(["mount", "-o", "remount,size=50m", str(small_disk)], check=True)
    assert verify_study(path) == ()
    fill(path, 40, padding=60_000)
    calm = small_disk / "calm.db"
    fill(calm, 40, padding=60_000)
    with open_study(path) as one, open_study(calm) as other:
        assert list(one.results(one.latest_run())) == list(other.results(other.latest_run()))
