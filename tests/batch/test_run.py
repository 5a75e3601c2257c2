"""Done stays done, changed is done again, and no way of working moves a byte of the tables."""

import os
import random
import shutil
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from tests.batch.coders import IDENTITY, PlainCoder, code_all, other_model, planned, write_corpus
from tests.batch.tables import table_hashes
from transcript_alliance.batch.corpus import Shard, list_corpus
from transcript_alliance.batch.engine import Limits
from transcript_alliance.batch.run import carry_out, plan_run
from transcript_alliance.errors import StudyError
from transcript_alliance.settings import Settings
from transcript_alliance.store.merge import merge_studies
from transcript_alliance.store.study import open_study
from transcript_alliance.store.values import Entry

N = 8


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_corpus(tmp_path_factory.mktemp("corpus"), N)


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory, corpus: Path) -> Path:
    study = tmp_path_factory.mktemp("study") / "study.db"
    assert len(code_all(study, corpus)) == N
    return study


def code_entries(study: Path, entries: Sequence[Entry], limits: Limits) -> None:
    with open_study(study, write=True) as opened:
        plan = plan_run(opened, entries, IDENTITY, Settings())
        list(carry_out(opened, plan, PlainCoder(), limits))


def test_tables_are_the_same_whatever_the_way(undisturbed: Path, corpus: Path, tmp_path: Path) -> None:
    pytest.importorskip("duckdb")
    entries = list(list_corpus([str(corpus)]))
    random.Random(1).shuffle(entries)
    code_entries(tmp_path / "shuffled.db", entries, Limits(jobs=2, session_s=60))
    code_entries(tmp_path / "eight.db", entries[::-1], Limits(jobs=8, session_s=60))
    for half in (entries[: N // 2], entries):
        code_entries(tmp_path / "resumed.db", half, Limits(session_s=60))
    for k in (1, 2):
        part = [entry for entry in entries if Shard(k, 2).has(entry.session)]
        assert part, "a shard without sessions shows nothing"
        code_entries(tmp_path / f"shard{k}.db", part, Limits(session_s=60))
    merge_studies([tmp_path / "shard2.db", tmp_path / "shard1.db"], tmp_path / "merged.db")
    expected = table_hashes(undisturbed)
    for way in ("shuffled", "eight", "resumed", "merged"):
        assert table_hashes(tmp_path / f"{way}.db") == expected, way
    assert table_hashes(tmp_path / "eight.db", "parquet") == table_hashes(undisturbed, "parquet")


def test_parquet_is_the_same_to_the_byte_too(undisturbed: Path) -> None:
    pytest.importorskip("duckdb")
    assert table_hashes(undisturbed, "parquet") == table_hashes(undisturbed, "parquet")


def test_a_finished_study_is_left_alone_and_at_once(undisturbed: Path, corpus: Path, tmp_path: Path) -> None:
    study = shutil.copy(undisturbed, tmp_path / "s.db")
    before = Path(study).read_bytes()
    with planned(Path(study), corpus) as (opened, plan):
        began = time.process_time()
        assert (plan.todo, plan.n_done) == ((), N)
        assert list(carry_out(opened, plan, never, Limits())) == []
        assert time.process_time() - began < 1
    assert Path(study).read_bytes() == before


def never() -> Callable[[Path], bytes]:
    raise AssertionError("no worker may start")


@pytest.mark.parametrize("change", ["words", "speakers", "new"])
def test_what_changed_is_coded_again_and_nothing_else(tmp_path: Path, change: str) -> None:
    corpus, study = write_corpus(tmp_path / "c", 3), tmp_path / "s.db"
    code_all(study, corpus)
    changed = {"words": ["S001"], "speakers": ["S000", "S001", "S002"], "new": ["S009"]}[change]
    if change == "words":
        (corpus / "S001.txt").write_text("T: Other.\nC: Words.\nT: Than.\nC: Before.\n", "utf-8")
    elif change == "speakers":
        (corpus / "speakers.toml").write_text('[speakers]\nT = "therapist"\n', "utf-8")
    else:
        (corpus / "S009.txt").write_text("T: New.\nC: Words.\nT: Are.\nC: Here.\n", "utf-8")
    with planned(study, corpus) as (_, plan):
        assert [task.session for task, _ in plan.todo] == changed
        assert plan.changes == ()


def test_touching_a_file_without_changing_it_costs_nothing(tmp_path: Path) -> None:
    corpus, study = write_corpus(tmp_path / "c", 2), tmp_path / "s.db"
    code_all(study, corpus)
    os.utime(corpus / "S000.txt")
    with planned(study, corpus) as (_, plan):
        assert plan.todo == ()


def test_another_model_begins_a_new_run_and_versions_never_share_a_table(tmp_path: Path) -> None:
    corpus, study = write_corpus(tmp_path / "c", 2), tmp_path / "s.db"
    code_all(study, corpus)
    old = table_hashes(study)
    with planned(study, corpus, identity=other_model()) as (opened, plan):
        assert len(plan.todo) == 2
        assert plan.changes == ("model", "model_sha256")
        steps = carry_out(opened, plan, PlainCoder(identity=other_model()), Limits(session_s=60))
        next(steps)
        steps.close()
    with open_study(study) as opened:
        first, second = opened.runs()
        assert (len(list(opened.results(first))), len(list(opened.results(second)))) == (2, 1)
        assert opened.latest_run() == second
    # Back to the first model: all is there still.
    assert code_all(study, corpus) == []
    assert table_hashes(study) == old


def test_a_result_of_another_model_is_never_kept(tmp_path: Path) -> None:
    corpus = write_corpus(tmp_path / "c", 1)
    with pytest.raises(StudyError, match="coded with another model than this run's") as caught:
        code_all(tmp_path / "s.db", corpus, PlainCoder(identity=other_model()))
    assert caught.value.code == "MIXED"


def test_quarantine_is_kept_told_and_tried_again_on_demand(tmp_path: Path) -> None:
    corpus, study = write_corpus(tmp_path / "c", 2), tmp_path / "s.db"
    (corpus / "S001.txt").write_text("T: UNREADABLE.\nC: Yes.\n", "utf-8")
    steps = code_all(study, corpus)
    assert [(s.session, s.aside.code if s.aside else None) for s in sorted(steps, key=lambda s: s.session)] == [
        ("S000", None),
        ("S001", "NO_TURNS"),
    ]
    assert code_all(study, corpus) == []
    assert len(code_all(study, corpus, retry=True)) == 1
    write_corpus(corpus, 2)
    assert [step.aside for step in code_all(study, corpus)] == [None]
    with open_study(study) as opened:
        assert opened.quarantine(opened.latest_run()) == {}


def test_inputs_are_not_touched(tmp_path: Path) -> None:
    corpus = write_corpus(tmp_path / "c", 2)
    before = {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in corpus.iterdir()}
    code_all(tmp_path / "s.db", corpus)
    table_hashes(tmp_path / "s.db")
    assert {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in corpus.iterdir()} == before


def test_a_corpus_on_a_disk_that_cannot_be_written_is_coded_alike(
    corpus: Path, undisturbed: Path, tmp_path: Path
) -> None:
    place = tmp_path / "corpus"
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(place)]
    if sys.platform != "linux" or subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("needs the right to mount a small disk")
    try:
        shutil.copytree(corpus, place, dirs_exist_ok=True)
        subprocess.run(["mount", "-o", "remount,ro", str(place)], check=True)
        with pytest.raises(OSError, match="Read-only"):
            (place / "new").touch()
        assert len(code_all(tmp_path / "s.db", place)) == N
        assert table_hashes(tmp_path / "s.db") == table_hashes(undisturbed)
    finally:
        subprocess.run(["umount", "-l", str(place)], check=True)


@pytest.mark.skipif(os.name == "nt", reason="POSIX permissions")
def test_everything_beside_the_study_is_its_owners_alone(tmp_path: Path) -> None:
    corpus, study = write_corpus(tmp_path / "c", 1), tmp_path / "new" / "s.db"
    with planned(study, corpus) as (opened, plan):
        list(carry_out(opened, plan, PlainCoder(), Limits(session_s=60)))
        kept = {path.name: stat.S_IMODE(path.stat().st_mode) for path in study.parent.iterdir()}
    assert set(kept.values()) == {0o600}
    assert "s.db-wal" in kept
    assert stat.S_IMODE(study.parent.stat().st_mode) == 0o700
