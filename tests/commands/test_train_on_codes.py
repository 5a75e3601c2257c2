"""`train CODED-TURNS.csv`: people's own codes, from the command line to the codes of a new session."""

import csv
import io
import json
import shutil
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.numpy import load_file, save_file

from tests.alliance.builders import tiny_encoder
from tests.commands.conftest import Run
from transcript_alliance.alliance.bundle import (
    CARD,
    CODES_MANIFEST,
    CONFIG,
    MANIFEST,
    TOKENIZER,
    WEIGHTS,
    WORDS,
    file_sha256,
)
from transcript_alliance.alliance.codes_bundle import CODES_FORMAT, load_codes_reader, read_codes_bundle
from transcript_alliance.alliance.fit_codes import read_codes
from transcript_alliance.commands import main
from transcript_alliance.errors import ModelBundleError
from transcript_alliance.own_codes import codes_csv, read_codes_file

Program = Callable[..., Run]
HEAD = ("session", "client", "therapist", "turn", "role", "text", "code.act", "code.mood")
ASK = ("How was that for you?", "What happened then?", "When did it start?")
TELL = ("You should sleep more.", "You need to call them.", "Try to walk every day.")
LOW, HIGH = ("It was awful again.", "I am so tired of it."), ("It went well for once.", "I feel good about it.")
N_SESSIONS, N_PAIRS = 30, 8


