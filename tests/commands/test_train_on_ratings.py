"""`train RATINGS.csv`: a person's own table of ratings beside real transcripts, from the command line to the report."""

import csv
import json
import re
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from tests.alliance.builders import tiny_encoder, tiny_session
from tests.commands.conftest import Run
from tests.sources import ROOT
from transcript_alliance.alliance.build import build_bundle
from transcript_alliance.alliance.bundle import CARD, MANIFEST
from transcript_alliance.alliance.train import TrainPlan
from transcript_alliance.serialize import from_json

Program = Callable[..., Run]
CORPUS = ROOT / "sample_data" / "corpus"
N_SESSIONS, N_TURNS = 60, 12
KIND = ("I'm glad you told me, I'm with you there.", "Yeah, I know, I feel you do listen.")
CURT = ("You know that is not what you do here.", "I don't know. You don't listen to what I tell you.")


def corpus_turns() -> list[list[tuple[str, str]]]:
    """The turns of the first sessions of the authored corpus that have enough of them."""
    found = []
    for path in sorted(CORPUS.glob("natural_*.jsonl")):
        for line in path.read_text("utf-8").splitlines():
            turns = [(label, text) for label, text in json.loads(line)["turns"] if label in ("T", "C")]
            if len(turns) > N_TURNS:
                found.append(turns)
    return found[:N_SESSIONS]


def write_session(path: Path, turns: Sequence[tuple[str, str]]) -> None:
    path.write_text("".join(f"{'Therapist' if who == 'T' else 'Client'}: {text}\n" for who, text in turns), "utf-8")


def write_table(path: Path, rows: Sequence[Sequence[object]], head: str) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([head.split(","), *rows])
    return path


