"""`list`, `show` and `settings`: the tables of the program as people and programs read them."""

import json
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.commands.conftest import Run
from transcript_alliance.coding.codebook import load_codebooks
from transcript_alliance.commands import listing
from transcript_alliance.instruments import load_instruments
from transcript_alliance.readers import READERS
from transcript_alliance.settings import Settings

Program = Callable[..., Run]


def ids(topic: str) -> list[str]:
    """What the table behind a topic holds, in its order."""
    return {
        "formats": lambda: [reader.id for reader in READERS],
        "codes": lambda: [code.id for code in load_codebooks().codes],
        "instruments": lambda: list(load_instruments().ids),
    }[topic]()


@pytest.mark.parametrize("topic", ["formats", "codes", "instruments"])
def test_a_list_holds_its_table(run: Program, topic: str) -> None:
    text, values = run("list", topic), run("list", topic, "--json")
    assert (text.code, text.err, values.code) == (0, "", 0)
    header, *rows = text.out.splitlines()
    assert header.startswith("id ")
    assert [row.split()[0] for row in rows] == ids(topic)
    assert [row["id"] for row in json.loads(values.out)] == ids(topic)


def test_models_are_the_folders_with_a_model(run: Program, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("transcript_alliance.settings.models_folder", lambda: tmp_path)
    assert run("list", "models").out == "none\n"
    for name in ("b-0.2", "a-0.1", "no-model"):
        (tmp_path / name).mkdir()
    for name in ("b-0.2", "a-0.1"):
        (tmp_path / name / "model.json").write_text("{}")
    assert run("list", "models").out == "model\na-0.1\nb-0.2\n"


def test_a_code_is_shown_with_its_examples(run: Program) -> None:
    known = load_codebooks().codes[0]
    done = run("show", known.id.lower())
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith(f"{known.id}  {known.label}\n")
    values = json.loads(run("show", known.id, "--json").out)
    assert values["definition"] == known.definition
    assert [e["text"] for e in values["yes"]] == [e.text for e in known.yes]


def test_of_every_code_everything_that_people_need_is_shown() -> None:
    for code in load_codebooks().codes:
        text = listing._code_text(code)
        needed = [code.definition, code.source, code.why_not, *(e.text for e in (*code.yes, *code.no))]
        assert [part for part in needed if part not in text] == [], code.id


def test_an_unknown_code_is_refused_with_the_nearest(run: Program) -> None:
    done = run("show", "WRAM")
    assert (done.code, done.out) == (2, "")
    assert done.err == "transcript-alliance: error [UNKNOWN_CODE]: there is no code 'WRAM'. Hint: did you mean WARM?\n"


def test_settings_prints_a_settings_file(run: Program, tmp_path: Path) -> None:
    done = run("settings")
    assert (done.code, done.err) == (0, "")
    assert tomllib.loads(done.out) == Settings().model_dump(exclude_none=True)
    file = tmp_path / "settings.toml"
    file.write_text("[abstain]\nmin_turns = 40\n")
    assert "min_turns = 40" in run("settings", "--settings", file).out


def test_columns_line_up() -> None:
    rows = [{"id": "a", "what": "x"}, {"id": "long", "what": ""}]
    assert listing._aligned(rows) == "id    what\na     x\nlong"
