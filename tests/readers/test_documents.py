"""Word, OpenDocument and rich text: what is talk in them, and what is not."""

from pathlib import Path

import docx as python_docx
import pytest
from striprtf.striprtf import rtf_to_text

from tests.readers.files import SAMPLES, noted, read, said
from tests.readers.packages import TALK, docx, odt, paragraph, rtf, run, word_table
from transcript_alliance.errors import ReadError

HI = list(TALK)
TAIL = paragraph("C: yes") + paragraph("T: so") + paragraph("C: no")


@pytest.mark.parametrize(
    ("first", "text", "changes"),
    [
        pytest.param(run("T: ") + run("hi there", "<w:b/>"), "hi there", 0, id="runs"),
        pytest.param(f"{run('T: hi')}<w:ins>{run(' there')}</w:ins>", "hi there", 1, id="insertion"),
        pytest.param(f"{run('T: hi there')}<w:del>{run('gone')}</w:del>", "hi there", 1, id="deletion"),
        pytest.param(
            f"{run('T: hi there')}<w:moveFrom>{run('from')}</w:moveFrom>", "hi there", 1, id="moved to elsewhere"
        ),
        pytest.param(f"{run('T: hi there')}{run('hidden', '<w:vanish/>')}", "hi there", 1, id="hidden"),
        pytest.param(run("T: hi") + run(" there", '<w:vanish w:val="0"/>'), "hi there", 0, id="not hidden after all"),
        pytest.param(
            f"<w:sdt><w:sdtPr/><w:sdtContent>{run('T: hi there')}</w:sdtContent></w:sdt>", "hi there", 0, id="field"
        ),
        pytest.param(
            run("T: hi there") + f"<w:sdt><w:sdtPr><w:showingPlcHdr/></w:sdtPr>{run('Click here')}</w:sdt>",
            "hi there", 0, id="field that nobody filled in",
        ),
        pytest.param("<w:r><w:t>T:</w:t><w:tab/><w:t>hi</w:t><w:br/><w:t>there</w:t></w:r>", "hi there", 0, id="tab"),
        pytest.param(f"<w:hyperlink>{run('T: hi there')}</w:hyperlink>", "hi there", 0, id="link"),
        pytest.param(
            f"<w:r><w:instrText>PAGE</w:instrText></w:r>{run('T: hi there')}", "hi there", 0, id="a field's code"
        ),
        pytest.param(
            "<w:r><w:t>T: hi</w:t><w:noBreakHyphen/><w:softHyphen/><w:t>there</w:t></w:r>", "hi-there", 0, id="hyphen"
        ),
        pytest.param('<w:pPr><w:tabs><w:tab w:val="left"/></w:tabs></w:pPr>' + run("T: hi"), "hi", 0, id="tab stops"),
    ],
)  # fmt: skip
def test_what_is_said_in_word(tmp_path: Path, first: str, text: str, changes: int) -> None:
    raw = read(tmp_path, "s.docx", docx(paragraph(first) + TAIL))
    assert said(raw) == [("T", text), *HI[1:]]
    assert noted(raw) == ({"W_TRACKED_CHANGES": changes} if changes else {})


def test_a_deleted_paragraph_mark_joins_two_paragraphs(tmp_path: Path) -> None:
    joined = paragraph("<w:pPr><w:rPr><w:del/></w:rPr></w:pPr>" + run("T: hi ")) + paragraph("there")
    assert said(read(tmp_path, "s.docx", docx(joined + TAIL))) == HI
    last = paragraph("<w:pPr><w:rPr><w:del/></w:rPr></w:pPr>" + run("C: no"))
    assert said(read(tmp_path, "s.docx", docx(paragraph("T: hi") + last))) == [("T", "hi"), ("C", "no")]


def test_a_text_box_is_read_once(tmp_path: Path) -> None:
    box = f"<w:txbxContent>{paragraph('T: in a box')}</w:txbxContent>"
    both = f"<mc:AlternateContent><mc:Choice>{box}</mc:Choice><mc:Fallback>{box}</mc:Fallback></mc:AlternateContent>"
    space = 'xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"'
    body = f"<w:p><w:r {space}>{both}</w:r></w:p>" + TAIL
    assert said(read(tmp_path, "s.docx", docx(body))) == [("T", "in a box"), *HI[1:]]


