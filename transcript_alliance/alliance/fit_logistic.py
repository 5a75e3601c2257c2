"""Logistic regression with soft labels and a ridge penalty, by Newton's method with steps cut back as needed."""

import numpy as np

from transcript_alliance.coding.odds import Array, logistic

STEPS = 50
HALVINGS = 20
_SETTLED = 1e-9


def fit_logistic(features: Array, labels: Array, penalty: float, weights: Array | None = None) -> Array:
    """Intercept, then one weight a feature, that make `labels` likeliest: (1 + features,).

    `features` (rows, features); `labels` (rows,), 0..1, soft ones allowed; `weights` (rows,), 1 each when left out.
    `penalty` is the strength of the pull of the weights to nothing; the intercept is free. Without rows the answer
    is even odds whatever is seen.
    """
    beta = np.zeros(1 + features.shape[1])
    if not len(labels):
        return beta
    weights = np.ones(len(labels)) if weights is None else weights
    x = np.column_stack([np.ones(len(labels)), features])
    pull = np.diag([0.0, *(penalty for _ in range(features.shape[1]))])
    rate = float(np.clip(np.average(labels, weights=weights), 1e-4, 1 - 1e-4))
    beta[0] = np.log(rate / (1 - rate))
    loss = _loss(beta, x, labels, weights, penalty)
    for _ in range(STEPS):
        p = logistic(x @ beta)
        gradient = x.T @ (weights * (labels - p)) - pull @ beta
        curvature = (x * (weights * p * (1 - p))[:, None]).T @ x + pull + 1e-9 * np.eye(len(beta))
        step = np.linalg.solve(curvature, gradient)
        for halving in range(HALVINGS):
            tried = beta + step / 2**halving
            new_loss = _loss(tried, x, labels, weights, penalty)
            if new_loss < loss:
                break
        else:
            return beta
        beta, gain, loss = tried, loss - new_loss, new_loss
        if gain < _SETTLED * len(labels):
            break
    return beta


def _loss(beta: Array, x: Array, labels: Array, weights: Array, penalty: float) -> float:
    """Cross-entropy, summed over rows, and the penalty."""
    odds = x @ beta
    entropy = np.logaddexp(0, odds) - labels * odds
    return float(weights @ entropy + penalty / 2 * (beta[1:] @ beta[1:]))
