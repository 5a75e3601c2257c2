"""The front door: help, exit codes, and errors that are one line whatever happens."""

import inspect
import os
import re
import resource
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.commands.conftest import CANARY, Run
from tests.sources import ROOT
from transcript_alliance import __version__
from transcript_alliance.commands import app, coding, main
from transcript_alliance.commands.app import COMMANDS

Program = Callable[..., Run]


def process(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "cli.py", *arguments],
        cwd=ROOT,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("arguments", [(), ("--help",), ("-h",)])
def test_help_names_every_command(run: Program, arguments: tuple[str, ...]) -> None:
    done = run(*arguments)
    assert (done.code, done.err) == (0, "")
    for name, command in COMMANDS:
        first = (inspect.getdoc(command) or "").partition("\n")[0]
        assert re.search(rf"^  {name} +{re.escape(first)}$", done.out, re.MULTILINE), "its first line must fit"


@pytest.mark.parametrize("name", [name for name, _ in COMMANDS])
def test_help_of_a_command_teaches_with_an_example(run: Program, name: str) -> None:
    done = run(name, "--help")
    assert done.code == 0
    assert f"  transcript-alliance {name}" in done.out.partition("Example")[2]


def test_there_is_no_installer_of_shell_completion(run: Program) -> None:
    assert "completion" not in run("--help").out


@pytest.mark.parametrize("argument", ["version", "--version"])
def test_the_version(run: Program, argument: str) -> None:
    assert run(argument) == Run(0, f"{__version__}\n", "")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("cod",), r"No such command 'cod'\. Did you mean 'code'\?\. Hint: `transcript-alliance --help` shows"),
        (("code",), r"Missing argument 'SESSION'\. Hint: `transcript-alliance code --help` shows"),
        (("code", "s.txt", "--therapst", "A"), r"No such option: --therapst.*--therapist.*Hint: "),
        (("list", "secrets"), r".*'secrets' is not one of 'formats', 'codes', 'instruments', 'models'\. Hint: "),
        (("show", "a\x1b[31m\nb"), r"there is no code "),
    ],
)
def test_wrong_use_is_one_line_with_a_hint(run: Program, arguments: tuple[str, ...], message: str) -> None:
    done = run(*arguments)
    assert (done.code, done.out) == (2, "")
    assert re.match(rf"transcript-alliance: error \[[A-Z_]+\]: {message}", done.err)
    assert len(done.err.splitlines()) == 1
    assert "\x1b" not in done.err


@pytest.mark.usefixtures("no_model")
def test_an_unforeseen_error_is_named_by_its_type_alone(
    run: Program, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def load_model(*_: object) -> None:
        raise UnicodeDecodeError("utf-8", CANARY.encode(), 0, 1, CANARY)

    monkeypatch.setattr(coding, "load_model", load_model)
    arguments = ("code", str(tmp_path), "-o", str(tmp_path))
    done = run(*arguments)
    assert done.code == 3
    assert done.err.startswith(
        "transcript-alliance: error [UNEXPECTED]: UnicodeDecodeError, a fault of this program. Hint: "
    )
    monkeypatch.setenv("TRANSCRIPT_ALLIANCE_DEBUG", "1")
    traced = run(*arguments)
    assert re.search(r"^  test_app\.py line \d+ in load_model$", traced.err, re.MULTILINE)
    assert CANARY not in done.err + traced.err


@pytest.mark.usefixtures("no_model")
def test_an_interrupt_is_said_and_told_to_the_shell(
    run: Program, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def load_model(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(coding, "load_model", load_model)
    done = run("code", tmp_path, "-o", tmp_path)
    assert (done.code, done.err) == (130, "transcript-alliance: error [INTERRUPTED]: stopped by you.\n")


@pytest.mark.skipif(os.name == "nt", reason="needs a POSIX shell")
def test_a_reader_that_goes_away_is_no_error() -> None:
    command = f'"{sys.executable}" cli.py list instruments | true; echo done'
    done = subprocess.run(["bash", "-c", command], cwd=ROOT, capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == ("done\n", "")


def test_a_terminal_that_lacks_a_letter_gets_its_code() -> None:
    done = process("show", "--help", PYTHONIOENCODING="ascii")
    assert done.returncode == 0
    code = "from transcript_alliance.commands import main, app; app.__version__ = 'ä'; main(['version'])"
    asked = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env=os.environ | {"PYTHONIOENCODING": "ascii"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert asked.stdout == "\\xe4\n"


def test_output_has_no_colour_codes_without_a_terminal() -> None:
    assert "\x1b" not in process("--help", FORCE_COLOR="", NO_COLOR="").stdout


def test_help_is_there_at_once() -> None:
    """Processor time, the best of five: wall time on a busy machine says nothing about the program."""
    spent = []
    for _ in range(5):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        assert process("--help").returncode == 0
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        spent.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    assert min(spent) < 0.3


def test_help_loads_no_worker() -> None:
    code = (
        "import sys; from transcript_alliance.commands import main; main(['code', '--help']); "
        "print(*sorted(sys.modules), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    loaded = set(done.stderr.split())
    assert "typer" in loaded
    assert loaded.isdisjoint({"torch", "spacy", "sklearn", "transformers", "numpy", "pandas", "jinja2"})


def test_the_checkout_and_the_installed_command_are_one() -> None:
    assert "transcript_alliance.commands import main" in (ROOT / "cli.py").read_text("utf-8")
    assert 'transcript-alliance = "transcript_alliance.commands:main"' in (ROOT / "pyproject.toml").read_text("utf-8")
    assert main is app.main