@pytest.mark.parametrize(
    "rows",
    [
        pytest.param([("Speaker", "Text"), *TALK], id="header"),
        pytest.param([("Time", "Who", "Transcript"), *(("0:01", who, words) for who, words in TALK)], id="times"),
        pytest.param(TALK, id="no header"),
        pytest.param([(f"{who}:", words) for who, words in TALK], id="colons"),
        pytest.param([(str(n), who, words) for n, (who, words) in enumerate(TALK, 1)], id="numbers"),
        pytest.param([("00:00:01", who, words) for who, words in TALK], id="times without header"),
        pytest.param([(words, who) for who, words in TALK], id="words first"),
        pytest.param([(f"{who}: {words}",) for who, words in TALK], id="one column"),
    ],
)
def test_tables(tmp_path: Path, rows: list[tuple[str, ...]]) -> None:
    expected = HI
    assert said(read(tmp_path, "s.docx", docx(word_table(rows)))) == expected
    cells = ("".join(f"<table:table-cell><text:p>{c}</text:p></table:table-cell>" for c in row) for row in rows)
    body = "".join(f"<table:table-row>{row}</table:table-row>" for row in cells)
    assert said(read(tmp_path, "s.odt", odt(f"<table:table>{body}</table:table>"))) == expected
    lines = "".join("\\trowd" + "".join(f"\\pard\\intbl {c}\\cell" for c in row) + "\\row\n" for row in rows)
    assert said(read(tmp_path, "s.rtf", rtf(lines + "\\pard"))) == expected


def test_a_table_stands_where_it_stands(tmp_path: Path) -> None:
    body = paragraph("T: before") + word_table([("C", "one"), ("T", "two"), ("C", "three")]) + paragraph("T: after")
    wanted = [("T", "before"), ("C", "one"), ("T", "two"), ("C", "three"), ("T", "after")]
    assert said(read(tmp_path, "s.docx", docx(body))) == wanted
    row = "\\trowd\\pard\\intbl {}\\cell\\pard\\intbl {}\\cell\\row "
    text = "T: before\\par " + "".join(row.format(*cells) for cells in [("C", "one"), ("T", "two"), ("C", "three")])
    assert said(read(tmp_path, "s.rtf", rtf(text + "\\pard T: after\\par"))) == wanted


def test_a_table_on_each_page_is_one_table(tmp_path: Path) -> None:
    pages = [word_table([("Speaker", "Text"), *TALK[:2]]), word_table([("Speaker", "Text"), *TALK[2:]])]
    raw = read(tmp_path, "s.docx", docx(paragraph("Session 9") + "".join(pages)))
    assert (said(raw), noted(raw)) == (HI, {"W_HEADING": 1})


def test_a_row_that_was_deleted_is_left_out(tmp_path: Path) -> None:
    gone = word_table([("T", "gone")]).replace("<w:tr>", "<w:tr><w:trPr><w:del/></w:trPr>")
    rows = word_table(TALK).replace("</w:tbl>", gone.removeprefix("<w:tbl>"))
    assert said(read(tmp_path, "s.docx", docx(rows))) == HI


@pytest.mark.parametrize(
    ("body", "text"),
    [
        pytest.param("<text:p>T: hi<text:s text:c='3'/>there</text:p>", "hi   there", id="blanks"),
        pytest.param("<text:p>T:<text:tab/>hi<text:line-break/>there</text:p>", "hi there", id="tab and line"),
        pytest.param("<text:p>T: <text:span>hi</text:span> there</text:p>", "hi there", id="span"),
        pytest.param("<text:p>T: hi<text:note><text:p>note</text:p></text:note></text:p>", "hi", id="footnote"),
        pytest.param("<text:p>T: hi<office:annotation><text:p>no</text:p></office:annotation></text:p>", "hi",
                     id="comment"),
        pytest.param("<text:list><text:list-item><text:p>T: hi</text:p></text:list-item></text:list>", "hi", id="list"),
        pytest.param("<text:p>T: hi<text:s text:c='99999999'/></text:p>", "hi", id="endless blanks"),
    ],
)  # fmt: skip
def test_what_is_said_in_opendocument(tmp_path: Path, body: str, text: str) -> None:
    tail = "".join(f"<text:p>{who}: {words}</text:p>" for who, words in TALK[1:])
    assert said(read(tmp_path, "s.odt", odt(body + tail))) == [("T", text), *HI[1:]]


def test_opendocument_changes_and_passwords(tmp_path: Path) -> None:
    gone = "<text:tracked-changes><text:changed-region><text:p>T: gone</text:p></text:changed-region>"
    tail = "".join(f"<text:p>{who}: {words}</text:p>" for who, words in TALK)
    raw = read(tmp_path, "s.odt", odt(f"{gone}</text:tracked-changes>{tail}"))
    assert (said(raw), noted(raw)) == (HI, {"W_TRACKED_CHANGES": 1})
    locked = odt(tail, parts={"META-INF/manifest.xml": "<manifest:encryption-data/>"})
    assert refused(tmp_path, "s.odt", locked) == "ENCRYPTED"


