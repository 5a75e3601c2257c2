"""ELAN: the codes in tiers that depend on those of the talk, and in tiers of their own."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from transcript_alliance.annotations import Origin
from transcript_alliance.readers.markup import local_name, walk_xml
from transcript_alliance.readers.source import Source
from transcript_alliance.readers.textgrid import layer_of
from transcript_alliance.session import RawTurn
from transcript_alliance.store.exports.talk import Talk, raw_talk, session_talk, talk_turns
from transcript_alliance.store.exports.tiers import parse_note
from transcript_alliance.store.imports.found import Target, other_session
from transcript_alliance.store.imports.timed import TimedNote, timed_marks
from transcript_alliance.store.marks import Mark

_OURS = {layer_of(origin): origin for origin in Origin}


@dataclass(slots=True)
class _Annotation:
    id: str
    tier: str
    depends: bool
    """Its tier depends on another."""
    parent: str
    """The annotation it refers to; empty for one that stands on the time line."""
    slots: tuple[str, str]
    text: list[str] = field(default_factory=list)


class _Document:
    """Tiers, slots and annotations, as they go by."""

    def __init__(self) -> None:
        self.slots: dict[str, float] = {}
        self.annotations: list[_Annotation] = []
        self._tier, self._depends = "", False
        self._in_value = False

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        """Take in an element's attributes."""
        name = local_name(tag)
        if name == "TIME_SLOT":
            value = attributes.get("TIME_VALUE", "")
            if value.isascii() and value.isdigit() and len(value) < 12:
                self.slots[attributes.get("TIME_SLOT_ID", "")] = int(value) / 1000
        elif name == "TIER":
            self._tier, self._depends = attributes.get("TIER_ID", ""), bool(attributes.get("PARENT_REF"))
        elif name in ("ALIGNABLE_ANNOTATION", "REF_ANNOTATION"):
            slots = attributes.get("TIME_SLOT_REF1", ""), attributes.get("TIME_SLOT_REF2", "")
            found = _Annotation(
                attributes.get("ANNOTATION_ID", ""),
                self._tier,
                self._depends,
                attributes.get("ANNOTATION_REF", ""),
                slots,
            )
            self.annotations.append(found)
        elif name == "ANNOTATION_VALUE":
            self._in_value = True

    def data(self, text: str) -> None:
        """Take in the words of an annotation."""
        if self._in_value and self.annotations:
            self.annotations[-1].text.append(text)

    def end(self, tag: str) -> None:
        """Leave an element."""
        if local_name(tag) == "ANNOTATION_VALUE":
            self._in_value = False


def read_elan_codes(source: Source, target: Target) -> list[Mark]:
    """The marks of all tiers but those of the talk and those of codes that a cue or the model set.

    An annotation that refers to a turn is on that turn; one with times of its own is on the turn that it shares most
    time with. Several codes in one annotation have `; ` between them.

    Raises: DocumentError of `walk_xml`; DatasetError OTHER_SESSION when a turn of the session is not in the file.
    """
    document = _Document()
    walk_xml(source.data, document, source.name, "ELAN")
    talk = session_talk(target.session)
    turns = _turns(document, talk)
    if len(turns) != len(talk.turns):
        raise other_session(source.name)
    numbers = talk_turns(target.session)
    parents = {annotation.id: annotation.parent for annotation in document.annotations}
    found: list[Mark] = []
    timed: list[TimedNote] = []
    for annotation in document.annotations:
        if annotation.id in turns:
            continue
        text = "".join(annotation.text)
        origin = _OURS.get(annotation.tier.partition("@")[0])
        turn = _turn_of(annotation, parents, turns)
        if turn is None:
            start, end = (document.slots.get(slot) for slot in annotation.slots)
            timed.append(TimedNote(annotation.tier, text, start, end))
        elif origin is None or target.counts(origin.value):
            for part in text.split(";"):
                code, first, last = parse_note(part)
                if code:
                    found.append(target.mark(numbers[turn], first, last, code))
    return [*found, *timed_marks(timed, talk, target)]


def _turn_of(annotation: _Annotation, parents: Mapping[str, str], turns: Mapping[str, int]) -> int | None:
    """The turn that the annotation refers to, by way of others or not; None when it refers to none."""
    at, seen = annotation.parent, set[str]()
    while at and at not in turns and at not in seen:
        seen.add(at)
        at = parents.get(at, "")
    return turns.get(at)


def _turns(document: _Document, talk: Talk) -> dict[str, int]:
    """Annotation -> turn of the talk, for those that are turns: alike in words and, where both have one, in start.

    Of several alike the first that is free.
    """
    free: dict[str, list[int]] = {}
    for number, turn in enumerate(talk.turns):
        free.setdefault(turn.text, []).append(number)
    found: dict[str, int] = {}
    for annotation in document.annotations:
        if annotation.depends or annotation.parent:
            continue
        start_s = document.slots.get(annotation.slots[0])
        plain = raw_talk("", [RawTurn(None, "".join(annotation.text), start_s)]).turns
        for number in free.get(plain[0].text, ()) if plain else ():
            start_ms = talk.turns[number].start_ms
            if start_ms is None or plain[0].start_ms is None or start_ms == plain[0].start_ms:
                found[annotation.id] = number
                free[plain[0].text].remove(number)
                break
    return found
