"""The file itself: what may be opened, how bytes become text, and how much is too much."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.readers.files import noted, read, said
from transcript_alliance.errors import FormatError, InputError, ReadError, SettingsError, TranscriptError
from transcript_alliance.readers import limits, read_transcript, source
from transcript_alliance.readers.decode import clean, decode

TALK = "T: how are you?\nC: René says “fine”.\nT: so\nC: no\n"
SLOW = pytest.mark.slow
LABELLED = [("T", "how are you?"), ("C", "René says “fine”."), ("T", "so"), ("C", "no")]


def code_of(path: Path, **options: str) -> str:
    with pytest.raises(TranscriptError) as caught:
        read_transcript(path, **options)
    assert "\n" not in str(caught.value)
    return caught.value.code


def test_what_is_no_ordinary_file(tmp_path: Path) -> None:
    folder = tmp_path / "folder.vtt"
    folder.mkdir()
    pipe = tmp_path / "pipe.vtt"
    os.mkfifo(pipe)
    link = tmp_path / "endless.txt"
    link.symlink_to("/dev/zero")
    assert [code_of(path) for path in (folder, pipe, link)] == ["NOT_A_FILE"] * 3
    assert code_of(tmp_path / "none.txt") == "NOT_FOUND"
    assert code_of(Path("a\0b.txt")) == "NOT_READABLE"


def test_a_pipe_that_takes_the_files_place_does_not_hang(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pipe = tmp_path / "pipe.vtt"
    os.mkfifo(pipe)
    ordinary = tmp_path / "s.vtt"
    ordinary.write_text(TALK)
    status = ordinary.stat()
    # The first look sees an ordinary file, as if the pipe came only afterwards.
    monkeypatch.setattr(Path, "stat", lambda *_, **__: status)
    assert code_of(pipe) == "NOT_A_FILE"


def test_a_link_to_an_ordinary_file_is_read(tmp_path: Path) -> None:
    (tmp_path / "s.txt").write_text(TALK, encoding="utf-8")
    link = tmp_path / "link.txt"
    link.symlink_to(tmp_path / "s.txt")
    assert said(read_transcript(link)) == LABELLED


@pytest.mark.parametrize("content", [b"", b"\xef\xbb\xbf", b" \n\t\r\n"])
def test_empty(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "s.txt"
    path.write_bytes(content)
    assert code_of(path) == "EMPTY_FILE"


def test_the_size_is_checked_before_reading(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(source, "MAX_FILE_BYTES", len(TALK.encode()))
    assert said(read(tmp_path, "s.txt", TALK)) == LABELLED
    monkeypatch.setattr(source, "MAX_FILE_BYTES", len(TALK.encode()) - 1)
    assert code_of(tmp_path / "s.txt") == "TOO_LARGE"
    sparse = tmp_path / "sparse.txt"
    with sparse.open("wb") as file:
        file.truncate(5 << 30)
    monkeypatch.undo()
    with pytest.raises(InputError, match=r"The file is 5\.4 GB; the limit is 100 MB\."):
        read_transcript(sparse)


def test_a_file_that_grows_while_it_is_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "s.txt"
    path.write_text(TALK, encoding="utf-8")
    monkeypatch.setattr(source, "MAX_FILE_BYTES", 10)
    monkeypatch.setattr(source, "_check", lambda *_: None)  # both looks came before it grew
    assert code_of(path) == "TOO_LARGE"


@pytest.mark.parametrize(
    ("content", "code", "what"),
    [
        (b"PK\x03\x04 nothing known", "WRONG_FORMAT", "zip"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 100, "ENCRYPTED", "password"),
        (b"\0\0\0\x20ftypM4A ", "WRONG_FORMAT", "recording"),
        (bytes(range(256)) * 20, "WRONG_FORMAT", "not a text file"),
    ],
)
@pytest.mark.parametrize("name", ["s.txt", "s.csv", "s"])
def test_binary_content_is_named(tmp_path: Path, content: bytes, code: str, what: str, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(FormatError, match=what) as caught:
        read_transcript(path)
    assert caught.value.code == code
    with pytest.raises(FormatError, match=what):
        read_transcript(path, format="text")


@pytest.mark.parametrize(
    ("content", "code", "what"),
    [
        (b"%PDF-1.7\n", "WRONG_FORMAT", "a PDF, but it cannot be read"),
        (b"PK\x03\x04 xl/workbook.xml", "TRUNCATED", "incomplete"),
        (b"PK\x03\x04 word/document.xml", "TRUNCATED", "incomplete"),
        (b"{\\rtf1 hi}", "NO_TURNS", "No speaker labels"),
    ],
)
def test_a_damaged_document_under_a_foreign_name_is_named(tmp_path: Path, content: bytes, code: str, what: str) -> None:
    path = tmp_path / "s.txt"
    path.write_bytes(content)
    with pytest.raises(ReadError, match=what) as caught:
        read_transcript(path)
    assert caught.value.code == code
    with pytest.raises(FormatError) as forced:
        read_transcript(path, format="text")
    assert forced.value.code == "WRONG_FORMAT"


@pytest.mark.parametrize(
    ("encoding", "kinds"),
    [
        ("utf-8", []),
        ("utf-8-sig", []),
        ("utf-16", ["W_ENCODING"]),
        ("utf-16-le", ["W_ENCODING"]),
        ("utf-16-be", ["W_ENCODING"]),
        ("utf-32", ["W_ENCODING"]),
        ("cp1252", ["W_ENCODING"]),
    ],
)
def test_encodings_are_found(tmp_path: Path, encoding: str, kinds: list[str]) -> None:
    raw = read(tmp_path, "s.txt", TALK.encode(encoding))
    assert said(raw) == LABELLED
    assert [note.kind for note in raw.notes] == kinds
    assert raw.encoding == encoding.removesuffix("-sig")


def test_encodings_are_given(tmp_path: Path) -> None:
    mac = TALK.encode("mac-roman")
    assert said(read(tmp_path, "s.txt", mac, encoding="mac-roman")) == LABELLED
    with pytest.raises(FormatError, match="not in the encoding 'utf-8'") as caught:
        read(tmp_path, "s.txt", mac, encoding="utf-8")
    assert caught.value.__cause__ is None
    for unknown in ("klingon", "rot13", "a\0b", ""):
        with pytest.raises(SettingsError):
            read(tmp_path, "s.txt", mac, encoding=unknown)


def test_broken_utf8_is_told_from_windows_1252() -> None:
    broken = decode("T: “naïve” é, é, é ".encode() + b"\xe9 end", "s.txt")
    assert broken.text == "T: “naïve” é, é, é \ufffd end"
    assert [(note.kind, note.count) for note in broken.notes] == [("W_ENCODING", 1), ("W_BROKEN_CHARS", 1)]
    cut = decode("T: hello\nC: na\u00efve é".encode()[:-1], "s.txt")
    assert (cut.text, [note.kind for note in cut.notes]) == ("T: hello\nC: naïve ", ["W_TRUNCATED"])


def test_control_and_direction_characters(tmp_path: Path) -> None:
    raw = read(tmp_path, "s.txt", "T: Tue\0sday \x1b[2J\nC: \u202eabc\u202c\n")
    assert said(raw) == [("T", "Tue\ufffdsday \ufffd[2J"), ("C", "abc")]
    assert noted(raw) == {"W_CONTROL_CHARS": 4}
    assert clean("half \ud83d of one").text == "half \ufffd of one"


def test_formats_are_given_by_id(tmp_path: Path) -> None:
    assert read(tmp_path, "s.dat", "T: hi\nC: yes\n", format="text").format == "text"
    with pytest.raises(SettingsError, match=r"There is no format 'vvt'\. Hint: did you mean vtt\?"):
        read(tmp_path, "s.dat", "T: hi", format="vvt")


def test_the_name_is_safe_to_show(tmp_path: Path) -> None:
    raw = read(tmp_path, "line\nbreak \u202e.txt", TALK)
    assert raw.name == "line\\nbreak \\u202e.txt"
    with pytest.raises(ReadError, match=r"^a\\x1bb\.txt: "):
        read(tmp_path, "a\x1bb.txt", "prose without names")


def test_hash_is_that_of_the_bytes(tmp_path: Path) -> None:
    # printf 'T: hi\nC: yes\n' | sha256sum
    raw = read(tmp_path, "s.txt", "T: hi\nC: yes\n")
    assert raw.sha256 == "ce1da7804e51d0a3ba049db1cf5ed8ef6f6781deb98c43727b9d32df6ff8a635"


@pytest.mark.parametrize(
    ("limit", "file"),
    [
        pytest.param(limits.MAX_LINE_CHARS, lambda n: ("s.vtt", "WEBVTT" + " " * (n - 6) + CUE), id="line"),
        pytest.param(limits.MAX_LINES, lambda n: ("s.vtt", "WEBVTT" + CUE + "\n" * (n - 5)), id="lines"),
        pytest.param(limits.MAX_TURN_CHARS, lambda n: ("s.txt", "T: a\nC: " + "b" * n + "\n"), id="turn"),
        pytest.param(limits.MAX_TURNS, lambda n: ("s.txt", "T: a\n" * n), id="turns", marks=SLOW),
        pytest.param(limits.MAX_TURNS, lambda n: ("s.csv", "speaker,text\n" + "T,a\n" * n), id="rows"),
        pytest.param(limits.MAX_TURNS, lambda n: ("s.jsonl", '{"text": "a"}\n' * n), id="lines of JSON", marks=SLOW),
        pytest.param(limits.MAX_SPEAKERS, lambda n: ("s.csv", "speaker,text\n" + people(n)), id="speakers"),
        pytest.param(limits.MAX_DEPTH, lambda n: ("s.json", nested(n)), id="depth"),
        pytest.param(limits.MAX_COLUMNS, lambda n: ("s.csv", "speaker,text\nT,b" + "," * (n - 2) + "\n"), id="columns"),
    ],
)  # fmt: skip
def test_limits_hold_on_both_sides(tmp_path: Path, limit: int, file: Callable[[int], tuple[str, str]]) -> None:
    name, content = file(limit)
    assert read(tmp_path, name, content).turns
    name, content = file(limit + 1)
    with pytest.raises(ReadError) as caught:
        read(tmp_path, name, content)
    assert caught.value.code == "LIMIT"


CUE = "\n\n00:01.000 --> 00:02.000\n<v T>hi\n"


def people(n: int) -> str:
    return "".join(f"P{number},a\n" for number in range(n))


def nested(depth: int) -> str:
    """A turn whose further field brings the document to this depth: the list and the turn are two of it."""
    return '[{"speaker": "T", "text": "a", "x": ' + "[" * (depth - 2) + "]" * (depth - 2) + "}]"


def test_a_file_with_a_mark_may_end_inside_a_letter(tmp_path: Path) -> None:
    whole = "\ufeffT: Hello.\nC: Ça va, café".encode()
    raw = read(tmp_path, "s.txt", whole[:-1])
    assert said(raw)[-1] == ("C", "Ça va, caf")
    assert noted(raw) == {"W_TRUNCATED": 1}
