"""Learn from rated sessions how the readings of a turn are to be corrected by the rest of the session."""

import math
from collections.abc import Callable, Sequence
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
    """Turns that follow each other, as tensors: (turns, inputs), (turns, codes), (turns, codes)."""

    inputs: Tensor
    blended: Tensor
    truth: Tensor


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
    torch.manual_seed(plan.seed)  # before the networks are made, or their first weights differ
    with single_threaded():
        context = Context(readings[0].blended.shape[1])
        for number, net in enumerate(context.nets):
            _fit(net, runs, replace(plan, seed=plan.seed + number), partial(_of_all, number, report))
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


def _of_all(number: int, report: Callable[[Progress], None], own: Progress) -> None:
    """Report how far all networks are when network `number` is so far."""
    report(Progress(number * own.steps + own.step, N_NETS * own.steps, own.loss))


def _runs(rated: RatedSession, readings: Readings, plan: ContextPlan) -> list[_Run]:
    tables = (context_inputs(rated.session, readings), log_odds(readings.blended), rated.turns)
    n_turns = len(rated.turns)
    size = plan.run_turns if n_turns > 1.5 * plan.run_turns else n_turns
    return [
        _Run(*(torch.from_numpy(table[start : start + size]).float() for table in tables))
        for start in range(0, n_turns, size)
    ]


def _fit(net: nn.Module, runs: Sequence[_Run], plan: ContextPlan, report: Callable[[Progress], None]) -> None:
    torch.manual_seed(plan.seed)  # for dropout
    rng = np.random.default_rng(plan.seed)
    net.train()
    optimizer = torch.optim.AdamW(net.parameters(), weight_decay=plan.weight_decay)
    steps = plan.passes * math.ceil(len(runs) / plan.runs_a_step)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, plan.lr, steps)
    step = 0
    for _ in range(plan.passes):
        order = rng.permutation(len(runs))
        for at in range(0, len(order), plan.runs_a_step):
            loss = _loss(net, [runs[i] for i in order[at : at + plan.runs_a_step]])
            optimizer.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            torch.nn.utils.clip_grad_norm_(net.parameters(), 1.0)
            optimizer.step()
            schedule.step()
            step += 1
            report(Progress(step, steps, loss.item()))


def _loss(net: nn.Module, runs: Sequence[_Run]) -> Tensor:
    """Binary cross-entropy against soft labels, over all codes that were asked on the runs' turns."""
    truth = pad_sequence([run.truth for run in runs], batch_first=True, padding_value=float("nan"))
    inputs = pad_sequence([run.inputs for run in runs], batch_first=True)
    blended = pad_sequence([run.blended for run in runs], batch_first=True)
    odds: Tensor = net(inputs, blended, torch.tensor([len(run.truth) for run in runs]))
    asked = ~torch.isnan(truth)
    return functional.binary_cross_entropy_with_logits(odds[asked], truth[asked])
