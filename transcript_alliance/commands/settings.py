"""The command `settings`: every knob, its value, its unit and where its default comes from."""

from pathlib import Path
from typing import Annotated

import typer


def settings(
    file: Annotated[
        Path | None, typer.Option("--settings", metavar="FILE", help="Settings file (TOML) to check and complete.")
    ] = None,
) -> None:
    """Print all settings as a settings file.

    The defaults, or those of a settings file together with what it leaves out; each with its unit and
    where its default comes from.

    \b
    Examples:
    transcript-alliance settings > settings.toml
    transcript-alliance settings --settings settings.toml
    """
    from transcript_alliance.settings import load_settings, settings_toml

    print(settings_toml(load_settings(file)), end="")
