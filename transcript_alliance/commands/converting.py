"""What `convert` does: read coded sessions, write them as another program's files, privately and whole."""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from transcript_alliance.annotations import Origin
from transcript_alliance.coding.codebook import load_codebooks
from transcript_alliance.commands.faults import print_error
from transcript_alliance.commands.filenames import file_stem
from transcript_alliance.errors import InputError, OutputError, SettingsError, TranscriptError, show_name
from transcript_alliance.privacy.output import make_private_folder, write_private
from transcript_alliance.readers.source import split_address
from transcript_alliance.serialize import to_json
from transcript_alliance.store.coded_file import read_coded
from transcript_alliance.store.export import SEAL
from transcript_alliance.store.exports import CODE_WRITERS, Coding, coding_of, write_lme4
from transcript_alliance.store.study import Study, open_study
from transcript_alliance.store.study_lme4 import write_study_lme4
from transcript_alliance.store.study_sessions import is_study, study_sessions

_TOGETHER = "lme4"
"""The format that takes all sessions at once."""
_OWN = "json"
"""What `code` writes; it has no choice of codes."""


def convert(paths: Sequence[Path], format: str, output: Path, origins: frozenset[str], run: str, quiet: bool) -> int:
    """Write coded sessions, or those of one study, as `format`, and say which files; the exit code of the command.

    Of a study a session that the format cannot hold is named, and the others are written. Raises TranscriptError.
    """
    if format == _OWN and len(origins) < len(Origin):
        raise SettingsError("CODES", "json holds all of a coded session.", hint="leave --codes out")
    if format == _TOGETHER and (output / SEAL).exists():
        what = "an export's tables, some of the same names, are in this folder."
        raise OutputError("EXISTS", what, where=show_name(output), hint="choose another folder with -o")
    if not any(map(is_study, paths)):
        if run:
            raise SettingsError("RUN", "--run goes with a study alone.")
        return _told(convert_files(paths, format, output, origins), quiet)
    if len(paths) > 1:
        raise InputError("SEVERAL", "a study is converted by itself.", where=show_name(paths[0]))
    with open_study(paths[0]) as study:
        return _told(convert_study(study, format, output, origins, run), quiet)


def _told(results: Iterable[Path | TranscriptError], quiet: bool) -> int:
    exit_code, n_written = 0, 0
    for result in results:
        if isinstance(result, TranscriptError):
            print_error(result.code, str(result))
            exit_code = 1
            continue
        n_written += 1
        if not quiet:
            print(f"wrote {result}")
    return exit_code if n_written else 2


def convert_study(
    study: Study, format: str, output: Path, origins: frozenset[str], run: str = ""
) -> Iterator[Path | TranscriptError]:
    """Each file written into the folder `output`, one session at a time, and each session that could not be.

    Raises: StudyError; OutputError; InputError SAME_SESSION when two would have one name.
    """
    if output.exists() and not output.is_dir():
        raise OutputError("NOT_A_FOLDER", "a study is written to a folder.", where=show_name(output))
    codebooks, entries = load_codebooks(), {name: entry for name, (entry, _) in study.entries().items()}
    shown = tuple(origin for origin in Origin if origin.value in origins)
    _refuse_same_names(entries)

    def codings() -> Iterator[Coding]:
        return (coding_of(coded, codebooks, shown) for _, coded in study_sessions(study, run))

    if format == _TOGETHER:
        yield from write_study_lme4(output, entries, codings)
        return
    for coding in codings():
        try:
            contents = _contents([coding.session.session_id], [coding], format, output, is_one=False)
        except TranscriptError as error:
            yield error
            continue
        yield from _written(contents)


def convert_files(paths: Sequence[Path], format: str, output: Path, origins: frozenset[str]) -> tuple[Path, ...]:
    """The files written: each session in `paths` as `format`, with the codes of these origins.

    Everything is read and made before the first file is written.

    Raises: TranscriptError for what cannot be read or written in that format; OutputError SAME_FILE when a result
    would take the place of an input.
    """
    codebooks = load_codebooks()
    shown = tuple(origin for origin in Origin if origin.value in origins)
    codings = [coding_of(read_coded(path), codebooks, shown) for path in paths]
    _refuse_same_names(coding.session.session_id for coding in codings)
    contents = _contents([show_name(path) for path in paths], codings, format, output, is_one=len(paths) == 1)
    given = {place.absolute() for path in paths for place in (path, split_address(path)[0])}
    for path in contents:
        if path.absolute() in given:
            what = "the result would take the place of the coded session."
            raise OutputError("SAME_FILE", what, where=show_name(path), hint="choose another name with -o")
    return tuple(_written(contents))


def _written(contents: dict[Path, bytes]) -> Iterator[Path]:
    for path, content in contents.items():
        make_private_folder(path.parent)
        write_private(path, content)
        yield path


def _contents(
    names: Sequence[str], codings: Sequence[Coding], format: str, output: Path, *, is_one: bool
) -> dict[Path, bytes]:
    """Path -> content; `names` are those that an error is told with, and `is_one` says that OUT may be the file."""
    if format == _TOGETHER:
        return {output / name: data for name, data in write_lme4(codings).items()}
    writer = next((writer for writer in CODE_WRITERS if writer.id == format), None)
    suffix, write = (f".{_OWN}", _as_json) if writer is None else (writer.suffix, writer.write)
    found: dict[Path, bytes] = {}
    for name, coding in zip(names, codings, strict=True):
        stem = file_stem(coding.session.session_id)
        try:
            content = write(coding)
        except TranscriptError as error:
            error.where = error.where or name
            raise
        if isinstance(content, dict):
            folder = output if is_one else output / stem
            found |= {folder / part: data for part, data in content.items()}
        else:
            found[output if is_one and not output.is_dir() else output / f"{stem}{suffix}"] = content
    return found


def _as_json(coding: Coding) -> bytes:
    return to_json(coding.coded).encode()


def _refuse_same_names(sessions: Iterable[str]) -> None:
    # Some file systems take S1 and s1 for one name.
    names = [file_stem(session).casefold() for session in sessions]
    if len(set(names)) < len(names):
        raise InputError("SAME_SESSION", "two of the coded sessions have one name.", hint="convert them one by one")
