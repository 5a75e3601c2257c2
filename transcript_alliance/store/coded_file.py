"""A coded session in its file."""

from pathlib import Path

from transcript_alliance.annotations import CodedSession
from transcript_alliance.errors import InputError
from transcript_alliance.readers.source import open_source
from transcript_alliance.serialize import from_json


def read_coded(path: Path | str) -> CodedSession:
    """The coded session that `code` wrote to the file at `path`.

    Raises: InputError for the path, or NO_TURNS for a session without any; FormatError for the content.
    """
    source = open_source(Path(path))
    coded = from_json(source.text, source.name)
    if not coded.session.turns:
        raise InputError("NO_TURNS", "the session has no turns.", where=source.name)
    return coded
