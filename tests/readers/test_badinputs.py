"""The public collection of hostile and damaged files: each ends as its manifest says, within its time and memory."""

import base64
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.sources import ROOT
from transcript_alliance.readers import READERS
from transcript_alliance.settings import models_folder

MAKER = ROOT.parent / "shared" / "badinputs" / "make_badinputs.py"
KNOWN = frozenset(suffix for reader in READERS for suffix in reader.suffixes)
LATER = frozenset(("W_SIMILAR_SPEAKERS", "W_ROLES", "W_LANGUAGE", "W_SHORT", "W_ASR_LOOP", "W_DUPLICATE"))
"""Known only once the session is segmented, scored, or compared with others."""
REASONS = {
    "W_LANGUAGE": "does not look like English",
    "W_SHORT": "Only 3 turns",
    "W_ASR_LOOP": "one sentence over and over",
    "W_ONE_SPEAKER": "ONE_SPEAKER",
    "W_NO_SPEAKERS": "NO_SPEAKERS",
}
"""What the program says instead of a note when it gives no score."""

pytestmark = pytest.mark.shared

Entry = dict[str, Any]


def made(folder: Path, *options: str) -> Path:
    """The collection, written into `folder`."""
    if not MAKER.is_file():
        pytest.skip("needs the public sets beside the checkout")
    subprocess.run([sys.executable, str(MAKER), str(folder), *options], check=True, stdout=subprocess.DEVNULL)
    return folder


def entries(folder: Path) -> list[Entry]:
    """The rows of the manifest."""
    found: list[Entry] = json.loads((folder / "manifest.json").read_text("utf-8"))
    return found


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    place = tmp_path_factory.mktemp("bad") / "inputs"
    yield made(place, "--no-big")
    # It holds a pipe and a link to an endless device: nothing may walk into it.
    shutil.rmtree(place)


def path_of(folder: Path, entry: Entry) -> Path:
    """The file of a row, whose name need not be text."""
    name = base64.b64decode(entry["file_b64"]) if "file_b64" in entry else os.fsencode(entry["file"])
    return folder / os.fsdecode(name)


def fault(folder: Path, entry: Entry) -> str:
    """What is not as the manifest says when the file is read alone; empty when all is."""
    command = [sys.executable, "-m", "tests.readers.read_alone", str(path_of(folder, entry))]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, check=False, timeout=120)
    said = done.stdout + done.stderr
    if done.returncode or done.stderr:
        return f"exit code {done.returncode}, {len(done.stderr)} bytes on standard error"
    found: Entry = json.loads(done.stdout)
    canary = entry["canary"]
    if canary and canary.encode() in said:
        return "what is shown holds words of the session"
    if found.get("baited"):
        return "the file beside it was read"
    if found["seconds"] > entry["max_seconds"] or found["megabytes"] > entry["max_mb"]:
        return f"{found['seconds']:.1f} s and {found['megabytes']:.0f} MB"
    if entry["code"] in LATER:
        return "" if found["kind"] == "parsed" else f"{found['kind']} {found['codes']}"
    if found["kind"] != entry["expectation"] or entry["code"] not in ("OK", *found["codes"]):
        return f"{found['kind']} {found['codes']}, not {entry['expectation']} {entry['code']}"
    expected = None if found["kind"] == "clear_error" else entry["turns"]
    return "" if expected in (None, found["turns"]) else f"{found['turns']} turns, not {expected}"


def faults(folder: Path, rows: list[Entry]) -> list[str]:
    """The rows that are not as they should be, by file."""
    found = ((entry["file"], fault(folder, entry)) for entry in rows if is_ours(entry))
    return [f"{name!a}: {what}" for name, what in found if what]


def is_ours(entry: Entry) -> bool:
    """Whether there is a reader for the file."""
    return entry["format"] == "path" or f".{entry['format']}" in KNOWN


@pytest.mark.slow
def test_every_file_ends_as_its_manifest_says(folder: Path) -> None:
    rows = entries(folder)
    assert sum(map(is_ours, rows)) >= 70
    assert faults(folder, rows) == []


@pytest.mark.slow
def test_the_big_files_too(tmp_path: Path) -> None:
    place = made(tmp_path / "inputs")
    rows = [entry for entry in entries(place) if entry["big"]]
    assert len(rows) == 4
    assert faults(place, rows) == []
    shutil.rmtree(place)


def test_teeth_a_wrong_end_is_found(folder: Path) -> None:
    good = next(entry for entry in entries(folder) if entry["file"] == "good.txt")
    assert fault(folder, good) == ""
    for change in ({"turns": 41}, {"expectation": "clear_error"}, {"code": "W_TIMES"}, {"max_seconds": 0}):
        assert fault(folder, good | change)
    shown = next(entry for entry in entries(folder) if entry["file"] == "csv_unknown_columns.csv")
    assert fault(folder, shown | {"canary": "4 of other names"}) == "what is shown holds words of the session"


@pytest.mark.slow
@pytest.mark.skipif(not list(models_folder().glob("*/model.json")), reason="needs a trained bundle in models/")
def test_the_program_says_what_the_manifest_says(folder: Path, tmp_path: Path) -> None:
    # The eight good ones would have results of one name.
    rows = [entry for entry in entries(folder) if is_ours(entry) and not entry["control"]]
    command = [sys.executable, "cli.py", "code", *(str(path_of(folder, entry)) for entry in rows)]
    done = subprocess.run([*command, "-o", str(tmp_path / "out"), "--json"], cwd=ROOT, capture_output=True, check=False)
    assert done.returncode == 1
    assert b"Traceback" not in done.stderr
    shown = [
        entry["canary"] for entry in rows if entry["canary"] and entry["canary"].encode() in done.stdout + done.stderr
    ]
    assert shown == []
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    wrong = [
        f"{entry['file']!a}: {told}" for entry, line in zip(rows, lines, strict=True) if (told := untold(entry, line))
    ]
    assert wrong == [], "\n".join(wrong)


def untold(entry: Entry, line: Entry) -> str:
    """What the program should have said of a file and did not; empty when it said all."""
    told: str = json.dumps(
        [line.get("error"), line.get("notes"), [score["abstained"] for score in line.get("scores", [])]]
    )
    code = str(entry["code"])
    if entry["expectation"] == "parsed":
        return "" if "error" not in line else told
    return "" if code in told or REASONS.get(code, code) in told else f"not {code}: {told[:200]}"
