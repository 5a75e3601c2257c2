"""The command `check`: what was understood of a transcript, before anything is scored."""

import sys
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
    from transcript_alliance.commands.checking import Checked

    Result = tuple[Path, Checked | TranscriptError]

_Option = typer.Option


def check(
    files: Annotated[list[Path], typer.Argument(metavar="FILE", help="Transcript files.", show_default=False)],
    therapist: Therapist = None,
    dyad: Dyad = None,
    speakers: Annotated[
        Path | None, _Option(metavar="FILE", help="Speakers file; left out, speakers.toml beside each transcript.")
    ] = None,
    fix_speakers: Annotated[
        Path | None,
        _Option(metavar="FILE", help="Write a speakers file to complete; of one that is there, check that it fits."),
    ] = None,
    format: Format = None,
    encoding: Encoding = None,
    speaker_column: SpeakerColumn = None,
    text_column: TextColumn = None,
    settings: SettingsFile = None,
    turns: Annotated[
        bool, _Option("--turns", help="Also list all turns: number in the file, time, speaker, length.")
    ] = False,
    show_words: Annotated[
        bool,
        _Option(
            "--show-words", help="Also print the talk: of turns that may have each other's label; with --turns all."
        ),
    ] = False,
    json: Annotated[bool, _Option("--json", help="One JSON object a file on standard output.")] = False,
) -> int:
    """Show what is understood of transcripts.

    Format, encoding, speakers and their roles with the reason, times, what is odd, turns whose speakers may be
    exchanged, and whether `code` would score the session. Of several files one line each, worst first. No words
    of a session are printed without --show-words. Exit code 0 when all could be read, 1 when some could not,
    2 when none could.

    \b
    Examples:
    transcript-alliance check session.vtt
    transcript-alliance check study/*.vtt --fix-speakers study/speakers.toml
    transcript-alliance check session.vtt --turns --show-words
    transcript-alliance check couple.txt --dyad "Dr Lee:Ann"
    """
    from transcript_alliance.commands.checking import check_files
    from transcript_alliance.settings import load_settings, override

    # A speakers file to be checked is used as one; one to be written is not there yet.
    used = fix_speakers if fix_speakers is not None and fix_speakers.exists() else speakers
    options = {
        "roles.therapist": therapist,
        "roles.dyad": dyad,
        "roles.speakers": None if used is None else str(used),
        "read.format": format,
        "read.encoding": encoding,
        "read.speaker_column": speaker_column,
        "read.text_column": text_column,
    }
    results = check_files(files, override(load_settings(settings), options, "options"))
    _print_all(results, as_lines=json, show_words=show_words, all_turns=turns)
    if fix_speakers is not None:
        _fix_speakers(fix_speakers, results)
    failed = sum(isinstance(result, TranscriptError) for _, result in results)
    return 0 if not failed else 2 if failed == len(results) else 1


def _print_all(results: "list[Result]", *, as_lines: bool, show_words: bool, all_turns: bool) -> None:
    from rich.console import Console

    from transcript_alliance.commands.checked import as_json, print_many, print_one, print_swaps, print_turns

    console = Console(highlight=False, width=None if sys.stdout.isatty() else 200)
    for path, result in results:
        if isinstance(result, TranscriptError):
            print_error(result.code, str(result))
        if as_lines:
            print(as_json(path, result, show_words=show_words, all_turns=all_turns))
    checked = [(path, result) for path, result in results if not isinstance(result, TranscriptError)]
    if as_lines:
        return
    if len(results) == 1:
        for path, one in checked:
            print_one(console, path, one)
    else:
        print_many(console, results)
    for path, one in checked:
        if all_turns:
            print_turns(console, path, one, show_words=show_words)
        elif show_words:
            print_swaps(console, path, one)


def _fix_speakers(file: Path, results: "list[Result]") -> None:
    """Write the speakers file anew, or say what in it fits no transcript; both on standard error."""
    from transcript_alliance.commands.template import speakers_template, unused_parts
    from transcript_alliance.errors import show_name
    from transcript_alliance.privacy.output import write_private

    checked = [(path, result) for path, result in results if not isinstance(result, TranscriptError)]
    if not file.exists():
        # A name may hold half a character, which no file can.
        write_private(file, speakers_template(checked).encode("utf-8", "replace"))
        print(f"wrote {show_name(file)}; complete it, then run the same command again", file=sys.stderr)
        return
    for line in unused_parts(file, [path for path, _ in results], [one for _, one in checked]):
        print(f"{show_name(file)}: {line}", file=sys.stderr)
