"""`check`: what is said of a transcript before anything is scored, and the speakers file made of it."""

import json
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.commands.conftest import CANARY, Run
from tests.segment.talk import TALK
from transcript_alliance.settings import Settings

Program = Callable[..., Run]
Transcript = Callable[..., Path]

LINES = [line for line in TALK.strip().splitlines() if line] * 4  # 32 turns
RIGHT = "\n".join(LINES) + f"\nT: {CANARY}.\n"
OTHER = {"T": "C", "C": "T"}
SWAPPED = "\n".join(OTHER[x[0]] + x[1:] if 10 <= n < 22 else x for n, x in enumerate(LINES)) + f"\nT: {CANARY}.\n"
SHORT = f"T: Hello. How are you?\nC: Fine, {CANARY}.\n"


def test_one_file_on_a_screen(run: Program, transcript: Transcript) -> None:
    done = run("check", transcript("s1.txt", RIGHT))
    lines = [" ".join(line.split()) for line in done.out.splitlines()]
    assert (done.code, done.err) == (0, "")
    assert lines[0].startswith("s1.txt 33 turns, ")
    assert lines[1] == "format text, encoding utf-8, no times"
    assert any(line.startswith("T therapist 17 ") and line.endswith("99% the label names the role") for line in lines)
    assert any(line.startswith("C client 16 ") for line in lines)
    assert CANARY not in done.out


def test_whether_it_would_be_scored_and_why_not(run: Program, transcript: Transcript) -> None:
    done = run("check", transcript("s1.txt", SHORT))
    assert f"no score: Only 2 turns: a score needs {Settings().abstain.min_turns} or more." in done.out


def test_times_are_counted(run: Program, transcript: Transcript) -> None:
    path = transcript(
        "s.vtt", "WEBVTT\n\n00:01.000 --> 01:02.000\n<v T>How are you?\n\n01:02.000 --> 61:05.000\n<v C>Fine.\n"
    )
    assert "times from 0:00:01 to 1:01:05 on all turns" in run("check", path).out


def test_exchanged_labels_are_shown_by_their_turns_and_reasons_alone(run: Program, transcript: Transcript) -> None:
    done = run("check", transcript("s1.txt", SWAPPED))
    (line,) = (line for line in done.out.splitlines() if " ".join(line.split()).startswith("speakers exchanged"))
    assert "in turns 1" in line
    assert "no score: In" in done.out
    assert "who is called client" in line
    assert "mother" not in done.out
    shown = run("check", transcript("s1.txt", SWAPPED), "--show-words")
    assert "mother" in shown.out


def test_all_turns_with_the_numbers_that_a_speakers_file_goes_by(run: Program, transcript: Transcript) -> None:
    path = transcript("s1.txt", f"T: Hello. How are you?\nC: Fine. And work, {CANARY}?\nC: Dull.\nT: Oh.\n")
    listed = [" ".join(line.split()) for line in run("check", path, "--turns").out.splitlines()]
    assert listed[-3:] == ["1 T 4 words", "2 C 5 words", "3 T 1 words"]
    file = path.parent / "speakers.toml"
    cuts = '{ turn = 2, before = "And work", speaker = "T" }, { turn = 2, before = "Dull", speaker = "C" }'
    file.write_text(f'[files."s1.txt"]\nsplit = [{cuts}]\n', "utf-8")
    shown = [" ".join(line.split()) for line in run("check", path, "--turns", "--show-words").out.splitlines()]
    assert shown[-5:] == [
        "1 T: Hello. How are you?", "2 C: Fine.", f"2 T: And work, {CANARY}?", "2 C: Dull.", "3 T: Oh."
    ]  # fmt: skip
    told = json.loads(run("check", path, "--turns", "--json").out)
    assert [(turn["turn"], turn["speaker"], turn["n_words"]) for turn in told["turns"]][2:] == [
        (2, "T", 3), (2, "C", 1), (3, "T", 1)
    ]  # fmt: skip
    assert "words" not in told["turns"][0]
    assert json.loads(run("check", path, "--json").out)["turns"] == []


def test_several_files_in_one_table_worst_first(run: Program, transcript: Transcript) -> None:
    paths = [transcript("a.txt", RIGHT), transcript("b.txt", SWAPPED), transcript("c.txt", f"prose {CANARY}")]
    done = run("check", *paths)
    assert done.code == 1
    names = [line.split()[0] for line in done.out.splitlines() if line.split()[0].endswith(".txt")]
    # The talk is one and the same four times over: a loop, so neither of the two is scored; the first keeps its place.
    assert names[0] == "c.txt"
    assert set(names) == {"a.txt", "b.txt", "c.txt"}
    assert CANARY not in done.out + done.err
    assert len(done.err.splitlines()) == 1


@pytest.mark.parametrize(("contents", "code"), [([RIGHT], 0), ([RIGHT, "prose"], 1), (["prose"], 2)])
def test_exit_codes(run: Program, transcript: Transcript, contents: list[str], code: int) -> None:
    assert run("check", *(transcript(f"s{n}.txt", text) for n, text in enumerate(contents))).code == code


