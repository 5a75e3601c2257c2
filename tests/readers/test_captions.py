"""WebVTT and SubRip."""

from pathlib import Path

import pytest

from tests.readers.files import noted, read, said
from transcript_alliance.errors import CaptionError

CUES = "00:01.000 --> 00:02.000\n<v Ann>Hi.</v>\n\n00:03.000 --> 00:04.500\n<v Ben>Hello."


def vtt(*payloads: str) -> str:
    """A WebVTT file with a two-second cue for each payload, a minute apart."""
    cues = (f"00:{n:02}:00.000 --> 00:{n:02}:02.000\n{payload}\n" for n, payload in enumerate(payloads))
    return "WEBVTT\n\n" + "\n".join(cues)


def rolling(*payloads: str) -> str:
    """A WebVTT file whose cues follow each other without a gap."""
    cues = (f"00:00:{n:02}.000 --> 00:00:{n + 1:02}.000\n{payload}\n" for n, payload in enumerate(payloads))
    return "WEBVTT\n\n" + "\n".join(cues)


def test_voices_times_and_lines(tmp_path: Path) -> None:
    raw = read(tmp_path, "s.vtt", f"WEBVTT - title\nKind: captions\n\n{CUES}\n")
    assert said(raw) == [("Ann", "Hi."), ("Ben", "Hello.")]
    assert [(turn.start_s, turn.end_s, turn.line) for turn in raw.turns] == [(1.0, 2.0, 4), (3.0, 4.5, 7)]
    assert (raw.format, raw.encoding, raw.name, raw.notes) == ("vtt", "utf-8", "s.vtt", ())


@pytest.mark.parametrize(
    "block", ["NOTE one line", "NOTE\n00:01.000 --> 00:02.000", "STYLE\n::cue { }", "REGION\nid:a"]
)
def test_blocks_that_are_not_talk(tmp_path: Path, block: str) -> None:
    assert said(read(tmp_path, "s.vtt", f"WEBVTT\n\n{block}\n\n{CUES}\n")) == [("Ann", "Hi."), ("Ben", "Hello.")]


@pytest.mark.parametrize(
    ("payload", "turns"),
    [
        ("<v Ann>Hi</v> <v Ben>Yes", [("Ann", "Hi"), ("Ben", "Yes")]),
        ("<v.loud.first Ann Lee>Hi", [("Ann Lee", "Hi")]),
        ("<v Ann &amp; Bo>a &lt;b&gt; &#8217;s&nbsp;&copy", [("Ann & Bo", "a <b> ’s\u00a0&copy")]),
        ("<v Ann><i>Hi</i> <c.red>you</c><00:00:01.000> there", [("Ann", "Hi you there")]),
        ("<v Ann>two\nlines", [("Ann", "two lines")]),
        ("<v >nobody", [(None, "nobody")]),
        ("<v Ann>Ann: yes", [("Ann", "yes")]),
        ("<v Ann>Ann said so: no", [("Ann", "Ann said so: no")]),
        ("Ann: hi\nBen: hello\nand more", [("Ann", "hi"), ("Ben", "hello and more")]),
        ("<v Ann>5 < 6 and <unsure> a<b", [("Ann", "5 < 6 and <unsure> a<b")]),
    ],
)
def test_what_stands_in_a_cue(tmp_path: Path, payload: str, turns: list[tuple[str | None, str]]) -> None:
    # The two cues before make `Ann` and `Ben` names that come back.
    raw = read(tmp_path, "s.vtt", vtt("Ann: one", "Ben: two", payload))
    assert said(raw)[2:] == turns


def test_a_caption_without_a_name_goes_on_with_the_one_before(tmp_path: Path) -> None:
    raw = read(tmp_path, "s.vtt", vtt("Well", "Therapist: one", "and more", "Client: two"))
    assert said(raw) == [(None, "Well"), ("Therapist", "one"), ("Therapist", "and more"), ("Client", "two")]
    assert noted(raw) == {"W_UNLABELLED": 1, "W_NO_SPEAKERS": 1}


