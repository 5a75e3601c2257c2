"""What the documents say is there, and nothing in the tree names a machine or a registry."""

import inspect
import os
import re
import shutil
import subprocess
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import get_args, get_type_hints

import pytest

from tests.sources import ROOT
from transcript_alliance import __version__
from transcript_alliance.commands.app import COMMANDS

README = (ROOT / "README.md").read_text("utf-8")
MAKEFILE = (ROOT / "Makefile").read_text("utf-8")
TARGETS = set(re.findall(r"^([a-z]+):.*## ", MAKEFILE, re.MULTILINE))
DOCUMENTS = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").rglob("*.md")), ROOT / "sample_data" / "DATASHEET.md"]

documents = pytest.mark.parametrize("document", [pytest.param(path, id=path.name) for path in DOCUMENTS])


def options() -> Iterator[tuple[str, str, str]]:
    """Command, option or argument, and its help, for all of them."""
    for name, command in COMMANDS:
        hints = get_type_hints(command, include_extras=True)
        for parameter in inspect.signature(command).parameters.values():
            (info,) = (x for x in get_args(hints[parameter.name])[1:] if hasattr(x, "help"))
            given = [flag for flag in getattr(info, "param_decls", None) or () if flag.startswith("--")]
            is_option = type(info).__name__ == "OptionInfo"
            flag = (given or [f"--{parameter.name.replace('_', '-')}"])[0] if is_option else parameter.name
            yield name, flag, info.help or ""


FLAGS = {flag for _, flag, _ in options() if flag.startswith("--")} | {"--help", "--version"}


@pytest.mark.parametrize("name", [name for name, _ in COMMANDS])
def test_every_command_is_in_the_readme_and_has_help(name: str) -> None:
    assert re.search(rf"^    transcript-alliance {name}\b", README, re.MULTILINE)
    assert inspect.getdoc(dict(COMMANDS)[name])


@pytest.mark.parametrize(("command", "flag", "help_text"), list(options()))
def test_every_option_has_help_and_those_of_the_main_command_are_in_the_readme(
    command: str, flag: str, help_text: str
) -> None:
    assert help_text.endswith(".")
    if command == "code" and flag.startswith("--"):
        assert f"`{flag}" in README


@documents
def test_every_option_that_a_document_names_exists(document: Path) -> None:
    text = "\n".join(
        line for line in document.read_text("utf-8").splitlines() if "pip" not in line and "FLAGS" not in line
    )
    # `--link:` is a property of a style, no option.
    named = set(re.findall(r"(?<![\w-])--[a-z][a-z-]*\b(?![-:])", text))
    assert named <= FLAGS | {"--strict", "--group"}


@documents
def test_every_target_that_a_document_names_exists(document: Path) -> None:
    text = document.read_text("utf-8")
    named = set(re.findall(r"(?:^ {4}|`)make ([a-z]+)", text, re.MULTILINE))
    assert named <= TARGETS


def test_the_two_commands_of_the_readme_are_targets() -> None:
    assert re.findall(r"^    make (\w+) +#", README, re.MULTILINE) == ["demo", "test"]
    assert {"help", "demo", "test", "bench", "nightly", "release", "schema", "train", "clean"} <= TARGETS


@documents
def test_every_file_that_a_document_links_or_names_exists(document: Path) -> None:
    text = document.read_text("utf-8")
    linked = re.findall(r"\]\((?!https?:|#)([^)#]+)\)", text)
    named = re.findall(r"`((?:tests|docs|sample_data|transcript_alliance|models|benchmarks)/[\w./-]*)`", text)
    missing = [
        name for name in [*linked, *named] if not any((base / name).exists() for base in (ROOT, document.parent))
    ]
    assert missing == []


@pytest.mark.skipif(shutil.which("make") is None, reason="needs make")
def test_make_alone_lists_its_targets() -> None:
    # A make that runs these tests hands its flags down; this one is a question of its own.
    environment = {key: value for key, value in os.environ.items() if not key.startswith("MAKE")}
    listed = subprocess.run(["make"], cwd=ROOT, env=environment, capture_output=True, text=True, check=True).stdout
    assert {line.split()[1] for line in listed.splitlines()} == TARGETS


