"""`code`: what is written, what is said, and what happens to the others when one fails."""

import json
import os
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.commands.conftest import CANARY, SCRIPT, Run, stand_in
from transcript_alliance.annotations import CodedSession
from transcript_alliance.commands import coding
from transcript_alliance.commands.filenames import file_stem
from transcript_alliance.errors import ModelBundleError
from transcript_alliance.serialize import from_json
from transcript_alliance.settings import Settings

pytestmark = pytest.mark.usefixtures("no_model")

Program = Callable[..., Run]
Transcript = Callable[..., Path]


def test_each_session_becomes_json_and_a_report(run: Program, transcript: Transcript, tmp_path: Path) -> None:
    done = run("code", transcript("s1.txt"), transcript("s2.txt"), "-o", tmp_path / "out")
    assert (done.code, done.err) == (0, "")
    assert sorted(p.name for p in (tmp_path / "out").iterdir()) == ["s1.html", "s1.json", "s2.html", "s2.json"]
    assert from_json((tmp_path / "out" / "s1.json").read_text("utf-8")).session.session_id == "s1"
    assert "<html" in (tmp_path / "out" / "s1.html").read_text("utf-8")


def test_the_summary_gives_scores_with_intervals_and_ruptures_with_turns(
    run: Program, transcript: Transcript, tmp_path: Path
) -> None:
    lines = [" ".join(line.split()) for line in run("code", transcript("s1.txt"), "-o", tmp_path).out.splitlines()]
    assert lines[0].startswith("s1.txt 5 turns, ")
    assert any(line.startswith("Goal") and line.endswith("5.2 4.0 to 6.5") for line in lines)
    assert "no score: Too short to score." in lines
    (rupture,) = (line for line in lines if line.startswith("turns"))
    # Utterance 1 opens turn 2; utterance 4, the last before the end of the range, closes turn 3.
    assert rupture.startswith("turns 2-3 confrontation, 84% likely C1")
    assert "resolved; answered after 1 turn by R5" in rupture
    assert any(line.startswith("wrote ") and "s1.json" in line and "s1.html" in line for line in lines)


def test_no_words_of_the_session_are_printed(run: Program, transcript: Transcript, tmp_path: Path) -> None:
    for options in ((), ("--json",)):
        done = run("code", transcript("s1.txt"), transcript("s2.txt", f"crash {CANARY}"), "-o", tmp_path, *options)
        assert CANARY not in done.out + done.err


@pytest.mark.skipif(os.name == "nt", reason="POSIX permissions")
def test_results_are_their_owners(run: Program, transcript: Transcript, tmp_path: Path) -> None:
    run("code", transcript("s1.txt"), "-o", tmp_path / "out")
    assert stat.S_IMODE((tmp_path / "out").stat().st_mode) == 0o700
    assert {stat.S_IMODE(p.stat().st_mode) for p in (tmp_path / "out").iterdir()} == {0o600}


def test_the_transcript_is_not_touched(run: Program, transcript: Transcript, tmp_path: Path) -> None:
    path = transcript("s1.txt")
    before = (path.read_bytes(), path.stat().st_mtime_ns)
    run("code", path, "-o", tmp_path)
    assert (path.read_bytes(), path.stat().st_mtime_ns) == before


@pytest.mark.parametrize(
    ("contents", "exit_code"),
    [
        ([SCRIPT, SCRIPT], 0),
        ([SCRIPT, "unreadable", SCRIPT], 1),
        ([SCRIPT, "crash", SCRIPT], 1),
        (["unreadable"], 2),
        (["crash"], 2),
        (["unreadable", "crash"], 2),
    ],
)
def test_one_failure_does_not_stop_the_others(
    run: Program, transcript: Transcript, tmp_path: Path, contents: list[str], exit_code: int
) -> None:
    paths = [transcript(f"s{number}.txt", text) for number, text in enumerate(contents)]
    done = run("code", *paths, "-o", tmp_path / "out")
    good = [number for number, text in enumerate(contents) if text is SCRIPT]
    assert done.code == exit_code
    assert sorted(p.stem for p in (tmp_path / "out").glob("*.json")) == [f"s{number}" for number in good]
    assert len(done.err.splitlines()) == len(contents) - len(good)
    assert all(line.startswith("transcript-alliance: error [") for line in done.err.splitlines())


def test_a_failure_is_one_line_with_its_code_and_place(run: Program, transcript: Transcript, tmp_path: Path) -> None:
    done = run("code", transcript("s1.txt", "unreadable"), "-o", tmp_path)
    assert done.err == "transcript-alliance: error [NO_TURNS]: s1.txt: No speaker labels were found.\n"
    done = run("code", transcript("s1.txt", "alone"), "-o", tmp_path)
    assert done.err == "transcript-alliance: error [ONE_SPEAKER]: s1.txt: Only one speaker is named.\n"
    done = run("code", transcript("s1.txt", f"crash {CANARY}"), "-o", tmp_path)
    assert done.err.startswith("transcript-alliance: error [UNEXPECTED]: s1.txt: ValueError, a fault of this program.")


def test_two_files_of_one_name_do_not_overwrite_each_other(
    run: Program, transcript: Transcript, tmp_path: Path
) -> None:
    first, second = transcript("a/s1.txt"), transcript("b/S1.txt", SCRIPT.replace("letter", "parcel"))
    done = run("code", first, second, "-o", tmp_path / "out")
    assert done.code == 1
    assert done.err.startswith(
        "transcript-alliance: error [SAME_NAME]: S1.txt: its result S1.json is already that of s1.txt."
    )
    assert "letter" in (tmp_path / "out" / "s1.json").read_text("utf-8")


