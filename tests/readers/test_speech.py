"""What speech engines return, at its edges: channels, marks, missing and impossible values."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.readers.files import noted, read, said
from tests.readers.test_robustness import cpu_seconds
from transcript_alliance.errors import TableError


def word(text: str, start: float, **more: Any) -> dict[str, Any]:
    return {"word": text, "start": start, "end": start + 0.2, **more}


def deepgram(*channels: list[dict[str, Any]]) -> str:
    return json.dumps({"results": {"channels": [{"alternatives": [{"transcript": "", "words": w}]} for w in channels]}})


def test_two_channels_are_two_speakers_and_their_turns_alternate(tmp_path: Path) -> None:
    left = [word("so", 0.0), word("how", 0.3), word("and", 5.0), word("then", 5.3)]
    right = [word("fine", 2.0), word("mm", 5.2)]
    raw = read(tmp_path, "s.json", deepgram(left, right))
    # 5.0 comes 4.5 s after the end of "how" (0.5): a new turn; "mm" begins within the last one and so follows it.
    assert said(raw) == [
        ("Channel 0", "so how"), ("Channel 1", "fine"), ("Channel 0", "and then"), ("Channel 1", "mm"),
    ]  # fmt: skip


def test_speakers_that_share_a_channel_are_told_apart(tmp_path: Path) -> None:
    left = [word("a", 0.0, speaker=0), word("b", 1.0, speaker=1)]
    raw = read(tmp_path, "s.json", deepgram(left, [word("c", 2.0, speaker=0)]))
    assert [speaker for speaker, _ in said(raw)] == [
        "Channel 0 Speaker 0",
        "Channel 0 Speaker 1",
        "Channel 1 Speaker 0",
    ]


def test_one_channel_is_no_speaker(tmp_path: Path) -> None:
    raw = read(tmp_path, "s.json", deepgram([word("a", 0.0), word("b", 1.0)]))
    assert said(raw) == [(None, "a b")]
    assert noted(raw) == {"W_NO_SPEAKERS": 1}


def test_letters_never_pass_for_roles(tmp_path: Path) -> None:
    # "C" and "T" alone would be taken as client and therapist.
    utterances = [{"speaker": s, "text": "x", "start": 0, "end": 1} for s in "TC"]
    text = json.dumps({"audio_url": "u", "status": "completed", "words": [], "utterances": utterances})
    assert [speaker for speaker, _ in said(read(tmp_path, "s.json", text))] == ["Speaker T", "Speaker C"]


@pytest.mark.parametrize("value", ["soon", -1, float("nan"), 1e300, True, [], 10**30])
def test_times_that_are_none(tmp_path: Path, value: Any) -> None:
    words = [word("a", 0.0, speaker=0) | {"start": value, "end": None}, word("b", 1.0, speaker=1)]
    raw = read(tmp_path, "s.json", deepgram(words))
    assert [(turn.text, turn.start_s) for turn in raw.turns] == [("a", None), ("b", 1.0)]
    assert noted(raw) == {"W_TIMES": 1}


def test_entries_of_a_wrong_kind_are_counted(tmp_path: Path) -> None:
    words: list[Any] = [word("a", 0.0, speaker=0), 5, {"word": 7}, word("b", 1.0, speaker={"name": 1})]
    raw = read(tmp_path, "s.json", deepgram(words))
    assert said(raw) == [("Speaker 0", "a b")]
    assert noted(raw) == {"W_SKIPPED": 3, "W_UNLABELLED": 1, "W_ONE_SPEAKER": 1}


def test_marks_hold_their_blanks_only_within_a_monologue(tmp_path: Path) -> None:
    def monologue(*values: str) -> dict[str, Any]:
        kinds = ["punct" if v in (", ", ".", " ") else "text" for v in values]
        return {"speaker": 0, "elements": [{"type": k, "value": v} for k, v in zip(kinds, values, strict=True)]}

    text = json.dumps({"monologues": [monologue("Well", ", ", "yes", "."), monologue("And", " ", "no", ".")]})
    assert said(read(tmp_path, "s.json", text)) == [("Speaker 0", "Well, yes. And no.")]


def test_a_speaker_without_a_name_keeps_the_number(tmp_path: Path) -> None:
    def monologue(number: int, **info: str) -> dict[str, Any]:
        elements = [{"type": "text", "value": "yes", "ts": 1.0 * number, "end_ts": number + 0.5}]
        return {"speaker": number, "speaker_info": info, "elements": elements}

    people = [monologue(0, id="0", display_name="Ann"), monologue(1, id="1", display_name=""), monologue(2, id="2")]
    raw = read(tmp_path, "s.json", json.dumps({"monologues": people}))
    assert said(raw) == [("Ann", "yes"), ("Speaker 1", "yes"), ("Speaker 2", "yes")]


def test_a_recording_of_the_clinic_with_more_than_two_people(tmp_path: Path) -> None:
    roles = ("CLINICIAN_0", "PATIENT_0", "CLINICIAN_1", None)
    segments = [
        {"BeginAudioTime": 1.5 * n, "EndAudioTime": 1.5 * n + 1, "Content": "yes", "SegmentId": str(n)}
        | ({} if role is None else {"ParticipantDetails": {"ParticipantRole": role}})
        for n, role in enumerate(roles)
    ]
    raw = read(tmp_path, "s.json", json.dumps({"Conversation": {"TranscriptSegments": segments}}))
    assert [(turn.speaker, turn.start_s) for turn in raw.turns] == [
        ("CLINICIAN_0", 0.0), ("PATIENT_0", 1.5), ("CLINICIAN_1", 3.0), (None, 4.5)
    ]  # fmt: skip
    assert (raw.format, noted(raw)) == ("aws", {"W_NO_SPEAKERS": 1})


def test_whisperx_without_alignment(tmp_path: Path) -> None:
    segments = [
        {"text": " How was it?", "start": 1.0, "end": 2.4, "speaker": "SPEAKER_00"},
        {"text": " Long.", "start": 3.0, "end": 3.5},
    ]
    raw = read(tmp_path, "s.json", json.dumps({"segments": segments, "language": "en"}))
    assert [(turn.speaker, turn.text.strip(), turn.start_s) for turn in raw.turns] == [
        ("SPEAKER_00", "How was it?", 1.0), (None, "Long.", 3.0)
    ]  # fmt: skip


WHISPERX = ("[SPEAKER_00]: How was the week?", "[SPEAKER_01]: Long. I rang my sister.", "[SPEAKER_00]: You rang her?")
WHISPERX_SAID = [
    ("SPEAKER_00", "How was the week?"), ("SPEAKER_01", "Long. I rang my sister."), ("SPEAKER_00", "You rang her?")
]  # fmt: skip


def test_whisperx_as_text_and_captions(tmp_path: Path) -> None:
    assert said(read(tmp_path, "s.txt", "".join(f"{line}\n" for line in WHISPERX))) == WHISPERX_SAID
    cues = [f"00:0{n}.000 --> 00:0{n}.900\n{line}\n" for n, line in enumerate(WHISPERX)]
    assert said(read(tmp_path, "s.vtt", "WEBVTT\n\n" + "\n".join(cues))) == WHISPERX_SAID
    cues = [f"{n}\n00:00:0{n},000 --> 00:00:0{n},900\n{line}\n" for n, line in enumerate(WHISPERX, 1)]
    assert said(read(tmp_path, "s.srt", "\n".join(cues))) == WHISPERX_SAID


def test_whisperx_captions_that_underline_each_word_are_read_once(tmp_path: Path) -> None:
    cues = []
    for n, line in enumerate(WHISPERX):
        label, _, text = line.partition(" ")
        words = text.split()
        for at in range(len(words)):
            marked = " ".join(f"<u>{word}</u>" if place == at else word for place, word in enumerate(words))
            cues.append(f"00:0{n}.{at}00 --> 00:0{n}.{at + 1}00\n{label} {marked}\n")
    raw = read(tmp_path, "s.vtt", "WEBVTT\n\n" + "\n".join(cues))
    assert said(raw) == WHISPERX_SAID
    assert noted(raw) == {"W_REPEATS": len(cues) - 3}


def test_a_failed_job_is_named_as_such(tmp_path: Path) -> None:
    text = json.dumps({"audio_url": "u", "status": "error", "error": "heronwing", "words": None, "utterances": None})
    with pytest.raises(
        TableError, match=r"^s\.json: No turns found: expected speech under utterances or words"
    ) as caught:
        read(tmp_path, "s.json", text)
    assert "heronwing" not in str(caught.value)


@pytest.mark.parametrize("text", ["[]", "7", '"x"', "null", "{}", '{"results": 3}', '{"results": {"channels": [[]]}}'])
def test_another_json_is_refused_under_a_given_format(tmp_path: Path, text: str) -> None:
    for format in ("deepgram", "aws", "google", "whisper", "telegram"):
        with pytest.raises(TableError):
            read(tmp_path, "s.json", text, format=format)


def test_what_somebody_says_is_no_key(tmp_path: Path) -> None:
    said_keys = 'the "monologues": and the "elements": of it'
    raw = read(tmp_path, "s.json", json.dumps([{"speaker": "T", "text": said_keys}]))
    assert (raw.format, raw.turns[0].text) == ("jsonl", said_keys)


def test_time_grows_in_proportion(tmp_path: Path) -> None:
    def seconds(n: int) -> float:
        words = [word("a", i * 0.3, speaker=i // 7 % 2) for i in range(n)]
        return min(cpu_seconds(tmp_path, "s.json", deepgram(words)) for _ in range(3))

    # Four times the words; a quadratic reader would take sixteen times as long.
    assert seconds(16_000) < 8 * seconds(4_000) + 0.05
