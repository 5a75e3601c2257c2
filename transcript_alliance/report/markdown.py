"""A report as Markdown: tables and lists that read well as they stand, and nothing of a session that acts.

Every text is escaped, ours too: no markup, no link, no picture and no HTML can come out of foreign words.
"""

import re
from collections.abc import Callable, Iterator, Mapping

from transcript_alliance.report.chart import Chart
from transcript_alliance.report.document import Block, Bullets, Document, Quoted, Style, Subheading, Table, Text

_SPECIAL = re.compile(r"[\\`*_{}\[\]#|~$]")
_START = re.compile(r"^([-+=]+|\d+[.)])(?=\s|$)")
_ADDRESS = re.compile(r"(?i)(?:(?<=[a-z])(?=://)|(?<=www)(?=\.)|(?=@))")


def render_markdown(document: Document) -> str:
    """The report as Markdown (CommonMark with tables), to be written as UTF-8; pictures stand as sentences."""
    lines = [f"# {escaped(document.title)}", "", escaped(document.kicker)]
    lines += ["", escaped(" · ".join(document.facts)), "", escaped(document.use), "", escaped(document.keep)]
    for section in document.sections:
        lines += ["", f"## {escaped(section.title)}"]
        for block in section.blocks:
            lines += ["", *_RENDERERS[type(block)](block)]
    return "\n".join([*lines, "", "---", "", escaped(document.footer), ""])


def escaped(text: str) -> str:
    """`text` on one line with everything that Markdown, or HTML in it, would take for markup disarmed.

    >>> escaped("*a* <b> [x](y) a|b")
    '\\\\*a\\\\* &lt;b&gt; \\\\[x\\\\](y) a\\\\|b'
    """
    plain = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    plain = plain.replace("&", "&amp;")
    plain = _ADDRESS.sub("\\\\", _SPECIAL.sub(lambda mark: f"\\{mark[0]}", plain))
    plain = plain.replace("<", "&lt;").replace(">", "&gt;")
    return _START.sub(lambda m: f"{m[1][:-1]}\\{m[1][-1]}", plain)


def _text(block: Text) -> Iterator[str]:
    line = escaped(block.text)
    yield f"> {line}" if block.style is Style.NOTICE else f"{line}: ______" if block.style is Style.SIGN else line


def _subheading(block: Subheading) -> Iterator[str]:
    yield f"### {escaped(block.text)}"


def _bullets(block: Bullets) -> Iterator[str]:
    return (f"- {escaped(item)}" for item in block.items)


def _quoted(block: Quoted) -> Iterator[str]:
    yield f"> {escaped(block.text)} ({escaped(block.where)})"


def _table(block: Table) -> Iterator[str]:
    yield f"**{escaped(block.caption)}**"
    yield ""
    yield _row(block.columns)
    yield _row(("---",) * len(block.columns), raw=True)
    for row in block.rows:
        yield _row(row)


def _row(cells: tuple[str, ...], *, raw: bool = False) -> str:
    return "| " + " | ".join(cell if raw else escaped(cell.replace("\n", "; ")) for cell in cells) + " |"


def _chart(block: Chart) -> Iterator[str]:
    for lane in block.lanes:
        yield f"- {escaped(lane.summary)}"


_RENDERERS: Mapping[type[Block], Callable[..., Iterator[str]]] = {
    Text: _text,
    Subheading: _subheading,
    Bullets: _bullets,
    Quoted: _quoted,
    Table: _table,
    Chart: _chart,
}
"""Kind of block -> its lines."""
