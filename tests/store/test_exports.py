"""What a writer writes, the reader of its format reads back: turns, speakers, times and words."""

import json
import tempfile
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tests.builders import make_session
from transcript_alliance.errors import OutputError
from transcript_alliance.readers import READERS, read_transcript
from transcript_alliance.segment import merge_turns, segment_session
from transcript_alliance.session import RawTurn
from transcript_alliance.store.exports import WRITERS, Talk, Writer, raw_talk, session_talk, write_convokit

ALL = pytest.mark.parametrize("writer", WRITERS, ids=[writer.id for writer in WRITERS])
BY_ID = {writer.id: writer for writer in WRITERS}

NASTY = (
    "&", "<", ">", '"', '""', "'", "]]>", "<!--", "&amp;", "&#x202e;", "-->", "<v Ann>", "</v>", "{\\an8}", "Ann:",
    "00:01.000 --> 00:02.000", "WEBVTT", "NOTE x", "*CLI:", "@End", "%xtxt:", "\x15100_200\x15", "[/]", "(.)", "&-um",
    "xxx", "0", "+...", "a_b", "é", "日本", "\U0001f600", "\u0301", "\u200b", "\u00a0", "\u2028", "\x85", "\n", "\r\n",
    "\t", "\v", "\0", "\x1b[2J", "\x7f", "\u202e", "\ud83d", "\ufffd", "\ufeff", ",", ";", "|", "=1+1", "#", "<exists>",
    "1.5", "\\'e", "...", "?", "!", ".",
)  # fmt: skip
CHARACTERS = st.characters(exclude_characters="".join(map(chr, (*range(32), 127))))
"""Control characters come from NASTY, a few at a time: a file full of them is taken for no text at all."""
TEXT = (
    st.lists(st.one_of(st.sampled_from(NASTY), st.text(CHARACTERS, max_size=12)), min_size=1, max_size=6)
    .map(" ".join)
    .filter(lambda text: sum(c < " " or c == "\x7f" for c in text) <= 2)
)
LABEL = st.one_of(st.sampled_from(("Ann", "Ben", "Dr. Smith", "SPEAKER_00", "T", "default", "P1 (client)")),
                  st.text(CHARACTERS, min_size=1, max_size=8))  # fmt: skip


@st.composite
def turns(draw: st.DrawFn, *, timed: bool) -> tuple[RawTurn, ...]:
    """Turns in the order of time, no two starting together and none without length, as sessions have them."""
    labels = draw(st.lists(LABEL, min_size=2, max_size=4, unique_by=lambda label: label.casefold()))
    made = []
    at = 0
    for n in range(draw(st.integers(1, 8))):
        at += draw(st.integers(1, 20_000))
        end = at + draw(st.integers(1, 30_000))
        start_s, end_s = at / 1000, end / 1000
        known = (True, True) if timed else draw(st.tuples(st.booleans(), st.booleans()))
        times = (start_s if known[0] else None, end_s if known[1] else None)
        made.append(RawTurn(labels[n % len(labels)], draw(TEXT), *times))
    return tuple(made)


def read_back(writer: Writer, talk: Talk) -> Talk:
    content = writer.write(talk)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"session{writer.suffix}"
        path.write_bytes(content)
        raw = read_transcript(path)
    assert raw.format == writer.id
    assert {note.kind for note in raw.notes} <= {"W_TIMES", "W_NO_SPEAKERS", "W_ONE_SPEAKER"}
    return raw_talk(talk.name, raw.turns)


def check(writer: Writer, given_turns: Sequence[RawTurn]) -> None:
    talk = raw_talk("session", given_turns)
    assume(talk.turns)
    if writer.id == "elan":
        # XML has no characters for these two.
        assume(not any(c in f"{t.speaker}{t.text}" for t in talk.turns for c in "\ufffe\uffff"))
    found = read_back(writer, talk)
    assert found.turns == talk.turns
    assert writer.write(found) == writer.write(raw_talk("session", given_turns))


@ALL
@settings(max_examples=60)
@given(given_turns=turns(timed=True))
def test_nothing_is_lost_of_timed_talk(writer: Writer, given_turns: tuple[RawTurn, ...]) -> None:
    check(writer, given_turns)


