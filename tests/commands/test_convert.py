"""`convert` and `agree`: what they write and print, how privately, and how they say what is wrong."""

import json
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.commands.conftest import CANARY, Run
from tests.store.codings import SCRIPT, coded, human
from transcript_alliance.annotations import Marker, Origin, Span
from transcript_alliance.commands.convert import To
from transcript_alliance.serialize import from_json, to_json
from transcript_alliance.store.exports import CODE_WRITERS

Program = Callable[..., Run]
MODEL = Marker("W2", 1, 3, 0.7, Origin.MODEL)
TALK = f"{SCRIPT}T: {CANARY}.\n"


@pytest.fixture
def session(tmp_path: Path) -> Path:
    path = tmp_path / "s1.json"
    path.write_text(to_json(coded(MODEL, human("TRUST", 5, 6), script=TALK)), "utf-8")
    return path


def test_the_formats_of_the_command_are_those_that_there_are() -> None:
    assert [format.value for format in To] == [*(writer.id for writer in CODE_WRITERS), "lme4"]


@pytest.mark.parametrize("format", list(To))
def test_every_format_is_written_privately_and_the_same_twice(
    run: Program, session: Path, tmp_path: Path, format: To
) -> None:
    contents = []
    for name in ("a", "b"):
        done = run("convert", session, "--to", format, "-o", tmp_path / name / "out")
        assert (done.code, done.err) == (0, "")
        files = sorted(file for file in (tmp_path / name).rglob("*") if file.is_file())
        assert sorted(done.out.splitlines()) == [f"wrote {file}" for file in files]
        assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}
        contents.append([file.read_bytes() for file in files])
    assert contents[0] == contents[1]


def test_several_sessions_go_into_a_folder(run: Program, session: Path, tmp_path: Path) -> None:
    other = tmp_path / "s2.json"
    other.write_text(to_json(coded(MODEL, name="s2")), "utf-8")
    assert run("convert", session, other, "--to", "elan", "-o", tmp_path / "out").code == 0
    assert run("convert", session, other, "--to", "inception", "-o", tmp_path / "out").code == 0
    found = {str(file.relative_to(tmp_path / "out")) for file in (tmp_path / "out").rglob("*") if file.is_file()}
    assert found == {"s1.eaf", "s2.eaf"} | {
        f"{s}/{f}" for s in ("s1", "s2") for f in ("session.json", "typesystem.xml")
    }
    done = run("convert", session, session, "--to", "elan", "-o", tmp_path / "out")
    assert (done.code, "one name" in done.err) == (2, True)


def test_codes_can_be_left_out(run: Program, session: Path, tmp_path: Path) -> None:
    run("convert", session, "--to", "doccano", "--codes", "none", "-o", tmp_path / "blind.jsonl")
    run("convert", session, "--to", "doccano", "--codes", "model", "-o", tmp_path / "model.jsonl")
    labels = {}
    for name in ("blind.jsonl", "model.jsonl"):
        lines = map(json.loads, (tmp_path / name).read_text("utf-8").splitlines())
        labels[name] = [label[2] for line in lines for label in line["label"]]
    assert labels == {"blind.jsonl": [], "model.jsonl": ["W2"]}


def test_an_input_is_never_overwritten_and_nothing_is_half_done(run: Program, session: Path, tmp_path: Path) -> None:
    before = session.read_bytes()
    done = run("convert", session, "--to", "csv", "-o", session)
    assert (done.code, session.read_bytes()) == (2, before)
    assert "take the place" in done.err
    no_times = tmp_path / "s3.json"
    no_times.write_text(to_json(coded(MODEL)).replace("10.0,", "null,"), "utf-8")
    done = run("convert", no_times, "--to", "textgrid", "-o", tmp_path / "new" / "s3.TextGrid")
    assert (done.code, (tmp_path / "new").exists()) == (2, False)
    assert done.err.count("\n") == 1
    assert "s3.json" in done.err


def test_agreement_as_table_and_as_json(run: Program, session: Path, tmp_path: Path) -> None:
    table = tmp_path / "ann.csv"
    # Ann has W2 on turn 1, as the model has, and EMP on turn 2 alone.
    table.write_text("turn,code\n1,W2\n2,EMP\n", "utf-8")
    done = run("agree", session, table)
    lines = [line.split() for line in done.out.splitlines()]
    assert [line[:5] for line in lines] == [
        ["code", "turns", "program", "person", "both"],
        ["EMP", "3", "0", "1", "0"],
        ["W2", "2", "1", "1", "1"],
        ["all", "5", "1", "2", "1"],
    ]
    values = json.loads(run("agree", session, table, "--json").out)
    assert [row["code"] for row in values["codes"]] == ["EMP", "W2"]
    assert values["codes"][1]["f1"]["value"] == 1
    # 2 * 1 / (1 + 2)
    assert values["all"]["f1"]["value"] == pytest.approx(2 / 3)
    assert run("agree", session, table, "--json").out == run("agree", session, table, "--json").out


def test_the_persons_codes_are_kept_in_place_of_older_ones(run: Program, session: Path, tmp_path: Path) -> None:
    table = tmp_path / "ann.csv"
    table.write_text("turn,code,start,end\n1,W2,19,24\n", "utf-8")
    done = run("agree", session, table, "-o", tmp_path / "both.json")
    assert done.code == 0
    kept = from_json((tmp_path / "both.json").read_text("utf-8"))
    assert kept.markers == (MODEL, human("W2", 1, 2, Span(1, 19, 24)))
    assert stat.S_IMODE((tmp_path / "both.json").stat().st_mode) == 0o600


def test_nothing_on_either_side(run: Program, tmp_path: Path) -> None:
    (tmp_path / "s1.json").write_text(to_json(coded()), "utf-8")
    (tmp_path / "ann.csv").write_text("turn,code\n1,\n", "utf-8")
    done = run("agree", tmp_path / "s1.json", tmp_path / "ann.csv")
    assert (done.code, done.out.strip()) == (0, "Neither the program nor the person has set a code.")


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.csv", "turn,code\n99,EMP\n"),
        ("a.json", f'[{{"data": {{"dialogue": "{CANARY}"}}}}]'),
        ("a.jsonl", f'{{"text": "{CANARY}"}}'),
        ("a.qdpx", CANARY),
        ("a.eaf", f"<ANNOTATION_DOCUMENT>{CANARY}"),
        ("a.TextGrid", f'"ooTextFile" "TextGrid" {CANARY}'),
    ],
)
def test_a_faulty_file_is_one_line_without_its_words(
    run: Program, session: Path, tmp_path: Path, name: str, content: str
) -> None:
    (tmp_path / name).write_text(content, "utf-8")
    done = run("agree", session, tmp_path / name)
    assert (done.code, done.out, done.err.count("\n")) == (2, "", 1)
    assert name in done.err
    assert CANARY not in done.err
