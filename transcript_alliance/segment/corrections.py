"""What the user says about the speakers of a transcript, applied before it is segmented.

Turn numbers count from 1 and are those of the transcript as the file has it, before any correction: `check --turns`
shows them, and no correction moves the numbers that another one names.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from types import MappingProxyType

from transcript_alliance.errors import SpeakerError
from transcript_alliance.segment.turns import NOT_NAMED, find_names, merge_turns
from transcript_alliance.session import Note, RawTranscript, RawTurn, Role
from transcript_alliance.speakers import look_alike_key, show_label


@dataclass(frozen=True, slots=True)
class Cast:
    """Who is behind a label."""

    label: str
    """As the transcript writes it."""
    role: Role
    name: str
    """What the session calls the speaker; the label itself when no other name was given."""


@dataclass(frozen=True, slots=True)
class Relabel:
    """A whole turn that somebody else said."""

    turn: int
    speaker: str


@dataclass(frozen=True, slots=True)
class Split:
    """A turn in which somebody else comes in: from code point `at` of its text on, `speaker` talks."""

    turn: int
    at: int | str
    """A number, or the first words of `speaker`, which must stand in the turn once."""
    speaker: str


@dataclass(frozen=True, slots=True)
class Merge:
    """Turns `first` to `last`, both included, that the speaker of the first said alone."""

    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Corrections:
    """All that the user says about one transcript's speakers."""

    casts: tuple[Cast, ...] = ()
    ignore: tuple[str, ...] = ()
    """Labels whose turns are no part of the session, such as that of a recorder."""
    relabel: tuple[Relabel, ...] = ()
    split: tuple[Split, ...] = ()
    merge: tuple[Merge, ...] = ()
    dyad: str | None = None
    """`THERAPIST:CLIENT`, the pair whose alliance is scored; None for all on both sides."""
    sha256: str | None = None
    """Hash of the file that the turn numbers are about; None when it was not written down."""


@dataclass(frozen=True, slots=True)
class Corrected:
    """A transcript with the corrections in it."""

    raw: RawTranscript
    roles: Mapping[str, Role]
    """Name of a speaker -> the role that the user gave."""
    dyad: str | None
    numbers: tuple[int, ...]
    """For each raw turn the number of the turn it is part of in the transcript as the file has it."""
    applied: tuple[str, ...]
    """What was done, a sentence each, without words of the session."""


def correct(raw: RawTranscript, corrections: Corrections) -> Corrected:
    """The transcript as the user says it should be read.

    Raises SpeakerError NO_SUCH_TURN, NO_SUCH_PLACE, TWICE, UNKNOWN_SPEAKER or OTHER_FILE when a correction
    does not fit the transcript.
    """
    if corrections.sha256 is not None and corrections.sha256 != raw.sha256:
        raise SpeakerError(
            "OTHER_FILE",
            "The corrections were written for another version of this file.",
            where=raw.name,
            hint="check the turn numbers against `check`, then renew or take out sha256",
        )
    turns = [(number, turn) for number, turn in zip(_numbers(raw), raw.turns, strict=True)]
    turns, applied = _fixed(raw, corrections, turns)
    ignored = {look_alike_key(label) for label in corrections.ignore}
    kept = [(n, t) for n, t in turns if t.speaker is None or look_alike_key(t.speaker) not in ignored]
    casts = {look_alike_key(cast.label): cast for cast in corrections.casts}
    named = [(n, _named(turn, casts)) for n, turn in kept]
    here = {look_alike_key(t.speaker): t.speaker for _, t in turns if t.speaker is not None}
    applied += [_cast_sentence(casts[key], label) for key, label in here.items() if key in casts and key not in ignored]
    applied += [f"label {show_label(label)} left out" for key, label in here.items() if key in ignored]
    notes = _notes(len(turns) - len(kept), _n_turn_fixes(corrections))
    return Corrected(
        replace(raw, turns=tuple(turn for _, turn in named), notes=raw.notes + notes),
        MappingProxyType(_roles([turn for _, turn in kept], casts)),
        corrections.dyad,
        tuple(number for number, _ in named),
        tuple(applied),
    )


