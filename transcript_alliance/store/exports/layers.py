"""Turns of one speaker laid into tiers, since in a tier nothing may overlap."""

from collections.abc import Iterable

from transcript_alliance.store.exports.talk import SpokenTurn


def lay_out(turns: Iterable[tuple[int, SpokenTurn]]) -> tuple[tuple[tuple[int, SpokenTurn], ...], ...]:
    """The numbered turns of a speaker in as few tiers as needed, each in order and without overlap.

    Turns without a start or an end overlap nothing. Most speakers need one tier.
    """
    layers: list[list[tuple[int, SpokenTurn]]] = []
    ends: list[int] = []
    for number, turn in turns:
        start, end = turn.start_ms, turn.end_ms
        is_timed = start is not None and end is not None
        fitting = (n for n, before in enumerate(ends) if not is_timed or (start is not None and before <= start))
        layer = next(fitting, len(layers))
        if layer == len(layers):
            layers.append([])
            ends.append(0)
        layers[layer].append((number, turn))
        if is_timed and end is not None:
            ends[layer] = end
    return tuple(map(tuple, layers))
