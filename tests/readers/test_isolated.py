"""PDF and Excel: what is talk in them, and that a file which chokes a library chokes only a process of its own."""

import io
import sys
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook

from tests.readers.files import noted, read, said
from tests.readers.packages import TALK, pdf
from transcript_alliance.errors import ReadError
from transcript_alliance.readers import extract, isolated
from transcript_alliance.readers.pdf import without_edges

HI = list(TALK)
LINES = [f"{who}: {words}" for who, words in TALK]


def workbook(*sheets: list[list[Any]], change: Callable[[Workbook], None] | None = None) -> bytes:
    """An Excel workbook with these rows on its sheets."""
    book = Workbook()
    for number, rows in enumerate(sheets):
        sheet = book.active if number == 0 else book.create_sheet()
        for row in rows:
            sheet.append(row)
    if change is not None:
        change(book)
    saved = io.BytesIO()
    book.save(saved)
    return saved.getvalue()


def code_of(folder: Path, name: str, content: bytes) -> str:
    with pytest.raises(ReadError) as caught:
        read(folder, name, content)
    assert caught.value.__cause__ is None
    assert "heronwing" not in f"{caught.value!r}"
    return caught.value.code


def test_lines_of_a_pdf_become_turns(tmp_path: Path) -> None:
    raw = read(tmp_path, "s.pdf", pdf([["Session 9", "", "T: hi", "there"], LINES[1:]]))
    assert (said(raw), noted(raw)) == (HI, {"W_HEADING": 1})


@pytest.mark.parametrize(
    ("pages", "kept"),
    [
        pytest.param([["Head", "a", "1"], ["Head", "b", "2"]], ["a", "b"], id="header and number"),
        pytest.param([["Page 1 of 2", "a"], ["Page 2 of 2", "b"]], ["a", "b"], id="of so many"),
        pytest.param([["a", "- 1 -"], ["b", "- 2 -"]], ["a", "b"], id="dashes"),
        pytest.param([["a", "3"]], ["a", "3"], id="a number that is no page's"),
        pytest.param([["a", "1"]], ["a"], id="the page's own number"),
        pytest.param([["H", "a"], ["H", "b"], ["c"]], ["a", "b", "c"], id="most pages"),
        pytest.param([["H", "a"], ["b"], ["c"]], ["H", "a", "b", "c"], id="one page of three"),
        pytest.param([["a"], ["H", "x", "b", "x", "H"]], ["a", "H", "x", "b", "x", "H"], id="within one page"),
        pytest.param([], [], id="no page"),
    ],
)
def test_what_repeats_at_the_edges_is_dropped(pages: list[list[str]], kept: list[str]) -> None:
    assert without_edges(pages) == kept


def test_the_same_short_answer_on_two_pages_is_talk() -> None:
    page = ["C: Yes.", "T: and?", *(f"{'CT'[n % 2]}: word" for n in range(8)), "T: so", "C: Yes."]
    assert without_edges([page, page]) == page * 2


def test_a_pdf_without_text_and_a_damaged_one(tmp_path: Path) -> None:
    assert code_of(tmp_path, "s.pdf", pdf([[], []])) == "NO_TURNS"
    assert code_of(tmp_path, "s.pdf", b"%PDF-1.7\nheronwing") == "WRONG_FORMAT"
    assert code_of(tmp_path, "s.pdf", b"no pdf: heronwing") == "WRONG_FORMAT"


@pytest.mark.parametrize(
    ("header", "row"),
    [
        pytest.param(["Speaker", "Text"], lambda _, who, words: [who, words], id="plain"),
        pytest.param(["n", "Text", "Speaker"], lambda n, who, words: [n, words, who], id="further columns"),
        pytest.param([None, None, "Who", "Said"], lambda _, who, words: [None, None, who, words], id="moved"),
    ],
)
def test_rows_of_a_workbook(tmp_path: Path, header: list[Any], row: Callable[..., list[Any]]) -> None:
    rows = [row(n, *turn) for n, turn in enumerate(TALK)]
    assert said(read(tmp_path, "s.xlsx", workbook([["Session 9"], [], header, *rows]))) == HI


