"""The names that the package promises are there, and importing it costs next to nothing."""

import importlib
import os
import subprocess
import sys
from pathlib import Path

import pytest

import transcript_alliance
from tests.sources import ROOT, modules

HEAVY = (
    "numpy",
    "pandas",
    "pydantic",
    "rich",
    "scipy",
    "sklearn",
    "spacy",
    "tokenizers",
    "torch",
    "transformers",
    "typer",
)
SWITCHES = (
    "HF_HUB_OFFLINE",
    "HF_HUB_DISABLE_TELEMETRY",
    "TRANSFORMERS_OFFLINE",
    "ORT_DISABLE_TELEMETRY",
    "DO_NOT_TRACK",
)


def python(code: str) -> str:
    """What a fresh interpreter prints for `code`."""
    environment = {key: value for key, value in os.environ.items() if key not in SWITCHES}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=environment, capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


@pytest.mark.parametrize("name", transcript_alliance.__all__)
def test_every_public_name_is_there(name: str) -> None:
    assert getattr(transcript_alliance, name) is not None


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="nothing_of_the_kind"):
        transcript_alliance.nothing_of_the_kind  # noqa: B018


@pytest.mark.parametrize(
    ("module", "path"),
    [(m, p) for m, p in modules() if "__all__" in p.read_text("utf-8") and m != "transcript_alliance"],
)
def test_every_name_that_a_module_lists_is_there(module: str, path: Path) -> None:
    loaded = importlib.import_module(module)
    assert [name for name in loaded.__all__ if not hasattr(loaded, name)] == [], path


@pytest.mark.parametrize("module", ["transcript_alliance", "transcript_alliance.session", "transcript_alliance.errors"])
def test_importing_loads_nothing_heavy(module: str) -> None:
    loaded = python(f"import sys, {module}; print(*sorted(sys.modules))").split()
    assert "transcript_alliance" in loaded
    assert [name for name in HEAVY if name in loaded] == []


def test_teeth_a_heavy_import_would_be_seen() -> None:
    assert "numpy" in python("import sys, transcript_alliance, numpy; print(*sorted(sys.modules))").split()


def test_importing_sets_the_switches_that_keep_libraries_silent() -> None:
    code = f"import os, transcript_alliance; print(*[os.environ[name] for name in {SWITCHES}])"
    assert python(code) == "1 1 1 1 1"
