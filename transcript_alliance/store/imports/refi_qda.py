"""REFI-QDA projects: the coded selections of the text that is the session."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from transcript_alliance.readers.archive import Archive, open_archive
from transcript_alliance.readers.markup import local_name, walk_xml
from transcript_alliance.readers.source import Source
from transcript_alliance.store.exports.coding import layout
from transcript_alliance.store.imports.found import SameText, Target, malformed, other_session, whole_number
from transcript_alliance.store.marks import Mark

_PROJECT = "project.qde"
_INTERNAL = "internal://"
_TEXTS = ("TextSource", "Transcript", "Representation")


@dataclass(slots=True)
class _Text:
    path: str
    inline: str = ""
    codings: list[tuple[str, str, int, int]] = field(default_factory=list)
    """Code, user (both by their identifier), start and end."""


class _Project:
    """Codes, users and texts, as they go by."""

    def __init__(self) -> None:
        self.names: dict[str, str] = {}
        """Identifier of a code or a user -> name."""
        self.texts: list[_Text] = []
        self._place: tuple[int, int] | None = None
        self._user = ""
        self._inline: list[str] | None = None

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        """Take in an element's attributes."""
        name = local_name(tag)
        if name in ("Code", "User"):
            self.names[attributes.get("guid", "").casefold()] = attributes.get("name", "")
        elif name in _TEXTS:
            self.texts.append(_Text(attributes.get("plainTextPath", "")))
        elif name == "PlainTextContent":
            self._inline = []
        elif name == "PlainTextSelection":
            start, end = (whole_number(attributes.get(key, "")) for key in ("startPosition", "endPosition"))
            self._place = None if start is None or end is None else (start, end)
        elif name == "Coding":
            self._user = attributes.get("creatingUser", "")
        elif name == "CodeRef" and self._place is not None and self.texts:
            self.texts[-1].codings.append((attributes.get("targetGUID", ""), self._user, *self._place))

    def data(self, text: str) -> None:
        """Take in a text that stands in the project itself."""
        if self._inline is not None:
            self._inline.append(text)

    def end(self, tag: str) -> None:
        """Leave an element."""
        name = local_name(tag)
        if name == "PlainTextSelection":
            self._place = None
        elif name == "PlainTextContent" and self._inline is not None:
            if self.texts:
                self.texts[-1].inline = "".join(self._inline)
            self._inline = None


def read_refi_qda_codes(source: Source, target: Target) -> list[Mark]:
    """The marks on the text that is the session, by users not called cue or model. Positions are code points.

    A selection over several turns counts for the first of them.

    Raises: DocumentError of `open_archive` and `walk_xml`; DatasetError MALFORMED or OTHER_SESSION.
    """
    archive = open_archive(source)
    if _PROJECT not in archive.names:
        raise malformed("This is not a REFI-QDA project.", source.name, "Export it as a REFI-QDA project (.qdpx).")
    project = _Project()
    walk_xml(archive.read(_PROJECT), project, source.name, "such a program")
    laid_out = layout(target.session)
    for text in project.texts:
        same = SameText(_content(text, archive), laid_out.text)
        if same.is_same:
            return _marks(text, same, project.names, target)
    raise other_session(source.name)


def _marks(text: _Text, same: SameText, names: Mapping[str, str], target: Target) -> list[Mark]:
    laid_out, found = layout(target.session), []
    for code, user, start, end in text.codings:
        place = same.ours(start, end)
        turn = None if place is None else laid_out.turn_at(*place)
        name = names.get(code.casefold(), "")
        if turn is not None and name and target.counts(names.get(user.casefold())):
            found.append(target.mark(*turn, name))
    return found


def _content(text: _Text, archive: Archive) -> str:
    parts = {name.casefold(): name for name in archive.names}
    part = parts.get(f"sources/{text.path.removeprefix(_INTERNAL)}".casefold())
    if not text.path or part is None:
        return text.inline
    # A mark at the start that says UTF-8 is no part of the text.
    return archive.read(part).decode("utf-8-sig", "replace")
