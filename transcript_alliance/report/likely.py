"""How likely a strain or a code has to be before a report counts it; what is less likely is called possible.

The model's own thresholds are set for finding as much as possible: it hands over strains and codes that it holds for
less likely than not. A trainer, a supervisor or a therapist reads what a report counts as said, so here the bar is
higher: below it a strain is folded away as a possible one, and a code stands beside its turn with its percentage, but
neither enters a sentence, a count, a picture, a practice card or a report over several sessions.
"""

from transcript_alliance.annotations import Marker, Origin, RuptureEvent

STRAIN_FROM = 0.65
"""Of a strain, 0..1 (our choice). On 155 held-out sessions (`python benchmarks/likely.py`, model 0.8) readers had
marked 91 in 100 of the 427 strains from here on, one of that kind at that place, and 67 in 100 of the 348 below
(overlapping by half: 77 and 52)."""
CODE_FROM = 0.5
"""Of a code that the model saw, 0..1: more likely than not. There its probabilities hold about what they say (at
20-30%: marked by readers 22 times in 100; at 50-60%: 47; at 80-90%: 82)."""


def is_likely(event: RuptureEvent) -> bool:
    """Whether the strain counts; False for one that is only possible."""
    return event.score >= STRAIN_FROM


def counts(marker: Marker) -> bool:
    """Whether the code counts: a person's and a word cue's always, the model's when it is more likely than not."""
    return marker.origin is not Origin.MODEL or marker.score >= CODE_FROM
