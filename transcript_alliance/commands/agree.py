"""The command `agree`: a coded session and a person's codes in, their agreement out."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

_Option = typer.Option


class Against(StrEnum):
    """Whose codes the person's are compared with."""

    MODEL = "model"
    CUE = "cue"


def agree(
    coded: Annotated[Path, typer.Argument(metavar="CODED", help="Coded session (.json).", show_default=False)],
    human: Annotated[Path, typer.Argument(metavar="HUMAN_FILE", help="A person's codes for it.", show_default=False)],
    against: Annotated[Against, _Option(metavar="WHOSE", help="model or cue.")] = Against.MODEL,
    take_all: Annotated[
        bool, _Option("--take-all", help="Count also what the file says a cue or the model set, as looked over.")
    ] = False,
    seed: Annotated[int, _Option(metavar="N", help="Seed of the bootstrap.", min=0)] = 0,
    output: Annotated[
        Path | None,
        _Option("--output", "-o", metavar="FILE", help="Write the coded session with the person's codes in it."),
    ] = None,
    json: Annotated[bool, _Option("--json", help="One JSON object on standard output.")] = False,
) -> None:
    """Compare a person's codes with the program's, turn by turn.

    Reads exports of Label Studio, doccano and INCEpTION, ELAN and Praat files with tiers of codes, REFI-QDA
    projects and tables (CSV) with the columns turn and code. The words must be those of the coded session.
    Prints for each code how many turns each has, and kappa and F1 with 95% intervals.

    \b
    Examples:
    transcript-alliance agree coded/s7.json s7-coded-by-ann.qdpx
    transcript-alliance agree coded/s7.json ann.csv --against cue --json
    """
    from transcript_alliance.commands.agreeing import as_json, as_table, compare

    found = compare(coded, human, against.value, take_all, seed, output)
    print(as_json(found) if json else as_table(found))
