"""The batch with the model that comes with the program."""

import shutil
from pathlib import Path

import pytest

from tests.batch.coders import code_all
from tests.batch.tables import table_hashes
from tests.sources import ROOT
from transcript_alliance.batch import coder
from transcript_alliance.batch.coder import ModelCoder, default_bundle, run_identity
from transcript_alliance.batch.engine import Limits
from transcript_alliance.batch.inputs import SPEAKER_FILE
from transcript_alliance.settings import Settings
from transcript_alliance.store.study import open_study

needs_model = pytest.mark.skipif(not (default_bundle() / coder.MANIFEST).is_file(), reason="needs the shipped model")


@pytest.mark.slow
def test_what_a_run_is_told_by_is_what_the_pipeline_uses() -> None:
    from transcript_alliance import pipeline
    from transcript_alliance.alliance import bundle
    from transcript_alliance.segment import speaker_file

    assert coder.LIBRARIES == pipeline.LIBRARIES
    assert default_bundle() == bundle.default_bundle()
    assert (coder.MANIFEST, coder.WEIGHTS, coder.TOKENIZER) == (bundle.MANIFEST, bundle.WEIGHTS, bundle.TOKENIZER)
    assert speaker_file.SPEAKER_FILE == SPEAKER_FILE


@pytest.mark.slow
@needs_model
def test_two_sessions_are_coded_alike_by_one_worker_and_by_two(tmp_path: Path) -> None:
    (tmp_path / "corpus").mkdir()
    for name in ("car-park.vtt", "lemon-cake.txt"):
        shutil.copy(ROOT / "sample_data" / "sessions" / name, tmp_path / "corpus")
    identity = run_identity(Settings())
    for jobs in (1, 2):
        make, limits = ModelCoder(Settings(), threads=1), Limits(jobs, session_s=600)
        steps = code_all(tmp_path / f"jobs{jobs}.db", tmp_path / "corpus", make, limits, identity=identity)
        assert [step.aside for step in steps] == [None, None]
    assert table_hashes(tmp_path / "jobs1.db") == table_hashes(tmp_path / "jobs2.db")
    with open_study(tmp_path / "jobs1.db") as study:
        (first, _) = study.results(study.latest_run())
    assert ModelCoder(Settings(), threads=2)()(tmp_path / "corpus" / "car-park.vtt") == first.coded
