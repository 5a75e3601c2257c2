"""Word, Excel, OpenDocument and PDF files made by hand, so that a test can make them as wrong as it likes."""

import io
import zipfile
from collections.abc import Mapping, Sequence
from html import escape

W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships"
KINDS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
ODF = "urn:oasis:names:tc:opendocument:xmlns"
ODT_TYPE = "application/vnd.oasis.opendocument.text"
TALK = (("T", "hi there"), ("C", "yes"), ("T", "so"), ("C", "no"))


def zipped(parts: Mapping[str, str | bytes]) -> bytes:
    """A zip archive of these parts."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as file:
        for name, data in parts.items():
            file.writestr(name, data)
    return packed.getvalue()


def paragraph(inner: str) -> str:
    """A paragraph of Word's; plain text is put into a run."""
    return f"<w:p>{inner if inner.startswith('<') else run(inner)}</w:p>"


def run(text: str, properties: str = "") -> str:
    """A run of text with the same properties."""
    return f'<w:r><w:rPr>{properties}</w:rPr><w:t xml:space="preserve">{escape(text)}</w:t></w:r>'


def word_table(rows: Sequence[Sequence[str]]) -> str:
    """A table of Word's."""
    cells = ("".join(f"<w:tc>{paragraph(cell)}</w:tc>" for cell in row) for row in rows)
    return f"<w:tbl>{''.join(f'<w:tr>{row}</w:tr>' for row in cells)}</w:tbl>"


def word_xml(body: str, before: str = "") -> str:
    """The main part of a Word document; `before` stands before its root element."""
    return f'<?xml version="1.0"?>{before}<w:document xmlns:w="{W}"><w:body>{body}</w:body></w:document>'


def docx(body: str | None = None, before: str = "", parts: Mapping[str, str | bytes] = {}) -> bytes:
    """A Word document with this body, or with four turns, and further parts by name."""
    body = "".join(paragraph(f"{who}: {words}") for who, words in TALK) if body is None else body
    links = f'<Relationships xmlns="{RELATIONS}"><Relationship Id="r1" Type="{KINDS}/officeDocument" '
    usual: dict[str, str | bytes] = {
        "[Content_Types].xml": "<Types/>",
        "_rels/.rels": links + 'Target="word/document.xml"/></Relationships>',
        "word/document.xml": word_xml(body, before),
    }
    return zipped({**usual, **parts})


def odt(body: str, parts: Mapping[str, str | bytes] = {}) -> bytes:
    """An OpenDocument text with this body."""
    spaces = " ".join(f'xmlns:{name}="{ODF}:{name}:1.0"' for name in ("office", "text", "table"))
    content = f"<office:document-content {spaces}><office:body><office:text>{body}</office:text></office:body>"
    usual = {"mimetype": ODT_TYPE, "content.xml": f"{content}</office:document-content>"}
    return zipped({**usual, **parts})


def xlsx(rows: Sequence[Sequence[str]]) -> bytes:
    """A workbook of one sheet with these texts."""
    sheet = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    cells = ("".join(f'<c t="inlineStr"><is><t>{escape(cell)}</t></is></c>' for cell in row) for row in rows)
    types = "application/vnd.openxmlformats-officedocument.spreadsheetml"
    sheets = '<sheets><sheet name="a" sheetId="1" r:id="r1"/></sheets>'
    links = f'<Relationships xmlns="{RELATIONS}"><Relationship Id="r1" Type="{KINDS}/'
    return zipped(
        {
            "[Content_Types].xml": '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
            f'<Override PartName="/xl/workbook.xml" ContentType="{types}.sheet.main+xml"/>'
            f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{types}.worksheet+xml"/></Types>',
            "_rels/.rels": f'{links}officeDocument" Target="xl/workbook.xml"/></Relationships>',
            "xl/workbook.xml": f'<workbook xmlns="{sheet}" xmlns:r="{KINDS}">{sheets}</workbook>',
            "xl/_rels/workbook.xml.rels": f'{links}worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
            "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{sheet}"><sheetData>'
            + "".join(f"<row>{row}</row>" for row in cells)
            + "</sheetData></worksheet>",
        }
    )


def rtf(body: str, head: str = "{\\fonttbl{\\f0\\fnil\\fcharset0 Arial;}}") -> str:
    """A rich text document with this body."""
    return f"{{\\rtf1\\ansi\\ansicpg1252\\deff0{head}\\f0 {body}}}"


def pdf(pages: Sequence[Sequence[str]], extra: bytes = b"") -> bytes:
    """A PDF with these lines on its pages, in Helvetica; `extra` goes into the first page's content as it is."""
    objects = [b"<</Type/Catalog/Pages 2 0 R>>", b"", b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>"]
    kids = []
    for number, lines in enumerate(pages):
        shown = b"".join(b"(%s) Tj T*\n" % line.replace("(", "\\(").replace(")", "\\)").encode() for line in lines)
        content = b"BT /F1 11 Tf 50 780 Td 14 TL\n%sET\n%s" % (shown, extra if number == 0 else b"")
        objects.append(b"<</Length %d>>stream\n%s\nendstream" % (len(content), content))
        page = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents %d 0 R/Resources<</Font<</F1 3 0 R>>>>>>"
        objects.append(page % len(objects))
        kids.append(b"%d 0 R" % len(objects))
    objects[1] = b"<</Type/Pages/Count %d/Kids[%s]>>" % (len(kids), b" ".join(kids))
    out = io.BytesIO()
    out.write(b"%PDF-1.4\n")
    places = []
    for number, body in enumerate(objects, 1):
        places.append(out.tell())
        out.write(b"%d 0 obj\n%s\nendobj\n" % (number, body))
    start = out.tell()
    out.write(b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1))
    out.write(b"".join(b"%010d 00000 n \n" % place for place in places))
    out.write(b"trailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, start))
    return out.getvalue()