def _numbers(raw: RawTranscript) -> list[int]:
    """The turn number of each raw turn; a blank one is counted to the turn before it."""
    numbers = [0] * len(raw.turns)
    for number, turn in enumerate(merge_turns(raw.turns), 1):
        for index in turn.raw_indices:
            numbers[index] = number
    for index in range(1, len(numbers)):
        numbers[index] = numbers[index] or numbers[index - 1]
    return numbers


Numbered = tuple[int, RawTurn]


def _fixed(raw: RawTranscript, corrections: Corrections, turns: list[Numbered]) -> tuple[list[Numbered], list[str]]:
    """The raw turns with turns relabelled, merged and split; and what was done."""
    if not _n_turn_fixes(corrections):
        return turns, []
    _check_numbers(raw, corrections, max((number for number, _ in turns), default=0))
    known = _known_labels(raw, corrections)
    speakers = {number: turn.speaker for number, turn in reversed(turns)}
    applied = []
    changed: dict[int, str | None] = {}
    for fix in corrections.relabel:
        changed[fix.turn] = _known(fix.speaker, known, raw)
        applied.append(f"turn {fix.turn} given to {show_label(changed[fix.turn] or NOT_NAMED)}")
    for fix_merge in corrections.merge:
        whole = speakers[fix_merge.first]
        changed |= dict.fromkeys(range(fix_merge.first, fix_merge.last + 1), whole)
        applied.append(f"turns {fix_merge.first} to {fix_merge.last} made one of {show_label(whole or NOT_NAMED)}")
    fixed = [(n, replace(turn, speaker=changed[n]) if n in changed else turn) for n, turn in turns]
    for number in sorted({fix.turn for fix in corrections.split}):
        text = _text(fixed, number)
        own = [fix for fix in corrections.split if fix.turn == number]
        cuts = sorted((_place(fix, text, raw), _known(fix.speaker, known, raw)) for fix in own)
        fixed = _split(fixed, number, cuts)
        applied += [f"turn {number} split at character {at}, then {show_label(speaker)}" for at, speaker in cuts]
    return fixed, applied


def _check_numbers(raw: RawTranscript, corrections: Corrections, n_turns: int) -> None:
    """Raises NO_SUCH_TURN for a number outside the transcript, TWICE for a turn that two kinds of fix claim."""
    claims = [fix.turn for fix in corrections.relabel]
    for fix in corrections.merge:
        if not fix.first < fix.last:
            raise _misfit(raw, "NO_SUCH_TURN", f"merge: turn {fix.first} is not before turn {fix.last}.")
        # Checked before the range is made, which a mistyped number could make endless.
        claims += [fix.first, fix.last] if fix.last > n_turns else range(fix.first, fix.last + 1)
    claims += sorted({fix.turn for fix in corrections.split})
    for turn in claims:
        if not 1 <= turn <= n_turns:
            raise _misfit(raw, "NO_SUCH_TURN", f"There is no turn {turn}; the transcript has {n_turns:,}.")
    twice = [turn for turn, n_claims in Counter(claims).items() if n_claims > 1]
    if twice:
        raise _misfit(raw, "TWICE", f"Turn {min(twice)} is corrected in two ways.")


def _text(turns: Sequence[Numbered], number: int) -> str:
    """The words of turn `number`, with one blank between them."""
    return " ".join(word for n, turn in turns if n == number for word in turn.text.split())


