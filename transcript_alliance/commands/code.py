"""The command `code`: transcripts in, a coded session and a report for each out."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from transcript_alliance.commands.faults import print_error
from transcript_alliance.commands.options import (
    Dyad,
    Encoding,
    Format,
    SettingsFile,
    SpeakerColumn,
    TextColumn,
    Therapist,
)
from transcript_alliance.errors import TranscriptError

if TYPE_CHECKING:
    from transcript_alliance.commands.coding import Written
    from transcript_alliance.settings import Settings

    Result = tuple[Path, Written | TranscriptError]

_Option = typer.Option


def code(
    sessions: Annotated[
        list[Path], typer.Argument(metavar="SESSION", help="Transcript files or corpora.", show_default=False)
    ],
    output: Annotated[
        str | None, _Option("--output", "-o", metavar="FOLDER", help="Folder for the results; `coded` when left out.")
    ] = None,
    therapist: Therapist = None,
    dyad: Dyad = None,
    speakers: Annotated[
        str | None, _Option(metavar="FILE", help="Speakers file; `check --fix-speakers` writes one.")
    ] = None,
    format: Format = None,
    encoding: Encoding = None,
    speaker_column: SpeakerColumn = None,
    text_column: TextColumn = None,
    settings: SettingsFile = None,
    model: Annotated[str | None, _Option(metavar="FOLDER", help="Trained bundle to score with.")] = None,
    codes: Annotated[
        Path | None, _Option(metavar="FOLDER", help="Model of your own codes; adds NAME.codes.csv for each session.")
    ] = None,
    language: Annotated[str | None, _Option(metavar="ID", help="Language of the report: en or de.")] = None,
    template: Annotated[
        str | None, _Option(metavar="FOLDER", help="Your own templates, style and wording for the report.")
    ] = None,
    json: Annotated[bool, _Option("--json", help="One JSON object a file on standard output.")] = False,
    quiet: Annotated[bool, _Option("--quiet", "-q", help="Print errors alone.")] = False,
) -> int:
    """Code transcripts into reports.

    Writes, for each session, NAME.json with everything found and NAME.html, a report to read. Of several
    files, one that fails does not stop the others. Exit code 0 when all are done, 1 when some failed,
    2 when none could be coded. Of a corpus (a ConvoKit folder) every session is coded; FOLDER#ID is one of them.

    \b
    Examples:
    transcript-alliance code session.vtt -o coded/
    transcript-alliance code study/*.csv --speaker-column who --text-column said -o coded/
    transcript-alliance code interview.txt --therapist "Dr Marsh" --json
    transcript-alliance code study/*.vtt --codes models/our-codes-1 -o coded/
    """
    from transcript_alliance.readers import session_paths
    from transcript_alliance.readers.source import open_source
    from transcript_alliance.settings import load_settings, override

    options = {
        "output.folder": output,
        "roles.therapist": therapist,
        "roles.dyad": dyad,
        "roles.speakers": speakers,
        "read.format": format,
        "read.encoding": encoding,
        "read.speaker_column": speaker_column,
        "read.text_column": text_column,
        "model.path": model,
        "output.language": language,
        "output.template": template,
    }
    complete = override(load_settings(settings), options, "options")
    if not any(_is_there(path) for path in sessions):
        # A mistyped name is answered at once, and not after the seconds that loading a model takes.
        open_source(sessions[0])
    read = complete.read
    sessions = [path for given in sessions for path in session_paths(given, read.format, read.encoding)]
    return _code_all(sessions, complete, codes, as_lines=json, quiet=quiet)


def _is_there(path: Path) -> bool:
    try:
        return path.exists()
    except OSError:
        # Such as a name that is too long for any file.
        return False


def _code_all(paths: list[Path], settings: "Settings", codes: Path | None, *, as_lines: bool, quiet: bool) -> int:
    from rich.console import Console

    from transcript_alliance.commands.coding import code_files
    from transcript_alliance.commands.summary import as_json, print_summary

    # Without a terminal there is no width to fit into, and a cut line would lose data.
    console = Console(highlight=False, width=None if sys.stdout.isatty() else 200)
    failed = 0
    for path, result in _with_progress(code_files(paths, settings, codes), len(paths), quiet):
        if isinstance(result, TranscriptError):
            failed += 1
            print_error(result.code, str(result))
        if as_lines:
            print(as_json(path, result))
        elif not quiet and not isinstance(result, TranscriptError):
            print_summary(console, path, result)
    return 0 if not failed else 2 if failed == len(paths) else 1


def _with_progress(results: "Iterator[Result]", n_files: int, quiet: bool) -> "Iterator[Result]":
    """The results, behind a bar on standard error where the summaries do not show the progress themselves."""
    if n_files < 2 or not sys.stderr.isatty() or (sys.stdout.isatty() and not quiet):
        yield from results
        return
    from rich.console import Console
    from rich.progress import Progress

    # Left to itself the bar would take over standard output as well.
    with Progress(console=Console(stderr=True), transient=True, redirect_stdout=False) as progress:
        yield from progress.track(results, total=n_files, description="coding")
