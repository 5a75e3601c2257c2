"""One writer at a time: the second start on a study is told at once who holds it.

The lock is SQLite's own, on a small file beside the study. The system lets go of it when its holder ends, however
that happens, so nothing is left to clear away after a kill; and it holds where file locks over the network do.
"""

import contextlib
import os
import platform
import re
import secrets
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path

from transcript_alliance.errors import OutputError, StudyError, show_name
from transcript_alliance.store.database import translated

_SETTLE_S = 1.0
"""How long to wait for others who came at the same moment. Our choice."""
_NAME_S = 0.8
"""How long to wait for the name of one who has just taken the lock. Our choice."""


@contextlib.contextmanager
def sole_writer(study: Path) -> Iterator[None]:
    """Nobody else writes to the study while this is open.

    Raises: StudyError IN_USE, naming process and machine of who does; OutputError when the lock cannot be made.
    """
    path = study.with_name(f"{study.name}.lock")
    try:
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT, 0o600))
    except OSError as error:
        what = f"its lock cannot be made ({error.strerror})."
        raise OutputError("NOT_WRITABLE", what, where=show_name(study), hint="choose another place with -o") from None
    with translated(study):
        connection = sqlite3.connect(path, timeout=0, isolation_level=None)
    try:
        with translated(study):
            is_ours = _taken(connection, f"process {os.getpid()} on {platform.node()}")
        if not is_ours:
            raise StudyError(
                "IN_USE",
                f"{_holder(connection)} is writing to it.",
                where=show_name(study),
                hint="wait for it, or take another file with -o",
            )
        try:
            yield
        finally:
            # So that a name in it is that of one who writes, or who was killed.
            with contextlib.suppress(sqlite3.Error):
                connection.execute("DELETE FROM holder")
                connection.execute("COMMIT")
    finally:
        connection.close()


def refuse_if_held(study: Path) -> None:
    """Say early that somebody else writes to the study; who writes takes the lock all the same.

    Raises: StudyError IN_USE.
    """
    if study.with_name(f"{study.name}.lock").exists():
        with sole_writer(study):
            pass


def _taken(connection: sqlite3.Connection, me: str) -> bool:
    """Whether the lock is ours now.

    To be read while it is held, the holder's name must be committed, and that lets go for a moment. Of all who write
    their name in that moment, the last one finds it there when it takes the lock again, and nobody else does.
    """
    token = secrets.token_hex(16)
    try:
        connection.execute("BEGIN IMMEDIATE")
        # From here on: one who reads the name of the holder is in the way of its writing for a moment.
        connection.execute(f"PRAGMA busy_timeout={int(_SETTLE_S * 1000)}")
        connection.execute("CREATE TABLE IF NOT EXISTS holder (name TEXT, token TEXT)")
        connection.execute("DELETE FROM holder")
        connection.execute("INSERT INTO holder VALUES (?, ?)", (me, token))
        connection.execute("COMMIT")
        connection.execute("BEGIN IMMEDIATE")
        return connection.execute("SELECT token FROM holder").fetchall() == [(token,)]
    except sqlite3.DatabaseError as error:
        kind = getattr(error, "sqlite_errorcode", 0) & 0xFF
        if kind in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
            return False
        if kind not in (sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT):
            raise
        what = "the file that locks it is damaged."
        raise StudyError(
            "LOCK", what, where="its .lock file", hint="delete it when nobody writes to the study"
        ) from None


def _holder(connection: sqlite3.Connection) -> str:
    """Who has the lock, as words for people. One who has just taken it may not have written the name yet."""
    until, name = time.monotonic() + _NAME_S, ""
    with contextlib.suppress(sqlite3.Error):
        connection.rollback()
    while True:
        # There may be no table yet, or its writer be at it this moment.
        with contextlib.suppress(sqlite3.Error):
            found = connection.execute("SELECT name FROM holder").fetchone()
            name = str(found[0]) if found else name
        if (name and not _is_gone(name)) or time.monotonic() >= until:
            return name or "another process"
        time.sleep(0.01)


def _is_gone(name: str) -> bool:
    """Whether no process of that name can be writing: it was one of this machine, and has ended."""
    match = re.fullmatch(r"process (\d+) on (.*)", name)
    # On Windows a signal to look for a process would end it.
    if match is None or match[2] != platform.node() or os.name == "nt":
        return False
    try:
        os.kill(int(match[1]), 0)
    except ProcessLookupError:
        return True
    except (OSError, OverflowError):
        # It is another user's, or no number of a process.
        pass
    return False
