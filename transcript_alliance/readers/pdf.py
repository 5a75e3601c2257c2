"""PDF with text: the lines of its pages, without what repeats at their edges. A scan has no text and is refused."""

import re
from collections import Counter
from collections.abc import Sequence

from transcript_alliance.errors import DocumentError
from transcript_alliance.readers.document import read_blocks
from transcript_alliance.readers.isolated import run_isolated
from transcript_alliance.readers.labels import split_label
from transcript_alliance.readers.reader import Columns, Draft, Reader
from transcript_alliance.readers.source import Source
from transcript_alliance.speakers import label_key

_MARK = b"%PDF-"
_EDGE_LINES = 3
"""A header or footer has at most so many lines. Source: our choice."""
_DIGITS = re.compile("[0-9]+")
_NUMBER_ALONE = re.compile(r"\W{0,3}(?:page |p\. ?)?([0-9]{1,4})(?: ?(?:of|/) ?[0-9]{1,4})?\W{0,3}", re.IGNORECASE)


def read_pdf(source: Source, columns: Columns) -> Draft:
    """The turns of a PDF that holds text; headers, footers and page numbers that repeat are dropped.

    A hyphen at the end of a line stays: whether the word was broken there or cut off in speech, nobody can tell.

    Raises: DocumentError WRONG_FORMAT, LIMIT, or NO_TURNS for a scan; and what `read_blocks` raises.
    """
    if not _sniff(source):
        raise DocumentError("WRONG_FORMAT", "The content is not that of a PDF.", where=source.name)
    pages: list[str] = run_isolated("pdf", source, "a PDF")
    lines = without_edges([[line.strip() for line in page.replace("\u00ad\n", "").split("\n")] for page in pages])
    return read_blocks(lines, source, columns)


def without_edges(pages: Sequence[Sequence[str]]) -> list[str]:
    """The lines of all pages without headers, footers and page numbers.

    A line goes when it stands at the same edge of more than half of the pages, its numbers aside; of two pages
    alone, a line with a label that the talk has too stays.

    >>> without_edges([["Session 9", "T: hi", "1"], ["Session 9", "C: yes", "2"], ["Session 9", "T: so", "3"]])
    ['T: hi', 'C: yes', 'T: so']
    """
    filled = [[line for line in page if line] for page in pages]
    labels = {_label(line) for page in filled for line in page[_EDGE_LINES:-_EDGE_LINES]} - {None}
    tops = Counter(line for page in filled for line in set(map(_plain, page[:_EDGE_LINES])))
    ends = Counter(line for page in filled for line in set(map(_plain, page[-_EDGE_LINES:])))

    def repeats(line: str, seen: Counter[str], number: int) -> bool:
        alone = _NUMBER_ALONE.fullmatch(line)
        if alone is not None and int(alone.group(1)) == number:
            return True
        if len(filled) < 2 or 2 * seen[_plain(line)] <= len(filled):
            return False
        # On two pages the same person may say the same short thing; on most of many nobody does.
        return len(filled) > 2 or _label(line) not in labels

    kept: list[str] = []
    for number, page in enumerate(filled, 1):
        start, end = 0, len(page)
        while start < min(end, _EDGE_LINES) and repeats(page[start], tops, number):
            start += 1
        while end > max(start, len(page) - _EDGE_LINES) and repeats(page[end - 1], ends, number):
            end -= 1
        kept += page[start:end]
    return kept


def _plain(line: str) -> str:
    return _DIGITS.sub("#", line)


def _label(line: str) -> str | None:
    found = split_label(line)
    return None if found is None else label_key(found.label)


def _sniff(source: Source) -> bool:
    return source.data.startswith(_MARK)


READER = Reader(
    id="pdf",
    label="PDF with text",
    suffixes=(".pdf",),
    sniff=_sniff,
    read=read_pdf,
    sample="session.pdf",
)