@pytest.mark.parametrize(
    ("first", "text", "hidden"),
    [
        pytest.param("T: hi {\\b there}", "hi there", 0, id="group"),
        pytest.param("T: ren\\'e9 \\u233?", "ren\u00e9 \u00e9", 0, id="letters"),
        pytest.param("T: \\uc2\\u8217\\'92\\'92s", "\u2019s", 0, id="letters for old programs"),
        pytest.param("T: \\u-10179?\\u-8704?", "\U0001f600", 0, id="two halves of a letter"),
        pytest.param("T: hi {\\deleted gone}there", "hi there", 1, id="deletion"),
        pytest.param("T: hi {\\v hidden}there", "hi there", 1, id="hidden"),
        pytest.param("T: hi\\v0  there", "hi there", 0, id="not hidden after all"),
        pytest.param("{\\header T: not talk\\par}T: hi", "hi", 0, id="header"),
        pytest.param("{\\*\\unknown T: not talk\\par}T: hi", "hi", 0, id="starred group"),
        pytest.param("T: hi{\\footnote T: not talk}", "hi", 0, id="footnote"),
        pytest.param("T: {\\field{\\*\\fldinst HYPERLINK x}{\\fldrslt hi}}", "hi", 0, id="field"),
        pytest.param("T: hi\\line there\\\\ \\{so\\}", "hi there\\ {so}", 0, id="line and symbols"),
        pytest.param("T: \\ldblquote hi\\rdblquote\\emdash", "\u201chi\u201d\u2014", 0, id="marks"),
        pytest.param("{\\pict\\bin4 }}{{}T: hi", "hi", 0, id="bytes of a picture"),
        pytest.param("T:\\tab hi\\\n there", "hi there", 0, id="line as TextEdit ends it"),
    ],
)
def test_what_is_said_in_rich_text(tmp_path: Path, first: str, text: str, hidden: int) -> None:
    raw = read(tmp_path, "s.rtf", rtf(f"{first}\\par C: yes\\par\nT: so\\par C: no\\par"))
    assert said(raw) == [("T", text), *HI[1:]]
    assert noted(raw) == ({"W_TRACKED_CHANGES": hidden} if hidden else {})


def test_rich_text_in_another_code_page(tmp_path: Path) -> None:
    head = "{\\fonttbl{\\f0\\fcharset0 A;}{\\f1\\fcharset204 B;}}"
    raw = read(tmp_path, "s.rtf", rtf("T: {\\f1\\'e4\\'e0}\\par C: \\'e4\\par T: so\\par", head))
    assert said(raw)[:2] == [("T", "\u0434\u0430"), ("C", "\u00e4")]
    cut = read(tmp_path, "s.rtf", rtf("T: hi\\par C: yes\\par T: so\\par C: n").removesuffix("}"))
    assert noted(cut) == {"W_TRUNCATED": 1}


def refused(folder: Path, name: str, content: bytes | str) -> str:
    """Code of the error that this file gives."""
    with pytest.raises(ReadError) as caught:
        read(folder, name, content)
    assert caught.value.__cause__ is None
    return caught.value.code


def test_documents_without_talk(tmp_path: Path) -> None:
    assert refused(tmp_path, "s.docx", docx("<w:p/>")) == "NO_TURNS"
    assert refused(tmp_path, "s.docx", docx(paragraph("Prose without any name."))) == "NO_TURNS"
    assert refused(tmp_path, "s.rtf", rtf("{" * 200 + "}" * 200)) == "LIMIT"
    with pytest.raises(ReadError, match="not that of a rich text document"):
        read(tmp_path, "s.txt", "T: hi\nC: yes\n", format="rtf")


def test_other_libraries_read_the_same_words_in_the_samples() -> None:
    words = " ".join((SAMPLES / "session.txt").read_text("utf-8").split()).partition("[00:00:03]")[2]
    paragraphs = python_docx.Document(str(SAMPLES / "session.docx")).paragraphs
    assert " ".join(" ".join(p.text for p in paragraphs).split()).partition("[00:00:03]")[2] == words
    plain = rtf_to_text((SAMPLES / "session.rtf").read_text("ascii"))  # type: ignore[no-untyped-call]
    assert " ".join(plain.split()).partition("[00:00:03]")[2] == words
