"""`batch`, `study` and `export`: what is said, and with which exit code."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.batch.coders import CANARY, IDENTITY, PlainCoder, write_corpus
from tests.commands.conftest import Run
from transcript_alliance.commands import batching, studying
from transcript_alliance.store.study import open_study

Program = Callable[..., Run]


@pytest.fixture(autouse=True)
def plain_coder(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (batching, studying):
        monkeypatch.setattr(module, "ModelCoder", lambda *_: PlainCoder())
        monkeypatch.setattr(module, "run_identity", lambda _: IDENTITY)


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    folder = write_corpus(tmp_path / "corpus", 3)
    (folder / "bad.txt").write_text(f"T: UNREADABLE {CANARY}.\nC: Yes.\n", "utf-8")
    return folder


def test_a_corpus_is_coded_continued_looked_at_and_exported(run: Program, corpus: Path, tmp_path: Path) -> None:
    study = tmp_path / "out" / "study.db"
    done = run("batch", corpus, "-o", study)
    assert (done.code, done.out) == (1, "3 of 4 sessions coded, 1 in quarantine: study.db\n")
    assert "4 sessions: 4 to code" in done.err
    assert "error [NO_TURNS]: put aside: bad.txt: No speaker labels were found." in done.err

    again = run("batch", corpus, "-o", study)
    assert (again.code, again.out) == (done.code, done.out)
    assert again.err == "4 sessions: 3 done before, 1 in quarantine (--retry tries them again), 0 to code\n"

    status = json.loads(run("study", "status", study, "--json").out)
    assert status["sessions"] == 4
    assert [status["runs"][0][key] for key in ("coded", "quarantine", "to_do")] == [3, 1, 0]
    assert "bad: NO_TURNS: bad.txt: No speaker labels were found. (tried once)" in run("study", "status", study).out

    tables = run("export", study, "-o", tmp_path / "tables")
    assert tables.out.startswith("3 sessions coded, 1 in quarantine, 0 to do: ")
    whole = run("study", "verify", study, tmp_path / "tables")
    assert (whole.code, whole.out) == (0, "study.db: whole\n")
    assert run("study", "reproduce", study, "S001").out == "S001: the same bytes\n"
    assert CANARY not in "".join((done.out, done.err, again.err, tables.out, whole.out))


def test_sessions_that_left_the_corpus_stay_and_are_counted(run: Program, corpus: Path, tmp_path: Path) -> None:
    (corpus / "bad.txt").unlink()
    run("batch", corpus, "-o", tmp_path / "s.db")
    (corpus / "S001.txt").rename(corpus / "S009.txt")
    again = run("batch", corpus, "-o", tmp_path / "s.db")
    assert again.code == 0
    assert again.err.splitlines() == [
        "the study also holds 1 that are not in this corpus; its tables keep them",
        "3 sessions: 2 done before, 1 to code",
    ]
    assert run("study", "status", tmp_path / "s.db").out.startswith("4 sessions\n")


def test_a_transcript_that_changed_is_not_said_to_differ(run: Program, corpus: Path, tmp_path: Path) -> None:
    run("batch", corpus, "-o", tmp_path / "s.db")
    (corpus / "S001.txt").write_text("T: Other.\nC: Words.\nT: Than.\nC: Before.\n", "utf-8")
    done = run("study", "reproduce", tmp_path / "s.db", "S001")
    assert (done.code, "error [INPUT_CHANGED]: S001.txt: its transcript" in done.err) == (2, True)
    (corpus / "S001.txt").unlink()
    assert "error [NOT_FOUND]: S001.txt" in run("study", "reproduce", tmp_path / "s.db", "S001").err


def test_shards_are_merged_into_one(run: Program, corpus: Path, tmp_path: Path) -> None:
    (corpus / "bad.txt").unlink()
    shards = [tmp_path / f"shard{k}.db" for k in (1, 2)]
    codes = [run("batch", corpus, "-o", shard, "--shard", f"{k}/2", "-q").code for k, shard in enumerate(shards, 1)]
    assert codes in ([0, 0], [0, 2], [2, 0])
    merged = run("study", "merge", *shards, "-o", tmp_path / "all.db")
    assert (merged.code, merged.out) == (0, "3 sessions and 3 results taken over: all.db\n")


def test_a_study_in_use_is_refused_in_one_line(run: Program, corpus: Path, tmp_path: Path) -> None:
    with open_study(tmp_path / "s.db", write=True):
        done = run("batch", corpus, "-o", tmp_path / "s.db")
    assert done.code == 2
    assert done.err.startswith("transcript-alliance: error [IN_USE]: s.db: process ")
    assert len(done.err.splitlines()) == 1


def test_damage_is_named_with_exit_code_1(run: Program, corpus: Path, tmp_path: Path) -> None:
    study = tmp_path / "s.db"
    run("batch", corpus, "-o", study)
    run("export", study, "-o", tmp_path / "t")
    (tmp_path / "t" / "turns.csv").write_text("")
    done = run("study", "verify", study, tmp_path / "t")
    assert (done.code, done.err.count("error [DAMAGED]")) == (1, 1)
    assert run("study", "rebuild", study, tmp_path / "t").code == 0
    assert run("study", "verify", study, tmp_path / "t").code == 0
    study.write_bytes(study.read_bytes().replace(b"S001", b"S101"))
    assert run("study", "verify", study).code == 1


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("study", "status", "gone.db"), "NO_STUDY_FILE"),
        (("study", "reproduce", "gone.db"), "ARGUMENTS"),
        (("study", "merge", "gone.db"), "ARGUMENTS"),
        (("export", "gone.db", "-o", "x"), "NO_STUDY_FILE"),
        (("batch", "gone/", "-o", "s.db", "--shard", "9/2"), "SHARD"),
    ],
)
def test_wrong_input_is_one_line(
    run: Program, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], code: str
) -> None:
    monkeypatch.chdir(tmp_path)
    done = run(*arguments)
    assert done.code == 2
    assert done.err.startswith(f"transcript-alliance: error [{code}]: ")
    assert len(done.err.splitlines()) == 1
