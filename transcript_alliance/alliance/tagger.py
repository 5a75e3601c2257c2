"""From code probabilities to markers and rupture events."""

import numpy as np
from numpy.typing import NDArray

from transcript_alliance.alliance.bundle import BundleInfo
from transcript_alliance.alliance.dataset import (
    CLIENT_CODES,
    CODE_ROLE,
    THERAPIST_CODES,
    TURN_CODES,
)
from transcript_alliance.alliance.strain import strain_reading
from transcript_alliance.annotations import Marker, Origin, RuptureEvent
from transcript_alliance.coding.ruptures import decode_events
from transcript_alliance.session import Session

_COLUMN = {code: n for n, code in enumerate(TURN_CODES)}


def code_markers(session: Session, codes: NDArray[np.float64], info: BundleInfo) -> tuple[Marker, ...]:
    """The model's markers, turn by turn: therapist skills, the anti-marker and the client's side of the alliance.

    A code is marked from the probability on that agreed best with observers; back-channels carry none.
    Sub-codes of ruptures and resolution strategies are not markers of their own: they describe events.
    """
    found = []
    for number, turn in enumerate(session.turns):
        if turn.backchannel:
            continue
        for code in (*THERAPIST_CODES, *CLIENT_CODES):
            score = float(codes[number, _COLUMN[code]])
            if CODE_ROLE[code] is session.role(number) and score >= info.thresholds[_COLUMN[code]]:
                found.append(Marker(code, turn.start, turn.end, score, Origin.MODEL))
    return tuple(found)


def code_events(
    session: Session, codes: NDArray[np.float64], points: NDArray[np.float64], info: BundleInfo
) -> tuple[RuptureEvent, ...]:
    """The session's ruptures, each kind found by its own model, in order of their first turn.

    `points` are the scorer's for the session, which say how likely it holds a rupture at all.
    """
    return decode_events(session, strain_reading(codes, points), info.segments(), info.rules())
