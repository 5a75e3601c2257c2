"""The public collection of hostile and damaged files, as far as reading them goes."""

import base64
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from transcript_alliance.errors import TranscriptError
from transcript_alliance.readers import READERS, read_transcript

MAKER = Path(__file__).resolve().parents[3] / "shared" / "badinputs" / "make_badinputs.py"
FORMATS = {"vtt": "vtt", "srt": "srt", "txt": "text", "csv": "csv", "json": "jsonl", "path": "vtt"}
"""Format of the collection -> the reader that takes it."""
LATER = {"W_SIMILAR_SPEAKERS", "W_ROLES", "W_LANGUAGE", "W_SHORT", "W_ASR_LOOP", "W_DUPLICATE"}
"""Known only once the session is segmented, scored, or compared with others."""

pytestmark = pytest.mark.shared


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    if not MAKER.is_file():
        pytest.skip("needs the public sets beside the checkout")
    made = tmp_path_factory.mktemp("bad") / "inputs"
    command = [sys.executable, str(MAKER), str(made), "--no-big"]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    yield made
    shutil.rmtree(made)  # it holds a pipe and a link to an endless device: nothing may walk into it


def test_every_file_ends_as_its_manifest_says(folder: Path) -> None:
    known = {reader.id for reader in READERS}
    entries = json.loads((folder / "manifest.json").read_text("utf-8"))
    mine = [entry for entry in entries if FORMATS.get(entry["format"]) in known]
    assert len(mine) >= 57
    wrong = [f"{entry['file']!a}: {fault}" for entry in mine if (fault := _fault(folder, entry))]
    assert wrong == []


def _fault(folder: Path, entry: dict[str, Any]) -> str:
    """What is not as the manifest says; empty when all is."""
    name = base64.b64decode(entry["file_b64"]) if "file_b64" in entry else os.fsencode(entry["file"])
    started = time.perf_counter()
    try:
        raw = read_transcript(folder / os.fsdecode(name))
    except TranscriptError as error:
        message = f"{error} {error!r}"
        if entry["canary"] and entry["canary"] in message:
            return "the message holds words of the session"
        found, codes, n_turns = "clear_error", {error.code}, entry["turns"]
    else:
        codes = {note.kind for note in raw.notes}
        found = "parsed_with_warning" if codes else "parsed"
        n_turns = len(raw.turns)
    if time.perf_counter() - started > entry["max_seconds"]:
        return "too slow"
    wanted = entry["expectation"]
    if entry["code"] in LATER:
        return "" if found == "parsed" else f"{found} {codes}"
    if found != wanted or (entry["code"] != "OK" and entry["code"] not in codes):
        return f"{found} {codes}, not {wanted} {entry['code']}"
    return "" if entry["turns"] in (None, n_turns) else f"{n_turns} turns, not {entry['turns']}"