HEAD = "session,client,therapist,rater,wai-o-s.total"


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny base bundle, 60 sessions of 12 turns as text files, and the rows of a table with totals alone.

    10 therapists, 20 clients, two raters a session. Every other session ends in words that go with its rating.
    """
    folder = tmp_path_factory.mktemp("study")
    # The words of the base are those of its ten clients: it has to know some of what the sessions say.
    sessions = tuple(tiny_session(n, good=n % 4 < 2) for n in range(20))
    plan = TrainPlan(epochs=1, probe_passes=2, lr_encoder=1e-3, frozen_layers=0)
    build_bundle(sessions, folder / "base-1", tiny_encoder(folder / "encoder"), plan, folder / "run", lambda *_: None)
    (folder / "transcripts").mkdir()
    rows = []
    for n, turns in enumerate(corpus_turns()):
        good = n % 2 == 0
        said = KIND if good else CURT
        write_session(folder / "transcripts" / f"s{n}.txt", [*turns[:N_TURNS], ("T", said[0]), ("C", said[1])])
        for rater in range(2):
            value = (5.5 if good else 2.5) + n % 3 * 0.25 + rater * 0.25
            rows.append((f"transcripts/s{n}.txt", f"C{n % 20}", f"T{n % 20 % 12 % 10}", f"R{rater}", value))
    write_table(folder / "ratings.csv", rows, HEAD)
    return folder


@pytest.fixture
def rows(study: Path) -> list[list[str]]:
    with (study / "ratings.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))[1:]


@pytest.fixture(scope="module")
def new_session(study: Path) -> Path:
    """A whole session that is in no table."""
    turns = corpus_turns()[0][N_TURNS:]
    write_session(study / "new.txt", turns[: len(turns) // 2 * 2])
    return study / "new.txt"


def test_a_table_of_totals_becomes_a_model_that_gives_them(
    run: Program, study: Path, new_session: Path, tmp_path: Path
) -> None:
    made = tmp_path / "ours-1"
    done = run("train", study / "ratings.csv", "--base", study / "base-1", "-o", made)
    assert done.code == 0, done.err
    assert "Spearman" in done.out
    # 60 sessions of 20 clients are few, and 14 turns are too few to be scored.
    small, short = done.err.splitlines()
    assert small.startswith(
        "transcript-alliance: warning [TRAINING]: This is a small corpus: 60 sessions of 20 clients"
    )
    assert re.search(r"wai-o-s\.total -?\d\.\d\d, -?\d\.\d\d to -?\d\.\d\d", small)
    assert "60 of the 60 sessions are such as get no score from `code`" in short

    info = json.loads((made / MANIFEST).read_text("utf-8"))
    base = json.loads((study / "base-1" / MANIFEST).read_text("utf-8"))
    assert info["scales"] == ["wai-o-s.total"]
    assert info["outputs"] == ["wai-o-s.total", "rupture.withdrawal", "rupture.confrontation"]
    assert (info["weights"][1:], info["intercept"][1:]) == (base["weights"][-2:], base["intercept"][-2:])
    assert (info["trained_on"]["sessions"], info["trained_on"]["clients"]) == (60, 20)
    (quality,) = info["quality"]
    # The words that go with the rating are said in other people's sessions too.
    assert quality["spearman"] > 0.4
    # The second rater gives a quarter of a point more, always: nearly perfect agreement, in value too.
    assert 0.95 < quality["ceiling_icc"] < 1
    card = (made / CARD).read_text("utf-8")
    assert "**Warning.** This is a small corpus" in card
    assert "| total | Spearman |" in card
    assert "nan" not in card

    coded = run("code", new_session, "--model", made, "-o", tmp_path / "coded")
    assert coded.code == 0, coded.err
    found = from_json((tmp_path / "coded" / "new.json").read_text("utf-8"), "new.json")
    (score,) = found.scores
    assert (score.instrument, score.scale, score.abstained) == ("wai-o-s", "total", None)
    assert 1 <= (score.low or 0) <= (score.value or 0) <= (score.high or 0) <= 7
    assert found.windows == ()
    html = (tmp_path / "coded" / "new.html").read_text("utf-8")
    assert ">Total<" in html
    assert ">Goal<" not in html
    assert "Goal" not in coded.out
    course = run("report", tmp_path / "coded" / "new.json", "--client", "C1", "-o", tmp_path / "course.html")
    assert course.code == 0, course.err
    blind = run("report", tmp_path / "coded" / "new.json", "--client", "C1", "--blinded", "-o", tmp_path / "b.html")
    assert (blind.code, "[NOT_RATED]" in blind.err) == (2, True)

    again = run("train", study / "ratings.csv", "--base", made, "-o", tmp_path / "twice")
    assert (again.code, "learned from 60 of these 60 sessions" in again.err) == (2, True)
    seen = run("evaluate", study / "ratings.csv", "--model", made)
    assert (seen.code, "learned from 60 of these 60 sessions" in seen.err) == (2, True)


def test_a_finished_model_is_measured_on_a_table(run: Program, study: Path, tmp_path: Path) -> None:
    done = run("evaluate", study / "ratings.csv", "--model", study / "base-1", "-o", tmp_path / "figures.md")
    assert (done.code, done.err) == (0, "")
    figures = (tmp_path / "figures.md").read_text("utf-8")
    assert "| total | MAE |" in figures
    assert "| goal |" not in figures


def test_the_training_is_measured_without_a_model(run: Program, study: Path) -> None:
    arguments = ("evaluate", study / "ratings.csv", "--base", study / "base-1")
    done = run(*arguments)
    assert done.code == 0, done.err
    assert "This is a small corpus" in done.err
    # Beside a floor and the two raters' own agreement.
    row = next(r for r in done.out.splitlines() if "ICC(2,1)" in r)
    floor = r"-?\d\.\d\d \(-?\d\.\d\d to -?\d\.\d\d, (mean|length only|tf-idf ridge)\)"
    assert re.search(rf" {floor} +(0\.9\d|1\.00)$", row.rstrip())
    both = run(*arguments, "--model", study / "base-1")
    assert (both.code, "give one of them" in both.err) == (2, True)


def test_several_scales_of_several_instruments(
    run: Program, study: Path, rows: list[list[str]], new_session: Path, tmp_path: Path
) -> None:
    # A sum from 0 to 27, rated in two sessions of three, where fewer points are better; and a skill of five points.
    both = [[*r[:3], "" if n % 3 == 0 else 20 if n % 2 else 4, 4 if n % 2 else 2] for n, r in enumerate(rows[::2])]
    table = write_table(study / "both.csv", both, "session,client,therapist,PHQ-9.total,fis.empathy")
    made = tmp_path / "both-1"
    done = run("train", table, "--base", study / "base-1", "-o", made, "-q")
    assert (done.code, done.out) == (0, ""), done.err
    coded = run("code", new_session, "--model", made, "-o", tmp_path / "coded")
    assert coded.code == 0, coded.err
    assert "Patient Health Questionnaire" in coded.out or "PHQ-9" in coded.out
    assert "(0 to 27;" in coded.out
    found = from_json((tmp_path / "coded" / "new.json").read_text("utf-8"), "new.json")
    assert [(s.instrument, s.scale) for s in found.scores] == [("phq-9", "total"), ("fis", "empathy")]


def changed(place: int, value: str, *, everywhere: bool = False) -> Callable[[list[list[str]]], list[list[str]]]:
    def change(rows: list[list[str]]) -> list[list[str]]:
        return [[*r[:place], value, *r[place + 1 :]] if everywhere or n == 0 else r for n, r in enumerate(rows)]

    return change


def same(rows: list[list[str]]) -> list[list[str]]:
    return rows


BAD: tuple[tuple[str, str, Callable[[list[list[str]]], list[list[str]]], str, str], ...] = (
    ("no client", "session,who,therapist,rater,wai-o-s.total", same, "COLUMNS", "there is no column 'client'"),
    ("no ratings", "session,client,therapist,rater,alliance", same, "COLUMNS", "no column holds ratings"),
    ("unknown scale", HEAD.replace("total", "totl"), same, "UNKNOWN_SCALE", "did you mean total?"),
    ("unknown form", HEAD.replace("wai-o-s", "wai-os"), same, "UNKNOWN_INSTRUMENT", "did you mean wai-o-s?"),
    ("voice", HEAD.replace("wai-o-s.total", "fis.verbal_fluency"), same, "NOT_IN_TEXT", "voice or face"),
    ("out of range", HEAD, changed(4, "8"), "CELL", "ratings run from 1 to 7"),
    ("a word", HEAD, changed(4, "high"), "CELL", "expected a number"),
    ("missing file", HEAD, changed(0, "transcripts/gone.txt"), "NOT_FOUND", "gone.txt"),
    ("no therapist named", HEAD, changed(2, ""), "CELL", "the therapist is empty"),
    ("two clients", HEAD, changed(1, "C19"), "PEOPLE", "another client or therapist"),
    ("rated twice", HEAD, changed(3, "R1"), "TWICE", "rated the session further up"),
    ("one therapist", HEAD, changed(2, "T0", everywhere=True), "TOO_FEW_PEOPLE", "expected 3 or more, got 1"),
    ("one client", HEAD, changed(1, "C0", everywhere=True), "TOO_FEW_PEOPLE", "expected 3 or more, got 1"),
    ("few sessions", HEAD, lambda rows: rows[:20], "TOO_FEW_SESSIONS", "10 are needed"),
    ("all the same", HEAD, changed(4, "4", everywhere=True), "ALL_THE_SAME", "the same rating"),
)  # fmt: skip


@pytest.mark.parametrize(("head", "change", "code", "said"), [b[1:] for b in BAD], ids=[b[0] for b in BAD])
def test_a_bad_table_is_refused_in_one_line(
    run: Program,
    study: Path,
    rows: list[list[str]],
    tmp_path: Path,
    head: str,
    change: Callable[[list[list[str]]], list[list[str]]],
    code: str,
    said: str,
) -> None:
    table = write_table(study / "bad.csv", change(rows), head)
    done = run("train", table, "--base", study / "base-1", "-o", tmp_path / "none")
    (line,) = done.err.splitlines()
    assert (done.code, done.out) == (2, "")
    assert f"[{code}]" in line
    assert said in line
    assert not (tmp_path / "none").exists()


def test_options_of_the_other_form_are_refused(run: Program, study: Path, tmp_path: Path) -> None:
    table = run("train", study / "ratings.csv", "--epochs", "1", "-o", tmp_path / "none")
    folder = run("train", CORPUS, "--base", study / "base-1", "-o", tmp_path / "none")
    assert (table.code, folder.code) == (2, 2)
    assert "--epochs" in table.err
    assert "--base goes with a table" in folder.err


def test_a_bundle_does_not_take_its_base_s_place(run: Program, study: Path) -> None:
    done = run("train", study / "ratings.csv", "--base", study / "base-1", "-o", study / "base-1")
    assert (done.code, "[SAME_FOLDER]" in done.err) == (2, True)