def turns(number: int) -> list[tuple[str, str, str, str]]:
    """Role, words and both codes of a session's turns; what is said goes with the codes."""
    found = []
    for pair in range(N_PAIRS):
        asks, low = (number + pair) % 2 == 0, (number + pair // 2) % 3 != 0
        helper, client = (ASK if asks else TELL)[pair % 3], (LOW if low else HIGH)[pair % 2]
        found.append(("therapist", f"{helper} ({number})", "ask" if asks else "tell", ""))
        found.append(("client", f"{client} ({number})", "", "low" if low else "high"))
    return found


def write_table(path: Path, numbers: Sequence[int]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(HEAD)
        for number in numbers:
            people = (f"s{number}", f"C{number % 10}", f"T{number % 5}")
            writer.writerows((*people, n, *turn) for n, turn in enumerate(turns(number)))
    return path


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("codes")
    tiny_encoder(folder / "encoder")
    write_table(folder / "codes.csv", range(N_SESSIONS))
    write_table(folder / "later.csv", range(100, 112))
    write_bad_starts(folder)
    script = "".join(f"{role.title()}: {text}\n" for role, text, _, _ in turns(200))
    (folder / "new.txt").write_text(script, "utf-8")
    return folder


@pytest.fixture(scope="module")
def made(study: Path) -> Path:
    assert main(["train", str(study / "codes.csv"), "-o", str(study / "ours-1"), *training(study)]) == 0
    return study / "ours-1"


def write_bad_starts(folder: Path) -> None:
    """Folders that no training can start from or end in, and a table of another kind."""
    for name in ("no-tokenizer", "no-shape"):
        shutil.copytree(folder / "encoder", folder / name)
    (folder / "no-tokenizer" / TOKENIZER).unlink()
    (folder / "no-shape" / CONFIG).write_text('{"hidden_size": 33, "num_attention_heads": 4}', "utf-8")
    (folder / "other-1").mkdir()
    (folder / "other-1" / MANIFEST).write_text("{}", "utf-8")
    (folder / "ratings.csv").write_text("session,client,therapist,wai-o-s.total\nnew.txt,C1,T1,4\n", "utf-8")


def training(study: Path) -> tuple[str, ...]:
    return ("--encoder", str(study / "encoder"), "--run", str(study / "runs"), "--epochs", "2")


def test_a_table_of_codes_becomes_a_model_that_codes_sessions(
    run: Program, made: Path, study: Path, tmp_path: Path
) -> None:
    info = json.loads((made / CODES_MANIFEST).read_text("utf-8"))
    assert [(v["name"], v["values"], v["roles"]) for v in info["variables"]] == [
        ("act", ["ask", "tell"], ["therapist"]),
        ("mood", ["high", "low"], ["client"]),
    ]
    assert (info["trained_on"]["sessions"], info["trained_on"]["coded"]) == (30, 480)
    card = (made / CARD).read_text("utf-8")
    assert "| all values | macro-F1 |" in card
    assert "nan" not in card
    assert "fine-tuned from encoder" in card
    assert "MiniLM" not in card

    coded = run("code", study / "new.txt", "--codes", made, "-o", tmp_path / "coded")
    assert coded.code == 0, coded.err
    file = tmp_path / "coded" / "new.codes.csv"
    assert file.stat().st_mode & 0o777 == 0o600
    with file.open(encoding="utf-8", newline="") as opened:
        rows = list(csv.DictReader(opened))
    truth = turns(200)
    assert [(r["turn"], r["role"]) for r in rows] == [(str(n), turn[0]) for n, turn in enumerate(truth)]
    # The words tell the codes, and other people's sessions hold them too.
    assert [r["code.act"] for r in rows] == [turn[2] for turn in truth]
    assert [r["code.mood"] for r in rows] == [turn[3] for turn in truth]
    assert all((r["code.act"] == "") == (r["probability.act"] == "") for r in rows)
    assert all(0.5 <= float(r["probability.act"]) <= 1 for r in rows if r["role"] == "therapist")
    assert {r["model"] for r in rows} == {"ours-1"}


def test_what_it_writes_can_be_learned_from_once_the_people_are_named(
    run: Program, made: Path, study: Path, tmp_path: Path
) -> None:
    run("code", study / "new.txt", "--codes", made, "-o", tmp_path)
    text = (tmp_path / "new.codes.csv").read_text("utf-8").replace("new,,,", "new,C1,T1,")
    (tmp_path / "again.csv").write_text(text, "utf-8")
    table = read_codes_file(tmp_path / "again.csv")
    assert [v.name for v in table.variables] == ["act", "mood"]
    assert len(table.talks[0].session.turns) == 2 * N_PAIRS


def test_a_model_built_on_another_keeps_what_that_one_saw(
    run: Program, made: Path, study: Path, tmp_path: Path
) -> None:
    new = write_table(tmp_path / "new.csv", range(300, 330))
    options = ("--base", made, "--run", tmp_path / "runs", "--epochs", "1", "-q")
    done = run("train", new, "-o", tmp_path / "ours-2", *options)
    assert done.code == 0, done.err
    for table in (new, study / "codes.csv"):
        seen = run("evaluate", table, "--model", tmp_path / "ours-2")
        assert (seen.code, "ours-2 learned from 30 of these 30 sessions" in seen.err) == (2, True), seen.err


def test_no_spreadsheet_computes_what_it_writes(made: Path, study: Path) -> None:
    info, reader = load_codes_reader(made)
    signs = replace(info.variables[0], values=("+", "-1"))
    odd = replace(info, name="=cmd", variables=(signs, info.variables[1]))
    session = read_codes_file(study / "later.csv").talks[0].session
    text = codes_csv(session, odd, read_codes(reader, session))
    cells = [cell for row in csv.reader(io.StringIO(text)) for cell in row]
    assert {"'+", "'-1", "'=cmd"} <= set(cells)
    assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@"))]


def test_a_finished_model_is_measured_on_turns_coded_later(
    run: Program, made: Path, study: Path, tmp_path: Path
) -> None:
    done = run("evaluate", study / "later.csv", "--model", made, "-o", tmp_path)
    assert (done.code, done.err) == (0, "")
    figures = (tmp_path / "evaluation.md").read_text("utf-8")
    accuracy = next(line for line in figures.splitlines() if line.startswith("| all values | accuracy"))
    assert float(accuracy.split("|")[3]) > 0.9
    assert "The finished model of codes ours-1 was measured" in (tmp_path / "evaluation.html").read_text("utf-8")
    seen = run("evaluate", study / "codes.csv", "--model", made)
    assert (seen.code, "learned from 30 of these 30 sessions" in seen.err) == (2, True)


@pytest.mark.usefixtures("made")
def test_a_run_that_was_stopped_goes_on_where_it_was(run: Program, study: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in (study / "runs").iterdir()}
    assert len(before) == 5
    done = run("evaluate", study / "codes.csv", *training(study))
    assert done.code == 0, done.err
    assert "macro-F1" in done.out
    # 10 clients are few, and so are the 80 turns of high.
    assert "These are turns of 10 clients" in done.err
    assert "code.mood = high (80)" in done.err
    assert {path: path.stat().st_mtime_ns for path in (study / "runs").iterdir()} == before


def test_the_same_turns_have_the_same_codes_whatever_the_threads(made: Path, study: Path) -> None:
    _, reader = load_codes_reader(made)
    session = read_codes_file(study / "later.csv").talks[0].session
    before = torch.get_num_threads()
    try:
        torch.set_num_threads(1)
        one = read_codes(reader, session)
        torch.set_num_threads(2)
        two = read_codes(reader, session)
    finally:
        torch.set_num_threads(before)
    assert np.array_equal(one.probabilities, two.probabilities)
    assert np.array_equal(one.chosen, two.chosen)
    # Both values of each code add up to 1.
    assert one.probabilities[:, :2].sum(axis=1) == pytest.approx(1)
    assert one.probabilities[:, 2:].sum(axis=1) == pytest.approx(1)


@pytest.mark.usefixtures("made")
@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("train", "codes.csv", "-o", "new", "--base", "a", "--encoder", "b"), "OPTION", "give one of them"),
        (("evaluate", "codes.csv", "--learned", "corpus"), "OPTION", "--learned goes with a folder"),
        (("evaluate", "codes.csv", "--model", "a", "--base", "b"), "OPTION", "--base is for training"),
        (("evaluate", "codes.csv", "--model", "a", "--encoder", "b"), "OPTION", "--encoder is for training"),
        (
            ("evaluate", "codes.csv", "--model", "a", "--epochs", "2", "--seed", "1"),
            "OPTION",
            "--epochs, --seed are for training",
        ),
        (("evaluate", "ratings.csv", "--model", "a", "--seed", "1"), "OPTION", "--seed is for training"),
        (("evaluate", ".", "--model", "a", "--epochs", "1"), "OPTION", "--epochs is for training"),
        (("evaluate", "codes.csv", "--model", "encoder"), "NO_MODEL", "give the folder that `train` wrote"),
        (("evaluate", "ratings.csv", "--model", "ours-1"), "NO_MODEL", "`evaluate` of a table of codes"),
        (("train", "codes.csv", "-o", "new", "--encoder", "runs"), "NO_ENCODER", "config.json is missing"),
        (("train", "codes.csv", "-o", "new", "--encoder", "no-tokenizer"), "TOKENIZER", "tokenizer.json is missing"),
        (("train", "codes.csv", "-o", "new", "--encoder", "no-shape"), "BAD_ENCODER", "does not describe an encoder"),
        (("train", "codes.csv", "-o", "new.txt", "--encoder", "encoder"), "NOT_A_FOLDER", "in the way"),
        (("train", "codes.csv", "-o", "other-1", "--encoder", "encoder"), "IN_USE", "another kind of model"),
        (("train", "codes.csv", "-o", "x", "--encoder", "encoder", "--run", "new.txt"), "NOT_A_FOLDER", "in the way"),
        (("train", "codes.csv", "-o", "new", "--base", "ours-1"), "SEEN_IN_TRAINING", "from 30 of these 30 sessions"),
        (("train", "codes.csv", "-o", "encoder", "--encoder", "encoder"), "SAME_FOLDER", "its base's place"),
        (("code", "new.txt", "--codes", "encoder"), "NO_MODEL", "codes.json is missing"),
        (("code", "new.txt", "--model", "ours-1"), "NO_MODEL", "--codes"),
    ],
)
def test_what_cannot_be_is_said_in_one_line(
    run: Program,
    study: Path,
    arguments: tuple[str, ...],
    code: str,
    said: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(study)
    done = run(*arguments)
    assert (done.code, f"[{code}]" in done.err, said in done.err) == (2, True, True), done.err
    # Nothing was trained, and nothing made.
    assert not (study / "new").exists()
    assert len(done.err.splitlines()) == 1


def test_too_few_turns_or_people_are_refused_before_any_training(run: Program, study: Path, tmp_path: Path) -> None:
    few = write_table(tmp_path / "few.csv", range(3))
    done = run("train", few, "-o", tmp_path / "x", "--encoder", study / "encoder")
    assert (done.code, "[TOO_FEW_SESSIONS]" in done.err) == (2, True), done.err
    some = write_table(tmp_path / "some.csv", range(15))
    done = run("train", some, "-o", tmp_path / "x", "--encoder", study / "encoder")
    assert (done.code, "code.act stands on 120 turns" in done.err) == (2, True), done.err


def test_a_changed_file_of_the_model_is_noticed(made: Path, tmp_path: Path) -> None:
    for path in made.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    data = bytearray((tmp_path / WEIGHTS).read_bytes())
    data[-1] ^= 1
    (tmp_path / WEIGHTS).write_bytes(bytes(data))
    with pytest.raises(ModelBundleError, match=r"model\.safetensors is missing or is not the file"):
        load_codes_reader(tmp_path)
    (tmp_path / CODES_MANIFEST).write_text(json.dumps({"format_version": CODES_FORMAT, "variables": 3}), "utf-8")
    with pytest.raises(ModelBundleError, match="cannot be read"):
        load_codes_reader(tmp_path)
    (tmp_path / CODES_MANIFEST).write_text('{"format_version": 1}', "utf-8")
    with pytest.raises(ModelBundleError, match="another version"):
        load_codes_reader(tmp_path)


def test_words_that_are_no_numbers_are_refused(made: Path, tmp_path: Path) -> None:
    for path in made.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    tables = load_file(tmp_path / WORDS)
    save_file({**tables, "turn_intercept": np.full_like(tables["turn_intercept"], np.nan)}, tmp_path / WORDS)
    data = json.loads((made / CODES_MANIFEST).read_text("utf-8"))
    data["hashes"][WORDS] = file_sha256(tmp_path / WORDS)
    (tmp_path / CODES_MANIFEST).write_text(json.dumps(data), "utf-8")
    with pytest.raises(ModelBundleError, match="no numbers"):
        load_codes_reader(tmp_path)


SPOILED: tuple[tuple[str, Callable[[dict[str, Any]], object]], ...] = (
    ("a value that is a formula", lambda data: data["variables"][0]["values"].__setitem__(0, "=1+1")),
    ("a name with a line in it", lambda data: data["variables"][0].update(name="act\n")),
    ("two variables of one name", lambda data: data["variables"][1].update(name="act")),
    ("no variables", lambda data: data.update(variables=[])),
    ("no such role", lambda data: data["variables"][0].update(roles=["nurse"])),
    ("no name", lambda data: data.update(name=None)),
    ("a file left out", lambda data: data["hashes"].pop(WEIGHTS)),
    ("a file more", lambda data: data["hashes"].update({"../new.txt": ""})),
    ("names without hashes", lambda data: data.update(hashes=list(data["hashes"]))),
    ("nothing of the training", lambda data: data.update(trained_on=[])),
    ("no plan", lambda data: data["trained_on"].update(plan=3)),
    ("no counts", lambda data: data["trained_on"].pop("clients")),
    ("no fingerprints", lambda data: data["trained_on"].update(fingerprints=[1])),
    ("something else", lambda data: data.update(more=1)),
)


@pytest.mark.parametrize("spoil", [case[1] for case in SPOILED], ids=[case[0] for case in SPOILED])
def test_a_description_that_is_none_is_refused(
    made: Path, tmp_path: Path, spoil: Callable[[dict[str, Any]], object]
) -> None:
    for path in made.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    data = json.loads((made / CODES_MANIFEST).read_text("utf-8"))
    spoil(data)
    (tmp_path / CODES_MANIFEST).write_text(json.dumps(data), "utf-8")
    with pytest.raises(ModelBundleError, match="cannot be read"):
        read_codes_bundle(tmp_path)
