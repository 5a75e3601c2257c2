"""CSV and TSV."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.readers.files import noted, read, said
from transcript_alliance.errors import ReadError, TableError
from transcript_alliance.readers.cells import rows

HI = [("T", "hi, you"), ("C", "yes")]


@pytest.mark.parametrize("mark", list(",;\t|"))
def test_the_delimiter_is_found(tmp_path: Path, mark: str) -> None:
    text = f'start{mark}speaker{mark}text\n0{mark}T{mark}"hi, you"\n1{mark}C{mark}yes\n'
    assert said(read(tmp_path, "s.csv", text)) == HI


@pytest.mark.parametrize(
    ("header", "start"),
    [
        ("start,end,speaker,text", 90.5),
        ("Start Time,End_Time,Interlocutor,Utterance Text", 90.5),
        ("start_ms,end (ms),who,transcript", 0.0905),
        ("a,b,role,content", None),
    ],
)
def test_columns_are_known_by_name(tmp_path: Path, header: str, start: float | None) -> None:
    raw = read(tmp_path, "s.csv", f'{header}\n90.5,91,T,"hi, you"\n100,101,C,yes\n')
    assert said(raw) == HI
    assert raw.turns[0].start_s == (None if start is None else pytest.approx(start))


def test_columns_are_given(tmp_path: Path) -> None:
    text = "foo,bar,text\nT,hi,x\nC,yes,y\n"
    raw = read(tmp_path, "s.csv", text, speaker_column="Foo", text_column="bar")
    assert said(raw) == [("T", "hi"), ("C", "yes")]
    with pytest.raises(TableError, match=r"There is no column 'baz'\. Found: text and 2 of other names\."):
        read(tmp_path, "s.csv", text, speaker_column="baz")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        # No header at all.
        ("T,heronwing\nC,fine\nT,good\n", "2 of other names"),
        ('T,"How have you been, my heronwing?"\nC,fine\n', "2 of other names"),
        ("T,heronwing\n", "2 of other names"),
        # A header into which words have slipped.
        ("start,speaker,te heronwingxt\n1,T,my heronwing\n2,C,fine\n", "start, speaker and 1 of other names"),
        ('"start","speake","enr","te heronwingxt"\n1,2,T,"a."\n3,4,C,"b."\n', "start and 3 of other names"),
        ("line,Start (s),who,Wortlaut\n1,0,T,yes\n2,3,C,fine\n", "line, start s, who and 1 of other names"),
    ],
)
def test_an_error_shows_names_of_columns_and_no_words(tmp_path: Path, text: str, found: str) -> None:
    with pytest.raises(TableError) as caught:
        read(tmp_path, "s.csv", text, format="csv")
    assert caught.value.code == "COLUMNS"
    assert f"Found: {found}. Hint" in str(caught.value)
    assert "heronwing" not in str(caught.value)


def test_text_is_exactly_as_written(tmp_path: Path) -> None:
    raw = read(tmp_path, "s.csv", 'speaker,text\nT,"=1+1 ""quoted""\r\nnext, line"\nC, "None"\nT,NA\n')
    assert said(raw) == [("T", '=1+1 "quoted"\r\nnext, line'), ("C", "None"), ("T", "NA")]
    assert [turn.line for turn in raw.turns] == [2, 4, 5]


def test_decimal_commas_and_clock_times(tmp_path: Path) -> None:
    raw = read(tmp_path, "s.csv", "start;end;speaker;text\n0,5;1:30;T;hi\n1:31,5;;C;yes\n")
    assert [(turn.start_s, turn.end_s) for turn in raw.turns] == [(0.5, 90.0), (91.5, None)]
    assert noted(raw) == {"W_TIMES": 1}


def test_an_empty_time_column_is_no_fault(tmp_path: Path) -> None:
    assert read(tmp_path, "s.csv", "start,speaker,text\n,T,hi\n,C,yes\n").notes == ()


def test_rows_that_are_short_empty_or_unnamed(tmp_path: Path) -> None:
    raw = read(tmp_path, "s.csv", "speaker,text\nT,hi\nC\n,\n\n,who\nC,\nC,yes\n")
    assert said(raw) == [("T", "hi"), (None, "who"), ("C", "yes")]
    assert noted(raw) == {"W_SKIPPED": 1, "W_NO_SPEAKERS": 1}


@pytest.mark.parametrize(
    ("text", "code", "line"),
    [
        ('speaker,text\nT,"hi\nC,yes\n', "MALFORMED", 2),
        ('speaker,text\nT,hi\nC,"yes\nT,"so"\n', "MALFORMED", 3),
        ('speaker,text\nT,"say "no" now"\n', "MALFORMED", 2),
        ("speaker,text\nT,hi\nC,well, yes\n", "MALFORMED", 3),
        ("speaker,text\nT,hi\nC" + "," * 1_000 + "\n", "LIMIT", 3),
    ],
)
def test_what_would_lose_or_mix_words_is_refused_with_its_line(tmp_path: Path, text: str, code: str, line: int) -> None:
    with pytest.raises(TableError) as caught:
        read(tmp_path, "s.csv", text)
    assert (caught.value.code, caught.value.where) == (code, f"s.csv line {line}")


def test_several_sessions_are_refused(tmp_path: Path) -> None:
    with pytest.raises(TableError, match=r"The table holds 2 sessions\.") as caught:
        read(tmp_path, "s.csv", "session_id,speaker,text\n1,T,hi\n2,T,so\n")
    assert caught.value.code == "SEVERAL_SESSIONS"


def test_a_header_alone_has_no_turns(tmp_path: Path) -> None:
    with pytest.raises(ReadError, match="No turns found") as caught:
        read(tmp_path, "s.csv", "speaker,text\n")
    assert caught.value.code == "NO_TURNS"


def test_tabs_that_are_mixed_up_are_refused(tmp_path: Path) -> None:
    for text in ('speaker\ttext\nT\t"hi\nC\tyes\tand\n', "speaker\ttext\nT" + "\t" * 1_000 + "\n"):
        with pytest.raises(TableError) as caught:
            read(tmp_path, "s.tsv", text)
        assert caught.value.code in ("MALFORMED", "LIMIT")


def test_tabs_without_quoting(tmp_path: Path) -> None:
    raw = read(tmp_path, "s.tsv", 'speaker\ttext\nT\t"Hi" she said\nC\tan inch is 1"\n')
    assert said(raw) == [("T", '"Hi" she said'), ("C", 'an inch is 1"')]


def test_tabs_with_quoting(tmp_path: Path) -> None:
    assert said(read(tmp_path, "s.tsv", 'speaker\ttext\nT\t"a\tb"\nC\tc\n')) == [("T", "a\tb"), ("C", "c")]


CELLS = st.text(st.characters(codec="utf-8", exclude_characters="\r\ufeff"), max_size=12)


@given(st.lists(st.lists(CELLS, min_size=1, max_size=4), max_size=6))
def test_quoted_cells_come_back(table: list[list[str]]) -> None:
    text = "".join(",".join('"' + cell.replace('"', '""') + '"' for cell in row) + "\n" for row in table)
    wanted = [tuple(row) for row in table if any(cell.strip() for cell in row)]
    assert [row.cells for row in rows(text, ",", "s.csv")] == wanted
    for row in rows(text, ",", "s.csv"):
        assert 1 <= row.line <= text.count("\n")
