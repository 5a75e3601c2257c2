"""Results on disk that only their owner can read, and that are never half there.

POSIX permissions; on Windows the folder's own access list decides who can read.
"""

import contextlib
import errno
import os
import secrets
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn

from transcript_alliance.errors import OutputError, show_name

_PART = ".part-"
_STALE_S = 600
"""A write takes well under a second, so an older part was left by a process that was killed. Our choice."""


def make_private_folder(folder: Path) -> None:
    """The folder exists afterwards; what had to be made of it is open to its owner alone (0700).

    A folder that was there keeps its permissions. Parts that a killed run left in it are removed.
    Raises OutputError.
    """
    try:
        missing = [path for path in (folder, *folder.parents) if not path.is_dir()]
        for path in reversed(missing):
            path.mkdir(mode=0o700, exist_ok=True)
        for part in folder.glob(f"{_PART}*"):
            if time.time() - part.stat().st_mtime > _STALE_S:
                part.unlink(missing_ok=True)
    except OSError as error:
        _refuse(error, folder)


def write_private(path: Path, content: bytes) -> None:
    """The file holds `content`, whole, and only its owner can read it (0600 from its first byte).

    Written under another name in the same folder, brought to disk, then renamed: whoever looks sees
    the old file or the new one. A link at `path` is replaced, not followed. Raises OutputError; then
    `path` is as it was and nothing is left beside it.
    """
    part = path.parent / f"{_PART}{secrets.token_hex(8)}"
    try:
        try:
            _write_synced(part, content)
            part.replace(path)
        except BaseException:
            # Also on Ctrl-C: words of a session must not stay behind under a name nobody looks for.
            with contextlib.suppress(OSError):
                part.unlink()
            raise
        _sync_folder(path.parent)
    except OSError as error:
        _refuse(error, path.parent)


def _write_synced(part: Path, content: bytes) -> None:
    # O_EXCL: never through a link or into a file that somebody else put there.
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _sync_folder(folder: Path) -> None:
    # The rename itself is in the folder. Windows cannot open a folder.
    if os.name == "nt":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def refused(folder: Path) -> Iterator[None]:
    """Errors of the system while writing into `folder` as ours, with the free space. Raises OutputError."""
    try:
        yield
    except OSError as error:
        _refuse(error, folder)


_REASONS = {
    errno.ENOSPC: ("DISK_FULL", "the disk is full", "make room, or choose another folder with -o"),
    errno.EDQUOT: ("DISK_FULL", "your share of the disk is used up", "make room, or choose another folder with -o"),
    errno.EACCES: ("NOT_WRITABLE", "you may not write there", "choose another folder with -o"),
    errno.EPERM: ("NOT_WRITABLE", "you may not write there", "choose another folder with -o"),
    errno.EROFS: ("NOT_WRITABLE", "the disk is read-only", "choose another folder with -o"),
    errno.ENOTDIR: ("NOT_A_FOLDER", "a file of that name is in the way", "choose another folder with -o"),
    errno.EEXIST: ("NOT_A_FOLDER", "a file of that name is in the way", "choose another folder with -o"),
    errno.EISDIR: ("NOT_A_FILE", "a folder of the result's name is in the way", "choose another folder with -o"),
    errno.ENAMETOOLONG: ("NAME_TOO_LONG", "the name is too long", "rename the transcript"),
}


def _refuse(error: OSError, folder: Path) -> NoReturn:
    code, what, hint = _REASONS.get(error.errno or 0, ("WRITE_FAILED", os.strerror(error.errno or 0), "try again"))
    raise OutputError(code, f"{what} ({free_space(folder)}).", where=f"folder {show_name(folder)}", hint=hint) from None


def free_space(folder: Path) -> str:
    """What is left on the folder's disk, as words for people."""
    for place in (folder, *folder.absolute().parents):
        with contextlib.suppress(OSError):
            return f"{shutil.disk_usage(place).free / 1e6:,.0f} MB free"
    return "free space unknown"
