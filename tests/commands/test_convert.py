"""`convert` and `agree`: what they write and print, how privately, and how they say what is wrong."""

import csv
import io
import json
import stat
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from tests.commands.conftest import CANARY, Run
from tests.store.codings import PROVENANCE, SCRIPT, coded, human
from transcript_alliance.annotations import Marker, Origin, Span
from transcript_alliance.commands.convert import To
from transcript_alliance.serialize import from_json, to_json
from transcript_alliance.store.exports import CODE_WRITERS
from transcript_alliance.store.study import open_study
from transcript_alliance.store.values import Entry, Input, RunIdentity, SetAside

Program = Callable[..., Run]
MODEL = Marker("W2", 1, 3, 0.7, Origin.MODEL)
TALK = f"{SCRIPT}T: {CANARY}.\n"


@pytest.fixture
def session(tmp_path: Path) -> Path:
    path = tmp_path / "s1.json"
    path.write_text(to_json(coded(MODEL, human("TRUST", 5, 6), script=TALK)), "utf-8")
    return path


def test_the_formats_of_the_command_are_those_that_there_are() -> None:
    assert [format.value for format in To] == [*(writer.id for writer in CODE_WRITERS), "lme4", "json"]


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


@pytest.fixture
def study(tmp_path: Path) -> Path:
    """Four coded sessions of two clients, of which one has no times, and one in quarantine."""
    path = tmp_path / "study.db"
    values = {name: getattr(PROVENANCE, name) for name in RunIdentity.__dataclass_fields__}
    with open_study(path, write=True) as opened:
        opened_run = opened.start_run(RunIdentity(**values), "{}")
        for number, name in enumerate(("a/S1", "b/S1", "S3", "S4"), start=1):
            given = Input(name, f"{number}" * 64)
            made = coded(MODEL, name="S1" if "/" in name else name)
            about = (("mood", f"-{number}.5"), ("value", "=x"), ("empty", ""))
            entry = Entry(name, Path(name), f"C{number % 2}", "T1" if number < 4 else "", "", number, "", about)
            opened.add_entries([(entry, given)])
            content = to_json(replace(made, provenance=replace(PROVENANCE, input_sha256=given.sha256)))
            content = content.replace("10.0,", "null,") if name == "S4" else content
            opened.record(opened_run, name, given, content.encode())
        opened.add_entries([(Entry("bad", Path("bad")), Input("x", "f" * 64))])
        opened.set_aside(opened_run, Input("x", "f" * 64), SetAside("bad", "NO_TURNS", "No turns.", 1))
    return path


@pytest.mark.parametrize("format", list(To))
def test_a_study_is_written_session_by_session(run: Program, study: Path, tmp_path: Path, format: To) -> None:
    out = tmp_path / "out"
    done = run("convert", study, "--to", format, "-o", out)
    files = sorted(file for file in out.rglob("*") if file.is_file())
    assert sorted(done.out.splitlines()) == [f"wrote {file}" for file in files]
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}
    names = {file.relative_to(out).parts[0].partition(".")[0] for file in files}
    if format is To.TEXTGRID:
        # One session's times are not all known, which stops that one alone.
        assert (done.code, names) == (1, {"a_S1", "b_S1", "S3"})
        assert done.err.startswith("transcript-alliance: error [NO_TIMES]: S4: ")
        return
    assert (done.code, done.err) == (0, "")
    assert names == ({"scores", "windows", "codes", "models"} if format is To.LME4 else {"a_S1", "b_S1", "S3", "S4"})