def _place(fix: Split, text: str, raw: RawTranscript) -> int:
    """The code point of the turn's `text` at which it is to be cut."""
    if isinstance(fix.at, int):
        if not 0 < fix.at < len(text):
            what = f"Turn {fix.turn} has {len(text):,} characters; it cannot be split at {fix.at}."
            raise _misfit(raw, "NO_SUCH_PLACE", what)
        return fix.at
    words = " ".join(fix.at.split())
    at = text.find(words)
    if at <= 0:
        where = "begins with" if words and at == 0 else "does not hold"
        raise _misfit(raw, "NO_SUCH_PLACE", f"Turn {fix.turn} {where} the words before which it is to be split.")
    if text.find(words, at + 1) >= 0:
        what = f"Turn {fix.turn} holds the words before which it is to be split more than once: name more of them."
        raise _misfit(raw, "NO_SUCH_PLACE", what)
    return at


def _split(turns: Sequence[Numbered], number: int, cuts: Sequence[tuple[int, str]]) -> list[Numbered]:
    """The raw turns with turn `number` cut, each part given to the speaker that its cut names."""
    found: list[Numbered] = []
    offset = 0
    for n, turn in turns:
        if n != number or not turn.text.split():
            found.append((n, turn))
            continue
        text = " ".join(turn.text.split())
        found += [(n, part) for part in _parts(replace(turn, text=text), offset, cuts)]
        offset += len(text) + 1
    return found


def _parts(turn: RawTurn, offset: int, cuts: Sequence[tuple[int, str]]) -> list[RawTurn]:
    """A raw turn cut at those places that fall into it; its text begins at `offset` of the turn's."""
    edges = [0, *(at - offset for at, _ in cuts if 0 < at - offset < len(turn.text)), len(turn.text)]
    parts = []
    for start, end in pairwise(edges):
        speaker = next((name for at, name in reversed(cuts) if at <= offset + start), turn.speaker)
        parts.append(
            RawTurn(
                speaker,
                turn.text[start:end].strip(),
                # When within a cue the speakers change, the file does not say.
                turn.start_s if start == 0 else None,
                turn.end_s if end == len(turn.text) else None,
                turn.line,
            )
        )
    return parts


def _known_labels(raw: RawTranscript, corrections: Corrections) -> dict[str, str]:
    """Key of each label that a turn may be given to -> the label."""
    labels = {look_alike_key(cast.name): cast.label for cast in corrections.casts}
    labels |= {look_alike_key(cast.label): cast.label for cast in corrections.casts}
    return labels | {look_alike_key(label): usual for label, usual in find_names(raw.turns).usual.items()}


def _known(label: str, known: Mapping[str, str], raw: RawTranscript) -> str:
    found = known.get(look_alike_key(label))
    if found is None:
        raise _misfit(
            raw, "UNKNOWN_SPEAKER", f"Nobody is labelled {show_label(label)!r}, so no turn can be given to them."
        )
    return found


def _named(turn: RawTurn, casts: Mapping[str, Cast]) -> RawTurn:
    cast = None if turn.speaker is None else casts.get(look_alike_key(turn.speaker))
    return turn if cast is None else replace(turn, speaker=cast.name)


def _roles(turns: Sequence[RawTurn], casts: Mapping[str, Cast]) -> dict[str, Role]:
    found = (casts.get(look_alike_key(turn.speaker)) for turn in turns if turn.speaker is not None)
    return {cast.name: cast.role for cast in found if cast is not None}


def _cast_sentence(cast: Cast, label: str) -> str:
    called = "" if cast.name == label else f", called {show_label(cast.name)}"
    return f"label {show_label(label)} is {cast.role}{called}"


def _n_turn_fixes(corrections: Corrections) -> int:
    return len(corrections.relabel) + len(corrections.split) + len(corrections.merge)


def _notes(n_ignored: int, n_fixes: int) -> tuple[Note, ...]:
    counted = (("W_IGNORED_SPEAKERS", n_ignored), ("W_CORRECTED_TURNS", n_fixes))
    return tuple(Note(kind, count) for kind, count in counted if count)


def _misfit(raw: RawTranscript, code: str, what: str) -> SpeakerError:
    return SpeakerError(code, what, where=raw.name, hint="`check --turns` shows the turns with their numbers")
