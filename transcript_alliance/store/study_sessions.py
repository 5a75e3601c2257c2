"""The coded sessions of a study, one after the other, under the names that the study knows them by."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from transcript_alliance.annotations import CodedSession
from transcript_alliance.errors import InputError, show_name
from transcript_alliance.serialize import from_json
from transcript_alliance.store.study import Study, open_study
from transcript_alliance.store.values import Entry, Result

_SQLITE = b"SQLite format 3\0"


def is_study(path: Path) -> bool:
    """Whether the file at `path` is a database, as a study is."""
    try:
        if not path.is_file():
            return False
        with path.open("rb") as file:
            return file.read(len(_SQLITE)) == _SQLITE
    except (OSError, ValueError):
        return False


def study_sessions(study: Study, run: str = "") -> Iterator[tuple[Entry, CodedSession]]:
    """Each coded session with who it belongs to, in the order of the names, one at a time; those in quarantine not.

    `run` is the beginning of a run's name; the latest when left out. Raises: StudyError NO_RUN, WHICH_RUN, DAMAGED.
    """
    chosen = study.latest_run(run)
    listed = study.entries()
    for result in study.results(chosen):
        yield listed[result.session][0], coded_session(result)


def read_study(path: Path | str, run: str = "") -> Iterator[tuple[Entry, CodedSession]]:
    """`study_sessions` of the study in the file at `path`.

    Raises: InputError NO_STUDY_FILE; StudyError NO_STUDY, STUDY_VERSION, NO_RUN, WHICH_RUN or DAMAGED.
    """
    with open_study(Path(path)) as study:
        yield from study_sessions(study, run)


def coded_session(result: Result) -> CodedSession:
    """A result as it was coded, but for its name: in its file it is called by its own, which two folders can share."""
    coded = from_json(result.coded.decode("utf-8"))
    return replace(coded, session=replace(coded.session, session_id=result.session))


def session_of(path: Path, name: str) -> CodedSession:
    """One session of the study at `path`, of its latest run. Raises as `read_study`; InputError NO_SUCH_SESSION."""
    with open_study(path) as study:
        listed, run = study.entries(), study.latest_run()
        result = study.result(run, name, listed[name][1]) if name in listed else None
    if result is None:
        what = "the study has no coded session of that name."
        hint = "`transcript-alliance study status` lists what is put aside"
        raise InputError("NO_SUCH_SESSION", what, where=show_name(path), hint=hint)
    return coded_session(result)
