"""Chats, typed transcripts with time marks, corpora: what is particular to each."""

import json
from pathlib import Path

import pytest

from tests.readers.files import noted, read, said
from tests.readers.test_robustness import cpu_seconds
from transcript_alliance.errors import InputError, ReadError, TableError
from transcript_alliance.readers import read_transcript, session_paths
from transcript_alliance.readers.dates import Stamp, find_stamp, seconds_since_first

EXAMPLES = Path(__file__).parent / "examples"
CORPUS = EXAMPLES / "convokit" / "two"


@pytest.mark.parametrize(
    ("stamps", "seconds"),
    [
        pytest.param(["13/2/2024, 10:00", "14/2/2024, 10:00"], [0, 86_400], id="no 13th month"),
        pytest.param(["2/13/24, 10:00", "2/14/24, 10:00"], [0, 86_400], id="no 13th month, the other way round"),
        pytest.param(["2.1.24, 10:00", "1.2.24, 10:00"], [0, 30 * 86_400], id="only day first goes forward"),
        pytest.param(["1/2/24, 10:00", "2/1/24, 10:00"], [0, 30 * 86_400], id="only month first goes forward"),
        pytest.param(["1/2/24, 10:00", "1/3/24, 10:00"], [0, 29 * 86_400], id="both: day first"),
        pytest.param(["1/2/24, 9:00 PM", "1/3/24, 12:00 AM"], [0, 3 * 3600], id="both, twelve hours: month first"),
        pytest.param(["2024-02-28 23:59:30", "2024-03-01 00:00:00"], [0, 86_430], id="year first, leap year"),
        pytest.param(["2024-01-01 10:00", "2024-01-01 25:10", "2023-12-31 10:00"], [0, None, None], id="none, before"),
    ],
)  # fmt: skip
def test_which_number_is_the_day(stamps: list[str], seconds: list[float | None]) -> None:
    found = [find_stamp(stamp) for stamp in stamps]
    assert seconds_since_first([stamp[0] for stamp in found if stamp is not None]) == seconds


def test_messages_of_several_lines_and_words_of_the_program(tmp_path: Path) -> None:
    chat = (
        "[31/12/23, 21:00:00] Ann: \u200eMessages are encrypted.\n[31/12/23, 21:00:05] Ann: one\ntwo: three\n\nfour\n"
        "\u200e[31/12/23, 21:00:09] ~\u202fBo: \u200eimage omitted\n[31/12/23, 21:01:05] ~ Bo: <sigh>\n"
        "[1/1/24, 21:00:05] Ann: ok \u200e<This message was edited>\n"
    )
    raw = read(tmp_path, "s.txt", chat)
    assert said(raw) == [("Ann", "one two: three four"), ("Bo", "<sigh>"), ("Ann", "ok")]
    # A minute, and a day, after the first message that somebody wrote.
    assert [turn.start_s for turn in raw.turns] == [0.0, 60.0, 86_400.0]
    assert noted(raw) == {"W_SKIPPED": 2}


@pytest.mark.parametrize(
    "stamp",
    [
        "31/12/23, 9:04 p. m.",
        "31/12/23, 9:04\u202fp.\u00a0m.",
        "12/31/23, 9:04\u202fPM",
        "31.12.2023 klo 21.04",
        "31.12.2023 kl. 21.04.00",
        "31/12/2023 à 21:04",
        "2023. 12. 31. 21:04",
        "31. 12. 2023 21:04",
        "31-12-2023 21:04",
    ],
)
def test_dates_as_telephones_of_many_languages_write_them(stamp: str) -> None:
    found = find_stamp(f"{stamp} - Ann")
    assert found is not None
    assert found[0].second_of_day == 21 * 3600 + 4 * 60
    assert found[1] == len(stamp)


def test_a_name_after_the_time_is_no_half_of_the_day() -> None:
    assert find_stamp("31/12/23 9:04 Paul: hi") == (Stamp((31, 12, 23), 9 * 3600 + 4 * 60, ""), len("31/12/23 9:04"))


def test_deleted_messages_and_attachments_are_left_out_and_captions_kept(tmp_path: Path) -> None:
    said_lines = (
        "Ann: one",
        "Bo: Diese Nachricht wurde gelöscht.",
        "Bo: IMG-20231231-WA0001.jpg (Datei angehängt)",
        "Bo: \u200eVID-20231231-WA0002.mp4 (file attached)\nlook",
        "Ann: I thought this message was deleted",
        "Bo: IMG-1 (file attached) is what it says",
    )
    raw = read(tmp_path, "s.txt", "".join(f"31.12.23, 21:04 - {line}\n" for line in said_lines))
    assert said(raw) == [
        ("Ann", "one"),
        ("Bo", "look"),
        ("Ann", "I thought this message was deleted"),
        ("Bo", "IMG-1 (file attached) is what it says"),
    ]
    assert noted(raw) == {"W_SKIPPED": 2}


def test_a_text_with_clock_times_is_no_chat(tmp_path: Path) -> None:
    raw = read(tmp_path, "s.txt", "[00:00:05] T: a\n[00:01:00] C: b\n[00:01:10] T: on 3/4/2024, 10:00 - C: said\n")
    assert raw.format == "text"


