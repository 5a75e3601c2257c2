"""The command `convert`: coded sessions in, files of other programs out."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

_Option = typer.Option


class To(StrEnum):
    """What a coded session is written as."""

    LABEL_STUDIO = "label-studio"
    DOCCANO = "doccano"
    INCEPTION = "inception"
    REFI_QDA = "refi-qda"
    ELAN = "elan"
    TEXTGRID = "textgrid"
    TALKBANK = "talkbank"
    CONVOKIT = "convokit"
    CSV = "csv"
    LME4 = "lme4"
    JSON = "json"


class Shown(StrEnum):
    """Whose codes are written."""

    ALL = "all"
    MODEL = "model"
    CUE = "cue"
    HUMAN = "human"
    NONE = "none"


def convert(
    coded: Annotated[
        list[Path],
        typer.Argument(
            metavar="CODED",
            help="Coded sessions (.json), one of a study (STUDY.db#NAME) or a study.",
            show_default=False,
        ),
    ],
    to: Annotated[To, _Option(metavar="FORMAT", help=f"{', '.join(To)}.", show_default=False)],
    output: Annotated[
        Path, _Option("--output", "-o", metavar="OUT", help="The file; a folder for several, and where FORMAT is one.")
    ],
    codes: Annotated[Shown, _Option(metavar="WHOSE", help="all, model, cue, human or none.")] = Shown.ALL,
    run: Annotated[
        str, _Option(metavar="NAME", help="Of a study, beginning of a run's name; the latest when left out.")
    ] = "",
    quiet: Annotated[bool, _Option("--quiet", "-q", help="Print errors alone.")] = False,
) -> int:
    """Write coded sessions with their codes for other programs.

    label-studio, inception and convokit are folders; lme4 is one folder for all sessions: long tables and a
    script for R. json is what `code` writes, for sessions of a study. With `--codes none` people code without
    seeing what the program found. The files hold words of the session and are open to you alone.

    \b
    Examples:
    transcript-alliance convert coded/s7.json --to refi-qda -o s7.qdpx
    transcript-alliance convert coded/s7.json --to label-studio --codes none -o s7-blind/
    transcript-alliance convert study.db --to lme4 -o models/
    transcript-alliance convert study.db --to elan -o elan/
    """
    import os

    from transcript_alliance.commands import converting

    os.umask(0o077)
    origins = {Shown.MODEL, Shown.CUE, Shown.HUMAN} if codes is Shown.ALL else {codes}
    return converting.convert(coded, to.value, output, frozenset(origin.value for origin in origins), run, quiet)
