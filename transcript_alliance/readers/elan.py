"""ELAN (.eaf): a tier that stands on the time line is a speaker, an annotation in it a turn."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from transcript_alliance.errors import FormatError, TierError
from transcript_alliance.readers.clock import MAX_DIGITS
from transcript_alliance.readers.limits import MAX_TURNS
from transcript_alliance.readers.markup import local_name, walk_xml
from transcript_alliance.readers.reader import Columns, Draft, Reader, Tally
from transcript_alliance.readers.source import Source
from transcript_alliance.session import RawTurn

UNNAMED_TIER = "default"
"""The tier that ELAN gives a new file; it names nobody."""
_ROOT = "ANNOTATION_DOCUMENT"
_OTHER_ROOTS = frozenset(("svg", "html", "TEI", "Trans", "CHAT", "basic-transcription", "tt", "timedtext", "Project"))
"""Of a picture, a page, and of what other programs of transcription write."""
_SNIFFED_CHARS = 5_000


@dataclass(slots=True)
class _Annotation:
    """An annotation of a speaker's tier."""

    speaker: str
    start_slot: str
    end_slot: str
    text: list[str] = field(default_factory=list)


class _Document:
    """What is kept of the document while it goes by."""

    def __init__(self, where: str) -> None:
        self.slots: dict[str, tuple[int, float | None]] = {}
        """Time slot -> its place in the list of slots, and its time in seconds."""
        self.annotations: list[_Annotation] = []
        self.ids: set[str] = set()
        self.references: dict[str, str] = {}
        """Annotation that refers to another -> that other one."""
        self.parents: dict[str, str] = {}
        """Tier -> the tier that it depends on."""
        self._where = where
        self._depth = 0
        self._in_ms = True
        self._speaker: str | None = None
        self._open: _Annotation | None = None
        self._in_value = False

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        """Take in an element's attributes."""
        name = local_name(tag)
        self._depth += 1
        if self._depth == 1 and name != _ROOT:
            # Of a damaged file no name is shown: it may be what somebody said.
            found = f"'{name}'" if name in _OTHER_ROOTS else f"not '{_ROOT}'"
            raise FormatError("WRONG_FORMAT", f"Not an ELAN file: the root element is {found}.", where=self._where)
        if name == "HEADER":
            self._in_ms = attributes.get("TIME_UNITS", "milliseconds") == "milliseconds"
        elif name == "TIME_SLOT":
            self._add_slot(attributes)
        elif name == "TIER":
            self._open_tier(attributes)
        elif name in ("ALIGNABLE_ANNOTATION", "REF_ANNOTATION"):
            self._open_annotation(attributes)
        elif name == "ANNOTATION_VALUE":
            self._in_value = True

    def data(self, text: str) -> None:
        """Take in the words of an annotation."""
        if self._in_value and self._open is not None:
            self._open.text.append(text)

    def end(self, tag: str) -> None:
        """Leave an element."""
        name = local_name(tag)
        self._depth -= 1
        if name == "ANNOTATION_VALUE":
            self._in_value = False
        elif name == "ANNOTATION":
            self._open = None
        elif name == "TIER":
            self._speaker = None

    def _add_slot(self, attributes: Mapping[str, str]) -> None:
        value = attributes.get("TIME_VALUE", "")
        is_time = self._in_ms and value.isascii() and value.isdigit() and len(value) <= MAX_DIGITS
        slot = attributes.get("TIME_SLOT_ID", "")
        self.slots.setdefault(slot, (len(self.slots), int(value) / 1000 if is_time else None))

    def _open_tier(self, attributes: Mapping[str, str]) -> None:
        tier, parent = attributes.get("TIER_ID", ""), attributes.get("PARENT_REF", "")
        if parent:
            self.parents[tier] = parent
        else:
            is_default = tier.partition(" (")[0] == UNNAMED_TIER
            self._speaker = attributes.get("PARTICIPANT", "").strip() or ("" if is_default else tier)

    def _open_annotation(self, attributes: Mapping[str, str]) -> None:
        annotation = attributes.get("ANNOTATION_ID", "")
        self.ids.add(annotation)
        if "ANNOTATION_REF" in attributes:
            self.references[annotation] = attributes["ANNOTATION_REF"]
        elif self._speaker is not None and len(self.annotations) <= MAX_TURNS:
            slots = attributes.get("TIME_SLOT_REF1", ""), attributes.get("TIME_SLOT_REF2", "")
            self._open = _Annotation(self._speaker, *slots)
            self.annotations.append(self._open)


def read_elan(source: Source, columns: Columns) -> Draft:  # noqa: ARG001 - all readers take the same
    """The annotations of all tiers that depend on no other tier, by their start.

    The speaker is the tier's PARTICIPANT, else its name. Tiers that depend on another annotate its talk (codes,
    translations) and are left out. A time slot without a time leaves its turn in the place where the slot stands.

    Raises: FormatError WRONG_FORMAT for another root; DocumentError UNSAFE_XML, MALFORMED or LIMIT; TierError
    MALFORMED when annotations or tiers refer to each other in a circle.
    """
    document = _Document(source.name)
    walk_xml(source.data, document, source.name, "ELAN")
    for what, references in (("Annotations", document.references), ("Tiers", document.parents)):
        if _has_ring(references):
            raise TierError("MALFORMED", f"{what} refer to each other in a circle.", where=source.name)
    tally = Tally()
    missing = sum(target not in document.ids for target in document.references.values())
    if missing:
        tally.add("W_SKIPPED", count=missing)
    return Draft(_turns(document, tally), tally.notes())


def _turns(document: _Document, tally: Tally) -> tuple[RawTurn, ...]:
    no_slot = (len(document.slots), None)
    placed: list[tuple[int, float | None, RawTurn]] = []
    for annotation in document.annotations:
        place, start_s = document.slots.get(annotation.start_slot, no_slot)
        _, end_s = document.slots.get(annotation.end_slot, no_slot)
        if start_s is None or end_s is None or end_s < start_s:
            tally.add("W_TIMES")
        if start_s is not None and end_s is not None and end_s < start_s:
            start_s = end_s = None
        placed.append((place, start_s, RawTurn(annotation.speaker, "".join(annotation.text), start_s, end_s)))
    # The slots stand in the order of time, those without a time too; but not every program writes them so.
    placed.sort(key=lambda found: found[0])
    timed: list[tuple[float, RawTurn]] = []
    before_s = 0.0
    for _, start_s, turn in placed:
        before_s = before_s if start_s is None else start_s
        timed.append((before_s, turn))
    timed.sort(key=lambda found: found[0])
    return tuple(turn for _, turn in timed)


def _has_ring(references: Mapping[str, str]) -> bool:
    """Whether following the references from anywhere leads back there. Each is followed once."""
    settled: set[str] = set()
    for start in references:
        path: set[str] = set()
        at = start
        while at in references and at not in settled:
            if at in path:
                return True
            path.add(at)
            at = references[at]
        settled |= path
    return False


def _sniff(source: Source) -> bool:
    return f"<{_ROOT}" in source.text[:_SNIFFED_CHARS]


READER = Reader(
    id="elan",
    label="ELAN annotation file",
    suffixes=(".eaf",),
    sniff=_sniff,
    read=read_elan,
    sample="session.eaf",
)
