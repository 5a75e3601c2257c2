"""Plain text: which words before a colon are names, and what belongs to whom."""

from pathlib import Path

import pytest

from tests.readers.files import noted, read, said
from transcript_alliance.errors import FormatError, PlainTextError

HI = [("T", "hi"), ("C", "yes"), ("T", "so"), ("C", "no")]


@pytest.mark.parametrize(
    ("text", "turns"),
    [
        pytest.param("T: hi\nC: yes\nT: so\nC: no\n", HI, id="letters"),
        pytest.param("T:hi\nC:yes\nT:so\nC:no\n", HI, id="no blank after the colon"),
        pytest.param("T\thi\nC\tyes\nT\tso: well\nC\tno\n", [*HI[:2], ("T", "so: well"), HI[3]], id="tabs"),
        pytest.param("T - hi\nC - yes\nT - so\nC - no\n", HI, id="dashes"),
        pytest.param("T： hi\nC： yes\nT： so\nC： no\n", HI, id="full-width colons"),
        pytest.param("1. T: hi\n2. C: yes\n3. T: so\n4. C: no\n", HI, id="numbered lines"),
        pytest.param("T1: hi\nC1: yes\nT2: so\nC2: no\n", HI, id="numbered turns"),
        pytest.param("**T:** hi\n\n**C**: yes\n\n**T:** so\n\n**C:** no\n", HI, id="bold in markdown"),
        pytest.param(
            "**T:** hi\n**C:** no\n**really** not\n**T:** so\n",
            [("T", "hi"), ("C", "no **really** not"), ("T", "so")],
            id="bold words",
        ),
        pytest.param("T:\nhi\n\nC:\nyes\n\nT:\nso\nC:\nno\n", HI, id="label on its own line"),
        pytest.param("T: hi\rC: yes\rT: so\rC: no\r", HI, id="CR"),
        pytest.param("T: hi\r\nC: yes\r\n\r\nT: so\r\nC: no", HI, id="CR LF"),
        pytest.param("\u200eT: hi\n\u200eC: yes\n\ufeffT: so\nC: no\n", HI, id="invisible marks"),
        pytest.param("[T]: hi\n[C]: yes\n[T] so\n[C] no\n", HI, id="in brackets"),
        pytest.param("T: hi\nC: yes\nT:\n  so\nC: no\n\n\n", HI, id="blanks"),
        pytest.param(
            "THERAPIST\nhi\nyou\n\nCLIENT\nyes\n", [("THERAPIST", "hi you"), ("CLIENT", "yes")], id="no colon at all"
        ),
        pytest.param(
            "Speaker A: a\nmore\nSpeaker B: b\nA: c\nB: d\nA: e\nB: f\n",
            [("Speaker A", "a more"), ("Speaker B", "b"), ("A", "c"), ("B", "d"), ("A", "e"), ("B", "f")],
            id="the letter A is no article",
        ),
        pytest.param(
            "Will: a\nMe: b\nand: more\nWill: c\nMe: d\n",
            [("Will", "a"), ("Me", "b and: more"), ("Will", "c"), ("Me", "d")],
            id="names that are words too",
        ),
        pytest.param(
            "Dr. Lee: hi\nBo Ek: yes\nDr. Lee: so\nBo Ek: no: never\n",
            [("Dr. Lee", "hi"), ("Bo Ek", "yes"), ("Dr. Lee", "so"), ("Bo Ek", "no: never")],
            id="names",
        ),
        pytest.param(
            "Therapist: a\nP1: b\nP2: c\nTherapist: d\nP1: e\n",
            [("Therapist", "a"), ("P1", "b"), ("P2", "c"), ("Therapist", "d"), ("P1", "e")],
            id="numbers that tell people apart",
        ),
        pytest.param(
            "Ann (laughing): a\nBo: b\nAnn: c\nAnn: d\nBo: e\n",
            [("Ann", "(laughing) a"), ("Bo", "b"), ("Ann", "c"), ("Ann", "d"), ("Bo", "e")],
            id="stage direction",
        ),
        pytest.param(
            "Ann (client): a\nBo (coach): b\nAnn (client): c\nBo (coach): d\n",
            [("Ann (client)", "a"), ("Bo (coach)", "b"), ("Ann (client)", "c"), ("Bo (coach)", "d")],
            id="role in brackets",
        ),
        pytest.param(
            "T: at 10:30 I said: no\nNote: he left\nC: I\nthought: well\nT: ok\n",
            [("T", "at 10:30 I said: no Note: he left"), ("C", "I thought: well"), ("T", "ok")],
            id="colons that name nobody",
        ),
        pytest.param(
            "T: a\nC: b\nReceptionist: c\nT: d\nC: e\n",
            [("T", "a"), ("C", "b"), ("Receptionist", "c"), ("T", "d"), ("C", "e")],
            id="somebody comes in once",
        ),
    ],
)
def test_labels(tmp_path: Path, text: str, turns: list[tuple[str, str]]) -> None:
    raw = read(tmp_path, "s.txt", text)
    assert said(raw) == turns
    assert raw.notes == ()


