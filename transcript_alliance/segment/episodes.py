"""Topical episodes: where the words of a session change, a new one begins.

The idea is that of TextTiling (Hearst 1997, Computational Linguistics 23): compare the words before and after
each possible boundary and cut where the likeness dips deepest. Ours differs: boundaries lie between turns, the
compared stretches are counted in content words, and an episode has a least length. All figures are our choice.
"""

import math
from bisect import bisect
from collections import Counter
from collections.abc import Iterable, Sequence

from transcript_alliance import nlp
from transcript_alliance.speakers import word_set

WINDOW_WORDS = 60
"""Content words compared on each side of a boundary."""
LEAST_TURNS = 8
LEAST_WORDS = 40
"""Content words; an episode has at least this many and at least `LEAST_TURNS` turns."""
MOST_KEYWORDS = 5
_LEAST_USES = 2

# Frequent in speech and on no topic; spaCy's stop words are written English.
_FILLERS = word_set(
    "um uh erm er mm mmm hm hmm mhm uhm ah oh ok okay yeah yep yes yea nope like know think thinking thought mean just "
    "really right well kind sort stuff thing things maybe guess suppose actually basically literally probably gonna "
    "wanna gotta going go goes went gone come came coming get gets got getting want wanted wants say saying said says "
    "tell told talk talking feel feeling felt look looking see way lot bit little good great fine sure time times "
    "today day week try trying let thank thanks sorry hello hi bye pause laughs laughing laugh sighs huh gon "
    "having crosstalk inaudible unintelligible silence crying im ive id dont didnt doesnt cant wont isnt wasnt thats "
    "youre theyre hes shes whats aye ll ve re don didn doesn isn wasn couldn wouldn people"
)


def content_words(text: str) -> tuple[str, ...]:
    """The words of a text that can tell its topic, in lower case, plural endings taken off.

    >>> content_words("Um, my brothers came over, the brother I never call.")
    ('brother', 'brother')
    """
    return tuple(
        _singular(word.lower)
        for word in nlp.words(text)
        if word.is_alpha and not word.is_stop and len(word.lower) > 2 and word.lower not in _FILLERS
    )


def find_boundaries(turns: Sequence[Sequence[str]]) -> tuple[int, ...]:
    """Turns at which a new episode begins, the first (0) among them; empty for a session without turns.

    `turns` holds the content words of each turn. Time grows in proportion to their number.
    """
    if not turns:
        return ()
    ends = [0]
    for words in turns:
        ends.append(ends[-1] + len(words))
    stream = [word for words in turns for word in words]
    # Likeness before each turn; the first has nothing before it.
    likeness = [_likeness(stream, position) for position in ends[1:-1]]
    depths = _depths(likeness)
    dips = [depth for depth in depths if depth > 0]
    if not dips:
        return (0,)
    mean = sum(dips) / len(dips)
    deviation = math.sqrt(sum((depth - mean) ** 2 for depth in dips) / len(dips))
    least_depth = mean + deviation / 2
    starts = [0, len(turns)]
    for turn in sorted(range(1, len(turns)), key=lambda turn: (-depths[turn - 1], turn)):
        if depths[turn - 1] < least_depth:
            break
        place = bisect(starts, turn)
        if _long_enough(starts[place - 1], turn, ends) and _long_enough(turn, starts[place], ends):
            starts.insert(place, turn)
    return tuple(starts[:-1])


def keywords(episode: Iterable[str], session: Counter[str]) -> tuple[str, ...]:
    """The words that set an episode apart: frequent in it, rare in the rest of the session; most telling first."""
    inside = Counter(episode)
    n_inside, n_session = sum(inside.values()), sum(session.values())

    def weight(word: str) -> float:
        rate = inside[word] / n_inside
        elsewhere = (session[word] - inside[word] + 0.5) / (n_session - n_inside + 1)
        return inside[word] * math.log(rate / elsewhere)

    telling = [word for word, n in inside.items() if n >= _LEAST_USES and weight(word) > 0]
    return tuple(sorted(telling, key=lambda word: (-weight(word), word))[:MOST_KEYWORDS])


def _likeness(stream: Sequence[str], position: int) -> float:
    """Cosine of the word counts in the windows before and after a position, 0..1."""
    before = Counter(stream[max(0, position - WINDOW_WORDS) : position])
    after = Counter(stream[position : position + WINDOW_WORDS])
    dot = sum(n * after[word] for word, n in before.items())
    if dot == 0:
        return 0.0
    return dot / math.sqrt(sum(n * n for n in before.values()) * sum(n * n for n in after.values()))


def _depths(likeness: Sequence[float]) -> list[float]:
    """How far the likeness at each place lies below the peaks to its left and right."""
    left = _climbs(likeness)
    right = _climbs(likeness[::-1])[::-1]
    return [a + b for a, b in zip(left, right, strict=True)]


def _climbs(likeness: Sequence[float]) -> list[float]:
    """Rise from each place to the peak reached by going back for as long as the likeness does not fall."""
    climbs: list[float] = []
    peak = 0.0
    for n, value in enumerate(likeness):
        peak = value if n == 0 or value > likeness[n - 1] else peak
        climbs.append(peak - value)
    return climbs


def _long_enough(start: int, end: int, ends: Sequence[int]) -> bool:
    return end - start >= LEAST_TURNS and ends[end] - ends[start] >= LEAST_WORDS


def _singular(word: str) -> str:
    return word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is")) else word
