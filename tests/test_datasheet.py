"""The datasheet's figures are those of the files it describes."""

import csv
import json
import re
from collections import Counter
from itertools import combinations
from pathlib import Path
from statistics import correlation, mean
from typing import Any

import pytest

from tests.sources import ROOT

CORPUS = ROOT / "sample_data" / "corpus"
DATASHEET = (ROOT / "sample_data" / "DATASHEET.md").read_text("utf-8")

Turns = list[tuple[str, str]]


def sessions(pattern: str, folder: Path = CORPUS) -> dict[str, Turns]:
    lines = (line for path in sorted(folder.glob(pattern)) for line in path.read_text("utf-8").splitlines())
    return {entry["session_id"]: [(who, text) for who, text in entry["turns"]] for entry in map(json.loads, lines)}


HELD_OUT_FOLDER = CORPUS.parent / "held_out"
HARD, NATURAL = sessions("sessions_*.jsonl"), sessions("natural_*.jsonl")
HELD_OUT = sessions("natural_*.jsonl", HELD_OUT_FOLDER)
FRESH_FOLDER = CORPUS.parent / "fresh"
FRESH = sessions("natural_*.jsonl", FRESH_FOLDER)


def ratings(folder: Path = CORPUS) -> dict[str, dict[str, Any]]:
    """Session id -> reader -> rating."""
    found: dict[str, dict[str, Any]] = {}
    for path in sorted(folder.glob("ratings/*.json")):
        for session_id, rating in json.loads(path.read_text("utf-8")).items():
            found.setdefault(session_id, {})[path.stem.partition("_")[0]] = rating
    return found


def alliance(rating: Any) -> float:
    """Mean of the 12 items with the reversed ones turned round: 8 - x on a scale of 1 to 7."""
    return float(mean(8 - value if item in ("4", "10") else value for item, value in rating["wai"].items()))


def n_words(turns: Turns) -> int:
    return sum(len(text.split()) for _, text in turns)


@pytest.mark.parametrize(
    ("heading", "part"),
    [("hard", HARD), ("natural", NATURAL), ("both", HARD | NATURAL), ("held out", HELD_OUT), ("fresh", FRESH)],
    ids=["hard", "natural", "both", "held out", "fresh"],
)
def test_the_table_counts_the_files(heading: str, part: dict[str, Turns]) -> None:
    row = next(line for line in DATASHEET.splitlines() if line.startswith(f"| {heading}"))
    lengths, words = [len(turns) for turns in part.values()], [n_words(turns) for turns in part.values()]
    assert [cell.strip() for cell in row.split("|")[3:-1]] == [
        str(len(part)),
        f"{sum(lengths):,}",
        f"{sum(words):,}",
        f"{min(lengths)} to {max(lengths)}",
        f"{min(words):,} to {max(words):,}",
    ]


@pytest.mark.parametrize(("part", "folder"), [(HARD | NATURAL, CORPUS), (FRESH, FRESH_FOLDER)], ids=["corpus", "fresh"])
def test_the_counts_of_ratings_are_those_of_the_files(part: dict[str, Turns], folder: Path) -> None:
    found = ratings(folder)
    assert found.keys() == part.keys()
    every = [rating for by_reader in found.values() for rating in by_reader.values()]
    for key in ("events", "markers", "client_markers"):
        assert f"{sum(len(rating.get(key, [])) for rating in every):,}" in DATASHEET


def test_what_is_missing_from_the_ratings_is_as_stated() -> None:
    found = ratings()
    every = [rating for by_reader in found.values() for rating in by_reader.values()]
    assert f"{sum(len(by_reader) == 2 for by_reader in found.values())} sessions have two" in DATASHEET
    assert f"{sum('client_markers' not in rating for rating in every)} of the {len(every)} ratings" in DATASHEET
    assert all(len(by_reader) == 2 for by_reader in ratings(FRESH_FOLDER).values())


@pytest.mark.parametrize(
    ("part", "folder", "sentence"),
    [
        (HARD, CORPUS, "hard part 224 sessions"),
        (NATURAL, CORPUS, "natural part 690"),
        (HELD_OUT, HELD_OUT_FOLDER, "held-out part 155"),
        (FRESH, FRESH_FOLDER, "fresh part 288"),
    ],
    ids=["hard", "natural", "held out", "fresh"],
)
def test_the_readers_agree_as_stated(part: dict[str, Turns], folder: Path, sentence: str) -> None:
    found = ratings(folder)
    pairs = [[alliance(r) for r in found[name].values()] for name in part if len(found[name]) == 2]
    r = correlation([a for a, _ in pairs], [b for _, b in pairs])
    apart = mean(abs(a - b) for a, b in pairs)
    stated = re.search(sentence + r".*?r (\.\d\d), mean absolute\s+difference (\.\d\d)", DATASHEET, re.DOTALL)
    assert stated is not None
    assert stated.groups() == (f"{r:.2f}"[1:], f"{apart:.2f}"[1:])


