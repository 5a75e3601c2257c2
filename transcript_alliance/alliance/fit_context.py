"""Learn from rated sessions how the readings of a turn are to be corrected by the rest of the session."""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.utils.rnn import pad_sequence

from transcript_alliance.alliance.context import N_NETS, Context, Readings, context_inputs
from transcript_alliance.alliance.dataset import RatedSession
from transcript_alliance.alliance.predict import single_threaded
from transcript_alliance.alliance.train import Progress
from transcript_alliance.coding.odds import Array, log_odds
from transcript_alliance.machine import side_by_side

Floats = NDArray[np.float32]
Weights = Mapping[str, Floats]

PROCESSES_FROM = 4000
"""Runs seen, all passes together, from which each network is trained in a process of its own: starting them takes as
long as some thousand (our choice)."""


@dataclass(frozen=True, slots=True)
class ContextPlan:
    """How to train the context (our choice, after looking at the first fold)."""

    passes: int = 24
    runs_a_step: int = 16
    run_turns: int = 80
    """Sessions of more than one and a half times as many turns are learned from in runs of so many."""
    lr: float = 4e-3
    """At its highest; it rises, then falls to nothing."""
    weight_decay: float = 0.05
    seed: int = 0


@dataclass(frozen=True, slots=True)
class _Run:
    """Turns that follow each other: (turns, inputs), (turns, codes), (turns, codes)."""

    inputs: Floats
    blended: Floats
    truth: Floats


def fit_context(
    sessions: Sequence[RatedSession],
    readings: Sequence[Readings],
    plan: ContextPlan,
    report: Callable[[Progress], None] = lambda _: None,
) -> Context:
    """Networks trained on sessions whose readings come from readers that had not learned from their people.

    Same input and plan give the same weights, whatever the number of processors.
    """
    runs = [run for s, r in zip(sessions, readings, strict=True) for run in _runs(s, r, plan)]
    n_codes = readings[0].blended.shape[1]
    context = Context(n_codes)
    for number, (net, weights) in enumerate(zip(context.nets, _fitted(n_codes, runs, plan), strict=True)):
        net.load_state_dict({name: torch.from_numpy(table) for name, table in weights.items()})
        report(Progress(number + 1, N_NETS, None))
    return context.eval()


def context_by_fold(
    sessions: Sequence[RatedSession],
    readings: Sequence[Readings],
    folds: NDArray[np.int64],
    plan: ContextPlan,
    report: Callable[[int, Progress], None] = lambda _fold, _progress: None,
) -> tuple[Array, ...]:
    """Probabilities of every session, (turns, codes) each, by networks trained on the sessions of the other folds."""
    found: list[Array] = [np.empty(0)] * len(sessions)
    for number, fold in enumerate(np.unique(folds)):
        others = np.flatnonzero(folds != fold).tolist()
        own = [sessions[i] for i in others], [readings[i] for i in others]
        context = fit_context(*own, plan, partial(report, number))
        for i in np.flatnonzero(folds == fold).tolist():
            found[i] = context.codes(sessions[i].session, readings[i])
    return tuple(found)


def _runs(rated: RatedSession, readings: Readings, plan: ContextPlan) -> list[_Run]:
    tables = (context_inputs(rated.session, readings), log_odds(readings.blended), rated.turns)
    n_turns = len(rated.turns)
    size = plan.run_turns if n_turns > 1.5 * plan.run_turns else n_turns
    return [
        _Run(*(table[start : start + size].astype(np.float32) for table in tables)) for start in range(0, n_turns, size)
    ]


def _fitted(n_codes: int, runs: Sequence[_Run], plan: ContextPlan) -> Iterator[Weights]:
    """The weights of each network, one after the other."""
    worth_it = plan.passes * len(runs) >= PROCESSES_FROM
    return side_by_side(partial(_fit_net, n_codes, runs, plan), range(N_NETS), worth_it)


def _fit_net(n_codes: int, runs: Sequence[_Run], plan: ContextPlan, number: int) -> Weights:
    """The weights of network `number` after training."""
    torch.manual_seed(plan.seed)  # before the networks are made, or their first weights differ
    net = Context(n_codes).nets[number]
    with single_threaded():
        _fit(net, runs, replace(plan, seed=plan.seed + number))
    return {name: table.numpy() for name, table in net.state_dict().items()}


def _fit(net: nn.Module, runs: Sequence[_Run], plan: ContextPlan) -> None:
    torch.manual_seed(plan.seed)  # for dropout
    rng = np.random.default_rng(plan.seed)
    net.train()
    optimizer = torch.optim.AdamW(net.parameters(), weight_decay=plan.weight_decay)
    steps = plan.passes * math.ceil(len(runs) / plan.runs_a_step)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, plan.lr, steps)
    for _ in range(plan.passes):
        order = rng.permutation(len(runs))
        for at in range(0, len(order), plan.runs_a_step):
            loss = _loss(net, [runs[i] for i in order[at : at + plan.runs_a_step]])
            optimizer.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            torch.nn.utils.clip_grad_norm_(net.parameters(), 1.0)
            optimizer.step()
            schedule.step()


def _loss(net: nn.Module, runs: Sequence[_Run]) -> Tensor:
    """Binary cross-entropy against soft labels, over all codes that were asked on the runs' turns."""
    truth = pad_sequence([torch.from_numpy(run.truth) for run in runs], batch_first=True, padding_value=float("nan"))
    inputs = pad_sequence([torch.from_numpy(run.inputs) for run in runs], batch_first=True)
    blended = pad_sequence([torch.from_numpy(run.blended) for run in runs], batch_first=True)
    odds: Tensor = net(inputs, blended, torch.tensor([len(run.truth) for run in runs]))
    asked = ~torch.isnan(truth)
    return functional.binary_cross_entropy_with_logits(odds[asked], truth[asked])
