"""The batch with the model that comes with the program."""

import contextlib
import hashlib
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from itertools import count
from pathlib import Path

import pytest

from tests.batch.coders import code_all
from tests.batch.driving import children
from tests.batch.tables import damage_of, table_hashes
from tests.sources import ROOT
from transcript_alliance.batch import coder
from transcript_alliance.batch.coder import ModelCoder, run_identity
from transcript_alliance.batch.engine import Limits
from transcript_alliance.batch.inputs import SPEAKER_FILE
from transcript_alliance.errors import TranscriptError
from transcript_alliance.settings import Settings, default_bundle
from transcript_alliance.store.study import open_study

N_KILLS = int(os.environ.get("COMMAND_KILLS", "8"))
N_ROWS = int(os.environ.get("MODEL_ROWS", "6"))
TRACED = (
    "package_version", "settings_sha256", "codebooks_sha256", "instruments_sha256", "model", "model_sha256",
    "tokenizer_sha256", "libraries", "machine", "input_sha256", "input_format",
)  # fmt: skip
"""What a coded session says of where it comes from."""
needs_model = pytest.mark.skipif(not (default_bundle() / coder.MANIFEST).is_file(), reason="needs the shipped model")


@pytest.mark.slow
def test_what_a_run_is_told_by_is_what_the_pipeline_uses() -> None:
    from transcript_alliance import pipeline
    from transcript_alliance.alliance import bundle
    from transcript_alliance.segment import speaker_file

    assert coder.LIBRARIES == pipeline.LIBRARIES
    assert (coder.MANIFEST, coder.TOKENIZER) == (bundle.MANIFEST, bundle.TOKENIZER)
    assert speaker_file.SPEAKER_FILE == SPEAKER_FILE


@pytest.mark.slow
@needs_model
def test_two_sessions_are_coded_alike_by_one_worker_and_by_two(tmp_path: Path) -> None:
    (tmp_path / "corpus").mkdir()
    for name in ("old-dog.vtt", "stammer.txt"):
        shutil.copy(ROOT / "sample_data" / "sessions" / name, tmp_path / "corpus")
    identity = run_identity(Settings())
    for jobs in (1, 2):
        make, limits = ModelCoder(Settings(), threads=1), Limits(jobs, session_s=600)
        steps = code_all(tmp_path / f"jobs{jobs}.db", tmp_path / "corpus", make, limits, identity=identity)
        assert [step.aside for step in steps] == [None, None]
    assert table_hashes(tmp_path / "jobs1.db") == table_hashes(tmp_path / "jobs2.db")
    with open_study(tmp_path / "jobs1.db") as study:
        (first, _) = study.results(study.latest_run())
    assert ModelCoder(Settings(), threads=2)()(tmp_path / "corpus" / "old-dog.vtt") == first.coded


