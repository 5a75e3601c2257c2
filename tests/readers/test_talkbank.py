"""CHAT transcripts of TalkBank and CLAN."""

from pathlib import Path

import pytest

from tests.readers.files import noted, read, said
from transcript_alliance.errors import FormatError
from transcript_alliance.readers.talkbank_words import plain_words

PEOPLE = "@Participants:\tTHE Therapist Investigator, CLI Client Participant\n"


def chat(*tiers: str, people: str = PEOPLE, end: str = "@End\n") -> str:
    return "@UTF8\n@Begin\n@Languages:\teng\n" + people + "".join(f"{tier}\n" for tier in tiers) + end


def test_turns_times_and_lines(tmp_path: Path) -> None:
    raw = read(
        tmp_path,
        "s.cha",
        chat(
            "*THE:\thow was\n\tit ? \x151500_2750\x15",
            "%mor:\tadv|how v|be pro|it ?",
            "@Comment:\ta pause",
            "*CLI:\tfine .",
        ),
    )
    assert said(raw) == [("Therapist", "how was it?"), ("Client", "fine.")]
    assert [(t.start_s, t.end_s, t.line) for t in raw.turns] == [(1.5, 2.75, 5), (None, None, 9)]
    assert (raw.format, raw.notes) == ("talkbank", ())


@pytest.mark.parametrize(
    ("tier", "words"),
    [
        ("<the dog> [/] the dog sat .", "the dog the dog sat."),
        ("<I wanted> [//] I thought I'd [///] go .", "I wanted I thought I'd go."),
        ("yes [>] . ", "yes."),
        ("[<] <no I mean> [<2] it ?", "no I mean it?"),
        ("⌈2 so ⌉2 what ⌊now⌋ ?", "so what now?"),
        ("gonna [: going to] go [*] [+ gram]", "gonna go"),
        ("&-um (.) I (..) &+wa (1.5) was (0:02.5) &=laughs &*MOT:mhm here !", "um I wa- was here!"),
        ("(be)cause no:o it's bana:nas@c choo+choo Mickey_Mouse", "because noo it's bananas choo-choo Mickey Mouse"),
        ("well , yes ‡ Mum „ you see ; so", "well, yes, Mum, you see; so"),
        ('+" he said +...', "he said..."),
        ("+^ but +/.", "but..."),
        ("you did +!?", "you did!?"),
        ("xxx and 0he www", "[inaudible] and"),
        ("0 [=! cries] .", ""),
        ("at 10:30 I'm 50% sure: e.g. this", "at 10:30 I'm 50% sure e.g. this"),
        ("[= a [b] c] left", "left"),
        ("[ open", "[ open"),
    ],
)
def test_what_stands_on_a_main_tier(tier: str, words: str) -> None:
    assert plain_words(tier) == words


@pytest.mark.parametrize(
    ("people", "labels"),
    [
        ("THE Helen Therapist, CLI Dom_Ek Client", ["Helen (Therapist)", "Dom Ek (Client)"]),
        ("THE Helen Adult, CLI Dom Adult", ["Helen", "Dom"]),
        ("THE Therapist, CLI Client", ["Therapist", "Client"]),
        ("THE Adult, CLI Adult", ["THE", "CLI"]),
        ("THE Dr_Lee Investigator,\n\tCLI Unidentified", ["Dr Lee", None]),
    ],
)
def test_participants_and_their_roles(tmp_path: Path, people: str, labels: list[str | None]) -> None:
    raw = read(tmp_path, "s.cha", chat("*THE:\tso ?", "*CLI:\tno .", people=f"@Participants:\t{people}\n"))
    assert [turn.speaker for turn in raw.turns] == labels


def test_a_speaker_who_is_not_declared_is_kept(tmp_path: Path) -> None:
    raw = read(tmp_path, "s.cha", chat("*THE:\tso ?", "*XYZ:\tmay I ?"))
    assert said(raw)[1] == ("XYZ", "may I?")
    assert [(n.kind, n.first_line) for n in raw.notes] == [("W_UNKNOWN_SPEAKER", 6)]


def test_time_marks_that_cannot_be_read_leave_no_trace(tmp_path: Path) -> None:
    raw = read(
        tmp_path,
        "s.cha",
        chat(
            "*THE:\ta . \x15-5_x\x15",
            "*CLI:\tb . \x1512000",
            "*THE:\tc . \x1599999_1\x15",
            "*CLI:\td \x151000_2000\x15 e . \x152500_3000\x15",
            '*THE:\tf . \x15%snd:"my tape"_4000_5000\x15',
        ),
    )
    assert [turn.text for turn in raw.turns] == ["a.", "b.", "c.", "d e.", "f."]
    assert [(t.start_s, t.end_s) for t in raw.turns] == [(None, None)] * 3 + [(1.0, 3.0), (4.0, 5.0)]
    assert noted(raw) == {"W_TIMES": 3}


def test_a_missing_end_and_stray_lines_are_noted(tmp_path: Path) -> None:
    raw = read(tmp_path, "s.cha", chat("*THE:\tso ?", "stray", "*CLI:\tno .", end=""))
    assert said(raw) == [("Therapist", "so?"), ("Client", "no.")]
    assert noted(raw) == {"W_SKIPPED": 1, "W_TRUNCATED": 1}


def test_what_is_no_chat(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match=r"Not a CHAT file: @Begin and @Participants are missing\.") as caught:
        read(tmp_path, "s.cha", "milk\nbread\n" * 20)
    assert caught.value.code == "WRONG_FORMAT"
