"""XML read from start to end, without ever building the tree: no DTD, no entities, no deep nesting."""

from collections.abc import Mapping
from typing import Protocol
from xml.etree.ElementTree import ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import DefusedXMLParser

from transcript_alliance.errors import DocumentError
from transcript_alliance.readers.limits import MAX_DEPTH, MAX_ELEMENTS


class Walker(Protocol):
    """What is told of each element; names are `{namespace}local`."""

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        """An element begins."""

    def data(self, text: str) -> None:
        """Text within it."""

    def end(self, tag: str) -> None:
        """It ends."""


class _Limited:
    """Passes on what the parser finds until it is nested too deeply."""

    def __init__(self, walker: Walker, where: str) -> None:
        self.data = walker.data
        self._walker = walker
        self._where = where
        self._depth = 0
        self._n_elements = 0

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        self._depth += 1
        self._n_elements += 1
        if self._n_elements > MAX_ELEMENTS:
            what = f"The document has more elements than the limit ({MAX_ELEMENTS:,})."
            raise DocumentError("LIMIT", what, where=self._where)
        if self._depth > MAX_DEPTH:
            what = "The document's structure is nested too deeply to be a transcript."
            raise DocumentError("LIMIT", what, where=self._where)
        self._walker.start(tag, attributes)

    def end(self, tag: str) -> None:
        self._depth -= 1
        self._walker.end(tag)


def walk_xml(data: bytes, walker: Walker, where: str, program: str) -> None:
    """Tell `walker` of each element of the XML in `data`, which `program` (for the message) should have written.

    Raises: DocumentError UNSAFE_XML for a DTD, LIMIT for deep nesting, MALFORMED for what is no XML.
    """
    parser = DefusedXMLParser(target=_Limited(walker, where), forbid_dtd=True)
    try:
        # All at once: an old expat scans a long token again with each piece of it.
        parser.feed(data)
        parser.close()
    except DefusedXmlException:
        what = f"The document contains a DTD, which {program} never writes; it was not opened."
        raise DocumentError("UNSAFE_XML", what, where=where, hint="Save it again from its own program.") from None
    except (ParseError, ValueError, LookupError):
        what = "The document is damaged: its XML cannot be read."
        raise DocumentError("MALFORMED", what, where=where, hint="Save it again from its own program.") from None


def local_name(tag: str) -> str:
    """The name of an element or attribute without its namespace.

    >>> local_name("{urn:x}body"), local_name("body")
    ('body', 'body')
    """
    return tag.rpartition("}")[2]
