"""Results are whole or absent, and their owner alone can read them."""

import errno
import os
import socket
import stat
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from transcript_alliance.errors import OutputError
from transcript_alliance.privacy import output
from transcript_alliance.privacy.output import make_private_folder, write_private

posix = pytest.mark.skipif(os.name == "nt", reason="POSIX permissions")


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.fixture
def open_umask() -> Iterator[None]:
    """The most careless umask a user can have."""
    before = os.umask(0)
    yield
    os.umask(before)


@posix
@pytest.mark.usefixtures("open_umask")
def test_files_and_new_folders_are_open_to_their_owner_alone(tmp_path: Path) -> None:
    folder = tmp_path / "a" / "b"
    make_private_folder(folder)
    write_private(folder / "s1.json", b"words")
    assert mode(folder.parent) == mode(folder) == 0o700
    assert mode(folder / "s1.json") == 0o600
    assert (folder / "s1.json").read_bytes() == b"words"


@posix
def test_a_folder_that_was_there_keeps_its_permissions(tmp_path: Path) -> None:
    tmp_path.chmod(0o750)
    make_private_folder(tmp_path)
    assert mode(tmp_path) == 0o750


@posix
@pytest.mark.usefixtures("open_umask")
def test_the_file_is_private_from_its_first_byte(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = []

    def fsync(descriptor: int) -> None:
        if stat.S_ISREG(os.fstat(descriptor).st_mode):
            seen.append((stat.S_IMODE(os.fstat(descriptor).st_mode), (tmp_path / "s1.json").exists()))
        real(descriptor)

    real = os.fsync
    monkeypatch.setattr(os, "fsync", fsync)
    write_private(tmp_path / "s1.json", b"words")
    assert seen == [(0o600, False)]


def test_an_earlier_result_is_replaced_and_nothing_else_stays(tmp_path: Path) -> None:
    target = tmp_path / "s1.json"
    target.write_bytes(b"old")
    write_private(target, b"new")
    assert target.read_bytes() == b"new"
    assert list(tmp_path.iterdir()) == [target]


@posix
def test_a_link_is_replaced_and_not_followed(tmp_path: Path) -> None:
    other = tmp_path / "other.txt"
    other.write_bytes(b"not ours")
    (tmp_path / "s1.json").symlink_to(other)
    write_private(tmp_path / "s1.json", b"words")
    assert other.read_bytes() == b"not ours"
    assert not (tmp_path / "s1.json").is_symlink()


_STEPS = ["open", "fsync", "rename"]


@pytest.mark.parametrize("step", _STEPS)
@pytest.mark.parametrize(
    ("number", "code"),
    [
        (errno.ENOSPC, "DISK_FULL"),
        (errno.EACCES, "NOT_WRITABLE"),
        (errno.EROFS, "NOT_WRITABLE"),
        (errno.EIO, "WRITE_FAILED"),
    ],
)
def test_every_failing_step_is_one_line_and_leaves_the_earlier_result(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str, number: int, code: str
) -> None:
    def fail(*_: Any, **__: Any) -> Any:
        raise OSError(number, "as told", "secretword")

    target = tmp_path / "s1.json"
    target.write_bytes(b"old")
    where = {"open": (os, "open"), "fsync": (os, "fsync"), "rename": (Path, "replace")}[step]
    monkeypatch.setattr(*where, fail)
    with pytest.raises(OutputError) as caught:
        write_private(target, b"words")
    monkeypatch.undo()
    assert caught.value.code == code
    assert f"folder {tmp_path.name}" in str(caught.value)
    assert " MB free" in str(caught.value)
    assert "secretword" not in str(caught.value)
    assert caught.value.__cause__ is None
    assert target.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [target]


def test_an_interrupted_write_leaves_no_words_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(_: int) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", interrupt)
    with pytest.raises(KeyboardInterrupt):
        write_private(tmp_path / "s1.json", b"words")
    assert list(tmp_path.iterdir()) == []


def test_what_a_killed_run_left_is_removed_and_a_running_one_is_not(tmp_path: Path) -> None:
    left, running = tmp_path / ".part-left", tmp_path / ".part-running"
    for part in (left, running):
        part.write_bytes(b"words")
    an_hour_ago = time.time() - 3600
    os.utime(left, (an_hour_ago, an_hour_ago))
    make_private_folder(tmp_path)
    assert list(tmp_path.iterdir()) == [running]


def test_the_removed_name_is_that_of_the_parts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[str] = []

    def note_name(part: Path, content: bytes) -> None:
        seen.append(part.name)
        part.write_bytes(content)

    monkeypatch.setattr(output, "_write_synced", note_name)
    write_private(tmp_path / "s1.json", b"words")
    assert seen[0].startswith(".part-")


def test_a_file_in_the_way_of_the_folder_is_named(tmp_path: Path) -> None:
    (tmp_path / "out").write_bytes(b"")
    with pytest.raises(OutputError, match=r"^folder out: a file of that name is in the way"):
        make_private_folder(tmp_path / "out")
    with pytest.raises(OutputError, match=r"^folder sub: a file of that name is in the way"):
        make_private_folder(tmp_path / "out" / "sub")


def test_a_folder_in_the_way_of_the_result_is_named(tmp_path: Path) -> None:
    (tmp_path / "s1.json").mkdir()
    with pytest.raises(OutputError, match="a folder of the result's name is in the way"):
        write_private(tmp_path / "s1.json", b"words")


def test_a_name_that_is_too_long_is_refused_with_a_hint(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match=r"the name is too long.*rename the transcript"):
        write_private(tmp_path / ("x" * 300), b"words")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(sys.platform != "linux", reason="needs Linux's always full device")
def test_a_full_disk_is_told_as_such() -> None:
    with pytest.raises(OSError, match="No space left") as caught:
        Path("/dev/full").write_bytes(b"words")
    with pytest.raises(OutputError, match=r"the disk is full \([\d,]+ MB free\)\. Hint: make room"):
        output._refuse(caught.value, Path.cwd())


def test_whoever_looks_sees_a_whole_file(tmp_path: Path) -> None:
    target = tmp_path / "s1.json"
    contents = [bytes([letter]) * 200_000 for letter in b"ab"]
    write_private(target, contents[0])
    stop = threading.Event()
    torn = []

    def look() -> None:
        while not stop.is_set():
            if target.read_bytes() not in contents:
                torn.append(True)

    reader = threading.Thread(target=look)
    reader.start()
    for number in range(60):
        write_private(target, contents[number % 2])
    stop.set()
    reader.join()
    assert not torn


def test_teeth_the_suite_stops_at_a_connection(no_network: list[str]) -> None:
    with (
        socket.socket(socket.AF_INET, socket.SOCK_STREAM) as stream,
        pytest.raises(RuntimeError, match=r"socket\.connect"),
    ):
        stream.connect(("127.0.0.1", 9))
    with pytest.raises(RuntimeError, match=r"socket\.getaddrinfo"):
        socket.getaddrinfo("localhost", 9)
    assert no_network == ["socket.connect", "socket.getaddrinfo"]
    no_network.clear()
