"""What belongs to a corpus, however it is named."""

from pathlib import Path

import pytest

from transcript_alliance.batch.corpus import Shard, list_corpus, parse_shard
from transcript_alliance.errors import InputError, SettingsError, TableError

TALK = "T: How was it?\nC: Fine.\n"


def files(folder: Path, *names: str) -> None:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(TALK, "utf-8")


def sessions(*corpus: object) -> list[str]:
    return [entry.session for entry in list_corpus([str(one) for one in corpus])]


def test_a_folder_gives_its_transcripts_by_their_paths(tmp_path: Path) -> None:
    files(tmp_path, "b/s1.txt", "a/s1.vtt", "s3.csv", "speakers.toml", ".hidden.txt", "README.txt", "notes.xyz")
    assert sessions(tmp_path) == ["a/s1", "b/s1", "s3"]


def test_a_pattern_and_files_give_the_same_as_their_folder(tmp_path: Path) -> None:
    files(tmp_path, "x/s1.txt", "x/s2.txt")
    assert sessions(tmp_path / "x" / "*.txt") == sessions(tmp_path / "x") == ["s1", "s2"]
    assert sessions(tmp_path / "x" / "s2.txt", tmp_path / "x" / "s1.txt") == ["s1", "s2"]


def test_two_files_that_would_be_one_session_are_refused(tmp_path: Path) -> None:
    files(tmp_path, "s1.txt", "s1.vtt")
    with pytest.raises(InputError, match="two files would be one session"):
        sessions(tmp_path)


def test_nothing_found_is_an_error_and_a_missing_file_is_an_entry(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="there is no transcript"):
        sessions(tmp_path)
    assert sessions(tmp_path / "gone.txt") == ["gone"]


def manifest(folder: Path, text: str) -> str:
    (folder / "list.csv").write_text(text, "utf-8")
    return str(folder / "list.csv")


def test_a_manifest_says_whose_the_sessions_are_and_keeps_other_columns(tmp_path: Path) -> None:
    files(tmp_path, "S1.txt", "deep/other.vtt")
    text = (
        "session,client,therapist,date,session number,channel,file,Age\n"
        "S1,C1,T1,2026-03-09,2,video,,41\nS2,C1,,,,,deep/other.vtt,\n"
    )
    first, second = list_corpus([manifest(tmp_path, text)])
    assert (first.session, first.client, first.therapist, first.date, first.number, first.channel) == (
        "S1", "C1", "T1", "2026-03-09", 2, "video",
    )  # fmt: skip
    assert first.covariates == (("Age", "41"),)
    assert first.path == tmp_path / "S1.txt"
    assert (second.path, second.number, second.covariates) == (tmp_path / "deep/other.vtt", None, (("Age", ""),))


def test_a_session_of_the_manifest_without_a_file_stays_an_entry(tmp_path: Path) -> None:
    (entry,) = list_corpus([manifest(tmp_path, "session,client\nS9,C1\n")])
    assert not entry.path.exists()


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("session,client\nS1,C1\nS1,C2\n", "TWICE"),
        ("session,client\n,C1\n", "CELL"),
        ("session,client,date\nS1,C1,9.3.2026\n", "CELL"),
        ("session,client,number\nS1,C1,zero\n", "CELL"),
        ("session,client\nS1\n", "MALFORMED"),
        ("session,client,client\nS1,C1,C2\n", "COLUMNS"),
        ("session,client\n", "NO_ROWS"),
    ],
)
def test_a_faulty_manifest_is_refused_by_row(tmp_path: Path, text: str, code: str) -> None:
    with pytest.raises(TableError) as caught:
        list_corpus([manifest(tmp_path, text)])
    assert caught.value.code == code


def test_two_files_for_one_row_are_refused(tmp_path: Path) -> None:
    files(tmp_path, "a/S1.txt", "b/S1.txt")
    with pytest.raises(TableError, match="2 files are named like it"):
        list_corpus([manifest(tmp_path, "session,client\nS1,C1\n")])


def test_a_table_that_is_a_transcript_is_one_session(tmp_path: Path) -> None:
    text = "session,speaker,text\nS1,T,How was it?\nS1,C,Fine.\n"
    assert sessions(manifest(tmp_path, text)) == ["list"]


def test_shards_cover_every_session_once() -> None:
    names = [f"S{k}" for k in range(200)]
    parts = [[name for name in names if Shard(k, 3).has(name)] for k in (1, 2, 3)]
    assert sorted(name for part in parts for name in part) == sorted(names)
    assert all(len(part) > 30 for part in parts)


@pytest.mark.parametrize("text", ["0/2", "3/2", "1", "a/b", "1/0", "-1/2"])
def test_a_shard_that_cannot_be_is_refused(text: str) -> None:
    with pytest.raises(SettingsError):
        parse_shard(text)