WORDY = [("T", "hi there"), ("C", "yes I am"), ("T", "so what"), ("C", "not much")]


@pytest.mark.parametrize(
    "form",
    [
        pytest.param("{who}: {words}", id="colon"),
        pytest.param("{who}. {words}", id="full stop"),
        pytest.param("{who}) {words}", id="bracket"),
        pytest.param("{who}> {words}", id="angle"),
        pytest.param("{who} = {words}", id="equals"),
        pytest.param("{who}; {words}", id="semicolon"),
        pytest.param("{who}/ {words}", id="slash"),
        pytest.param("{who} | {words}", id="bar"),
        pytest.param("{who} — {words}", id="long dash"),
        pytest.param("{who}:- {words}", id="colon and dash"),
        pytest.param("{who}:: {words}", id="two colons"),
        pytest.param("{who}      {words}", id="blanks"),
        pytest.param("{who}{n} {words}", id="numbered, nothing between"),
        pytest.param("{who}{n}. {words}", id="numbered, full stop"),
        pytest.param("- {who}: {words}", id="list"),
        pytest.param("• {who}: {words}", id="bullets"),
        pytest.param("> {who}: {words}", id="quoted"),
        pytest.param("*{who}:* {words}", id="italic"),
        pytest.param("__{who}__: {words}", id="bold with lines"),
        pytest.param("**{who}** {words}", id="bold without colon"),
        pytest.param("**{who}: {words}**", id="all bold"),
        pytest.param("### {who}\n{words}\n", id="headings"),
        pytest.param("{who}\n{words}\n", id="letter on its own line"),
        pytest.param("{n}: {who}: {words}", id="number and colon"),
        pytest.param("({n}) {who}: {words}", id="number in brackets"),
        pytest.param("[{n}] {who}: {words}", id="number in square brackets"),
        pytest.param("{n:04}  {who}: {words}", id="number with zeros"),
    ],
)
def test_ways_of_writing_a_turn(tmp_path: Path, form: str) -> None:
    text = "\n".join(form.format(who=who, words=words, n=n) for n, (who, words) in enumerate(WORDY, 1))
    raw = read(tmp_path, "s.txt", text)
    assert (said(raw), raw.notes) == (WORDY, ())


@pytest.mark.parametrize(
    "form",
    [
        pytest.param("[{time}] {who}: {words}", id="before"),
        pytest.param("[{time}.000] {who}: {words}", id="thousandths"),
        pytest.param("[{time} - 01:00:00] {who}: {words}", id="span"),
        pytest.param("{time} {who}: {words}", id="without brackets"),
        pytest.param("{time} - {who}: {words}", id="dash"),
        pytest.param("{time}\t{who}\t{words}", id="tabs"),
        pytest.param("{time}\t{who}:\t{words}", id="tabs and colon"),
        pytest.param("[{time}] {who} {words}", id="no colon"),
        pytest.param("{who} {time}: {words}", id="after the label"),
        pytest.param("{who}, {time}: {words}", id="after a comma"),
        pytest.param("{who} [{time}]: {words}", id="after the label, in brackets"),
        pytest.param("{who}: {time} {words}", id="after the colon"),
        pytest.param("#{time}-0# {who}: {words}", id="between number signs"),
        pytest.param("{who}\n{time}\n{words}\n", id="a line each"),
        pytest.param("{time}\n{who}\n{words}\n", id="a line each, time first"),
    ],
)
def test_ways_of_writing_its_time(tmp_path: Path, form: str) -> None:
    text = "\n".join(
        form.format(who=who, words=words, time=f"00:03:{n:02}") for n, (who, words) in enumerate(WORDY, 15)
    )
    raw = read(tmp_path, "s.txt", text)
    assert said(raw) == WORDY
    assert [turn.start_s for turn in raw.turns] == [195.0, 196.0, 197.0, 198.0]


def test_times_within_and_after_the_words(tmp_path: Path) -> None:
    raw = read(tmp_path, "s.txt", "T: hi [00:05:00] there #00:05:02-5#\nC: yes [10:30]\nT: so [laughs]\n")
    assert said(raw) == [("T", "hi there"), ("C", "yes"), ("T", "so [laughs]")]
    assert [turn.end_s for turn in raw.turns] == [302.5, 630.0, None]


def test_numbered_lines_go_on(tmp_path: Path) -> None:
    text = "  1   T: hi\n  2      there\n  3   C: yes I am\n  4   T: so what\n  5   C: not\n  6      much\n"
    assert said(read(tmp_path, "s.txt", text)) == WORDY
    # Numbers that do not rise were said.
    raw = read(tmp_path, "s.txt", "T: hi\n3 times\nC: yes\n2 or\n")
    assert said(raw) == [("T", "hi 3 times"), ("C", "yes 2 or")]


@pytest.mark.parametrize(
    "heading",
    [
        "Transcript ID: 12\nDate: 3 May\nTherapist: Dr Lee\n",
        "Key\nT: Therapist\nC: Client\n\n",
        "T = Therapist\nC = Client\n\n",
        "Date: 3 May\nT: Therapist\nC: the client\n\n",
    ],
)
def test_headings_and_legends(tmp_path: Path, heading: str) -> None:
    raw = read(tmp_path, "s.txt", heading + "T: hi\nC: yes\nT: so\nC: no\n")
    assert said(raw) == HI
    assert set(noted(raw)) == {"W_HEADING"}