def test_chats_without_messages_are_refused(tmp_path: Path) -> None:
    for name, text, format in (
        ("s.txt", "hello\n", "whatsapp"),
        ("s.json", '{"messages": [{"type": "service"}]}', "telegram"),
        ("s.json", '{"sender": "A", "body": "  "}\n{"sender": "A"}\n', "signal"),
    ):
        with pytest.raises(ReadError) as caught:
            read(tmp_path, name, text, format=format)
        assert caught.value.code == "NO_TURNS"


def test_the_export_of_an_account_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TableError, match=r"The file holds 2 chats\."):
        read(tmp_path, "s.json", json.dumps({"chats": {"list": [{}, {}]}, "from_id": 0}), format="telegram")


def anchors(*parts: tuple[str, str]) -> str:
    return "<html><p>Head</p><p>" + "".join(f'<a name="ts_{n}000_{n}900_{v}">{t}</a>' for n, (v, t) in enumerate(parts))


def test_noscribe_overlaps_labels_and_entities(tmp_path: Path) -> None:
    page = anchors(("S00", "S00: a &lt; b"), ("S00", " He said: x"), ("//S01", " //Ann: yes"), ("S00", "// so"))
    raw = read(tmp_path, "s.html", page)
    assert said(raw) == [("S00", "a < b He said: x"), ("Ann", "yes"), ("S00", "so")]
    assert [(turn.start_s, turn.end_s) for turn in raw.turns] == [(0.0, 1.9), (2.0, 2.9), (3.0, 3.9)]


def test_a_name_written_over_one_label_is_that_voices_name(tmp_path: Path) -> None:
    page = anchors(("S00", "Ann: a"), ("S01", "b"), ("S00", "c")) + "</p><p>" + anchors(("S00", "d"))[19:]
    assert [speaker for speaker, _ in said(read(tmp_path, "s.html", page))] == ["Ann", "S01", "Ann", "Ann"]


def test_another_web_page_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ReadError) as caught:
        read(tmp_path, "s.html", "<html><p>T: heronwing</p></html>")
    assert caught.value.code == "WRONG_FORMAT"
    assert "heronwing" not in str(caught.value)


def test_otranscribe_marks_within_a_line_are_left_out(tmp_path: Path) -> None:
    mark = '<span class="timestamp" data-timestamp="{0}">x</span>'
    lines = f"<p>{mark.format(3.25)} T: a {mark.format(4)}b</p><p>C: c</p><p>{mark.format(65)}T: d</p>"
    raw = read(tmp_path, "s.otr", json.dumps({"text": lines, "media": "", "media-time": 0}))
    assert [(t.speaker, t.text, t.start_s) for t in raw.turns] == [
        ("T", "a b", 3.25),
        ("C", "c", None),
        ("T", "d", 65.0),
    ]


@pytest.mark.parametrize("html", ["<", "<p", "<!--", "<style>", "<p title='>", "&#x;", "<a name=" + '"' * 9])
def test_html_of_any_kind_in_proportionate_time(tmp_path: Path, html: str) -> None:
    def seconds(n: int) -> float:
        page = '<html><a name="ts_1_2_S">S: a</a>' + html * n
        return min(cpu_seconds(tmp_path, "s.html", page) for _ in range(3))

    assert seconds(16_000) < 8 * seconds(4_000) + 0.05


def test_the_conversations_of_a_corpus(tmp_path: Path) -> None:
    paths = session_paths(CORPUS)
    assert paths == (Path(f"{CORPUS}#c/1.a"), Path(f"{CORPUS}#c/2.b"))
    first, second = map(read_transcript, paths)
    assert (first.name, second.name) == ("c_1.a.jsonl", "c_2.b.jsonl")
    assert (first.turns[0].text, second.turns[0].text) == ("How was the week?", "How was the month?")
    assert session_paths(paths[0]) == (paths[0],)
    one = EXAMPLES / "convokit" / "one"
    assert session_paths(one) == (one,)
    assert session_paths(tmp_path / "none") == (tmp_path / "none",)


def test_a_corpus_without_or_with_a_wrong_conversation_is_refused() -> None:
    with pytest.raises(TableError, match=r"^two: The corpus holds 2 conversations\. Hint: .* two#ID") as caught:
        read_transcript(CORPUS)
    assert caught.value.code == "SEVERAL_SESSIONS"
    # An id is a word of the session where a file is damaged.
    assert "c/1.a" not in str(caught.value)
    with pytest.raises(TableError, match="There is no conversation 'c/3'") as caught:
        read_transcript(Path(f"{CORPUS}#c/3"))
    assert caught.value.code == "NO_SUCH_SESSION"
    with pytest.raises(InputError) as other:
        read_transcript(Path(f"{EXAMPLES}/whatsapp/ios.txt#2"))
    assert other.value.code == "NO_SUCH_SESSION"


def test_a_file_with_a_number_sign_in_its_name_is_that_file(tmp_path: Path) -> None:
    assert said(read(tmp_path, "s#1.txt", "T: a\nC: b\nT: c\n"))[0] == ("T", "a")


def test_a_broken_line_of_a_corpus(tmp_path: Path) -> None:
    lines = (CORPUS / "utterances.jsonl").read_text("utf-8").splitlines()
    with pytest.raises(TableError, match=r"^s\.jsonl line 2: This is not valid JSON"):
        read(tmp_path, "s.jsonl", "\n".join([lines[0], '{"id" "x"}', lines[1]]))
    raw = read(tmp_path, "s.jsonl", "\n".join([*lines[:3], lines[3][:40]]))
    assert (len(raw.turns), noted(raw)) == (3, {"W_TRUNCATED": 1})
