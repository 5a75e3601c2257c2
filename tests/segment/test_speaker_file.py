"""The speakers file: what it may say, and how a fault in it is told."""

from collections.abc import Callable
from pathlib import Path

import pytest

from transcript_alliance.errors import SettingsError
from transcript_alliance.segment.corrections import Cast, Corrections, Merge, Relabel, Split
from transcript_alliance.segment.speaker_file import find_speaker_file, load_speaker_file
from transcript_alliance.session import Role

FULL = """
ignore = ["Recorder"]
dyad = "Dr. Lee:SPEAKER_01"

[speakers]
"Dr. Lee" = "therapist"
"SPEAKER_01" = { role = "client", name = "C07" }

[files."site-a/*.vtt".speakers]
"speaker_01" = "other"

[files."s7.vtt"]
relabel = [{ turn = 14, speaker = "SPEAKER_01" }]
split = [{ turn = 20, at = 35, speaker = "Dr. Lee" }]
merge = [{ first = 31, last = 32 }]
"""

Write = Callable[[str], Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def file(text: str) -> Path:
        path = tmp_path / "speakers.toml"
        path.write_text(text, "utf-8")
        return path

    return file


def test_what_is_for_all_and_what_for_one(write: Write, tmp_path: Path) -> None:
    file = load_speaker_file(write(FULL))
    lee, client = Cast("Dr. Lee", Role.THERAPIST, "Dr. Lee"), Cast("SPEAKER_01", Role.CLIENT, "C07")
    everywhere = Corrections((lee, client), ("Recorder",), dyad="Dr. Lee:SPEAKER_01")
    assert file.corrections(tmp_path / "s1.vtt") == everywhere
    one = file.corrections(tmp_path / "s7.vtt")
    assert one.relabel == (Relabel(14, "SPEAKER_01"),)
    assert one.split == (Split(20, 35, "Dr. Lee"),)
    assert one.merge == (Merge(31, 32),)
    # The later word on a label counts, however the label is spelled.
    assert file.corrections(tmp_path / "site-a" / "s1.vtt").casts == (
        lee,
        Cast("speaker_01", Role.OTHER, "speaker_01"),
    )


def test_a_place_in_a_turn_is_told_by_words_too(write: Write, tmp_path: Path) -> None:
    file = load_speaker_file(write('[files."a"]\nsplit = [{ turn = 3, before = "Yes, but", speaker = "A" }]'))
    assert file.corrections(tmp_path / "a").split == (Split(3, "Yes, but", "A"),)


def test_the_example_of_the_module_is_a_speakers_file(write: Write) -> None:
    from transcript_alliance.segment import speaker_file

    example = (speaker_file.__doc__ or "").split("\n\n", 1)[1].rsplit("\n\n", 1)[0]
    assert load_speaker_file(write("\n".join(line.strip() for line in example.splitlines()))).sections


@pytest.mark.parametrize(
    ("text", "code", "message"),
    [
        ('[speakers]\n"A" = therapist', "BROKEN_TOML", "speakers.toml line 2: not valid TOML."),
        ('speaker = "A"', "UNKNOWN_KEY", "speakers.toml: unknown key speaker."),
        ('[speakers]\n"A" = "helper"', "WRONG_VALUE", "speakers.A: expected therapist, client or other."),
        ('[files."a"]\nrelabel = [{ turn = 0, speaker = "A" }]', "WRONG_VALUE", "relabel.0.turn: expected a number"),
        ('[files."a"]\nrelabel = [{ turn = 3 }]', "WRONG_VALUE", "relabel.0.speaker: expected this key to be there."),
        ('[files."a"]\nsplit = [{ turn = 3, at = "x", speaker = "A" }]', "WRONG_VALUE", "at: expected a whole number."),
        ('[files."a"]\nsplit = [{ turn = 3, speaker = "A" }]', "WRONG_VALUE", "split.0: expected either at, a number"),
        (
            '[files."a"]\nsplit = [{ turn = 3, at = 3, before = "so", speaker = "A" }]',
            "WRONG_VALUE",
            "expected either at",
        ),
        ('[files."a"]\nsha256 = "12"', "WRONG_VALUE", "sha256: expected 64 hexadecimal digits."),
        ("ignore = 3", "WRONG_VALUE", "speakers.toml: ignore: expected a list."),
    ],
)
def test_a_faulty_file_is_one_line(write: Write, text: str, code: str, message: str) -> None:
    with pytest.raises(SettingsError) as caught:
        load_speaker_file(write(text))
    assert caught.value.code == code
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_one_name_with_two_roles_is_refused(write: Write, tmp_path: Path) -> None:
    text = '[speakers]\n"A" = { role = "client", name = "Eve" }\n"B" = { role = "therapist", name = "eve" }'
    with pytest.raises(SettingsError) as caught:
        load_speaker_file(write(text)).corrections(tmp_path / "s.vtt")
    assert caught.value.code == "TWO_ROLES"


@pytest.mark.parametrize("content", [b"\xff\xfe", b'a = "\0"', b"[" * 5_000, b"a = " + b"[" * 100_000, b""])
def test_whatever_stands_in_it(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "speakers.toml"
    path.write_bytes(content)
    if content:
        with pytest.raises(SettingsError):
            load_speaker_file(path)
    else:
        assert load_speaker_file(path).sections == ()


def test_it_is_found_beside_the_transcript(write: Write, tmp_path: Path) -> None:
    transcript = tmp_path / "s7.vtt"
    assert find_speaker_file(transcript, None) is None
    file = write("")
    assert find_speaker_file(transcript, None) == file
    assert find_speaker_file(transcript, "other.toml") == Path("other.toml")


def test_a_missing_one_that_was_named_is_said(tmp_path: Path) -> None:
    with pytest.raises(SettingsError) as caught:
        load_speaker_file(tmp_path / "gone.toml")
    assert caught.value.code == "NO_SPEAKERS_FILE"
