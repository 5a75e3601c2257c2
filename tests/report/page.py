"""A report as a tree of elements, for asking what is in it."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser

VOID = frozenset({"meta", "link", "br", "hr", "img", "input", "base", "embed", "source", "area", "col", "wbr"})


@dataclass(eq=False, slots=True)
class Element:
    tag: str
    attributes: dict[str, str]
    parent: "Element | None" = None
    children: list["Element | str"] = field(default_factory=list)

    def walk(self) -> Iterator["Element"]:
        yield self
        for child in self.children:
            if isinstance(child, Element):
                yield from child.walk()

    def find(self, tag: str = "", cls: str = "", **attributes: str) -> list["Element"]:
        """Descendants with that tag, class and attributes; what is left out does not matter."""
        return [
            e
            for e in self.walk()
            if (not tag or e.tag == tag)
            and (not cls or cls in e.classes)
            and all(e.attributes.get(name) == value for name, value in attributes.items())
        ]

    @property
    def classes(self) -> list[str]:
        return self.attributes.get("class", "").split()

    @property
    def text(self) -> str:
        """All text in it, blanks run together."""
        return " ".join("".join(self._texts()).split())

    def _texts(self) -> Iterator[str]:
        for child in self.children:
            if isinstance(child, str):
                yield child
            else:
                yield from child._texts()

    def above(self) -> Iterator["Element"]:
        """Its ancestors, nearest first."""
        here = self.parent
        while here is not None:
            yield here
            here = here.parent

    def number(self, name: str) -> float:
        """The attribute as a number, a percent sign left out."""
        return float(self.attributes[name].removesuffix("%"))


class _Builder(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.root = self.here = Element("document", {})
        self.problems: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = [name for name, _ in attrs]
        if len(set(names)) != len(names):
            self.problems.append(f"attribute twice in {tag}")
        element = Element(tag, {name: value or "" for name, value in attrs}, self.here)
        self.here.children.append(element)
        if tag not in VOID:
            self.here = element

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.here.children.append(Element(tag, {name: value or "" for name, value in attrs}, self.here))

    def handle_endtag(self, tag: str) -> None:
        if self.here.tag != tag:
            self.problems.append(f"</{tag}> closes {self.here.tag}")
            return
        assert self.here.parent is not None
        self.here = self.here.parent

    def handle_data(self, data: str) -> None:
        self.here.children.append(data)


def parse(html: str) -> Element:
    """The page as a tree; fails when a tag is left open or closed twice."""
    builder = _Builder()
    builder.feed(html)
    builder.close()
    assert builder.problems == []
    assert builder.here is builder.root
    return builder.root


def skeleton(page: Element) -> list[tuple[str, tuple[str, ...]]]:
    """Every element with the names of its attributes, in the order of the page."""
    return [(e.tag, tuple(sorted(e.attributes))) for e in page.walk()]
