"""The command `drift`: a corpus beside the sessions that the model learned from, before its scores are trusted."""

from pathlib import Path
from typing import Annotated

import typer

from transcript_alliance.commands.faults import print_error

_Option = typer.Option


def drift(
    corpus: Annotated[
        list[str],
        typer.Argument(metavar="CORPUS", help="Folder, files, pattern or manifest (CSV).", show_default=False),
    ],
    full: Annotated[
        bool, _Option("--full", help="Also read every session with the model: rates of codes, and scores.")
    ] = False,
    model: Annotated[str | None, _Option(metavar="FOLDER", help="Trained bundle to compare with.")] = None,
    speakers: Annotated[str | None, _Option(metavar="FILE", help="Speakers file for the whole corpus.")] = None,
    settings: Annotated[Path | None, _Option(metavar="FILE", help="Settings file; `settings` prints one.")] = None,
    json: Annotated[bool, _Option("--json", help="One JSON object on standard output.")] = False,
) -> int:
    """Show how a corpus differs from what the model learned from.

    Words known, rarity of phrases, lengths and talk share of the sessions beside those of the training, each with
    its population stability index, whether it is inside what the model knows, at the edge of it or outside, and
    which sessions lie far off. A difference is no error: it says where nobody has measured how good the scores are.
    Exit code 0 whatever the difference, 1 when some sessions could not be read, 2 when none could.

    \b
    Examples:
    transcript-alliance drift transcripts/
    transcript-alliance drift "study/*.vtt" --full --json
    """
    from transcript_alliance.commands.drifting import as_json, as_text, compare
    from transcript_alliance.settings import load_settings, override

    complete = override(load_settings(settings), {"model.path": model, "roles.speakers": speakers}, "options")
    found = compare(corpus, complete, full=full)
    for error in found.errors:
        print_error(error.code, str(error))
    if found.n_sessions:
        print(as_json(found) if json else as_text(found))
    return 0 if not found.errors else 1 if found.n_sessions else 2
