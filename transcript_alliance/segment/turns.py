"""Raw turns merged into turns: one for all that a speaker says until another speaks."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from transcript_alliance.session import RawTurn
from transcript_alliance.speakers import look_alike_key

NOT_NAMED = "(not named)"
"""Label of the turns for which the file names nobody."""


@dataclass(frozen=True, slots=True)
class MergedTurn:
    """Consecutive raw turns of one speaker as one turn."""

    speaker: str
    """The speaker's usual label."""
    text: str
    """Their texts joined by one blank, with single blanks throughout; never empty."""
    raw_indices: tuple[int, ...]
    """Positions of the raw turns it is made of, in order, empty ones left out."""
    start_s: float | None
    end_s: float | None
    line: int | None


@dataclass(frozen=True, slots=True)
class Names:
    """Which label each spelling stands for."""

    usual: Mapping[str, str]
    """Label as written -> the most frequent spelling of the same person's label, the first of equals."""
    n_look_alikes: int
    """Spellings that were taken as one person although more than case and blanks differs; 0 when there are none."""


def merge_turns(raw_turns: Sequence[RawTurn]) -> tuple[MergedTurn, ...]:
    """The turns of a transcript: consecutive raw turns of one speaker merged, empty ones dropped.

    Labels that differ in case, blanks or invisible characters, or by letters that look alike, are one speaker.

    >>> raw = [RawTurn("T", "So, how"), RawTurn("t ", "are  you?"), RawTurn("C", " "), RawTurn("C", "Fine.")]
    >>> [(turn.speaker, turn.text, turn.raw_indices) for turn in merge_turns(raw)]
    [('T', 'So, how are you?', (0, 1)), ('C', 'Fine.', (3,))]
    """
    usual = find_names(raw_turns).usual
    groups: list[tuple[str, list[int]]] = []
    for index, turn in enumerate(raw_turns):
        if not turn.text.split():
            continue
        speaker = NOT_NAMED if turn.speaker is None else usual[turn.speaker]
        if groups and groups[-1][0] == speaker:
            groups[-1][1].append(index)
        else:
            groups.append((speaker, [index]))
    return tuple(_merged(speaker, indices, raw_turns) for speaker, indices in groups)


def find_names(raw_turns: Sequence[RawTurn]) -> Names:
    """The spellings of the speakers' labels, each with the label it stands for."""
    counts = Counter(turn.speaker for turn in raw_turns if turn.speaker is not None)
    spellings: dict[str, list[str]] = {}
    for label in counts:
        spellings.setdefault(_person(label, counts), []).append(label)
    usual: dict[str, str] = {}
    n_look_alikes = 0
    for labels in spellings.values():
        best = max(labels, key=lambda label: counts[label])
        usual |= dict.fromkeys(labels, best)
        # More than case and blanks: the same words to the eye, but not to a program.
        if len({" ".join(label.casefold().split()) for label in labels}) > 1:
            n_look_alikes += len(labels)
    return Names(MappingProxyType(usual), n_look_alikes)


def _person(label: str, counts: Mapping[str, int]) -> str:
    """What is the same for all spellings of one person's label."""
    key = look_alike_key(label)
    if "\ufffd" not in key:
        return key
    # A label with an unreadable letter is the one other label that fits it.
    readable = {look_alike_key(other) for other in counts} - {key}
    fitting = [other for other in readable if _fits(key, other)]
    return fitting[0] if len(fitting) == 1 else key


def _fits(broken: str, whole: str) -> bool:
    return len(broken) == len(whole) and all(a in ("\ufffd", b) for a, b in zip(broken, whole, strict=True))


def _merged(speaker: str, indices: Sequence[int], raw_turns: Sequence[RawTurn]) -> MergedTurn:
    parts = [raw_turns[index] for index in indices]
    starts = [part.start_s for part in parts if part.start_s is not None]
    ends = [part.end_s for part in parts if part.end_s is not None]
    return MergedTurn(
        speaker,
        " ".join(" ".join(part.text.split()) for part in parts),
        tuple(indices),
        min(starts, default=None),
        max(ends, default=None),
        parts[0].line,
    )
