"""HTML cut into tags and text, in time that grows with its length and no faster, whatever is missing or unclosed.

For the files of transcription programs, which are simple: no scripts are run and nothing is fetched.
"""

import html
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

_NAME = re.compile(r"/?[A-Za-z][A-Za-z0-9]{0,30}")
_ATTRIBUTE = re.compile(r"""([A-Za-z_:][-\w:.]{0,60})\s{0,9}=\s{0,9}(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))""")
_SILENT = ("style", "script", "title")
"""Elements whose text nobody reads."""


@dataclass(frozen=True, slots=True)
class Tag:
    """A tag, opening or closing."""

    name: str
    """In lower case; a closing one begins with `/`."""
    attributes: Mapping[str, str] = field(default_factory=dict)


def cut_html(text: str) -> Iterator[Tag | str]:
    """The tags and the text between them, entities decoded; comments and the text of styles are left out.

    >>> list(cut_html('<p class="a">x &lt; y<br/><!-- no --></p>'))
    [Tag(name='p', attributes={'class': 'a'}), 'x < y', Tag(name='br', attributes={}), Tag(name='/p', attributes={})]
    """
    done = 0
    while (start := text.find("<", done)) >= 0:
        if start > done:
            yield html.unescape(text[done:start])
        if text.startswith("<!--", start):
            end = text.find("-->", start + 4)
            done = len(text) if end < 0 else end + 3
            continue
        name = _NAME.match(text, start + 1)
        if name is None and not text.startswith(("<!", "<?"), start):
            # Nothing further is looked for: with many of these, that would take for ever.
            yield "<"
            done = start + 1
            continue
        end = text.find(">", start)
        if end < 0:
            done = start
            break
        done = end + 1
        if name is None:
            continue
        tag = Tag(name.group().lower(), _attributes(text[name.end() : end]))
        yield tag
        if tag.name in _SILENT:
            closing = text.find(f"</{tag.name}", done)
            done = len(text) if closing < 0 else closing
    if done < len(text):
        yield html.unescape(text[done:])


def _attributes(text: str) -> dict[str, str]:
    found = (match.groups() for match in _ATTRIBUTE.finditer(text))
    return {name.lower(): html.unescape(next((v for v in values if v is not None), "")) for name, *values in found}
