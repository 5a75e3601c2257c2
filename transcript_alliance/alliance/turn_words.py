"""How likely each code is on a turn, by its words and by those of the turns before and after it."""

from dataclasses import dataclass

import numpy as np

from transcript_alliance.alliance.phrases import Array, PhraseCounts, Vocabulary, turn_values

NEIGHBOURS = (0, -1, 1)
"""The turn itself, the one before it, the one after it: the order of `TurnWords.weights`."""


@dataclass(frozen=True, slots=True, eq=False)
class TurnWords:
    """A linear model of the codes on the phrases of a turn and its neighbours."""

    vocabulary: Vocabulary
    weights: Array  # (NEIGHBOURS, codes, phrases)
    intercept: Array  # (codes,)

    def scores(self, counts: PhraseCounts) -> Array:
        """Scores of the codes, (turns, codes): near 0 where the words speak against a code, near 1 where for it.

        No probabilities: `Blend` makes those, together with what the network reads.
        """
        values = turn_values(counts, self.vocabulary.rarity)
        found = np.repeat(self.intercept[None], counts.n_turns, axis=0)
        for step, weights in zip(NEIGHBOURS, self.weights, strict=True):
            # What stands on turn t speaks to the turn whose neighbour it is.
            home = counts.turn - step
            inside = (home >= 0) & (home < counts.n_turns)
            np.add.at(found, home[inside], weights[:, counts.phrase[inside]].T * values[inside, None])
        return found
