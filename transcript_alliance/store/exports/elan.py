"""ELAN (.eaf): a tier for each speaker, an annotation for each turn."""

from collections.abc import Iterable, Iterator, Sequence
from html import escape

from transcript_alliance.readers.elan import UNNAMED_TIER
from transcript_alliance.store.exports.layers import lay_out
from transcript_alliance.store.exports.talk import SpokenTurn, Talk, TurnNote, refuse_disorder

_NO_XML = str.maketrans(dict.fromkeys("\ufffe\uffff", "\ufffd"))
_DATE = "1970-01-01T00:00:00+00:00"
"""ELAN wants one; the same talk gives the same bytes."""

_NOTE_TYPE = (
    '<LINGUISTIC_TYPE LINGUISTIC_TYPE_ID="codes" TIME_ALIGNABLE="false" CONSTRAINTS="Symbolic_Subdivision"'
    ' GRAPHIC_REFERENCES="false"/>',
    '<CONSTRAINT STEREOTYPE="Symbolic_Subdivision" DESCRIPTION="Several notes on one annotation, in order"/>',
)


def write_elan(talk: Talk, notes: Sequence[TurnNote] = ()) -> bytes:
    """The talk as an ELAN file; a second tier of the same participant takes what overlaps the speaker's own talk.

    The notes of a layer stand in tiers that depend on those of the talk, `layer@tier`, and need no times.

    A time that is not known is a slot without a time, in its place between the others. The two characters that XML
    cannot hold (U+FFFE, U+FFFF) become U+FFFD.

    Raises: OutputError NO_ORDER when the turns do not stand in the order of time.
    """
    refuse_disorder((turn.start_ms for turn in talk.turns), "ELAN")
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        f'<ANNOTATION_DOCUMENT AUTHOR="" DATE="{_DATE}" FORMAT="3.0" VERSION="3.0"'
        ' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
        ' xsi:noNamespaceSchemaLocation="http://www.mpi.nl/tools/elan/EAFv3.0.xsd">',
        '<HEADER MEDIA_FILE="" TIME_UNITS="milliseconds"/>',
        "<TIME_ORDER>",
        *_slots(talk.turns),
        "</TIME_ORDER>",
        *_tiers(talk, notes),
        '<LINGUISTIC_TYPE LINGUISTIC_TYPE_ID="turn" TIME_ALIGNABLE="true" GRAPHIC_REFERENCES="false"/>',
        *(_NOTE_TYPE if notes else ()),
        "</ANNOTATION_DOCUMENT>",
        "",
    ]
    return "\n".join(lines).translate(_NO_XML).encode()


def _slots(turns: Sequence[SpokenTurn]) -> Iterator[str]:
    for number, turn in enumerate(turns):
        for slot, time in ((2 * number + 1, turn.start_ms), (2 * number + 2, turn.end_ms)):
            value = "" if time is None else f' TIME_VALUE="{time}"'
            yield f'<TIME_SLOT TIME_SLOT_ID="ts{slot}"{value}/>'


def _tiers(talk: Talk, notes: Sequence[TurnNote]) -> Iterator[str]:
    taken: set[str] = {UNNAMED_TIER}
    for speaker in talk.speakers:
        own = ((number, turn) for number, turn in enumerate(talk.turns) if turn.speaker == speaker)
        for n, layer in enumerate(lay_out(own)):
            # No speaker's own tier may be called as that of nobody.
            tier = _free_name(speaker or UNNAMED_TIER, taken) if speaker or n else UNNAMED_TIER
            yield (f'<TIER LINGUISTIC_TYPE_REF="turn" PARTICIPANT="{escape(speaker or "")}" TIER_ID="{escape(tier)}">')
            yield from _annotations(layer)
            yield "</TIER>"
            yield from _note_tiers(tier, speaker, {number for number, _ in layer}, notes, taken)


def _note_tiers(
    tier: str, speaker: str | None, turns: set[int], notes: Sequence[TurnNote], taken: set[str]
) -> Iterator[str]:
    """The tiers that depend on `tier`, one for each layer that has notes on its `turns`."""
    own = [(number, note) for number, note in enumerate(notes, 1) if note.turn in turns]
    for layer in dict.fromkeys(note.layer for _, note in own):
        yield (
            f'<TIER LINGUISTIC_TYPE_REF="codes" PARENT_REF="{escape(tier)}" PARTICIPANT="{escape(speaker or "")}" '
            f'TIER_ID="{escape(_free_name(f"{layer}@{tier}", taken))}">'
        )
        before: dict[int, int] = {}
        for number, note in own:
            if note.layer == layer:
                previous = f' PREVIOUS_ANNOTATION="n{before[note.turn]}"' if note.turn in before else ""
                before[note.turn] = number
                place = f'ANNOTATION_ID="n{number}" ANNOTATION_REF="a{note.turn + 1}"{previous}'
                yield (
                    f"<ANNOTATION><REF_ANNOTATION {place}><ANNOTATION_VALUE>{escape(note.text)}"
                    "</ANNOTATION_VALUE></REF_ANNOTATION></ANNOTATION>"
                )
        yield "</TIER>"


def _free_name(name: str, taken: set[str]) -> str:
    """The name, or the name with the first number that makes it a new one; taken from now on."""
    n, free = 1, name
    while free in taken:
        n += 1
        free = f"{name} ({n})"
    taken.add(free)
    return free


def _annotations(layer: Iterable[tuple[int, SpokenTurn]]) -> Iterator[str]:
    for number, turn in layer:
        yield (
            f'<ANNOTATION><ALIGNABLE_ANNOTATION ANNOTATION_ID="a{number + 1}" TIME_SLOT_REF1="ts{2 * number + 1}" '
            f'TIME_SLOT_REF2="ts{2 * number + 2}"><ANNOTATION_VALUE>{escape(turn.text)}</ANNOTATION_VALUE>'
            "</ALIGNABLE_ANNOTATION></ANNOTATION>"
        )
