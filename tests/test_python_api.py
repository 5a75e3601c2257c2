"""The examples of `docs/python-api.md` run and print what they say."""

import doctest
import subprocess
import sys

import pytest

from tests.sources import ROOT
from transcript_alliance.alliance.bundle import read_bundle
from transcript_alliance.errors import ModelBundleError
from transcript_alliance.settings import default_bundle

DOCUMENT = ROOT / "docs" / "python-api.md"
MARK = "<!-- from here on: needs the trained bundle -->"


def failures(text: str) -> tuple[int, int]:
    """How many examples failed, and how many there were."""
    test = doctest.DocTestParser().get_doctest(text, {}, DOCUMENT.name, str(DOCUMENT), 0)
    result = doctest.DocTestRunner(optionflags=doctest.NORMALIZE_WHITESPACE).run(test, clear_globs=False)
    return result.failed, result.attempted


def test_the_examples_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    without_model, mark, _ = DOCUMENT.read_text("utf-8").partition(MARK)
    assert mark
    failed, attempted = failures(without_model)
    assert (failed, attempted > 30) == (0, True)


@pytest.mark.slow
def test_the_examples_with_the_model_run(monkeypatch: pytest.MonkeyPatch) -> None:
    try:
        read_bundle(default_bundle())
    except ModelBundleError:
        pytest.skip("needs the trained bundle")
    monkeypatch.chdir(ROOT)
    assert failures(DOCUMENT.read_text("utf-8"))[0] == 0


def test_teeth_an_example_that_prints_something_else_fails(capsys: pytest.CaptureFixture[str]) -> None:
    assert failures(">>> 1 + 1\n3\n") == (1, 1)
    assert "Expected" in capsys.readouterr().out


def test_a_coded_session_loads_pandas_only_for_its_tables() -> None:
    code = "import sys, transcript_alliance.annotations; print('pandas' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