def test_json_is_one_line_a_file(run: Program, transcript: Transcript) -> None:
    done = run("check", transcript("s1.txt", SWAPPED), transcript("s2.txt", "prose"), "--json")
    first, second = map(json.loads, done.out.splitlines())
    assert (first["file"], first["format"], first["encoding"], first["span_s"]) == ("s1.txt", "text", "utf-8", None)
    assert [(s["label"], s["role"], s["kept_apart"]) for s in first["speakers"]] == [
        ("T", "therapist", None),
        ("C", "client", None),
    ]
    assert sum(s["talk_share"] for s in first["speakers"]) == pytest.approx(1)
    (swap,) = first["suspected_swaps"]
    assert 10 <= swap["first_turn"] < swap["last_turn"] <= 21
    assert swap["reasons"]
    assert "words" not in swap
    assert [note["kind"] for note in first["notes"]] == ["W_SWAPPED_TURNS"]
    assert second["error"]["code"] == "NO_TURNS"
    assert CANARY not in done.out


def test_a_speakers_file_is_written_then_checked_then_used(run: Program, transcript: Transcript) -> None:
    # Two diarised files in which the labels change sides, and a label that is the same person in both.
    one, two = RIGHT.replace("T:", "S0:").replace("C:", "S1:"), RIGHT.replace("T:", "S1:").replace("C:", "S0:")
    paths = [transcript("one.txt", one), transcript("two.txt", two)]
    file = paths[0].parent / "map.toml"
    done = run("check", *paths, "--fix-speakers", file)
    assert "wrote map.toml" in done.err
    written = tomllib.loads(file.read_text("utf-8"))
    assert written["speakers"] == {}
    assert {name: section["speakers"] for name, section in written["files"].items()} == {
        "one.txt": {"S0": "therapist", "S1": "client"},
        "two.txt": {"S0": "client", "S1": "therapist"},
    }
    again = run("check", *paths, "--fix-speakers", file)
    assert (again.code, again.err) == (0, "")
    assert CANARY not in file.read_text("utf-8")
    used = [json.loads(x) for x in run("check", *paths, "--speakers", file, "--json").out.splitlines()]
    assert {s["reason"] for one in used for s in one["speakers"]} == {"settled by the user"}
    assert used[0]["corrections"] == ["label S0 is therapist", "label S1 is client"]


def test_the_template_holds_the_suspected_turns_ready_to_be_used(run: Program, transcript: Transcript) -> None:
    path = transcript("s1.txt", SWAPPED)
    file = path.parent / "map.toml"
    run("check", path, "--fix-speakers", file)
    text = file.read_text("utf-8")
    assert tomllib.loads(text)["speakers"] == {"T": "therapist", "C": "client"}
    file.write_text(text.replace("# relabel", "relabel").replace("#   {", "{").replace("# ]", "]"), "utf-8")
    mended = json.loads(run("check", path, "--fix-speakers", file, "--json").out)
    assert mended["suspected_swaps"] == []
    assert sum("given to" in sentence for sentence in mended["corrections"]) >= 8


def test_what_in_a_speakers_file_fits_nothing_is_said(run: Program, transcript: Transcript) -> None:
    path = transcript("s1.txt", RIGHT)
    file = path.parent / "map.toml"
    file.write_text('[speakers]\n"T" = "therapist"\n"Zoe" = "client"\n[files."x*.vtt"]\nignore = ["R"]\n', "utf-8")
    done = run("check", path, "--fix-speakers", file)
    assert 'nobody is labelled "Zoe"' in done.err
    assert 'files."x*.vtt" fits none of the 1 files' in done.err
    assert 'roles left open, and told from labels and talk: "C"' in done.err


def test_who_is_kept_apart_by_the_dyad_is_not_left_open(run: Program, transcript: Transcript) -> None:
    path = transcript("s1.txt", RIGHT + RIGHT.replace("C:", "D:"))
    file = path.parent / "speakers.toml"
    file.write_text('dyad = "T:D"\n[speakers]\n"T" = "therapist"\n"C" = "client"\n"D" = "client"\n', "utf-8")
    done = run("check", path, "--fix-speakers", file)
    assert (done.code, done.err) == (0, "")
    assert "client (kept apart)" in done.out


def test_a_speakers_file_beside_the_transcript_is_used(run: Program, transcript: Transcript) -> None:
    path = transcript("s1.txt", RIGHT)
    (path.parent / "speakers.toml").write_text('[speakers]\n"T" = "client"\n', "utf-8")
    assert [s["role"] for s in json.loads(run("check", path, "--json").out)["speakers"]] == ["client", "therapist"]


def test_a_faulty_speakers_file_is_one_line(run: Program, transcript: Transcript) -> None:
    path = transcript("s1.txt", RIGHT)
    file = path.parent / "map.toml"
    file.write_text('[speakers]\n"T" = "boss"\n', "utf-8")
    done = run("check", path, "--speakers", file)
    assert done.code == 2
    assert done.err == (
        "transcript-alliance: error [WRONG_VALUE]: map.toml: speakers.T: expected therapist, client or other.\n"
    )


def test_a_dyad_is_chosen(run: Program, transcript: Transcript) -> None:
    couple = RIGHT + RIGHT.replace("C:", "D:")
    path = transcript("s1.txt", couple)
    speakers = json.loads(run("check", path, "--dyad", "T:D", "--json").out)["speakers"]
    assert {s["label"]: (s["role"], s["kept_apart"]) for s in speakers} == {
        "T": ("therapist", None),
        "C": ("other", "client"),
        "D": ("client", None),
    }
    assert "client (kept apart)" in run("check", path, "--dyad", "T:D").out
    assert run("check", path, "--dyad", "T:Zoe").code == 2
