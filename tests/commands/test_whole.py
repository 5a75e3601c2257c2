"""The sample sessions through the whole program, as a process of its own without a network."""

import json
import shutil
import subprocess
import sys
from pathlib import Path
from statistics import fmean
from typing import Any

import pytest

from tests.sources import ROOT
from transcript_alliance.serialize import from_json
from transcript_alliance.settings import models_folder

SAMPLES = sorted((ROOT / "sample_data" / "sessions").iterdir())

pytestmark = pytest.mark.skipif(
    not list(models_folder().glob("*/model.json")), reason="needs a trained bundle in models/"
)


def without_network() -> list[str]:
    """The start of a command line that runs the rest in a network of its own, with nothing in it."""
    prefix = ["unshare", "--map-root-user", "--net"]
    if shutil.which("unshare") and subprocess.run([*prefix, "true"], capture_output=True, check=False).returncode == 0:
        return prefix
    pytest.skip("needs a Linux that lets a user unshare the network")


@pytest.fixture(scope="module")
def coded(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What the program said of each sample, and the folder it wrote to."""
    folder = tmp_path_factory.mktemp("coded")
    command = [*without_network(), sys.executable, "cli.py", "code", *map(str, SAMPLES), "-o", str(folder), "--json"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    return {"folder": folder, "lines": [json.loads(line) for line in done.stdout.splitlines()]}


def test_every_sample_is_coded(coded: dict[str, Any]) -> None:
    assert [line["file"] for line in coded["lines"]] == [path.name for path in SAMPLES]
    for line in coded["lines"]:
        result, report = (Path(file) for file in line["results"])
        assert from_json(result.read_text("utf-8"), result.name).session.session_id == line["session_id"]
        assert "</html>" in report.read_text("utf-8")


def test_every_score_is_within_its_interval_and_its_scale(coded: dict[str, Any]) -> None:
    for line in coded["lines"]:
        for score in line["scores"]:
            assert score["abstained"] is None
            assert 1 <= score["low"] <= score["value"] <= score["high"] <= 7


def test_the_samples_come_out_in_the_readers_order(coded: dict[str, Any]) -> None:
    """They are held out, and two readers put them apart by more than the width of an interval."""
    alliance = {
        line["file"]: fmean(s["value"] for s in line["scores"] if s["scale"] in ("goal", "task", "bond"))
        for line in coded["lines"]
    }
    assert alliance["old-dog.vtt"] > alliance["stammer.txt"] > alliance["intake-form.csv"]