@pytest.mark.slow
@needs_model
@pytest.mark.skipif(sys.platform != "linux", reason="finds the workers in /proc")
def test_the_command_killed_over_and_over_ends_with_the_tables_of_one_that_was_not(tmp_path: Path) -> None:
    corpus, calm = tmp_path / "corpus", tmp_path / "calm.db"
    n_sessions = min(N_KILLS + N_KILLS // 4 + 4, 110)
    write_stretches(corpus, n_sessions)
    assert start(corpus, calm, jobs=2).wait() == 0
    expected, choose, moments = table_hashes(calm), random.Random(N_KILLS), Counter[str]()
    for number in count():
        study, n_coded = tmp_path / f"study{number}.db", [0]
        while moments.total() < N_KILLS and n_coded[-1] < n_sessions:
            process = start(corpus, study, jobs=choose.choice((1, 1, 1, 2)))
            moments += killed(process, study, n_coded[-1], choose)
            n_coded.append(count_coded(study))
            assert not study.exists() or damage_of(study) == ()
        assert n_coded == sorted(n_coded), "what was coded once is never lost"
        assert start(corpus, study, jobs=2).wait() == 0
        assert table_hashes(study) == expected
        if moments.total() >= N_KILLS:
            break
    print(dict(moments), f"{number + 1} studies of {n_sessions} sessions")
    assert moments["driver, coding"] > 0, "kills that hit nothing show nothing"


@pytest.mark.slow
@needs_model
def test_rows_picked_at_random_are_traced_and_coded_again_to_the_same_bytes(tmp_path: Path) -> None:
    corpus, study = tmp_path / "corpus", tmp_path / "study.db"
    write_stretches(corpus, N_ROWS)
    assert start(corpus, study, jobs=2).wait() == 0
    with open_study(study) as opened:
        run = opened.latest_run()
        listed, kept = opened.entries(), {result.session: result for result in opened.results(run)}
    settings = Settings.model_validate_json(run.settings)
    assert run_identity(settings) == run.identity
    code = coder.ModelCoder(settings, settings.model.threads)()
    for name in random.Random(13).sample(sorted(kept), N_ROWS):
        entry, given = listed[name]
        coded = code(entry.path)
        assert hashlib.sha256(coded).hexdigest() == kept[name].sha256
        source = json.loads(coded)["provenance"]
        assert source["input_sha256"] == given.sha256 == hashlib.sha256(entry.path.read_bytes()).hexdigest()
        assert all(source[key] for key in TRACED), source
    said = subprocess.run(
        [sys.executable, "cli.py", "study", "reproduce", str(study), name], cwd=ROOT, capture_output=True, text=True
    )
    assert (said.returncode, said.stdout) == (0, f"{name}: the same bytes\n"), said.stderr


def killed(process: "subprocess.Popen[bytes]", study: Path, n_before: int, choose: random.Random) -> Counter[str]:
    """Kill the command at a random moment, one of its workers on the way now and then; what it was at each time.

    By what is done and not by the clock alone: a busy machine takes ten times as long to load the model.
    """
    moments = Counter[str]()
    wanted = n_before + choose.choice((0, 1, 1, 2))
    is_worker_first = choose.random() < 0.2
    while process.poll() is None and (count_coded(study) < wanted or (is_worker_first and not children(process.pid))):
        time.sleep(0.1)
    # Without a session to wait for, the kill falls into the start of the program or of its workers.
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(choose.uniform(0, 8.0 if wanted == n_before else 0.5))
    for victim in [*children(process.pid)[:is_worker_first], process.pid]:
        if process.poll() is None:
            os.kill(victim, signal.SIGKILL)
            who = "driver" if victim == process.pid else "worker"
            moments[f"{who}, {'coding' if wanted > n_before else 'any time'}"] += 1
            if who == "worker":
                time.sleep(choose.uniform(0, 2.0))
    process.wait()
    return moments


def count_coded(study: Path) -> int:
    """Sessions that are coded by now; 0 while there is no study yet."""
    with contextlib.suppress(TranscriptError), open_study(study) as opened:
        return len(opened.coded_keys(opened.latest_run()))
    return 0


def write_held_out(folder: Path, n_sessions: int, n_turns: int | None = None) -> None:
    """Authored sessions that the model never saw, or their first turns, as text files."""
    folder.mkdir()
    for file in sorted((ROOT / "sample_data" / "held_out").glob("*.jsonl")):
        for line in file.read_text("utf-8").splitlines()[: n_sessions // 2]:
            session = json.loads(line)
            talk = "".join(f"{label}: {text}\n" for label, text in session["turns"][:n_turns])
            (folder / f"{session['session_id']}.txt").write_text(talk, "utf-8")


def write_stretches(folder: Path, n_sessions: int, n_turns: int = 26) -> None:
    """Stretches of the same authored sessions as sessions of their own: just long enough for scores."""
    folder.mkdir()
    stretches = []
    for file in sorted((ROOT / "sample_data" / "held_out").glob("*.jsonl")):
        for line in file.read_text("utf-8").splitlines():
            turns = json.loads(line)["turns"]
            stretches += [turns[at : at + n_turns] for at in range(0, len(turns) - n_turns + 1, n_turns)]
    assert len(stretches) >= n_sessions
    for number, turns in enumerate(stretches[:n_sessions]):
        talk = "".join(f"{label}: {text}\n" for label, text in turns)
        (folder / f"H{number:03}.txt").write_text(talk, "utf-8")


def start(corpus: Path, study: Path, jobs: int) -> "subprocess.Popen[bytes]":
    command = [sys.executable, str(ROOT / "cli.py"), "batch", str(corpus), "-o", str(study), "--jobs", str(jobs), "-q"]
    return subprocess.Popen([*command, "--session-timeout", "600"], cwd=ROOT)
