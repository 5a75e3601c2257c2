"""Documents made to harm: each essential trap in small, and that its guard is what stops it."""

import struct
import time
import zipfile
from pathlib import Path

import pytest

from tests.readers.files import noted, read, said
from tests.readers.packages import KINDS, RELATIONS, TALK, docx, odt, paragraph, word_xml, zipped
from transcript_alliance.errors import ReadError
from transcript_alliance.readers import archive, limits, markup

SECRET = "heronwing"


def refused(folder: Path, content: bytes, name: str = "s.docx") -> str:
    """Code of the error that this file gives, in a message without words of the session."""
    with pytest.raises(ReadError) as caught:
        read(folder, name, content)
    error = caught.value
    assert (error.__cause__, error.__suppress_context__ or error.__context__ is None) == (None, True)
    assert SECRET not in f"{error!r}"
    assert "\n" not in str(error)
    return error.code


@pytest.mark.parametrize("name", ["s.docx", "s.odt", "s.xlsx"])
def test_half_a_document(tmp_path: Path, name: str) -> None:
    whole = docx()
    assert refused(tmp_path, whole[: len(whole) // 2], name) == "TRUNCATED"


def test_another_kind_of_archive(tmp_path: Path) -> None:
    other = zipped({"a.txt": SECRET})
    assert [refused(tmp_path, other, name) for name in ("s.docx", "s.odt", "s.xlsx")] == ["WRONG_FORMAT"] * 3
    assert refused(tmp_path, docx("x").replace(b"word/document.xml", b"word/documens.xml")) == "WRONG_FORMAT"
    svg = zipped({"word/document.xml": f"<svg><text>{SECRET}</text></svg>"})
    assert refused(tmp_path, svg) == "WRONG_FORMAT"
    assert refused(tmp_path, zipped({"content.xml": "<a/>"}), "s.odt") == "WRONG_FORMAT"


@pytest.mark.parametrize(
    "before",
    [
        '<!DOCTYPE d [<!ENTITY a SYSTEM "secret.txt">]>',
        '<!DOCTYPE d [<!ENTITY % a SYSTEM "http://127.0.0.1:9/x.dtd"> %a;]>',
        '<!DOCTYPE d [<!ENTITY a "aaaaaaaaaa">]>',
        '<!DOCTYPE d SYSTEM "secret.txt">',
        "<!DOCTYPE d>",
    ],
)
def test_a_dtd_is_refused_whatever_it_says(tmp_path: Path, before: str) -> None:
    (tmp_path / "secret.txt").write_text(SECRET)
    assert refused(tmp_path, docx(paragraph("T: &a;"), before=before)) == "UNSAFE_XML"
    # In UTF-16 no search for the bytes would find it.
    part = word_xml(paragraph("T: &a;"), before).replace('"1.0"', '"1.0" encoding="UTF-16"').encode("utf-16")
    assert refused(tmp_path, docx(parts={"word/document.xml": part})) == "UNSAFE_XML"
    links = f"<?xml version='1.0'?>{before}<Relationships/>"
    assert refused(tmp_path, docx(parts={"_rels/.rels": links})) == "UNSAFE_XML"


@pytest.mark.parametrize("xml", [b"<a", b"<a>&b;</a>", b"", b"\xff\xfe<", b"<?xml version='1.0' encoding='x'?><a/>"])
def test_broken_xml(tmp_path: Path, xml: bytes) -> None:
    assert refused(tmp_path, docx(parts={"word/document.xml": xml})) == "MALFORMED"


def test_nesting_and_number_of_elements(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def nested(depth: int) -> bytes:
        return docx("<w:sdt>" * (depth - 2) + "</w:sdt>" * (depth - 2) + paragraph("T: hi") * 2)

    assert said(read(tmp_path, "s.docx", nested(limits.MAX_DEPTH)))
    assert refused(tmp_path, nested(limits.MAX_DEPTH + 1)) == "LIMIT"
    assert refused(tmp_path, nested(60_000)) == "LIMIT"
    # The document, its body, four paragraphs, and in each a run, its properties and its text.
    monkeypatch.setattr(markup, "MAX_ELEMENTS", 2 + 4 * 4)
    assert said(read(tmp_path, "s.docx", docx()))
    monkeypatch.setattr(markup, "MAX_ELEMENTS", 2 + 4 * 4 - 1)
    assert refused(tmp_path, docx()) == "LIMIT"


def test_number_and_size_of_parts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    more = docx(parts={f"x/{number}.xml": "" for number in range(limits.MAX_PARTS - 3)})
    assert said(read(tmp_path, "s.docx", more)) == list(TALK)
    more = docx(parts={f"x/{number}.xml": "" for number in range(limits.MAX_PARTS - 2)})
    with pytest.raises(ReadError, match=r"has 2,001 parts; the limit is 2,000\."):
        read(tmp_path, "s.docx", more)
    size = sum(entry.file_size for entry in zipfile.ZipFile(tmp_path / "s.docx").infolist())
    monkeypatch.setattr(archive, "MAX_PARTS", 5_000)
    monkeypatch.setattr(archive, "MAX_UNPACKED_BYTES", size)
    assert said(read(tmp_path, "s.docx", more)) == list(TALK)
    monkeypatch.setattr(archive, "MAX_UNPACKED_BYTES", size - 1)
    assert refused(tmp_path, more) == "UNSAFE_ARCHIVE"


def test_a_bomb_is_refused_before_it_is_unpacked(tmp_path: Path) -> None:
    started = time.process_time()
    assert refused(tmp_path, docx(paragraph("T: " + " " * 70_000_000))) == "UNSAFE_ARCHIVE"  # above the size
    assert refused(tmp_path, docx(paragraph("T: " + " " * 5_000_000))) == "UNSAFE_ARCHIVE"  # above the ratio
    assert time.process_time() - started < 5  # most of it to pack them


def entries(data: bytes, mark: bytes) -> list[int]:
    """Where these headers of an archive stand."""
    return [at for at in range(len(data)) if data.startswith(mark, at)]


def patched(data: bytes, mark: bytes, offset: int, value: bytes) -> bytes:
    """The archive with these bytes laid over a field of its last entry."""
    at = entries(data, mark)[-1] + offset
    return data[:at] + value + data[at + len(value) :]


def test_a_directory_that_lies(tmp_path: Path) -> None:
    whole = docx()
    size = struct.pack("<I", 100)
    smaller = patched(whole, b"PK\x01\x02", 24, size)
    assert refused(tmp_path, smaller) == "UNSAFE_ARCHIVE"
    larger = patched(whole, b"PK\x01\x02", 24, struct.pack("<I", 900_000))
    assert refused(tmp_path, larger) == "UNSAFE_ARCHIVE"
    # The last entry points at the first one's bytes: two parts share them (CVE-2024-0450).
    assert refused(tmp_path, patched(whole, b"PK\x01\x02", 42, struct.pack("<I", 0))) == "UNSAFE_ARCHIVE"
    # Beyond the end of its own bytes, into the directory.
    assert refused(tmp_path, patched(whole, b"PK\x01\x02", 20, struct.pack("<I", 5_000))) == "UNSAFE_ARCHIVE"
    flags = patched(whole, b"PK\x01\x02", 8, b"\x01\0")
    assert refused(tmp_path, flags) == "ENCRYPTED"
    method = patched(whole, b"PK\x01\x02", 10, b"\x0c\0")
    assert refused(tmp_path, method) == "UNSAFE_ARCHIVE"


@pytest.mark.parametrize("name", ["../../evil.txt", "/etc/evil", "word/..\\evil.txt", "c:evil"])
def test_names_that_lead_outside(tmp_path: Path, name: str) -> None:
    assert refused(tmp_path, docx(parts={name: SECRET})) == "UNSAFE_ARCHIVE"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["s.docx"]


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_two_parts_of_one_name(tmp_path: Path) -> None:
    path = tmp_path / "s.docx"
    path.write_bytes(docx())
    with zipfile.ZipFile(path, "a") as file:
        file.writestr("word/document.xml", SECRET)
    assert refused(tmp_path, path.read_bytes()) == "UNSAFE_ARCHIVE"


def test_links_to_the_outside_are_noted_and_not_followed(tmp_path: Path, no_network: list[str]) -> None:
    link = '<Relationship Id="r9" Type="{}/{}" Target="http://127.0.0.1:9/t.dotm" TargetMode="External"/>'
    for kind, notes in (("attachedTemplate", {"W_EXTERNAL_LINK": 1}), ("hyperlink", {})):
        links = f'<Relationships xmlns="{RELATIONS}">{link.format(KINDS, kind)}</Relationships>'
        raw = read(tmp_path, "s.docx", docx(parts={"word/_rels/settings.xml.rels": links}))
        assert (said(raw), noted(raw)) == (list(TALK), notes)
    assert no_network == []


def test_tables_within_tables_without_end(tmp_path: Path) -> None:
    deep = "<table:table><table:table-row><table:table-cell>" * 30
    started = time.process_time()
    assert refused(tmp_path, odt(deep), "s.odt") == "MALFORMED"
    whole = deep + "<text:p>x</text:p>" + "</table:table-cell></table:table-row></table:table>" * 30
    assert refused(tmp_path, odt(whole), "s.odt") == "NO_TURNS"
    assert time.process_time() - started < 1


def test_teeth_the_checks_are_what_stops_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    outside = docx(parts={"../../evil.txt": SECRET})
    monkeypatch.setattr(archive, "_check_names", lambda *_: None)
    assert said(read(tmp_path, "s.docx", outside)) == list(TALK)
    bomb = docx(paragraph("T: " + " " * 5_000_000 + "hi") + paragraph("C: yes"))
    monkeypatch.setattr(archive, "_check_sizes", lambda *_: None)
    assert refused(tmp_path, bomb) == "LIMIT"  # only the limit on a line is left
