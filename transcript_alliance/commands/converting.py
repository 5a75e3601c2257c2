"""What `convert` does: read coded sessions, write them as another program's files, privately and whole."""

from collections.abc import Sequence
from pathlib import Path

from transcript_alliance.annotations import Origin
from transcript_alliance.coding.codebook import load_codebooks
from transcript_alliance.commands.filenames import file_stem
from transcript_alliance.errors import InputError, OutputError, TranscriptError, show_name
from transcript_alliance.privacy.output import make_private_folder, write_private
from transcript_alliance.store.coded_file import read_coded
from transcript_alliance.store.exports import CODE_WRITERS, Coding, coding_of, write_lme4

_TOGETHER = "lme4"
"""The format that takes all sessions at once."""


def convert_files(paths: Sequence[Path], format: str, output: Path, origins: frozenset[str]) -> tuple[Path, ...]:
    """The files written: each session in `paths` as `format`, with the codes of these origins.

    Everything is read and made before the first file is written.

    Raises: TranscriptError for what cannot be read or written in that format; OutputError SAME_FILE when a result
    would take the place of an input.
    """
    codebooks = load_codebooks()
    shown = tuple(origin for origin in Origin if origin.value in origins)
    codings = [coding_of(read_coded(path), codebooks, shown) for path in paths]
    _refuse_same_names(codings)
    contents = _contents(paths, codings, format, output)
    given = {path.absolute() for path in paths}
    for path in contents:
        if path.absolute() in given:
            what = "the result would take the place of the coded session."
            raise OutputError("SAME_FILE", what, where=show_name(path), hint="choose another name with -o")
    for path, content in contents.items():
        make_private_folder(path.parent)
        write_private(path, content)
    return tuple(contents)


def _contents(paths: Sequence[Path], codings: Sequence[Coding], format: str, output: Path) -> dict[Path, bytes]:
    if format == _TOGETHER:
        return {output / name: data for name, data in write_lme4(codings).items()}
    writer = next(writer for writer in CODE_WRITERS if writer.id == format)
    found: dict[Path, bytes] = {}
    for path, coding in zip(paths, codings, strict=True):
        stem = file_stem(coding.session.session_id)
        try:
            content = writer.write(coding)
        except TranscriptError as error:
            error.where = error.where or show_name(path)
            raise
        if isinstance(content, dict):
            folder = output if len(codings) == 1 else output / stem
            found |= {folder / name: data for name, data in content.items()}
        else:
            is_folder = len(codings) > 1 or output.is_dir()
            found[output / f"{stem}{writer.suffix}" if is_folder else output] = content
    return found


def _refuse_same_names(codings: Sequence[Coding]) -> None:
    # Some file systems take S1 and s1 for one name.
    names = [file_stem(coding.session.session_id).casefold() for coding in codings]
    if len(set(names)) < len(names):
        raise InputError("SAME_SESSION", "two of the coded sessions have one name.", hint="convert them one by one")