def test_no_person_and_no_passage_is_on_both_sides() -> None:
    for key in ("therapist_id", "client_id"):
        for one, other in combinations((CORPUS, HELD_OUT_FOLDER, FRESH_FOLDER), 2):
            assert not people(one, key) & people(other, key)
    known: set[str] = set().union(*(passages(turns) for turns in (HARD | NATURAL).values()))
    for turns in HELD_OUT.values():
        mine = passages(turns)
        assert len(mine & known) < 0.05 * len(mine)


def people(folder: Path, key: str) -> set[str]:
    """Everybody whom the blueprints of a folder name."""
    return {row[key] for path in folder.glob("blueprint_*.json") for row in json.loads(path.read_text("utf-8"))}


@pytest.mark.parametrize(
    ("folder", "sentence"),
    [(CORPUS, "144 clients are each met by two helpers"), (FRESH_FOLDER, "144 clients, each met by two helpers")],
    ids=["corpus", "fresh"],
)
def test_each_client_of_the_paired_parts_met_two_helpers(folder: Path, sentence: str) -> None:
    paths = [path for path in folder.glob("blueprint_n*.json") if int(path.stem.partition("_n")[2]) >= 19]
    rows = [row for path in paths for row in json.loads(path.read_text("utf-8"))]
    assert len({row["client_id"] for row in rows}) == 144
    assert sentence in DATASHEET
    assert set(Counter(row["client_id"] for row in rows).values()) == {2}
    assert set(Counter(row["therapist_id"] for row in rows).values()) == {1}


def test_no_two_sessions_are_nearly_the_same() -> None:
    every = {name: passages(turns) for name, turns in (HARD | NATURAL | HELD_OUT | FRESH).items()}
    holders: dict[str, list[str]] = {}
    for name, mine in every.items():
        for passage in mine:
            holders.setdefault(passage, []).append(name)
    shared = Counter(pair for names in holders.values() for pair in combinations(names, 2) if len(names) < 50)
    (pair, n), *_ = shared.most_common(1)
    assert n < 0.05 * min(len(every[name]) for name in pair)


def passages(turns: Turns) -> set[str]:
    """All runs of six words."""
    words = re.findall(r"\w+", " ".join(text for _, text in turns).lower())
    return {" ".join(words[i : i + 6]) for i in range(len(words) - 5)}


def test_length_says_as_much_about_quality_as_stated() -> None:
    found = ratings() | ratings(FRESH_FOLDER)
    figures = []
    for part in (HARD, NATURAL, FRESH):
        quality = [mean(alliance(r) for r in found[name].values()) for name in part]
        words = [float(n_words(turns)) for turns in part.values()]
        client = [float(mean(len(text.split()) for who, text in turns if who == "C")) for turns in part.values()]
        figures += [f"{correlation(values, quality):.2f}"[1:] for values in (words, client)]
    hard, hard_turn, natural, natural_turn, fresh, fresh_turn = figures
    assert f"(r {hard} of the alliance" in DATASHEET
    assert f"{hard_turn} with the client's words a turn" in DATASHEET
    assert f"({natural} and {natural_turn}; in the fresh part {fresh} and {fresh_turn})" in DATASHEET


@pytest.mark.parametrize("file", ["old-dog.vtt", "stammer.txt", "intake-form.csv"])
def test_the_sample_sessions_are_held_out_ones(file: str) -> None:
    row = re.search(rf"\| `{re.escape(file)}` \| (N\d+) \| [^|]+ \| ([\d.]+) and ([\d.]+) \|", DATASHEET)
    assert row is not None
    spoken = " ".join(text for _, text in HELD_OUT[row[1]])
    assert words_of(ROOT / "sample_data" / "sessions" / file) == spoken.split()
    assert [float(row[2]), float(row[3])] == pytest.approx(
        [alliance(r) for r in ratings(HELD_OUT_FOLDER)[row[1]].values()], abs=0.051
    )


def words_of(path: Path) -> list[str]:
    text = path.read_text("utf-8")
    if path.suffix == ".csv":
        return " ".join(row["text"] for row in csv.DictReader(text.splitlines())).split()
    if path.suffix == ".vtt":
        return " ".join(re.findall(r"<v [^>]+>(.*?)</v>", text)).split()
    return " ".join(line.partition(": ")[2] for line in text.splitlines()).split()
