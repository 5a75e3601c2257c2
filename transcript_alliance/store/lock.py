"""One writer at a time: the second start on a study is told at once who holds it.

The lock is SQLite's own, on a small file beside the study. The system lets go of it when its holder ends, however
that happens, so nothing is left to clear away after a kill; and it holds where file locks over the network do.
"""

import contextlib
import os
import platform
import secrets
import sqlite3
from collections.abc import Iterator
from pathlib import Path

from transcript_alliance.errors import OutputError, StudyError, show_name

_SETTLE_S = 1.0
"""How long to wait for others who came at the same moment. Our choice."""


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
    connection = sqlite3.connect(path, timeout=0, isolation_level=None)
    try:
        if not _taken(connection, f"process {os.getpid()} on {platform.node()}"):
            raise StudyError(
                "IN_USE",
                f"{_holder(connection)} is writing to it.",
                where=show_name(study),
                hint="wait for it, or take another file with -o",
            )
        yield
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
        connection.execute("CREATE TABLE IF NOT EXISTS holder (name TEXT, token TEXT)")
        connection.execute("DELETE FROM holder")
        connection.execute("INSERT INTO holder VALUES (?, ?)", (me, token))
        connection.execute("COMMIT")
        connection.execute(f"PRAGMA busy_timeout={int(_SETTLE_S * 1000)}")
        connection.execute("BEGIN IMMEDIATE")
        return connection.execute("SELECT token FROM holder").fetchall() == [(token,)]
    except sqlite3.OperationalError:
        return False
    except sqlite3.DatabaseError:
        what = "the file that locks it is damaged."
        raise StudyError(
            "LOCK", what, where="its .lock file", hint="delete it when nobody writes to the study"
        ) from None


def _holder(connection: sqlite3.Connection) -> str:
    with contextlib.suppress(sqlite3.Error):
        connection.rollback()
        found = connection.execute("SELECT name FROM holder").fetchone()
        if found:
            return str(found[0])
    return "another process"
