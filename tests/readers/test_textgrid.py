"""Praat TextGrids, long and short."""

from pathlib import Path

import pytest

from tests.readers.files import noted, read, said
from transcript_alliance.errors import ReadError
from transcript_alliance.readers import read_transcript

SHORT = """File type = "ooTextFile"
Object class = "TextGrid"

0
6
<exists>
2
"IntervalTier"
"Ann"
0
6
3
0
1.5
"so, ""how""?"
1.5
4
""
4
6
"good 2 know"
"IntervalTier"
"Ben"
0
6
2
0
2
" "
2
3.25
"fine"
"""
LONG = """File type = "ooTextFile"
Object class = "TextGrid"

xmin = 0
xmax = 6
tiers? <exists>
size = 2
item []:
    item [1]:
        class = "IntervalTier"
        name = "Ann"
        xmin = 0
        xmax = 6
        intervals: size = 3
        intervals [1]:
            xmin = 0
            xmax = 1.5
            text = "so, ""how""?"
        intervals [2]:
            xmin = 1.5
            xmax = 4
            text = ""
        intervals [3]:
            xmin = 4
            xmax = 6
            text = "good 2 know"
    item [2]:
        class = "IntervalTier"
        name = "Ben"
        xmin = 0
        xmax = 6
        intervals: size = 2
        intervals [1]:
            xmin = 0
            xmax = 2
            text = " "
        intervals [2]:
            xmin = 2
            xmax = 3.25
            text = "fine"
"""
SAID = [("Ann", 'so, "how"?'), ("Ben", "fine"), ("Ann", "good 2 know")]
POINT = '"TextTier"\n"Ben"\n0\n6\n1\n0.5\n"mm"\n'


@pytest.mark.parametrize("text", [pytest.param(LONG, id="long"), pytest.param(SHORT, id="short")])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-be"])
def test_both_forms_in_all_encodings(tmp_path: Path, text: str, encoding: str) -> None:
    raw = read(tmp_path, "s.TextGrid", text.encode(encoding))
    assert said(raw) == SAID
    assert [(t.start_s, t.end_s) for t in raw.turns] == [(0.0, 1.5), (2.0, 3.25), (4.0, 6.0)]
    assert raw.format == "textgrid"


def test_lines_are_those_of_the_text(tmp_path: Path) -> None:
    raw = read(tmp_path, "s.TextGrid", LONG)
    assert [LONG.splitlines()[(t.line or 0) - 1].strip()[:6] for t in raw.turns] == ["xmax =", "xmax =", "xmax ="]


def test_windows_line_ends_and_a_text_over_two_lines(tmp_path: Path) -> None:
    text = SHORT.replace("good 2 know", "good\n2 know").replace("\n", "\r\n")
    assert [t.text.split() for t in read(tmp_path, "s.TextGrid", text).turns][2] == ["good", "2", "know"]


def test_a_point_is_a_turn_with_its_start_alone(tmp_path: Path) -> None:
    raw = read(tmp_path, "s.TextGrid", SHORT.replace("<exists>\n2\n", "<exists>\n3\n") + POINT)
    assert [(t.speaker, t.text, t.start_s, t.end_s) for t in raw.turns][1] == ("Ben", "mm", 0.5, None)


def test_times_out_of_range_are_noted(tmp_path: Path) -> None:
    raw = read(tmp_path, "s.TextGrid", SHORT.replace('0\n1.5\n"so', '-1\n1.5\n"so'))
    assert (raw.turns[0].start_s, noted(raw)) == (None, {"W_TIMES": 1})


@pytest.mark.parametrize(
    ("text", "code", "where"),
    [
        pytest.param(SHORT[:-30], "TRUNCATED", "s.TextGrid", id="cut in a number"),
        pytest.param(SHORT[:-4], "TRUNCATED", "s.TextGrid", id="cut in a text"),
        pytest.param(SHORT.replace('"Ben"\n0\n6\n2', '"Ben"\n0\n6\n2000000000'), "TRUNCATED", "s.TextGrid", id="count"),
        pytest.param(
            SHORT.replace('"Ann"\n0\n6\n3', '"Ann"\n0\n6\n4'), "MALFORMED", "s.TextGrid line 22", id="count 2"
        ),
        pytest.param(SHORT.replace('"IntervalTier"', '"heronwing"'), "MALFORMED", "s.TextGrid line 8", id="kind"),
        pytest.param(SHORT.replace("<exists>\n2", "<exists>\n2.5"), "MALFORMED", "s.TextGrid line 7", id="half a tier"),
        pytest.param(SHORT.replace("<exists>\n2", "<exists>\n1e999"), "MALFORMED", "s.TextGrid line 8", id="endless"),
        pytest.param(SHORT.replace("<exists>\n2", "<exists>\n5000"), "LIMIT", "s.TextGrid", id="tiers"),
        pytest.param(SHORT.partition("<exists>")[0] + "<absent>\n", "NO_TURNS", "s.TextGrid", id="no tiers"),
        pytest.param("ooBinaryFile\x08TextGrid" + "x" * 99, "WRONG_FORMAT", "s.TextGrid", id="binary"),
    ],
)
def test_what_is_refused(tmp_path: Path, text: str, code: str, where: str) -> None:
    with pytest.raises(ReadError) as caught:
        read(tmp_path, "s.TextGrid", text)
    assert (caught.value.code, caught.value.where) == (code, where)
    assert "heronwing" not in str(caught.value)


def test_tiers_of_codes_are_no_speakers_and_a_speaker_of_such_a_name_is(tmp_path: Path) -> None:
    path = tmp_path / "s.TextGrid"
    names = ("A", "codes (model)@A", "codes (human)@A", "codes (model)@B", "ann@A")
    tiers = "".join(f'"IntervalTier" "{name}" 0 2 1 0 2 "says {n}" ' for n, name in enumerate(names))
    path.write_text(f'"ooTextFile" "TextGrid" 0 2 <exists> {len(names)} {tiers}', "utf-8")
    # Nobody is called B: what stands there is all there is of it.
    assert [turn.speaker for turn in read_transcript(path).turns] == ["A", "codes (model)@B", "ann@A"]