def test_the_check_of_a_change_is_make_test() -> None:
    script = ROOT / ".ci" / "run"
    assert os.access(script, os.X_OK)
    assert re.search(r"^set -eu$.*^make test$", script.read_text("utf-8"), re.MULTILINE | re.DOTALL)


def test_the_changelog_knows_this_version() -> None:
    assert f"\n## [{__version__}]" in (ROOT / "CHANGELOG.md").read_text("utf-8")


def test_the_licence_is_whole_and_named() -> None:
    text = (ROOT / "LICENSE").read_text("utf-8")
    assert "Apache License" in text
    assert "END OF TERMS AND CONDITIONS" in text
    assert tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["license"] == "Apache-2.0"


def test_every_requirement_is_pinned_and_no_pin_names_an_address() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    groups = project["dependency-groups"].values()
    wanted = {
        name(line) for line in [*project["project"]["dependencies"], *(line for group in groups for line in group)]
    }
    pins = [line for line in (ROOT / "constraints.txt").read_text("utf-8").splitlines() if not line.startswith("#")]
    assert all(re.fullmatch(r"[a-z0-9-]+==[\w.]+( ; .+)?", pin) for pin in pins)
    assert wanted <= {name(pin) for pin in pins}
    assert not any("/" in pin or "@" in pin for pin in pins)


def name(requirement: str) -> str:
    found = re.match(r"[A-Za-z0-9._-]+", requirement)
    assert found is not None
    return found[0].lower().replace("_", "-").replace(".", "-")


# Written in parts, so that this file does not find itself.
TRACES = re.compile(
    "|".join(
        (
            r"/home" + r"/\w",
            r"/ro" + r"ot\b",
            r"(?<![\w.])/wo" + r"rk\b",
            r"\.\./sha" + r"red",
            r"https?://[\w.-]+/(?:simple|packages|debian)\b",
            r"file:" + r"//",
            r"(?:pypi|pythonhosted|npmjs)" + r"\.org",
        )
    )
)
ALLOWED = "needs the public sets"
"""A reason for skipping may name the folder beside the checkout."""


def traces(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if TRACES.search(line) and ALLOWED not in line]


def tree() -> list[Path]:
    """Files that are, or would be, under version control; without git those of the folders we know."""
    if (ROOT / ".git").exists() and shutil.which("git"):
        listed = subprocess.run(
            ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
            cwd=ROOT,
            capture_output=True,
            check=True,
        ).stdout
        return [ROOT / os.fsdecode(name) for name in listed.split(b"\0") if name]
    return [p for p in ROOT.rglob("*") if p.is_file() and not {".venv", "out", "dist"} & set(p.relative_to(ROOT).parts)]


def test_no_file_names_a_machine_or_a_registry() -> None:
    found = {}
    for path in tree():
        if path.is_file() and path.stat().st_size < 5_000_000 and path.name != "LICENSE":
            content = path.read_bytes()
            lines = [] if b"\0" in content else traces(content.decode("utf-8", "replace"))
            if lines:
                found[str(path.relative_to(ROOT))] = lines
    assert found == {}


@pytest.mark.parametrize(
    "line",
    [
        "see /home" + "/ada/sessions",
        'path = "/ro' + 'ot/x"',
        "cd /wo" + "rk/main",
        "the folder ../sha" + "red",
        "index: https://mirror.example/sim" + "ple/torch",
        "pip from file:" + "///opt",
        "https://files.pythonhosted" + ".org/x",
    ],
)
def test_teeth_a_trace_is_found(line: str) -> None:
    assert traces(f"a\n{line}\nb") == [line]


def test_what_only_looks_like_a_trace_is_free() -> None:
    assert (
        traces('a client at home/work\nnetwork/working\n@skip(reason="needs the public sets in ../sha' + 'red")') == []
    )
