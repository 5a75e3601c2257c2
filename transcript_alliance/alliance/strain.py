"""What a model's codes and points say of strain, in the form in which events are found."""

from collections.abc import Sequence

import numpy as np

from transcript_alliance.alliance.dataset import CLIENT_CODES, RESOLVED, RUPTURES, TURN_CODES
from transcript_alliance.annotations import RuptureKind
from transcript_alliance.coding.odds import Array
from transcript_alliance.coding.ruptures import STRATEGIES, SUBCODES, StrainReading

_COLUMN = {code: n for n, code in enumerate(TURN_CODES)}


def presence(points: Array, kind: RuptureKind) -> float:
    """How likely the session holds a rupture of the kind, about 0..1, by the scorer's points, (outputs,).

    Whatever scales a scorer gives, the ruptures are the last of its outputs.
    """
    return float(points[RUPTURES.index(f"rupture.{kind}") - len(RUPTURES)])


def strain_reading(codes: Array, points: Array) -> StrainReading:
    """The probabilities that events are found by, picked out of codes (turns, codes) and points (outputs,)."""

    def columns(names: Sequence[str]) -> Array:
        return codes[:, [_COLUMN[name] for name in names]]

    return StrainReading(
        presence={kind: presence(points, kind) for kind in RuptureKind},
        strain={kind: codes[:, _COLUMN[kind.upper()]] for kind in RuptureKind},
        boundaries={kind: columns([f"{kind.upper()}_{end}" for end in ("START", "END")]) for kind in RuptureKind},
        subcodes={kind: columns(SUBCODES[kind]) for kind in RuptureKind},
        strategies=columns(STRATEGIES),
        responses=columns(("RRR", "NEG")),
        alliance=np.max(columns(CLIENT_CODES), axis=1, initial=0.0),
        resolution=codes[:, _COLUMN[RESOLVED]],
    )
