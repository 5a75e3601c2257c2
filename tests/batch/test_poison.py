"""A corpus with sessions that break whatever codes them: all others are coded, and each of these is named."""

import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from tests.batch.coders import CANARY, code_all, write_corpus
from tests.batch.tables import table_hashes
from tests.batch.test_real_model import needs_model, write_stretches
from tests.readers.test_badinputs import entries, is_ours, made, path_of
from tests.sources import ROOT
from transcript_alliance.batch.engine import MOST_ATTEMPTS, MOST_KILLS, Limits
from transcript_alliance.store.check import verify_study
from transcript_alliance.store.study import open_study

pytestmark = [pytest.mark.slow, pytest.mark.skipif(sys.platform != "linux", reason="memory is limited on Linux alone")]
N = 500
POISON = {
    "SEGFAULT": ("CRASHED", MOST_ATTEMPTS),
    "EXIT": ("CRASHED", MOST_ATTEMPTS),
    "KILLED": ("CRASHED", MOST_KILLS),
    "MEMORY": ("MEMORY", MOST_ATTEMPTS),
    "HOG": ("MEMORY", MOST_ATTEMPTS),
    "LOOP": ("TIMEOUT", MOST_ATTEMPTS),
    "RAISE": ("UNEXPECTED", 1),
    "UNREADABLE": ("NO_TURNS", 1),
}


def test_of_500_sessions_the_20_poisonous_are_put_aside_and_480_are_coded(tmp_path: Path) -> None:
    corpus = write_corpus(tmp_path / "corpus", N)
    poisoned = {f"S{25 * k + 3:03}": word for k, word in enumerate([*POISON] * 2 + [*POISON][:4])}
    assert len(poisoned) == 20
    for name, word in poisoned.items():
        (corpus / f"{name}.txt").write_text(f"T: {CANARY} {word}\nC: Yes.\nT: Well.\nC: No.\n", "utf-8")
    limits = Limits(jobs=2, session_s=4, session_mb=500)
    steps = code_all(tmp_path / "s.db", corpus, limits=limits)
    aside = {step.session: step.aside for step in steps if step.aside}
    assert Counter(step.session for step in steps) == Counter(f"S{k:03}" for k in range(N))
    assert {name: (why.code, why.attempts) for name, why in aside.items()} == {
        name: POISON[word] for name, word in poisoned.items()
    }
    assert CANARY not in "".join(why.reason for why in aside.values())
    assert verify_study(tmp_path / "s.db") == ()
    with open_study(tmp_path / "s.db") as study:
        assert len(study.coded_keys(study.latest_run())) == N - 20
    # The same, with one worker at a time.
    code_all(tmp_path / "one.db", corpus, limits=Limits(jobs=1, session_s=4, session_mb=500))
    assert table_hashes(tmp_path / "one.db") == table_hashes(tmp_path / "s.db")


@pytest.mark.shared
@needs_model
def test_each_of_the_bad_inputs_is_coded_or_put_aside_and_harms_no_neighbour(tmp_path: Path) -> None:
    bad = made(tmp_path / "bad")
    rows = {f"{number:02}": row for number, row in enumerate(row for row in entries(bad) if is_ours(row))}
    corpus = tmp_path / "corpus"
    corpus.mkdir()
    write_stretches(corpus / "good", 4)
    for number, row in rows.items():
        # Each in a folder of its own, for eight of them are called good.
        file = path_of(bad, row)
        (corpus / number).mkdir()
        (corpus / number / file.name).symlink_to(file)
    before = {path: (path.lstat().st_mtime_ns, path.stat().st_mtime_ns) for path in corpus.rglob("*.*")}
    command = [sys.executable, "cli.py", "batch", str(corpus), "-o", str(tmp_path / "s.db"), "--jobs", "2"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 1, done.stderr
    with open_study(tmp_path / "s.db") as study:
        run = study.latest_run()
        coded, aside = {name.partition("/")[0] for name, _ in study.coded_keys(run)}, study.quarantine(run)
        names = [name.partition("/")[0] for name in study.entries()]
    faults = {name.partition("/")[0]: why.code for name, why in aside.items()}
    # A folder that is called like a transcript is a folder of the corpus, and has none in it.
    (folder,) = (number for number, row in rows.items() if row["file"] == "path_folder.vtt")
    assert Counter(names) == Counter({**dict.fromkeys(rows, 1), "good": 4, folder: 0})
    assert "good" in coded
    assert coded | set(faults) == ({*rows} | {"good"}) - {folder}
    others = {
        row["file"]: (faults.get(number), row["code"])
        for number, row in rows.items()
        if number != folder and faults.get(number) != (row["code"] if row["expectation"] == "clear_error" else None)
    }
    # Of talk by one person, or by nobody, there is nothing to score.
    assert {file: pair for file, pair in others.items() if pair[1] != f"W_{pair[0]}"} == {}
    assert {pair[0] for pair in others.values()} == {"NO_SPEAKERS", "ONE_SPEAKER"}
    said = done.stdout + done.stderr
    assert not any(row["canary"] and row["canary"] in said for row in rows.values())
    assert {path: (path.lstat().st_mtime_ns, path.stat().st_mtime_ns) for path in before} == before
