"""The examples: one invented talk as each program writes it, in each shape that its makers describe."""

import json
from pathlib import Path
from random import Random
from typing import Any

import pytest

from tests.readers.faults import outcome
from tests.readers.files import noted
from tests.readers.mutants import mutated
from transcript_alliance.errors import TranscriptError
from transcript_alliance.readers import READERS, read_transcript, shapes
from transcript_alliance.segment import merge_turns
from transcript_alliance.session import RawTranscript

EXAMPLES = Path(__file__).parent / "examples"
TALK = (
    "How was the week?",
    "Long. I rang my sister on Tuesday.",
    "You rang her. What was that like?",
    "Odd, but good.",
)
STARTS_S = (1.0, 3.0, 6.2, 9.1)

_NAMED, _NUMBERED = ("Therapist", "Client"), ("Speaker 1", "Speaker 2")
SPEAKERS: dict[str, tuple[str | None, str | None]] = {
    "assemblyai/channels.json": ("Channel 1", "Channel 2"),
    "assemblyai/diarised.json": ("Speaker A", "Speaker B"),
    "assemblyai/words.json": ("Speaker A", "Speaker B"),
    "aws/channels.json": ("ch_0", "ch_1"),
    "aws/healthscribe.json": ("CLINICIAN", "PATIENT"),
    "aws/healthscribe_stream.json": ("CLINICIAN_0", "PATIENT_0"),
    "aws/items.json": ("spk_0", "spk_1"),
    "aws/old.json": ("spk_0", "spk_1"),
    "aws/segments.json": ("spk_0", "spk_1"),
    "azure/batch.json": _NUMBERED,
    "azure/channels.json": ("Channel 0", "Channel 1"),
    "azure/fast.json": _NUMBERED,
    "convokit/old": _NAMED,
    "convokit/one": _NAMED,
    "convokit/two#c/1.a": _NAMED,
    "deepgram/channels.json": ("Channel 0", "Channel 1"),
    "deepgram/paragraphs.json": ("Speaker 0", "Speaker 1"),
    "deepgram/utterances.json": ("Speaker 0", "Speaker 1"),
    "deepgram/words.json": ("Speaker 0", "Speaker 1"),
    "google/batch.json": _NUMBERED,
    "google/channels.json": ("Channel 1", "Channel 2"),
    "google/operation.json": _NUMBERED,
    "google/v1.json": _NUMBERED,
    "google/v2.json": _NUMBERED,
    "noscribe/named.html": _NAMED,
    "noscribe/plain.html": ("S00", "S01"),
    "otranscribe/breaks.otr": _NAMED,
    "otranscribe/paragraphs.otr": _NAMED,
    "revai/named.json": _NAMED,
    "revai/no_marks.json": ("Speaker 0", "Speaker 1"),
    "revai/punctuated.json": ("Speaker 0", "Speaker 1"),
    "signal/data.json": _NAMED,
    "signal/zoned.json": _NAMED,
    "telegram/account.json": _NAMED,
    "telegram/chat.json": _NAMED,
    "text/otter.txt": _NAMED,
    "vtt/noscribe.vtt": ("S00", "S01"),
    "vtt/teams.vtt": _NAMED,
    "vtt/zoom.vtt": _NAMED,
    "whatsapp/android.txt": _NAMED,
    "whatsapp/android_de.txt": _NAMED,
    "whatsapp/android_es.txt": _NAMED,
    "whatsapp/android_fr.txt": _NAMED,
    "whatsapp/generic.txt": _NAMED,
    "whatsapp/ios.txt": _NAMED,
    "whatsapp/ios12.txt": _NAMED,
    "whatsapp/ios_fi.txt": _NAMED,
    "whisper/diarised.json": ("Speaker A", "Speaker B"),
    "whisper/plain.json": (None, None),
    "whisper/service.json": ("Speaker A", "Speaker B"),
    "whisperx/diarised.json": ("SPEAKER_00", "SPEAKER_01"),
    "whisperx/letters.json": ("SPEAKER_00", "SPEAKER_01"),
}
"""Example -> how it calls the two."""
WITHOUT_TIMES = ("convokit/old", "google/channels.json")
BY_MINUTE = tuple(f"whatsapp/android{language}.txt" for language in ("", "_de", "_es", "_fr"))
BY_SECOND = ("otranscribe/breaks.otr", "text/otter.txt")
OWN_TALK = ("vtt/rolling.vtt", "vtt/youtube.vtt", "whisperx/words.json")
"""Examples that have a test of their own."""
FROM_THE_FIRST = ("convokit", "signal", "telegram", "whatsapp")
"""Their times count from the first message; in whole seconds, or by the minute, where they have no better."""


def talk_of(raw: RawTranscript) -> list[tuple[str | None, str]]:
    merged = merge_turns(raw.turns)
    if all(turn.speaker is None for turn in raw.turns):
        return [(None, turn.text) for turn in raw.turns]
    return [(turn.speaker, turn.text) for turn in merged]


def bare(text: str) -> str:
    return "".join(c for c in text if c not in ".,?")


@pytest.mark.parametrize("example", SPEAKERS)
def test_the_same_talk_in_every_example(example: str) -> None:
    raw = read_transcript(EXAMPLES / example)
    assert raw.format == example.partition("/")[0]
    spell = bare if example == "revai/no_marks.json" else str
    first, second = SPEAKERS[example]
    assert talk_of(raw) == [(speaker, spell(text)) for speaker, text in zip((first, second) * 2, TALK, strict=True)]