@pytest.mark.parametrize("format", ["csv", "talkbank", "elan"])
@settings(max_examples=60)
@given(given_turns=turns(timed=False))
def test_nothing_is_lost_of_talk_without_all_times(format: str, given_turns: tuple[RawTurn, ...]) -> None:
    check(BY_ID[format], given_turns)


@ALL
def test_a_session_comes_back_as_it_was(writer: Writer, tmp_path: Path) -> None:
    session = segment_session(read_transcript(SAMPLE))
    path = tmp_path / f"session{writer.suffix}"
    path.write_bytes(writer.write(session_talk(session)))
    again = segment_session(read_transcript(path))
    assert [again.turn_text(n) for n in range(len(again.turns))] == [
        session.turn_text(n) for n in range(len(session.turns))
    ]
    assert [(t.speaker, t.start_s, t.end_s) for t in again.turns] == [
        (t.speaker, t.start_s, t.end_s) for t in session.turns
    ]
    assert [s.label for s in again.speakers] == [s.label for s in session.speakers]


SAMPLE = Path(__file__).resolve().parents[2] / "sample_data" / "formats" / "session.vtt"


@ALL
def test_a_writer_is_that_of_a_reader(writer: Writer) -> None:
    reader = next(reader for reader in READERS if reader.id == writer.id)
    assert writer.suffix.lower() in reader.suffixes


@ALL
def test_nobody_stays_nobody(writer: Writer) -> None:
    # A turn of nobody that begins like a label, beside one of somebody.
    given_turns = (RawTurn("Ann", "so", 0.0, 1.0), RawTurn(None, "Ann: no", 1.0, 2.0), RawTurn("Ann", "so", 2.0, 3.0))
    assert read_back(writer, raw_talk("session", given_turns)).turns == raw_talk("session", given_turns).turns


@ALL
def test_who_talks_over_themselves(writer: Writer) -> None:
    # Ann's third turn begins before her first has ended: 0-10 s and 5-12 s.
    talk = raw_talk(
        "s", (RawTurn("Ann", "a", 0.0, 10.0), RawTurn("Ben", "b", 3.0, 4.0), RawTurn("Ann", "c", 5.0, 12.0))
    )
    assert read_back(writer, talk).turns == talk.turns


def test_plain_is_plain() -> None:
    talk = raw_talk("s", [RawTurn(" A\tB\u202e ", "x\0y\n z\ud83d", 2.0, 1.0), RawTurn("C", "\n")])
    (turn,) = talk.turns
    assert (turn.speaker, turn.text, turn.start_ms, turn.end_ms) == ("A B", "x\ufffdy z\ufffd", None, None)


@given(given_turns=turns(timed=False))
def test_making_plain_twice_changes_nothing(given_turns: tuple[RawTurn, ...]) -> None:
    once = raw_talk("s", given_turns)
    seconds = [None if ms is None else ms / 1000 for turn in once.turns for ms in (turn.start_ms, turn.end_ms)]
    again = [RawTurn(t.speaker, t.text, seconds[2 * n], seconds[2 * n + 1]) for n, t in enumerate(once.turns)]
    assert raw_talk("s", again).turns == once.turns


@pytest.mark.parametrize(
    ("format", "given_turns", "code"),
    [
        ("vtt", [RawTurn("A", "a", 1.0)], "NO_TIMES"),
        ("textgrid", [RawTurn("A", "a", None, 1.0)], "NO_TIMES"),
        ("textgrid", [RawTurn("A", "a", 1.0, 1.0)], "NO_TIMES"),
        ("textgrid", [RawTurn("A", "a", 2.0, 3.0), RawTurn("B", "b", 1.0, 2.0)], "NO_ORDER"),
        ("elan", [RawTurn("A", "a", 2.0, 3.0), RawTurn("B", "b", 1.0, 2.0)], "NO_ORDER"),
        # B and A begin together, but A's tier stands first.
        ("textgrid", [RawTurn("A", "a", 0.0, 1.0), RawTurn("B", "b", 2.0, 3.0), RawTurn("A", "c", 2.0, 3.0)],
         "NO_ORDER"),
        ("vtt", [RawTurn("A", "a", 3.6e6, 3.7e6)], "RANGE"),
        ("vtt", [RawTurn("A" * 200, "a", 1.0, 2.0)], "RANGE"),
    ],
)  # fmt: skip
def test_what_a_format_cannot_hold_is_refused(format: str, given_turns: list[RawTurn], code: str) -> None:
    with pytest.raises(OutputError) as caught:
        BY_ID[format].write(raw_talk("s", given_turns))
    assert caught.value.code == code