def test_cells_of_other_kinds(tmp_path: Path) -> None:
    rows: list[list[Any]] = [
        ["Start", "Speaker", "Text"],
        [timedelta(seconds=75.5), "T", 42],
        ["0:01:20", "C", "_x0041_ b"],
        [90, "T", True],
    ]
    raw = read(tmp_path, "s.xlsx", workbook(rows))
    assert said(raw) == [("T", "42"), ("C", "A b"), ("T", "TRUE")]
    assert [turn.start_s for turn in raw.turns] == [75.5, 80.0, 90.0]
    assert [turn.line for turn in raw.turns] == [2, 3, 4]


def test_which_sheet_is_the_session(tmp_path: Path) -> None:
    talk: list[list[Any]] = [["Speaker", "Text"], *map(list, TALK)]
    notes: list[list[Any]] = [["heronwing", "notes"]]
    assert said(read(tmp_path, "s.xlsx", workbook(notes, talk))) == HI

    def hide(book: Workbook) -> None:
        book.worksheets[1].sheet_state = "hidden"

    assert code_of(tmp_path, "s.xlsx", workbook(talk, talk)) == "SEVERAL_SESSIONS"
    assert said(read(tmp_path, "s.xlsx", workbook(talk, talk, change=hide))) == HI
    assert code_of(tmp_path, "s.xlsx", workbook([["foo", "bar"]])) == "COLUMNS"
    assert code_of(tmp_path, "s.xlsx", workbook([])) == "NO_TURNS"
    given = read(tmp_path, "s.xlsx", workbook([["foo", "bar"], ["T", "hi"]]), speaker_column="foo", text_column="bar")
    assert said(given) == [("T", "hi")]


def test_a_formula_counts_as_its_saved_value(tmp_path: Path) -> None:
    # This library saves no values with its formulas, so here there are no words.
    raw = read(tmp_path, "s.xlsx", workbook([["Speaker", "Text"], ["T", "=1+1"], ["C", "yes"], ["T", "so"]]))
    assert said(raw) == [("C", "yes"), ("T", "so")]


def test_a_workbook_wider_than_any_table(tmp_path: Path) -> None:
    wide = workbook([["Speaker", "Text"], ["T", "hi"]], change=lambda b: b.active.cell(2, 1_001, "heronwing"))
    assert code_of(tmp_path, "s.xlsx", wide) == "LIMIT"


@pytest.mark.parametrize(("name", "content"), [("s.pdf", pdf([LINES])), ("s.xlsx", workbook([["Speaker", "Text"]]))])
def test_time_is_limited(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, content: bytes) -> None:
    monkeypatch.setattr(isolated, "MAX_SECONDS", 0.001)
    assert code_of(tmp_path, name, content) == "LIMIT"


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux holds a process to its memory")
def test_memory_is_limited(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    script = tmp_path / "greedy.py"
    # The same program, with a library that takes more and more.
    source = Path(extract.__file__).read_text("utf-8")
    script.write_text(source.replace('{"pdf": pages,', '{"pdf": lambda data: [data * 10 for _ in range(10**9)],'))
    monkeypatch.setattr(isolated, "_SCRIPT", script)
    monkeypatch.setattr(isolated, "MAX_BYTES", 200_000_000)
    started = time.perf_counter()
    assert code_of(tmp_path, "s.pdf", pdf([["heronwing" * 100_000]])) == "LIMIT"
    assert time.perf_counter() - started < isolated.MAX_SECONDS


def test_nothing_of_the_process_is_shown(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    code_of(tmp_path, "s.pdf", pdf([["heronwing"]])[:-200] + b"heronwing")
    out, err = capfd.readouterr()
    assert (out, err) == ("", "")
