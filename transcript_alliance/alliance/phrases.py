"""The words of a session as the models read them: how often each side says each short phrase.

A turn, or a whole session, becomes for each side the square roots of its phrase counts, weighted by how rare a
phrase is and brought to length 1, so that saying more of the same changes nothing. The square root makes both
the sum and its length add up over turns: what the session would be without one of its turns is exact and cheap.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from transcript_alliance.session import Role, Session

Array = NDArray[np.float64]
Ints = NDArray[np.int64]
Places = Mapping[Role, Mapping[str, int]]

PHRASE_WORDS = 3
"""Phrases are of one to so many words, the marks of a turn's start and end among them (our choice)."""
MIN_CLIENTS = 5
"""A phrase is learned only when the sessions of so many clients hold it: what few people say may name them,
and tells nothing about others (our choice)."""
MIN_THERAPISTS = 3
"""For people's own codes so many therapists' sessions must hold it as well: what one says to every client may name
either of them (our choice)."""
SIDES = (Role.THERAPIST, Role.CLIENT)
START, END = "<", ">"
FILLERS = frozenset(["ah", "eh", "er", "erm", "hm", "hmm", "mhm", "mm", "oh", "uh", "uhm", "um"])
"""Left out: whether they are written down is up to the typist or the speech engine."""
_ASIDE = re.compile(r"\[[^\[\]]{0,60}\]|\(\s*\w+(?: \w+)?\s*\)")
"""What a typist notes beside the words, such as `[laughs]` or `(long pause)`: left out for the same reason."""
_HESITATION = re.compile(r"(?<![\w-])(?:uh|um|uhm|er|erm|eh|hm|hmm|mm)(?![\w'’-])[,.…]*", re.IGNORECASE)
"""Fewer than `FILLERS`: the network still reads an "oh" or "mhm", which may be all that a turn answers (our choice)."""
_WORD = re.compile(r"\w+(?:['’]\w+)*")
_NOTHING = 1e-12


def spoken(text: str) -> str:
    """A turn without asides and hesitations: what the network reads, whoever typed it.

    >>> spoken("Um, that's, uh, hard. [sighs]")
    "that's, hard."
    """
    return " ".join(_HESITATION.sub(" ", _ASIDE.sub(" ", text)).split())


def turn_phrases(text: str) -> list[str]:
    """All phrases of a turn: lower case, without punctuation, apostrophes, fillers and asides.

    >>> turn_phrases("Um, that's hard. [sighs]")
    ['<', 'thats', 'hard', '>', '< thats', 'thats hard', 'hard >', '< thats hard', 'thats hard >']
    """
    found = (w.replace("'", "").replace("’", "") for w in _WORD.findall(_ASIDE.sub(" ", text.lower())))
    words = [START, *(w for w in found if w not in FILLERS), END]
    return [" ".join(words[i : i + n]) for n in range(1, PHRASE_WORDS + 1) for i in range(len(words) - n + 1)]


@dataclass(frozen=True, slots=True, eq=False)
class Vocabulary:
    """The phrases that a model knows, first the therapist's, then the client's."""

    therapist: tuple[str, ...]
    client: tuple[str, ...]
    rarity: Array
    """One a phrase: 1 for what every session holds, more the fewer do (inverse document frequency)."""

    def __len__(self) -> int:
        return len(self.therapist) + len(self.client)

    @property
    def side(self) -> Ints:
        """Whose phrase each is, as an index into `SIDES`."""
        return np.repeat([0, 1], [len(self.therapist), len(self.client)])

    def places(self) -> Places:
        """Place of each phrase, by the side that says it."""
        return _places(self)


@lru_cache(maxsize=2)
def _places(vocabulary: Vocabulary) -> Places:
    """Kept, for it takes longer to make than a session takes to be counted."""
    first = len(vocabulary.therapist)
    return {
        Role.THERAPIST: {phrase: i for i, phrase in enumerate(vocabulary.therapist)},
        Role.CLIENT: {phrase: first + i for i, phrase in enumerate(vocabulary.client)},
    }


@dataclass(frozen=True, slots=True, eq=False)
class PhraseCounts:
    """How often which turn holds which phrase of a vocabulary; one entry a pair, in the order of turns."""

    n_turns: int
    turn: Ints  # (entries,)
    phrase: Ints  # (entries,), place in the vocabulary
    count: Array  # (entries,)

    def part(self, turns: slice) -> "PhraseCounts":
        """The counts of some of the turns, numbered from the first of them."""
        start, stop, _ = turns.indices(self.n_turns)
        kept = slice(*np.searchsorted(self.turn, [start, stop]))
        return PhraseCounts(stop - start, self.turn[kept] - start, self.phrase[kept], self.count[kept])


