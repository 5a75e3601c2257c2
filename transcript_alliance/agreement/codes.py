"""Agreement of two codings of one session, turn by turn: each code, and all together."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from transcript_alliance.agreement.bootstrap import bootstrap_interval
from transcript_alliance.agreement.categories import cohen_kappa
from transcript_alliance.agreement.estimate import Estimate, Floats
from transcript_alliance.annotations import Marker
from transcript_alliance.session import Role, Session


@dataclass(frozen=True, slots=True)
class CodeAgreement:
    """How well two codings agree on where a code stands."""

    code: str
    """Its id; empty for all codes together."""
    n_turns: int
    """Turns that were compared: those of the code's role; for all codes together, turns times codes."""
    n_first: int
    """Turns on which the first coding has it."""
    n_second: int
    n_both: int
    kappa: Estimate
    """Cohen's kappa; NaN where neither or both have the code on every turn."""
    f1: Estimate
    """Share of agreement on presence, 0-1: twice the turns of both by those of the first and those of the second.
    NaN where neither has it."""


def code_agreement(
    session: Session,
    first: Iterable[Marker],
    second: Iterable[Marker],
    roles: Mapping[str, Role],
    rng: np.random.Generator,
    n_resamples: int = 1000,
) -> tuple[CodeAgreement, ...]:
    """Agreement on each code that either has, in the order of their ids, and at last on all together.

    A code stands on a turn when a marker does, wherever in it. `roles`: code -> whose turns it is looked for in; a
    code without one is looked for in all. Empty when neither has a marker.
    Intervals are 95%: of a code's kappa by Fleiss, Cohen & Everitt 1969; all others by percentile bootstrap over
    turns, which takes the turns of one session as independent, and so is rather too narrow.
    """
    ours, theirs = _turns(session, first), _turns(session, second)
    codes = sorted(ours.keys() | theirs.keys())
    tables = {code: _table(session, ours.get(code, set()), theirs.get(code, set()), roles.get(code)) for code in codes}
    found = [_agreement(code, table, rng, n_resamples) for code, (_, table) in tables.items()]
    if found:
        turns = np.concatenate([turns for turns, _ in tables.values()])
        pooled = np.concatenate([table for _, table in tables.values()])
        found.append(_agreement("", pooled, rng, n_resamples, turns))
    return tuple(found)


def _turns(session: Session, markers: Iterable[Marker]) -> dict[str, set[int]]:
    found: dict[str, set[int]] = {}
    for marker in markers:
        found.setdefault(marker.code, set()).add(session.utterances[marker.start].turn)
    return found


def _table(session: Session, ours: set[int], theirs: set[int], role: Role | None) -> tuple[Floats, Floats]:
    """The turns compared, shape (n,), and 1 or 0 for each coding, shape (n, 2)."""
    turns = [
        turn
        for turn in range(len(session.turns))
        # A code on the other side's turn is a disagreement too, and must not go unseen.
        if role is None or session.role(turn) is role or turn in ours | theirs
    ]
    table = np.array([[turn in ours, turn in theirs] for turn in turns], dtype=np.float64)
    return np.array(turns, dtype=np.float64), table.reshape(-1, 2)


def _agreement(
    code: str, table: Floats, rng: np.random.Generator, n_resamples: int, turns: Floats | None = None
) -> CodeAgreement:
    n_first, n_second, n_both = table[:, 0].sum(), table[:, 1].sum(), (table[:, 0] * table[:, 1]).sum()
    kappa = cohen_kappa(table[:, 0], table[:, 1])
    if turns is not None:
        # Codes of one turn hang together, so the turns are drawn whole.
        kappa = _by_bootstrap(_kappa, table, rng, n_resamples, turns)
    f1 = _by_bootstrap(_f1, table, rng, n_resamples, turns)
    return CodeAgreement(code, len(table), int(n_first), int(n_second), int(n_both), kappa, f1)


def _by_bootstrap(
    statistic: Callable[[Floats], float],
    table: Floats,
    rng: np.random.Generator,
    n_resamples: int,
    turns: Sequence[float] | Floats | None,
) -> Estimate:
    low, high = bootstrap_interval(statistic, table, rng, groups=turns, n_resamples=n_resamples)
    return Estimate(statistic(table), low, high, len(table))


def _kappa(table: Floats) -> float:
    return cohen_kappa(table[:, 0], table[:, 1]).value


def _f1(table: Floats) -> float:
    total = float(table.sum())
    return 2 * float((table[:, 0] * table[:, 1]).sum()) / total if total else np.nan