def test_a_turn_of_several_utterances_has_its_time_mark_on_the_last(tmp_path: Path) -> None:
    session = make_session("T: So. How was it?\nC: Fine.")
    lines = BY_ID["talkbank"].write(session_talk(session)).decode().splitlines()
    assert [line for line in lines if line.startswith("*")] == ["*T:\tSo .", "*T:\tHow was it ?", "*C:\tFine ."]
    assert "@Participants:\tT T Therapist, C C Participant" in lines
    (tmp_path / "s.cha").write_bytes(BY_ID["talkbank"].write(session_talk(session)))
    assert [t.text for t in merge_turns(read_transcript(tmp_path / "s.cha").turns)] == ["So. How was it?", "Fine."]


@pytest.mark.parametrize("format", ["talkbank", "elan", "textgrid"])
def test_characters_that_have_a_meaning_elsewhere(format: str) -> None:
    text = 'He said: "5 < 6 & 7 > 6", [laughs] (well)'
    talk = raw_talk("s", [RawTurn("T|x", text, 0.0, 1.0), RawTurn("C, y", "yes", 1.0, 2.0)])
    assert read_back(BY_ID[format], talk).turns == talk.turns


def test_the_two_characters_that_xml_cannot_hold() -> None:
    talk = raw_talk("s", [RawTurn("A", "a\ufffeb\uffff", 0.0, 1.0)])
    assert read_back(BY_ID["elan"], talk).turns[0].text == "a\ufffdb\ufffd"


def test_intervals_fill_the_time_without_overlap() -> None:
    talk = raw_talk("s", [RawTurn("A", "a", 1.0, 2.0), RawTurn("B", "b", 2.0, 5.0), RawTurn("A", "c", 4.0, 4.5)])
    tier = BY_ID["textgrid"].write(talk).decode().partition("intervals: size = 5")[2].partition("item [2]")[0]
    times = [float(line.split()[2]) for line in tier.splitlines() if line.strip().startswith(("xmin", "xmax"))]
    # A's tier: 0-1 silence, 1-2, 2-4 silence, 4-4.5, 4.5-5 silence.
    assert times == [0, 1, 1, 2, 2, 4, 4, 4.5, 4.5, 5]


@settings(max_examples=60)
@given(given_turns=turns(timed=False))
def test_nothing_is_lost_in_a_convokit_folder(given_turns: tuple[RawTurn, ...]) -> None:
    talk = raw_talk("s 1", given_turns)
    assume(talk.turns)
    with tempfile.TemporaryDirectory() as folder:
        for name, content in write_convokit(talk).items():
            (Path(folder) / name).write_bytes(content)
        raw = read_transcript(Path(folder))
    assert raw.format == "convokit"
    assert raw_talk("s 1", raw.turns).turns == talk.turns


def test_a_convokit_folder_says_who_is_who() -> None:
    files = write_convokit(session_talk(make_session("T: So?\nC: Fine.", "s1")))
    assert json.loads(files["speakers.json"])["T"]["meta"] == {"role": "therapist"}
    first, second = map(json.loads, files["utterances.jsonl"].splitlines())
    assert (first["id"], first["reply-to"], second["reply-to"]) == ("s1", None, "s1")
    assert set(files) == {"utterances.jsonl", "speakers.json", "conversations.json", "corpus.json", "index.json"}


def test_teeth_the_round_trip_finds_a_lost_word() -> None:
    def careless(talk: Talk) -> bytes:
        return BY_ID["csv"].write(talk).replace(b'"b"', b'""')

    writer = Writer("csv", ".csv", careless)
    talk = raw_talk("s", [RawTurn("A", "a"), RawTurn("B", "b")])
    assert read_back(writer, talk).turns != talk.turns
