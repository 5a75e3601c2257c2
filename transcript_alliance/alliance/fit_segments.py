"""Learn from rated sessions which runs of turns observers mark as one rupture event."""

from collections.abc import Sequence

import numpy as np

from transcript_alliance.alliance.fit_logistic import fit_logistic
from transcript_alliance.alliance.metrics import event_f1, match_events
from transcript_alliance.coding.odds import Array, logistic
from transcript_alliance.coding.segments import (
    Flags,
    Range,
    SegmentModel,
    StrainTracks,
    best_segments,
    candidates,
    segment_features,
    standardised,
)

PENALTY = 100.0
"""Of the logistic regression (our choice, after looking at the folds; at 2,000 event F1 is .02 lower)."""
ENOUGH = 0.5
"""A candidate is an event when it overlaps so much with a marked one (turns in both over turns in either)."""
FAR_SHARE = 0.25
"""Of the candidates that touch no event every fourth is learned from, with fourfold weight: there are very many."""

Marked = Sequence[tuple[Range, ...]]
"""The events that each observer of a session marked."""


def fit_segments(strains: Sequence[StrainTracks], marked: Sequence[Marked]) -> SegmentModel:
    """The model of sessions whose tracks come from readers that had not learned from their people.

    A candidate that one of two observers marked counts as half an event.
    """
    rng = np.random.default_rng(0)
    tables, labels, weights = [], [], []
    for strain, observers in zip(strains, marked, strict=True):
        overlaps = np.array([_overlaps(len(strain.client), ranges) for ranges in observers])  # (observers, candidates)
        near: Flags = np.any(overlaps > 0, axis=0)
        kept = near | (rng.random(len(near)) < FAR_SHARE)
        tables.append(segment_features(strain)[kept])
        labels.append((overlaps >= ENOUGH).mean(axis=0)[kept])
        weights.append(np.where(near[kept], 1.0, 1 / FAR_SHARE))
    features = np.concatenate(tables)
    mean, sd = features.mean(axis=0), np.maximum(features.std(axis=0), 1e-6)
    z = standardised(features, mean, sd)
    beta = fit_logistic(np.column_stack([z, z * z]), np.concatenate(labels), PENALTY, np.concatenate(weights))
    linear, square = np.split(beta[1:], 2)
    return SegmentModel(
        tuple(mean.tolist()), tuple(sd.tolist()), float(beta[0]), tuple(linear.tolist()), tuple(square.tolist())
    )


def least_probability(model: SegmentModel, strains: Sequence[StrainTracks], marked: Sequence[Marked]) -> float:
    """The probability from which taking segments as events agrees best with the observers (event F1)."""
    probabilities = [logistic(model.log_odds(segment_features(s))) for s in strains]

    def agreement(least: float) -> float:
        found = [best_segments(len(s.client), p, s.client, least) for s, p in zip(strains, probabilities, strict=True)]
        return event_f1([match_events(o, f) for f, observers in zip(found, marked, strict=True) for o in observers])

    return max((round(float(p), 3) for p in np.arange(0.1, 0.71, 0.025)), key=agreement)


def _overlaps(n_turns: int, ranges: Sequence[Range]) -> Array:
    """How much each candidate overlaps with the event it overlaps most with, (candidates,), 0..1."""
    first, stop = candidates(n_turns)
    best = np.zeros(len(first))
    for start, end in ranges:
        shared = np.maximum(np.minimum(stop, end) - np.maximum(first, start), 0)
        best = np.maximum(best, shared / ((stop - first) + (end - start) - shared))
    return best