@pytest.mark.parametrize("example", [name for name, who in SPEAKERS.items() if who[0] and name not in WITHOUT_TIMES])
def test_times_are_seconds_of_the_recording_or_since_the_first_message(example: str) -> None:
    kind = example.partition("/")[0]
    offset = STARTS_S[0] if kind in FROM_THE_FIRST else 0.0
    within = 0.6 if kind in FROM_THE_FIRST or example in BY_SECOND else 0.001
    turns = merge_turns(read_transcript(EXAMPLES / example).turns)
    starts = [turn.start_s for turn in turns]
    # All is said within one minute, so a clock without seconds shows no time passing.
    wanted = (0.0,) * 4 if example in BY_MINUTE else [start - offset for start in STARTS_S]
    assert starts == pytest.approx(wanted, abs=within)


def test_every_example_has_a_line_and_every_program_two_examples() -> None:
    files = {path.relative_to(EXAMPLES).as_posix() for path in EXAMPLES.glob("*/*")}
    assert files == {name.partition("#")[0] for name in SPEAKERS} | set(OWN_TALK)
    programs = [engine.id for engine in shapes.ENGINES] + list(FROM_THE_FIRST) + ["noscribe", "otranscribe"]
    counts = {program: sum(name.startswith(f"{program}/") for name in files) for program in programs}
    assert {program for program, count in counts.items() if count < 2} == set()


def test_whisper_alone_knows_no_speakers() -> None:
    assert noted(read_transcript(EXAMPLES / "whisper/plain.json")) == {"W_NO_SPEAKERS": 4}


def test_words_without_a_speaker_go_on_with_the_one_before() -> None:
    raw = read_transcript(EXAMPLES / "whisperx/words.json")
    assert talk_of(raw)[:2] == [
        ("SPEAKER_00", "How was the week? Long."),
        ("SPEAKER_01", "I rang my sister on Tuesday."),
    ]
    assert noted(raw) == {"W_UNLABELLED": 1}


def test_captions_that_roll_are_read_once() -> None:
    raw = read_transcript(EXAMPLES / "vtt/rolling.vtt")
    assert [turn.text for turn in raw.turns] == [
        "so how was your week",
        "it was long and i rang",
        "my sister on tuesday",
        "you rang her",
        "what was that like",
    ]
    assert noted(raw) == {"W_REPEATS": 9, "W_NO_SPEAKERS": 5}


def test_captions_that_grow_word_by_word_are_read_once() -> None:
    raw = read_transcript(EXAMPLES / "vtt/youtube.vtt")
    assert [turn.text for turn in raw.turns] == list(TALK)
    # Each line comes in, stands alone for a moment, and again above the next: 4 + 3.
    assert noted(raw) == {"W_REPEATS": 7, "W_NO_SPEAKERS": 4}


FILES = sorted({name for name in SPEAKERS if not name.startswith("convokit/")} | {"convokit/two/utterances.jsonl"})


@pytest.mark.parametrize("example", FILES)
def test_damaged_examples_end_in_turns_or_one_line_without_words(example: str, tmp_path: Path) -> None:
    rng = Random(7)
    content = (EXAMPLES / example).read_bytes()
    format = example.partition("/")[0]
    path = tmp_path / f"damaged{Path(example).suffix}"
    for number in range(40):
        path.write_bytes(mutated(content, rng))
        found = outcome(path, rng.choice((None, format)))
        if isinstance(found, TranscriptError):
            assert found.__cause__ is None, number
            assert "\n" not in str(found), number
            assert not {"sister", "week", "Tuesday"} & set(str(found).replace("'", " ").split()), number
        else:
            assert all(turn.text.strip() for turn in found.turns), number
            times = [(turn.start_s, turn.end_s) for turn in found.turns]
            assert all(time is None or 0 <= time < 1e12 for pair in times for time in pair), number


WRONG: tuple[Any, ...] = (
    None,
    True,
    -1,
    0,
    1e300,
    float("nan"),
    float("inf"),
    -0.5,
    "",
    "x",
    "99:99",
    [],
    {},
    [[]],
    10**30,
    "9" * 400,
)


@pytest.mark.parametrize("example", [name for name in FILES if name.endswith(".json") and "signal" not in name])
def test_any_value_of_a_wrong_kind_is_left_out_or_refused(example: str, tmp_path: Path) -> None:
    document = json.loads((EXAMPLES / example).read_text("utf-8"))
    path = tmp_path / "wrong.json"
    rng = Random(3)
    for number in range(60):
        copy = json.loads(json.dumps(document))
        _put_wrong(copy, rng)
        path.write_text(json.dumps(copy), encoding="utf-8")
        found = outcome(path, example.partition("/")[0])
        if not isinstance(found, TranscriptError):
            assert all(turn.start_s is None or 0 <= turn.start_s < 1e12 for turn in found.turns), number


def _put_wrong(value: Any, rng: Random) -> None:
    """Put a wrong value somewhere inside."""
    while isinstance(value, (dict, list)) and value:
        key: Any = rng.choice(list(value)) if isinstance(value, dict) else rng.randrange(len(value))
        inner = value[key]
        if not isinstance(inner, (dict, list)) or not inner or rng.random() < 0.15:
            value[key] = rng.choice(WRONG)
            return
        value = inner


@pytest.mark.parametrize("format", [reader.id for reader in READERS if ".json" in reader.suffixes])
def test_deep_nesting_is_refused(format: str, tmp_path: Path) -> None:
    path = tmp_path / "deep.json"
    path.write_text('{"results":' * 50_000 + "1" + "}" * 50_000, encoding="utf-8")
    found = outcome(path, format)
    assert isinstance(found, TranscriptError)
    assert found.code == "LIMIT"