def test_a_blank_line_inside_a_cue_loses_no_words(tmp_path: Path) -> None:
    raw = read(tmp_path, "s.srt", "1\n00:00:01,000 --> 00:00:02,000\nAnn: one\n\nand two\n\n2\n")
    assert said(raw) == [("Ann", "one and two")]


def test_cues_without_blank_lines_between(tmp_path: Path) -> None:
    srt = "1\n00:00:01,000 --> 00:00:02,000\nAnn: one\n2\n00:00:03,000 --> 00:00:04,000\nBen: two\n"
    assert said(read(tmp_path, "s.srt", srt)) == [("Ann", "one"), ("Ben", "two")]


def test_subrip_markup(tmp_path: Path) -> None:
    srt = "1\n00:00:01,000 --> 00:00:02,000 X1:0\n{\\an8}<font color='#fff'>>> Ann: hi</font>\n\n"
    srt += "2\n00:00:03,000 --> 00:00:04,000\n- Ann: you\n"
    assert said(read(tmp_path, "s.srt", srt)) == [("Ann", "hi"), ("Ann", "you")]


def test_rolling_captions_are_merged(tmp_path: Path) -> None:
    raw = read(tmp_path, "s.vtt", rolling("Ann: so", "Ann: so how", "Ann: so how was it", "Ben: fine", "Ben: fine now"))
    assert said(raw) == [("Ann", "so how was it"), ("Ben", "fine now")]
    assert noted(raw) == {"W_REPEATS": 3}
    assert raw.turns[0].end_s == 3.0


def test_two_line_rolling_captions_are_merged(tmp_path: Path) -> None:
    raw = read(tmp_path, "s.vtt", rolling("one", "one\ntwo", "two", "two\nthree", "three\nfour"))
    assert " ".join(text for _, text in said(raw)) == "one two three four"


def test_people_do_say_a_thing_twice(tmp_path: Path) -> None:
    raw = read(tmp_path, "s.vtt", rolling("Ann: no", "Ann: no", *(f"Ben: word{n}" for n in range(20))))
    assert said(raw)[:2] == [("Ann", "no"), ("Ann", "no")]


def test_unreadable_cues_are_counted_with_the_first_line(tmp_path: Path) -> None:
    raw = read(tmp_path, "s.vtt", f"WEBVTT\n\n{CUES}\n\n00:99.000 --> 00:99.500\n<v Ann>lost\n\nlost too\n")
    assert said(raw) == [("Ann", "Hi."), ("Ben", "Hello.")]
    assert [(note.kind, note.count, note.first_line) for note in raw.notes] == [("W_SKIPPED", 1, 9)]


def test_captions_without_any_name(tmp_path: Path) -> None:
    raw = read(tmp_path, "s.vtt", vtt("well then", "the thing: it hurts", "yes"))
    assert {speaker for speaker, _ in said(raw)} == {None}
    assert noted(raw) == {"W_NO_SPEAKERS": 3}


def test_no_cue_at_all(tmp_path: Path) -> None:
    with pytest.raises(CaptionError, match=r"^s\.vtt: No turns found: there is no time line such as 00:00:01\.000"):
        read(tmp_path, "s.vtt", "WEBVTT\n\nhello there\n")


@pytest.mark.parametrize(("name", "format"), [("s.srt", "vtt"), ("s.txt", "vtt"), ("s.vtt", "vtt")])
def test_the_content_decides_and_a_wrong_name_is_noted(tmp_path: Path, name: str, format: str) -> None:
    raw = read(tmp_path, name, f"WEBVTT\n\n{CUES}\n")
    assert raw.format == format
    assert ("W_EXTENSION" in noted(raw)) == (name != "s.vtt")


def test_subrip_inside_a_vtt_name(tmp_path: Path) -> None:
    raw = read(
        tmp_path, "s.vtt", "1\n00:00:01,000 --> 00:00:02,000\nAnn: hi\n\n2\n00:00:03,000 --> 00:00:04,000\nAnn: a\n"
    )
    assert (raw.format, noted(raw)) == ("srt", {"W_EXTENSION": 1, "W_ONE_SPEAKER": 1})
