"""What a result hangs on, file by file, and whether it is still the same."""

import hashlib
import os
import stat
from pathlib import Path

from transcript_alliance.readers.limits import MAX_FILE_BYTES
from transcript_alliance.readers.source import CORPUS_FILE, split_address
from transcript_alliance.store.values import Input

SPEAKER_FILE = "speakers.toml"
"""The speakers file beside a transcript, as `segment.speaker_file` finds it."""


class Inputs:
    """Reads each file once, and not at all while nothing about it has changed."""

    def __init__(self, known: dict[str, Input], speakers: str | None) -> None:
        """`known` are the inputs of an earlier start by session, `speakers` the speakers file that the user names."""
        self._known = known
        self._speakers = speakers
        self._stamps: dict[Path, str] = {}
        self._hashes: dict[Path, str] = {}

    def of(self, session: str, path: Path) -> Input:
        """The files behind a session as they are now. A file that cannot be read has no hash; reading says why."""
        place, _ = split_address(path)
        file = place / CORPUS_FILE if place.is_dir() else place
        # As `segment` looks for it: beside the address, and not inside a corpus folder.
        speakers = Path(self._speakers) if self._speakers is not None else path.parent / SPEAKER_FILE
        stamp = f"{self._stamp(file)} {self._stamp(speakers)}"
        known = self._known.get(session)
        if known is not None and known.stamp == stamp and known.sha256:
            return known
        return Input(stamp, self._hash(file), self._hash(speakers) if self._stamp(speakers) else "")

    def _stamp(self, file: Path) -> str:
        """Size, times and number of the file; the second time cannot be set back by hand. Empty when missing."""
        if file not in self._stamps:
            try:
                status = file.stat()
                parts = (status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino)
                self._stamps[file] = ":".join(map(str, parts))
            except (OSError, ValueError):
                self._stamps[file] = ""
        return self._stamps[file]

    def _hash(self, file: Path) -> str:
        if file not in self._hashes:
            self._hashes[file] = _sha256(file)
        return self._hashes[file]


def _sha256(file: Path) -> str:
    """Of an ordinary file's bytes, as hexadecimal; empty for what no reader would open."""
    try:
        status = file.stat()
        if not stat.S_ISREG(status.st_mode) or not 0 < status.st_size <= MAX_FILE_BYTES:
            return ""
        # A named pipe put there in between must not make us wait.
        flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
        with open(os.open(file, flags), "rb") as opened:  # noqa: PTH123 - Path.open takes no descriptor
            return hashlib.file_digest(opened, "sha256").hexdigest()
    except (OSError, ValueError):
        return ""