def test_tables_for_models_say_who_the_sessions_belong_to(run: Program, study: Path, tmp_path: Path) -> None:
    assert run("convert", study, "--to", "lme4", "-o", tmp_path / "models").code == 0
    rows = list(csv.DictReader(io.StringIO((tmp_path / "models" / "scores.csv").read_text("utf-8"))))
    # Columns without any value are not there; one that is called like a column of the table is renamed.
    assert list(rows[0])[:6] == ["session_id", "client", "therapist", "number", "mood", "covariate_value"]
    assert [(r["session_id"], r["client"], r["therapist"], r["number"], r["mood"]) for r in rows] == [
        ("S3", "C1", "T1", "3", "-3.5"),
        ("S4", "C0", "NA", "4", "-4.5"),
        ("a/S1", "C1", "T1", "1", "-1.5"),
        ("b/S1", "C0", "T1", "2", "-2.5"),
    ]
    assert {row["covariate_value"] for row in rows} == {"'=x"}
    for name in ("windows", "codes"):
        table = list(csv.DictReader(io.StringIO((tmp_path / "models" / f"{name}.csv").read_text("utf-8"))))
        assert {row["session_id"]: row["client"] for row in table} == {r["session_id"]: r["client"] for r in rows}
    assert run("convert", study, "--to", "lme4", "-o", tmp_path / "again").code == 0
    for file in (tmp_path / "models").iterdir():
        assert file.read_bytes() == (tmp_path / "again" / file.name).read_bytes()


def test_one_session_of_a_study_is_named_after_a_hash(run: Program, study: Path, tmp_path: Path) -> None:
    assert run("convert", f"{study}#a/S1", "--to", "elan", "-o", tmp_path / "one.eaf").code == 0
    assert run("agree", f"{study}#a/S1", tmp_path / "one.eaf", "--take-all", "--json").code == 0
    for name, code in (("#bad", "NO_SUCH_SESSION"), ("#gone", "NO_SUCH_SESSION")):
        done = run("convert", f"{study}{name}", "--to", "elan", "-o", tmp_path / "x.eaf")
        assert (done.code, f"error [{code}]" in done.err) == (2, True)
    done = run("agree", study, tmp_path / "one.eaf")
    assert "error [WHICH_SESSION]: study.db: this is a study of many sessions." in done.err


def test_what_makes_no_sense_of_a_study_is_refused(run: Program, session: Path, study: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    (tmp_path / "file").touch()
    for arguments, code in (
        ((study, session, "--to", "csv", "-o", out), "SEVERAL"),
        ((study, "--to", "csv", "-o", tmp_path / "file"), "NOT_A_FOLDER"),
        ((session, "--to", "csv", "--run", "ab", "-o", out), "RUN"),
        ((study, "--to", "csv", "--run", "zz", "-o", out), "NO_RUN"),
        ((study, "--to", "json", "--codes", "none", "-o", out), "CODES"),
    ):
        done = run("convert", *arguments)
        assert (done.code, f"error [{code}]" in done.err, out.exists()) == (2, True, False), (code, done.err)


def test_a_study_and_its_tables_are_never_written_over(run: Program, study: Path, tmp_path: Path) -> None:
    before = study.read_bytes()
    done = run("convert", f"{study}#S3", "--to", "json", "-o", study)
    assert (done.code, "error [SAME_FILE]" in done.err, study.read_bytes() == before) == (2, True, True)
    assert run("export", study, "-o", tmp_path / "tables").code == 0
    for coded_or_study in (study, f"{study}#S3"):
        done = run("convert", coded_or_study, "--to", "lme4", "-o", tmp_path / "tables")
        assert (done.code, "error [EXISTS]: tables: an export's tables" in done.err) == (2, True)
    assert run("study", "verify", study, tmp_path / "tables").code == 0


def test_sessions_of_a_study_as_the_files_that_code_writes(run: Program, study: Path, tmp_path: Path) -> None:
    assert run("convert", study, "--to", "json", "-o", tmp_path / "coded").code == 0
    kept = from_json((tmp_path / "coded" / "a_S1.json").read_text("utf-8"))
    assert (kept.session.session_id, kept.markers) == ("a/S1", (MODEL,))
    assert run("convert", tmp_path / "coded" / "S3.json", "--to", "elan", "-o", tmp_path / "S3.eaf").code == 0


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
