"""Sentences for people, one for each kind of note."""

import re
from pathlib import Path

import pytest

from transcript_alliance.notes import NOTE_TEXTS, describe
from transcript_alliance.session import Note

PACKAGE = Path(__file__).resolve().parents[1] / "transcript_alliance"


@pytest.mark.parametrize("kind", NOTE_TEXTS)
def test_every_kind_reads_as_a_sentence(kind: str) -> None:
    for note in (Note(kind), Note(kind, 1_200, 7), Note(kind, 2, None)):
        sentence = describe(note)
        assert sentence[0].isupper()
        assert sentence.endswith(".")
        assert not set("{}\n") & set(sentence)
    if "{count}" in NOTE_TEXTS[kind]:
        assert "1,200" in describe(Note(kind, 1_200))
    if "{first_line}" in NOTE_TEXTS[kind]:
        assert "(first in line 7)" in describe(Note(kind, 3, 7))


def test_every_kind_that_the_package_writes_has_its_sentence() -> None:
    others = [path for path in PACKAGE.rglob("*.py") if path.name != "notes.py"]
    written = {kind for path in others for kind in re.findall(r'"(W_[A-Z_]+)"', path.read_text("utf-8"))}
    assert written <= set(NOTE_TEXTS)
    assert "W_ENCODING" in written
