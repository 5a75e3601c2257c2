"""The direction of the house: a module imports only lower ranks, or its own folder."""

from pathlib import Path

import pytest

from tests.sources import PACKAGE, imports, modules

RANKS = (
    ("session", "annotations", "errors", "machine", "notes"),
    ("settings", "serialize", "nlp", "spacy_factory", "speakers", "instruments", "agreement", "figure_words"),
    ("asr", "readers", "segment", "coding", "report", "privacy"),
    ("alliance", "research", "intake"),
    ("pipeline", "store"),
    ("batch",),
    ("review", "held_out", "own_codes", "own_ratings"),
    ("commands",),
    ("cli",),
)
RANK = {name: rank for rank, names in enumerate(RANKS) for name in names}
UPWARD = (("transcript_alliance.annotations", "transcript_alliance.store.frames.to_frames"),)
"""The steps upwards that are meant: `CodedSession.to_frames`, for people at a prompt, loads pandas only when called."""
ROOT_NAMES = ("__version__",)
"""What anybody may take from the package itself: it imports nothing, so it makes no circle."""


def breaches(source: str, module: str, *, is_package: bool = False) -> list[str]:
    """What of the package `source` imports against the direction, as `from -> to`."""
    own = _part(module)
    found = []
    for name in imports(source, module, is_package=is_package):
        if name.split(".")[0] != PACKAGE or name.partition(".")[2] in ROOT_NAMES or (module, name) in UPWARD:
            continue
        other = _part(name)
        # The lowest rank is one vocabulary: annotations are made of what session names.
        within = own == other or RANK[own] == 0
        if other not in RANK or RANK[other] > RANK[own] or (RANK[other] == RANK[own] and not within):
            found.append(f"{module} -> {name}")
    return found


def _part(module: str) -> str:
    names = module.split(".")
    return names[1] if names[0] == PACKAGE and len(names) > 1 else names[0]


@pytest.mark.parametrize(("module", "path"), [pytest.param(m, p, id=m) for m, p in modules() if m != PACKAGE])
def test_imports_go_down(module: str, path: Path) -> None:
    assert _part(module) in RANK, "a new part of the package needs a rank"
    assert breaches(path.read_text("utf-8"), module, is_package=path.stem == "__init__") == []


@pytest.mark.parametrize(
    ("module", "line"),
    [
        ("transcript_alliance.settings", "from transcript_alliance.readers import READERS"),
        ("transcript_alliance.settings", "import transcript_alliance.serialize"),
        ("transcript_alliance.session", "from transcript_alliance.nlp import words"),
        ("transcript_alliance.readers.captions", "from transcript_alliance.segment.turns import merge"),
        ("transcript_alliance.readers.captions", "def f():\n    from transcript_alliance import report"),
        ("transcript_alliance.readers.captions", "from ..coding import cues"),
        ("transcript_alliance.alliance.train", "from transcript_alliance.pipeline import code_session"),
        ("transcript_alliance.alliance.train", "from transcript_alliance.somewhere_new import x"),
        ("transcript_alliance.pipeline", "from transcript_alliance import code_session"),
        ("transcript_alliance.annotations", "from transcript_alliance.store.tables import tables"),
        ("transcript_alliance.session", "from transcript_alliance.store.frames import to_frames"),
        ("transcript_alliance.review.page", "from transcript_alliance.commands import main"),
    ],
)
def test_teeth_a_planted_breach_is_found(module: str, line: str) -> None:
    assert breaches(line, module)


@pytest.mark.parametrize(
    ("module", "line"),
    [
        ("transcript_alliance.annotations", "from transcript_alliance.session import Session"),
        ("transcript_alliance.readers.captions", "from transcript_alliance.readers.text import lines"),
        ("transcript_alliance.readers.captions", "from .text import lines"),
        ("transcript_alliance.alliance.train", "from transcript_alliance.nlp import words\nimport torch"),
        ("transcript_alliance.commands.code", "def f():\n    from transcript_alliance.pipeline import code_session"),
        ("transcript_alliance.pipeline", "from transcript_alliance import __version__"),
        ("cli", "from transcript_alliance.commands import main"),
    ],
)
def test_what_goes_down_or_stays_in_its_folder_is_free(module: str, line: str) -> None:
    assert breaches(line, module) == []