def test_an_earlier_result_is_replaced_and_it_is_said(run: Program, transcript: Transcript, tmp_path: Path) -> None:
    path = transcript("s1.txt")
    assert "wrote" in run("code", path, "-o", tmp_path).out
    assert "replaced" in run("code", path, "-o", tmp_path).out


def test_json_is_one_line_a_file_in_order(run: Program, transcript: Transcript, tmp_path: Path) -> None:
    done = run("code", transcript("s1.txt"), transcript("s2.txt", "unreadable"), "-o", tmp_path, "--json")
    first, second = map(json.loads, done.out.splitlines())
    assert (first["file"], first["session_id"], first["n_turns"]) == ("s1.txt", "s1", 5)
    assert first["scores"][0]["value"] == 5.25
    assert first["ruptures"] == [
        {"kind": "confrontation", "score": 0.84, "turns": [2, 3], "resolution": "resolved", "turns_to_response": 1}
    ]
    assert first["results"] == [str(tmp_path / "s1.json"), str(tmp_path / "s1.html")]
    assert second == {
        "file": "s2.txt",
        "error": {"code": "NO_TURNS", "message": "s2.txt: No speaker labels were found."},
    }


def test_quiet_prints_errors_alone(run: Program, transcript: Transcript, tmp_path: Path) -> None:
    done = run("code", transcript("s1.txt"), transcript("s2.txt", "unreadable"), "-o", tmp_path, "--quiet")
    assert done.out == ""
    assert len(done.err.splitlines()) == 1


def test_options_win_over_the_settings_file(
    run: Program, transcript: Transcript, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[Settings] = []
    loaded: list[tuple[Path | None, int]] = []

    def code_session(path: Path, settings: Settings, _: object) -> CodedSession:
        seen.append(settings)
        return stand_in(path)

    def load_model(folder: Path | None, threads: int) -> object:
        loaded.append((folder, threads))
        return real(folder, threads)

    real = vars(coding)["load_model"]
    monkeypatch.setattr(coding, "load_model", load_model)
    monkeypatch.setattr(coding, "code_session", code_session)
    file = tmp_path / "settings.toml"
    file.write_text(
        '[roles]\ntherapist = "A"\n[output]\nreport = false\n[abstain]\nmin_turns = 5\n[model]\nthreads = 2\n'
    )
    run(
        *("code", transcript("s1.txt"), "-o", tmp_path / "out", "--settings", file, "--therapist", "B"),
        *("--format", "text", "--encoding", "cp1252", "--speaker-column", "c", "--text-column", "d", "--model", "m"),
    )
    (settings,) = seen
    assert settings.roles.therapist == "B"
    assert settings.abstain.min_turns == 5
    assert settings.read.model_dump() == {
        "format": "text",
        "encoding": "cp1252",
        "speaker_column": "c",
        "text_column": "d",
    }
    assert loaded == [(Path("m"), 2)]
    assert [p.name for p in (tmp_path / "out").iterdir()] == ["s1.json"]


def test_a_wrong_settings_file_stops_before_anything_is_written(
    run: Program, transcript: Transcript, tmp_path: Path
) -> None:
    file = tmp_path / "settings.toml"
    file.write_text("[roles]\ntherapst = 'A'\n")
    done = run("code", transcript("s1.txt"), "-o", tmp_path / "out", "--settings", file)
    assert done.code == 2
    assert done.err.endswith("settings.toml: unknown key roles.therapst. Hint: did you mean roles.therapist?\n")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(("name", "code"), [("s1.vvt", "NOT_FOUND"), ("s1.vtt" * 60, "NOT_READABLE")])
def test_a_mistyped_name_is_answered_before_the_model_is_loaded(
    run: Program, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, code: str
) -> None:
    def load_model(*_: object) -> None:
        raise AssertionError("loaded")

    monkeypatch.setattr(coding, "load_model", load_model)
    done = run("code", tmp_path / name, "-o", tmp_path / "out")
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith(f"transcript-alliance: error [{code}]: {name[:6]}")
    assert not (tmp_path / "out").exists()


def test_a_missing_model_stops_the_run(
    run: Program, transcript: Transcript, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def load_model(path: object, _: int) -> None:
        raise ModelBundleError("NO_MODEL", f"there is no model folder {path}.")

    monkeypatch.setattr(coding, "load_model", load_model)
    done = run("code", transcript("s1.txt"), "-o", tmp_path / "out", "--model", "nowhere")
    assert (done.code, done.err) == (
        2,
        "transcript-alliance: error [NO_MODEL]: there is no model folder nowhere.\n",
    )


def test_a_folder_that_cannot_be_made_stops_the_run(run: Program, transcript: Transcript, tmp_path: Path) -> None:
    (tmp_path / "out").write_text("in the way")
    done = run("code", transcript("s1.txt"), "-o", tmp_path / "out")
    assert done.code == 2
    assert done.err.startswith(
        "transcript-alliance: error [NOT_A_FOLDER]: folder out: a file of that name is in the way"
    )


@pytest.mark.parametrize(
    ("session_id", "stem"),
    [
        ("s1", "s1"),
        ("Zoë 3", "Zoë 3"),
        ("../../etc/passwd", "_._.._etc_passwd"),
        ("..", "_"),
        ("con\nbreak\x1b[31m", "con_break_[31m"),
        ("<img src=x>", "_img src=x_"),
        ("end. ", "end"),
        ("half \udcff", "half _"),
        ("", "_"),
        ("é" * 300, "é" * 60),
    ],
)
def test_a_result_stays_in_its_folder_whatever_the_session_is_called(session_id: str, stem: str) -> None:
    assert file_stem(session_id) == stem
    assert Path(f"{stem}.json").name == f"{stem}.json"