def learn_vocabulary(
    sessions: Sequence[Session], clients: Sequence[str], therapists: Sequence[str] | None = None
) -> Vocabulary:
    """The phrases that the sessions of at least `MIN_CLIENTS` of the `clients` (one a session) hold.

    Where `therapists` are given as well, a phrase must stand in the sessions of `MIN_THERAPISTS` of them.
    """
    who = [(client, "") for client in clients] if therapists is None else list(zip(clients, therapists, strict=True))
    least = (MIN_CLIENTS, 1 if therapists is None else MIN_THERAPISTS)
    known: list[tuple[str, ...]] = []
    rarity: list[float] = []
    for side in SIDES:
        users: dict[str, set[tuple[str, str]]] = {}
        holders: Counter[str] = Counter()
        for session, people in zip(sessions, who, strict=True):
            for phrase in set(_said(session, side)):
                users.setdefault(phrase, set()).add(people)
                holders[phrase] += 1
        common = sorted(phrase for phrase, pairs in users.items() if _said_by(pairs, least))
        known.append(tuple(common))
        rarity += [float(np.log((1 + len(sessions)) / (1 + holders[p]))) + 1 for p in common]
    return Vocabulary(known[0], known[1], np.array(rarity))


def _said_by(pairs: Iterable[tuple[str, str]], least: tuple[int, int]) -> bool:
    """True when so many clients and so many therapists are among the pairs."""
    return all(len({*names}) >= n for names, n in zip(zip(*pairs, strict=True), least, strict=True))


def _said(session: Session, side: Role) -> Iterable[str]:
    for turn in range(len(session.turns)):
        if session.role(turn) is side:
            yield from turn_phrases(session.turn_text(turn))


def known_share(session: Session, vocabulary: Vocabulary) -> float:
    """Share of the session's words, 0..1, that either side of the vocabulary holds; 0 of no words."""
    therapist, client = (vocabulary.places()[side] for side in SIDES)
    said = [
        phrase
        for turn in range(len(session.turns))
        for phrase in turn_phrases(session.turn_text(turn))
        if " " not in phrase and phrase not in (START, END)
    ]
    return sum(word in therapist or word in client for word in said) / max(1, len(said))


def count_phrases(session: Session, places: Places) -> PhraseCounts:
    """Counts of the phrases that are in the vocabulary of the side that says them; `places` are the vocabulary's."""
    entries: list[tuple[int, int, int]] = []
    for turn in range(len(session.turns)):
        known = places.get(session.role(turn), {})
        counts = Counter(known[p] for p in turn_phrases(session.turn_text(turn)) if p in known)
        entries += [(turn, phrase, n) for phrase, n in sorted(counts.items())]
    table = np.array(entries, dtype=np.int64).reshape(-1, 3)
    return PhraseCounts(len(session.turns), table[:, 0], table[:, 1], table[:, 2].astype(float))


def turn_values(counts: PhraseCounts, rarity: Array) -> Array:
    """Each entry's value in the vector of its turn, (entries,): vectors of length 1, or 0 if no phrase is known."""
    mass = counts.count * rarity[counts.phrase]
    of_turn = np.bincount(counts.turn, weights=mass, minlength=counts.n_turns)
    values: Array = np.sqrt(mass / of_turn[counts.turn])
    return values


def _mass(counts: PhraseCounts, vocabulary: Vocabulary) -> Array:
    """Count times rarity of each phrase, (phrases,)."""
    total = np.bincount(counts.phrase, weights=counts.count, minlength=len(vocabulary))
    found: Array = total * vocabulary.rarity
    return found


def session_vector(counts: PhraseCounts, vocabulary: Vocabulary) -> Array:
    """The session, or a part of it, (phrases,): length 1 for each side that says a known phrase."""
    mass, side = _mass(counts, vocabulary), vocabulary.side
    of_side = np.bincount(side, weights=mass, minlength=len(SIDES))
    vector: Array = np.sqrt(mass / np.maximum(of_side, _NOTHING)[side])
    return vector


def points_without_each_turn(counts: PhraseCounts, vocabulary: Vocabulary, weights: Array) -> Array:
    """`weights @ session_vector` of the session without each of its turns in turn, (turns, outputs).

    `weights` are (outputs, phrases).
    """
    mass = _mass(counts, vocabulary)
    root, side = np.sqrt(mass), vocabulary.side
    length = np.bincount(side, weights=mass, minlength=len(SIDES))  # squared
    sums = np.array([weights[:, side == s] @ root[side == s] for s in range(len(SIDES))])  # (sides, outputs)

    gone = counts.count * vocabulary.rarity[counts.phrase]
    less = np.sqrt(np.maximum(mass[counts.phrase] - gone, 0.0)) - root[counts.phrase]
    where = (counts.turn, side[counts.phrase])
    sums_without = np.repeat(sums[None], counts.n_turns, axis=0)  # (turns, sides, outputs)
    np.add.at(sums_without, where, weights[:, counts.phrase].T * less[:, None])
    length_without = np.repeat(length[None], counts.n_turns, axis=0)
    np.subtract.at(length_without, where, gone)
    # A side that has nothing left to say shows nothing.
    left = length_without > _NOTHING
    scale = np.where(left, 1 / np.sqrt(np.where(left, length_without, 1.0)), 0.0)
    points: Array = (sums_without * scale[:, :, None]).sum(axis=1)
    return points
