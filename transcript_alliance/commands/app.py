"""The table of commands, and what every command has in common: exit codes, errors in one line."""

import io
import os
import sys
from collections.abc import Callable, Sequence
from typing import Annotated, Any

import typer
from typer.exceptions import TyperException

from transcript_alliance import __version__
from transcript_alliance.commands.agree import agree
from transcript_alliance.commands.batch import batch, export, study
from transcript_alliance.commands.check import check
from transcript_alliance.commands.code import code
from transcript_alliance.commands.convert import convert
from transcript_alliance.commands.drift import drift
from transcript_alliance.commands.faults import PROGRAM, print_error, unforeseen
from transcript_alliance.commands.learning import evaluate, train
from transcript_alliance.commands.listing import list_table, show
from transcript_alliance.commands.report import report
from transcript_alliance.commands.settings import settings
from transcript_alliance.commands.transcribe import transcribe
from transcript_alliance.errors import TranscriptError

DONE, SOME_FAILED, WRONG_INPUT, OUR_FAULT, INTERRUPTED, PIPE_CLOSED = 0, 1, 2, 3, 130, 141


def version() -> None:
    """Print the version of the program.

    \b
    Example:
    transcript-alliance version
    """
    print(__version__)


COMMANDS: tuple[tuple[str, Callable[..., int | None]], ...] = (
    ("check", check),
    ("drift", drift),
    ("code", code),
    ("batch", batch),
    ("study", study),
    ("export", export),
    ("report", report),
    ("convert", convert),
    ("agree", agree),
    ("transcribe", transcribe),
    ("train", train),
    ("evaluate", evaluate),
    ("list", list_table),
    ("show", show),
    ("settings", settings),
    ("version", version),
)
"""Name on the command line -> function. Its docstring is its help and ends with examples."""


def main(argv: Sequence[str] | None = None) -> int:
    """The exit code of one run of the program; `argv` without the program's name, None for the process's own.

    0 done, 1 some files failed, 2 wrong input, 3 a fault of the program, 130 interrupted, 141 the
    reader of our output went away. Never raises; every error is one line on standard error.
    """
    for stream in (sys.stdout, sys.stderr):
        # A terminal that cannot show a letter gets its code instead of a crash.
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    try:
        arguments = list(sys.argv[1:] if argv is None else argv) or ["--help"]
        result = _app()(arguments, prog_name=PROGRAM, standalone_mode=False)
        sys.stdout.flush()
    except TranscriptError as error:
        return _say(error.code, str(error), WRONG_INPUT)
    except TyperException as error:
        return _say("USAGE", _usage(error), WRONG_INPUT)
    except BrokenPipeError:
        # What is still in the buffer has nobody to go to; without this Python complains at its exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return PIPE_CLOSED
    except (KeyboardInterrupt, typer.Abort):
        return _interrupted()
    except Exception as error:
        fault = unforeseen(error)
        return _say(fault.code, str(fault), OUR_FAULT)
    # Typer itself turns an interrupt into this code.
    if result == INTERRUPTED:
        return _interrupted()
    return int(result or DONE)


def _interrupted() -> int:
    return _say("INTERRUPTED", "stopped by you.", INTERRUPTED)


def _say(code: str, message: str, exit_code: int) -> int:
    print_error(code, message)
    return exit_code


def _usage(error: TyperException) -> str:
    context: Any = getattr(error, "ctx", None)
    command = context.command_path if context else PROGRAM
    message = " ".join(error.format_message().split()).rstrip(".")
    return f"{message}. Hint: `{command} --help` shows what it takes"


def _app() -> typer.Typer:
    app = typer.Typer(
        add_completion=False,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback()(_program)
    for name, command in COMMANDS:
        app.command(name)(command)
    return app


def _show_version(wanted: bool) -> None:
    if wanted:
        version()
        raise typer.Exit


def _program(
    _version: Annotated[
        bool, typer.Option("--version", help="Print the version and stop.", callback=_show_version, is_eager=True)
    ] = False,
) -> None:
    """Alliance, facilitative skills and ruptures from session transcripts, on your own machine.

    An aid to reflection, supervision and research. Not a diagnosis, not a risk detector, not for judging staff.

    \b
    Examples:
    transcript-alliance code session.vtt -o coded/
    transcript-alliance code --help
    """
