"""REFI-QDA projects."""

import io
import zipfile
from pathlib import Path

import pytest

from tests.readers.files import noted, read, said
from transcript_alliance.errors import ReadError
from transcript_alliance.readers import read_transcript

TALK = "T: hi\nC: yes\nT: so\nC: no\n"
SAID = [("T", "hi"), ("C", "yes"), ("T", "so"), ("C", "no")]
INSIDE = '<TextSource guid="1" name="Monday" plainTextPath="internal://1.txt"/>'


def qde(sources: str, root: str = "Project", doctype: str = "") -> str:
    head = f'<?xml version="1.0" encoding="utf-8"?>{doctype}'
    return f'{head}<{root} xmlns="urn:QDA-XML:project:1.0"><Sources>{sources}</Sources></{root}>'


def qdpx(parts: dict[str, str | bytes]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return packed.getvalue()


@pytest.mark.parametrize(
    "parts",
    [
        pytest.param({"project.qde": qde(INSIDE), "sources/1.txt": TALK}, id="a file"),
        pytest.param({"project.qde": qde(INSIDE), "Sources/1.TXT": "\ufeff" + TALK}, id="other case, with a mark"),
        pytest.param(
            {"project.qde": qde(f'<TextSource guid="1"><PlainTextContent>{TALK}</PlainTextContent></TextSource>')},
            id="in the project",
        ),
        pytest.param(
            {
                "project.qde": qde(
                    '<AudioSource guid="2" path="internal://2.mp3"><Transcript guid="1" '
                    'plainTextPath="internal://1.txt"/></AudioSource>'
                ),
                "sources/1.txt": TALK,
            },
            id="of a recording",
        ),
    ],
)
def test_the_one_text(tmp_path: Path, parts: dict[str, str | bytes]) -> None:
    raw = read(tmp_path, "s.qdpx", qdpx(parts))
    assert said(raw) == SAID
    assert (raw.format, raw.notes) == ("refi_qda", ())
    assert [turn.line for turn in raw.turns] == [1, 2, 3, 4]


SECOND = INSIDE.replace("1.txt", "2.txt").replace("Monday", "Tuesday")


def test_one_of_several(tmp_path: Path) -> None:
    parts: dict[str, str | bytes] = {
        "project.qde": qde(INSIDE + SECOND),
        "sources/1.txt": TALK,
        "sources/2.txt": TALK.replace("hi", "again"),
    }
    (tmp_path / "s.qdpx").write_bytes(qdpx(parts))
    assert said(read_transcript(Path(f"{tmp_path / 's.qdpx'}#Tuesday")))[0] == ("T", "again")
    for name, code in (("s.qdpx", "SEVERAL_SESSIONS"), ("s.qdpx#Friday", "NO_SUCH_SESSION")):
        with pytest.raises(ReadError) as caught:
            read_transcript(tmp_path / name)
        assert caught.value.code == code


def test_a_text_outside_the_archive_is_noted_and_not_opened(tmp_path: Path) -> None:
    outside = SECOND.replace("internal://2.txt", "relative:///secret.txt")
    (tmp_path / "secret.txt").write_text(TALK.replace("hi", "heronwing"))
    raw = read(tmp_path, "s.qdpx", qdpx({"project.qde": qde(INSIDE + outside), "sources/1.txt": TALK}))
    assert said(raw) == SAID
    assert noted(raw) == {"W_SKIPPED": 1}


@pytest.mark.parametrize(
    ("parts", "code"),
    [
        ({"project.qde": qde(INSIDE)}, "NO_TURNS"),
        ({"project.qde": qde("")}, "NO_TURNS"),
        ({"project.qde": qde(INSIDE), "sources/1.txt": "only prose\n"}, "NO_TURNS"),
        ({"project.qde": "<Project>"}, "MALFORMED"),
        ({"project.qde": qde("", root="html")}, "WRONG_FORMAT"),
        ({"project.qde": qde("", doctype="<!DOCTYPE d [<!ENTITY a 'b'>]>")}, "UNSAFE_XML"),
        ({"project.qde": qde(INSIDE), "../1.txt": TALK}, "UNSAFE_ARCHIVE"),
        ({"project.qde": qde(INSIDE), "sources/1.txt": "\0" * 9_000_000}, "UNSAFE_ARCHIVE"),
        ({"else.txt": TALK}, "WRONG_FORMAT"),
    ],
)
def test_what_is_refused(tmp_path: Path, parts: dict[str, str | bytes], code: str) -> None:
    with pytest.raises(ReadError) as caught:
        read(tmp_path, "s.qdpx", qdpx(parts), format="refi_qda")
    assert caught.value.code == code
    assert caught.value.__cause__ is None


def test_no_archive_at_all(tmp_path: Path) -> None:
    for content in (TALK.encode(), qdpx({"project.qde": qde(INSIDE)})[:-60]):
        with pytest.raises(ReadError):
            read(tmp_path, "s.qdpx", content, format="refi_qda")
