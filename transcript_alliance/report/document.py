"""A report as a list of plain blocks, which the page, Word and Markdown renderers each set in their own way.

All text in it is plain: whatever a renderer makes special is escaped there, our own words and foreign ones alike.
"""

from dataclasses import dataclass
from enum import StrEnum

from transcript_alliance.report.chart import Chart


class Style(StrEnum):
    """How a paragraph is meant."""

    PLAIN = "plain"
    LEAD = "lead"
    NOTICE = "notice"
    """To be read before relying on what stands around it."""
    SOURCE = "source"
    SIGN = "sign"
    """A line to write on by hand."""


@dataclass(frozen=True, slots=True)
class Text:
    """A paragraph."""

    text: str
    style: Style = Style.PLAIN


@dataclass(frozen=True, slots=True)
class Subheading:
    """A heading within a section."""

    text: str


@dataclass(frozen=True, slots=True)
class Bullets:
    """A list; never empty."""

    items: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Quoted:
    """Words of a session with where they stand."""

    text: str
    where: str


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of plain cells, each as long as the columns; the first cell of a row names it.

    A line break parts the items of one cell: ours alone, for no name or value keeps one.
    """

    caption: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    to_fill: bool = False
    """True for a form: empty cells are boxes to write in."""
    folded: str = ""
    """What unfolds it on a page, where it is folded away until asked for; elsewhere it stands open."""


Block = Text | Subheading | Bullets | Quoted | Table | Chart


@dataclass(frozen=True, slots=True)
class Section:
    """A heading with its blocks."""

    anchor: str
    """Letters and hyphens of ours, never foreign text."""
    title: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class Document:
    """A whole report."""

    language: str
    kicker: str
    """What sort of report it is."""
    title: str
    facts: tuple[str, ...]
    use: str
    """What it is for and what not."""
    keep: str
    """How to keep it."""
    sections: tuple[Section, ...]
    footer: str
