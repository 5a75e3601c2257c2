"""Probabilities and their log odds, turn by turn."""

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def log_odds(probability: Array) -> Array:
    """Log odds, kept finite."""
    kept = np.clip(probability, 1e-6, 1 - 1e-6)
    odds: Array = np.log(kept / (1 - kept))
    return odds


def logistic(odds: Array) -> Array:
    """Probability of log odds."""
    found: Array = 1 / (1 + np.exp(-np.clip(odds, -40, 40)))
    return found
