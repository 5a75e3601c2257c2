"""Markers from cues: the words of a session that show a code, found by the phrases of the codebooks.

The transparent floor beside the learned tagger, and the word-level evidence in reports. Cues are written for
precision: what they tag is shown to people; what they leave out is not thereby absent.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from transcript_alliance.annotations import Marker, Origin, Span
from transcript_alliance.coding.codebook import Code, Codebooks, Cue
from transcript_alliance.coding.phrases import Phrase, Stretch
from transcript_alliance.coding.talk import PhraseBook, Talk
from transcript_alliance.session import Session

NEAR_WORDS = 20
"""How far `near` and `unless` look to either side, in plain words (this and what follows: our choice)."""
BESIDE_WORDS = 3
"""How far `affirmed`, `not_after` and `not_before` look."""
REPORTING_WORDS = 8
"""How far back `own` looks for "she said"."""
TURNS_BACK = 2
"""Turns of the other side in which `after_codes` looks."""
_LONGEST_PHRASE = 20


def code_cues(session: Session, codebooks: Codebooks) -> tuple[Marker, ...]:
    """The markers that cues find in `session`, in the order of its utterances and of the codes.

    At most one marker a turn and code, with score 1.0, origin cue, the range of the utterances with matching
    words and a span for each of them. Only turns of the code's role are looked at; a sub-code's marker stands
    beside one of its parent. Time is linear in the words of the session.
    """
    return _tagger(codebooks).markers(session)


def cued_turns(session: Session, markers: Iterable[Marker], codes: Sequence[str]) -> NDArray[np.bool_]:
    """On which turns which of `codes` are marked, (turns, codes); `markers` as `code_cues` gives them."""
    column = {code: n for n, code in enumerate(codes)}
    found = np.zeros((len(session.turns), len(codes)), dtype=bool)
    for marker in markers:
        if marker.code in column:
            found[session.utterances[marker.start].turn, column[marker.code]] = True
    return found


@lru_cache(maxsize=4)
def _tagger(codebooks: Codebooks) -> "CueTagger":
    return CueTagger(codebooks)


class CueTagger:
    """Codebooks with their phrases ready to be found. Building it takes longer than using it."""

    def __init__(self, codebooks: Codebooks) -> None:
        self._codebooks = codebooks
        self._lists = {name: Phrase(f"<{name}>", (Stretch((), name),)) for name in codebooks.words}
        phrases = [phrase for code in codebooks.codes for cue in code.cues for phrase in cue.phrases()]
        self._book = PhraseBook((*phrases, *self._lists.values()), codebooks.words)

    def markers(self, session: Session) -> tuple[Marker, ...]:
        """As `code_cues`."""
        talk = Talk(session, self._book)
        spans: dict[tuple[int, str], list[Span]] = defaultdict(list)
        for looks_back in (False, True):
            # Codes that depend on what the other side's turns show are looked for when those are known.
            shown = frozenset(spans)
            for code in self._codebooks.codes:
                for cue in code.cues:
                    if bool(cue.after_codes) == looks_back:
                        self._collect(talk, code, cue, shown, spans)
        return self._as_markers(spans)

    def _collect(
        self,
        talk: Talk,
        code: Code,
        cue: Cue,
        shown: Set[tuple[int, str]],
        spans: dict[tuple[int, str], list[Span]],
    ) -> None:
        for place in (place for phrase in cue.any for place in talk.of(phrase)):
            turn = talk.turn_of(place[0])
            if talk.session.role(turn) is not code.role:
                continue
            if talk.session.turns[turn].backchannel and not cue.backchannel:
                continue
            if self._holds(talk, cue, place, turn) and self._follows(talk, cue, turn, shown):
                for name in (code.id, code.parent):
                    if name:
                        spans[turn, name].append(talk.span(place))

    def _holds(self, talk: Talk, cue: Cue, place: tuple[int, int], turn: int) -> bool:
        """Whether the conditions on the turn itself hold for a match at `place`."""
        start, end = place
        utterance = talk.utterance_of[start]
        first, last = talk.bounds[utterance]
        turn_first, turn_last = talk.turn_bounds(turn)
        opener, closer = self._lists["opener"], self._lists["closer"]
        n_words = talk.n_words[turn]
        if n_words < cue.min_words or (cue.max_words and n_words > cue.max_words):
            return False
        if cue.laughs is not None and talk.laughs[turn] != cue.laughs:
            return False
        if (cue.starts or cue.whole) and not talk.is_filled(turn_first if cue.whole else first, start, opener):
            return False
        if (cue.ends or cue.whole) and not talk.is_filled(end, turn_last if cue.whole else last, closer):
            return False
        if cue.question is not None and self._is_question(talk, utterance) != cue.question:
            return False
        if cue.affirmed and talk.says([self._lists["negation"]], max(first, start - BESIDE_WORDS), start):
            return False
        if cue.own and talk.says([self._lists["reporting"]], max(first, start - REPORTING_WORDS), start):
            return False
        if cue.not_after and _ends_in(talk, cue.not_after, max(first, start - BESIDE_WORDS), start):
            return False
        if cue.not_before and _begins_in(talk, cue.not_before, end, min(last, end + BESIDE_WORDS)):
            return False
        near = (start - NEAR_WORDS, end + NEAR_WORDS)
        if cue.unless and talk.says(cue.unless, max(first, near[0]), min(last, near[1])):
            return False
        return not cue.near or talk.says(cue.near, max(turn_first, near[0]), min(turn_last, near[1]))

    def _follows(self, talk: Talk, cue: Cue, turn: int, shown: Set[tuple[int, str]]) -> bool:
        """Whether the conditions on the other side's turns before it hold."""
        if not (cue.after_question or cue.after_any or cue.after_unless or cue.after_codes):
            return True
        before = talk.before[turn]
        if before is None:
            return not (cue.after_question or cue.after_any or cue.after_codes)
        if cue.after_question and not self._ends_with_question(talk, before):
            return False
        bounds = talk.turn_bounds(before)
        if cue.after_any and not talk.says(cue.after_any, *bounds):
            return False
        if cue.after_unless and talk.says(cue.after_unless, *bounds):
            return False
        return not cue.after_codes or any(
            (number, name) in shown for number in _turns_back(talk, turn) for name in cue.after_codes
        )

    def _is_question(self, talk: Talk, utterance: int) -> bool:
        return talk.is_question(utterance, self._lists["question_opener"], self._lists["question_tail"])

    def _ends_with_question(self, talk: Talk, turn: int) -> bool:
        span = talk.session.turns[turn]
        return any(self._is_question(talk, number) for number in range(max(span.start, span.end - 2), span.end))

    def _as_markers(self, spans: Mapping[tuple[int, str], list[Span]]) -> tuple[Marker, ...]:
        order = {code.id: number for number, code in enumerate(self._codebooks.codes)}
        markers = [
            Marker(name, found[0].utterance, found[-1].utterance + 1, 1.0, Origin.CUE, found)
            for (_, name), matches in spans.items()
            for found in [_joined(matches)]
        ]
        return tuple(sorted(markers, key=lambda marker: (marker.start, order[marker.code])))


def _ends_in(talk: Talk, phrases: tuple[Phrase, ...], first: int, last: int) -> bool:
    return any(
        first < end <= last for phrase in phrases for _, end in talk.starting(phrase, first - _LONGEST_PHRASE, last)
    )


def _begins_in(talk: Talk, phrases: tuple[Phrase, ...], first: int, last: int) -> bool:
    return any(True for phrase in phrases for _ in talk.starting(phrase, first, last))


def _turns_back(talk: Talk, turn: int) -> Iterator[int]:
    """The other side's last two turns before `turn`, nearest first, with no turn counted twice."""
    before = talk.before[turn]
    for _ in range(TURNS_BACK):
        if before is None:
            return
        yield before
        own = talk.before[before]
        before = None if own is None else talk.before[own]


def _joined(spans: list[Span]) -> tuple[Span, ...]:
    """The spans in order, those that touch or overlap made one."""
    joined: list[Span] = []
    for span in sorted(set(spans), key=lambda s: (s.utterance, s.start, s.end)):
        last = joined[-1] if joined else None
        if last and last.utterance == span.utterance and span.start <= last.end:
            joined[-1] = Span(last.utterance, last.start, max(last.end, span.end))
        else:
            joined.append(span)
    return tuple(joined)