def test_interruptions_stay_in_order(tmp_path: Path) -> None:
    text = "T: So you—\n\nC: [interrupting] No.\n\nT: —went home.\nC: --\nT: (overlapping) Yes, I\n"
    wanted = [("T", "So you—"), ("C", "[interrupting] No."), ("T", "—went home."), ("C", "--")]
    assert said(read(tmp_path, "s.txt", text)) == [*wanted, ("T", "(overlapping) Yes, I")]


@pytest.mark.parametrize(
    ("text", "starts"),
    [
        pytest.param("[00:00:05] T: a\n[00:01:00] C: b\n", [5.0, 60.0], id="before"),
        pytest.param("(0:05) T: a\n1:00 C: b\n", [5.0, 60.0], id="before, short"),
        pytest.param("T [00:00:05]: a\nC (1:00): b\n", [5.0, 60.0], id="after the name"),
        pytest.param("T: [00:00:05] a\nC: (1:00) b\n", [5.0, 60.0], id="after the colon"),
        pytest.param("Coach Ann  0:05\na\n\nClient Bo  1:00\nb\n", [5.0, 60.0], id="name and time above"),
        pytest.param("Speaker 1 (00:05)\na\n\nSpeaker 2 (01:00)\nb\n", [5.0, 60.0], id="time in brackets above"),
        pytest.param("[00:05]\nT: a\n[01:00]\nC: b\n", [5.0, 60.0], id="on a line of its own"),
        pytest.param("[0:05 --> 0:06] [SPEAKER_00] a\n[1:00 --> 1:01.5] [SPEAKER_01]: b\n", [5.0, 60.0], id="span"),
        pytest.param("[1/2/2024, 10:15:00] T: a\n[1/2/2024, 10:16:00] C: b\n", [None, None], id="date of a chat"),
        pytest.param("1/2/2024, 10:15 - T: a\n1/2/2024, 10:16 - C: b\n", [None, None], id="date without brackets"),
        pytest.param("T: a\nC: b\n", [None, None], id="none"),
    ],
)  # fmt: skip
def test_times(tmp_path: Path, text: str, starts: list[float | None]) -> None:
    raw = read(tmp_path, "s.txt", text)
    assert [turn.start_s for turn in raw.turns] == starts
    assert [turn.text for turn in raw.turns] == ["a", "b"]


def test_lines_are_those_of_the_file(tmp_path: Path) -> None:
    raw = read(tmp_path, "s.txt", "Session one\n\nT: a\nmore\n\nC: b\n")
    assert [turn.line for turn in raw.turns] == [3, 6]
    assert noted(raw) == {"W_HEADING": 1}


def test_a_heading_is_no_talk(tmp_path: Path) -> None:
    raw = read(tmp_path, "s.txt", "Client: Ann\nTherapist: Dr Lee\nDate: 3 May\n\nT: hi\nC: yes\nT: so\nC: no\n")
    assert said(raw) == HI
    assert noted(raw) == {"W_HEADING": 3}


def test_talk_that_begins_at_once_is_no_heading(tmp_path: Path) -> None:
    raw = read(tmp_path, "s.txt", "T: hi\nDate: next\nC: yes\nT: so\n\nC: no\n")
    assert said(raw) == [("T", "hi Date: next"), *HI[1:]]


@pytest.mark.parametrize(
    "text",
    [
        "Only prose here. It has no names, and goes on.",
        "The plan: we walk.\nHe said: no.\nResult: good\n",
        "I went there: twice. Then: nothing.\nIt is: so.\n",
        "I think so.\nI do.\nA man came.\nA dog came.\nI saw.\n",
        "C. difficile was one.\nT. rex was another.\n",
        "P. S. I left.\nThen more prose, and more.\nAnd more.\nAnd on.\nP. S. again.\n",
        "Client work is hard.\nTherapist training is long.\nClient work is dear.\nTherapist pay is low.\n",
    ],
)
def test_prose_has_no_turns(tmp_path: Path, text: str) -> None:
    with pytest.raises(PlainTextError, match=r"No speaker labels such as 'Therapist:' were found\.") as caught:
        read(tmp_path, "s.txt", text)
    assert caught.value.code == "NO_TURNS"


def test_markup_is_no_plain_text(tmp_path: Path) -> None:
    with pytest.raises(FormatError) as caught:
        read(tmp_path, "s.txt", "<html><p>T: hi</p>\nC: yes\nT: so</html>")
    assert caught.value.code == "WRONG_FORMAT"


def test_a_name_without_ending_is_known_by_its_labels(tmp_path: Path) -> None:
    assert read(tmp_path, "transcript", "T: hi\nC: yes\nT: so\nC: no\n").format == "text"
    with pytest.raises(FormatError) as caught:
        read(tmp_path, "other", "words without any names")
    assert caught.value.code == "UNKNOWN_FORMAT"
