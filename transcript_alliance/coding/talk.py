"""A session as one run of plain words with its phrases found: what the conditions of cues ask about."""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from transcript_alliance.annotations import Span
from transcript_alliance.coding.phrases import Phrase, Stretch
from transcript_alliance.coding.plain import PlainText, PlainWord, plain_phrase, plain_text
from transcript_alliance.coding.tree import PhraseTree
from transcript_alliance.session import Role, Session

_BREAK = PlainWord("\n", 0, 0)
"""Stands between utterances, so that no phrase runs across."""
_LAST_WORDS = 15
"""A question without its mark is looked for in so many last words of an utterance (our choice)."""
_MOST_FILLERS = 12
"""Words before or after a phrase that may be openers or closers; with more it neither opens nor closes (our choice)."""

Places = Sequence[tuple[int, int]]
"""Half-open positions in `Talk.words`."""


@dataclass(frozen=True, slots=True)
class _Chain:
    """A phrase as group numbers of its stretches, with the gap before each."""

    phrase: Phrase
    links: tuple[tuple[int, int, int], ...]


class PhraseBook:
    """All phrases of the codebooks, ready to be found together."""

    def __init__(self, phrases: Iterable[Phrase], lists: Mapping[str, Sequence[Phrase]]) -> None:
        ways = {
            name: tuple(way for entry in entries for way in entry.stretches[0].ways) for name, entries in lists.items()
        }
        groups: dict[tuple[str, ...], int] = {}
        self._by_first: dict[int, list[_Chain]] = defaultdict(list)

        def group(stretch: Stretch) -> int:
            return groups.setdefault(stretch.ways or ways[stretch.word_list], len(groups))

        for phrase in dict.fromkeys(phrases):
            links = tuple((group(s), s.gap_min, s.gap_max) for s in phrase.stretches)
            self._by_first[links[0][0]].append(_Chain(phrase, links))
        self._tree = PhraseTree([[plain_phrase(way) for way in group] for group in groups])

    def find(self, words: Sequence[str], utterance_of: Sequence[int]) -> dict[Phrase, list[tuple[int, int]]]:
        """Every place of every phrase in `words`, in order; a phrase never crosses from one utterance to another."""
        ends: dict[int, dict[int, list[int]]] = {}
        for number, start, end in self._tree.find(words):
            ends.setdefault(number, {}).setdefault(start, []).append(end)
        found: dict[Phrase, list[tuple[int, int]]] = {}
        for number, starts in ends.items():
            for chain in self._by_first.get(number, ()):
                if any(later not in ends for later, _, _ in chain.links[1:]):
                    continue
                places = [
                    (start, last)
                    for start, firsts in starts.items()
                    for last in (_followed(firsts, chain.links[1:], ends) if chain.links[1:] else firsts)
                    if utterance_of[start] == utterance_of[last - 1]
                ]
                if places:
                    found[chain.phrase] = sorted(places)
        return found


def _followed(
    firsts: Iterable[int], links: tuple[tuple[int, int, int], ...], ends: Mapping[int, Mapping[int, list[int]]]
) -> set[int]:
    """Where the whole phrase may end when its first stretch ends at `firsts`."""
    reached = set(firsts)
    for number, gap_min, gap_max in links:
        here = ends.get(number, {})
        reached = {
            end for at in reached for gap in range(gap_min, gap_max + 1) if at + gap in here for end in here[at + gap]
        }
    return reached


class Talk:
    """The plain words of a session, where its phrases stand, and the shape of its turns and utterances."""

    def __init__(self, session: Session, book: PhraseBook) -> None:
        self.session = session
        texts = [plain_text(utterance.text) for utterance in session.utterances]
        self.words: list[PlainWord] = []
        self.utterance_of: list[int] = []
        self.bounds: list[tuple[int, int]] = []
        for number, text in enumerate(texts):
            first = len(self.words)
            self.words += [*text.words, _BREAK]
            self.utterance_of += [number] * (len(text.words) + 1)
            self.bounds.append((first, first + len(text.words)))
        self.places = book.find([word.text for word in self.words], self.utterance_of)
        self.n_words = [_total(texts[turn.start : turn.end]) for turn in session.turns]
        self.laughs = [any(text.laughs for text in texts[turn.start : turn.end]) for turn in session.turns]
        self.before = _answered_turns(session)

    def of(self, phrase: Phrase) -> Places:
        """Where `phrase` is said."""
        return self.places.get(phrase, ())

    def starting(self, phrase: Phrase, first: int, last: int) -> Iterator[tuple[int, int]]:
        """The places where `phrase` starts at `first` or later and before `last`."""
        places = self.of(phrase)
        for number in range(bisect_left(places, (first, 0)), len(places)):
            if places[number][0] >= last:
                return
            yield places[number]

    def says(self, phrases: Iterable[Phrase], first: int, last: int) -> bool:
        """Whether one of `phrases` stands wholly between the positions `first` and `last`."""
        return any(end <= last for phrase in phrases for _, end in self.starting(phrase, first, last))

    def turn_of(self, position: int) -> int:
        """Number of the turn that the word at `position` belongs to."""
        return self.session.utterances[self.utterance_of[position]].turn

    def turn_bounds(self, turn: int) -> tuple[int, int]:
        """Positions of a turn's first word and of the end of its last utterance."""
        span = self.session.turns[turn]
        return (self.bounds[span.start][0], self.bounds[span.end - 1][1]) if span.start < span.end else (0, 0)

    def span(self, place: tuple[int, int]) -> Span:
        """The code points that a match covers."""
        start, end = place
        return Span(self.utterance_of[start], self.words[start].start, self.words[end - 1].end)

    def is_filled(self, first: int, last: int, fillers: Phrase) -> bool:
        """Whether the words from `first` up to `last` are at most twelve and none but `fillers`."""
        if last - first > _MOST_FILLERS:
            return False
        while first < last:
            if self.words[first] is _BREAK:
                first += 1
                continue
            ends = [end for _, end in self.starting(fillers, first, first + 1) if end <= last]
            if not ends:
                return False
            first = max(ends)
        return True

    def is_question(self, utterance: int, openers: Phrase, tails: Phrase) -> bool:
        """Whether an utterance has the form of a question.

        A question mark settles it, and so does another final mark; without any (captions, typed lines) a
        question's first words at the start or among the last 15 words do, or a tag at its end.
        """
        text = self.session.utterances[utterance].text
        if "?" in text:
            return True
        if text.rstrip().endswith((".", "!", "…")):
            return False
        first, last = self.bounds[utterance]
        late = max(first, last - _LAST_WORDS)
        return (
            any(True for _ in self.starting(openers, first, min(first + 1, last)))
            or any(True for _ in self.starting(openers, late, last))
            or any(end == last for _, end in self.starting(tails, late, last))
        )


def _total(texts: Sequence[PlainText]) -> int:
    return sum(text.n_words for text in texts)


def _answered_turns(session: Session) -> list[int | None]:
    """For each turn the last turn before it of the other side of the dyad, listener's signals passed over."""
    other = {Role.THERAPIST: Role.CLIENT, Role.CLIENT: Role.THERAPIST}
    last: dict[Role, int] = {}
    before: list[int | None] = []
    for number, turn in enumerate(session.turns):
        role = session.role(number)
        before.append(last.get(other[role]) if role in other else None)
        if not turn.backchannel:
            last[role] = number
    return before
