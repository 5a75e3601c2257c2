"""Options that several commands take: how a transcript is read, and by which settings."""

from pathlib import Path
from typing import Annotated

import typer

_Option = typer.Option

Therapist = Annotated[str | None, _Option(metavar="NAME", help="The therapist's label, as the transcript writes it.")]
Dyad = Annotated[
    str | None,
    _Option(metavar="THERAPIST:CLIENT", help="The pair that is scored, where a side has more than one speaker."),
]
Format = Annotated[str | None, _Option(metavar="ID", help="Format of the transcript; `list formats` names them.")]
Encoding = Annotated[str | None, _Option(metavar="NAME", help="Text encoding, such as cp1252.")]
SpeakerColumn = Annotated[str | None, _Option(metavar="NAME", help="Column that names the speaker.")]
TextColumn = Annotated[str | None, _Option(metavar="NAME", help="Column that holds the words.")]
SettingsFile = Annotated[Path | None, _Option(metavar="FILE", help="Settings file; `settings` prints one.")]
