"""A coded session in its file."""

from pathlib import Path

from transcript_alliance.annotations import CodedSession
from transcript_alliance.errors import InputError, show_name
from transcript_alliance.readers.source import open_source, split_address
from transcript_alliance.serialize import from_json
from transcript_alliance.store.study_sessions import is_study, session_of


def read_coded(path: Path | str) -> CodedSession:
    """The coded session that `code` wrote to the file at `path`, or that of a study at `study.db#NAME`.

    Raises: InputError for the path, or NO_TURNS for a session without any; FormatError or StudyError for the content.
    """
    place, name = split_address(Path(path))
    if is_study(place):
        if not name:
            hint = f"name one of them after a #: {show_name(place)}#NAME"
            raise InputError("WHICH_SESSION", "this is a study of many sessions.", where=show_name(place), hint=hint)
        return session_of(place, name)
    source = open_source(Path(path))
    coded = from_json(source.text, source.name)
    if not coded.session.turns:
        raise InputError("NO_TURNS", "the session has no turns.", where=source.name)
    return coded
