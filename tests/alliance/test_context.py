from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from tests.alliance.builders import tiny_session
from transcript_alliance.alliance.bundle import CONTEXT
from transcript_alliance.alliance.context import Context, Readings, context_inputs, load_context, n_inputs
from transcript_alliance.alliance.dataset import TURN_CODES, RatedSession
from transcript_alliance.alliance.encoder import save_weights
from transcript_alliance.alliance.fit_context import ContextPlan, context_by_fold, fit_context
from transcript_alliance.alliance.train import Progress
from transcript_alliance.errors import ModelBundleError

N_CODES = len(TURN_CODES)
EMP, RRR = TURN_CODES.index("EMP"), TURN_CODES.index("RRR")


def told_before(number: int, n_turns: int = 20) -> tuple[RatedSession, Readings]:
    """A session whose EMP can be told only from the reading of another code, two turns before."""
    rated = tiny_session(number, good=True, n_turns=n_turns)
    rng = np.random.default_rng(number)
    signs = rng.random(n_turns) < 0.5
    codes = np.full((n_turns, N_CODES), 0.1)
    codes[:, RRR] = np.where(signs, 0.9, 0.1)
    truth = np.full((n_turns, N_CODES), np.nan)
    truth[::2, EMP] = np.concatenate([[0.0], signs[::2][:-1]])
    empty = np.zeros((n_turns, N_CODES))
    return replace(rated, turns=truth), Readings(codes, empty, empty.astype(bool), codes)


def made(n: int) -> tuple[list[RatedSession], list[Readings]]:
    sessions, readings = zip(*(told_before(number) for number in range(n)), strict=True)
    return list(sessions), list(readings)


def test_a_turn_is_read_by_what_stood_two_turns_before() -> None:
    sessions, readings = made(60)
    net = fit_context(sessions[:50], readings[:50], ContextPlan(passes=100))
    found = np.concatenate(
        [net.codes(s.session, r)[2::2, EMP] for s, r in zip(sessions[50:], readings[50:], strict=True)]
    )
    truth = np.concatenate([s.turns[2::2, EMP] for s in sessions[50:]])
    assert found[truth == 1].mean() > 0.7
    assert found[truth == 0].mean() < 0.3


def test_before_it_has_learned_it_leaves_the_readings_as_they_are() -> None:
    rated, readings = told_before(0)
    found = Context(N_CODES).eval().codes(rated.session, readings)
    assert found == pytest.approx(readings.blended, abs=1e-6)


def test_same_sessions_and_plan_give_the_same_weights_whatever_the_threads() -> None:
    sessions, readings = made(6)
    before = torch.get_num_threads()
    nets = []
    try:
        for threads in (1, 2):
            torch.set_num_threads(threads)
            nets.append(fit_context(sessions, readings, ContextPlan(passes=2)).state_dict())
    finally:
        torch.set_num_threads(before)
    assert all(torch.equal(nets[0][name], nets[1][name]) for name in nets[0])


def test_networks_trained_in_processes_of_their_own_are_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    sessions, readings = made(6)
    here = fit_context(sessions, readings, ContextPlan(passes=2)).state_dict()
    monkeypatch.setattr("transcript_alliance.alliance.fit_context.PROCESSES_FROM", 0)
    apart = fit_context(sessions, readings, ContextPlan(passes=2)).state_dict()
    assert all(torch.equal(here[name], apart[name]) for name in here)


def test_padding_beside_a_longer_session_moves_nothing() -> None:
    sessions, readings = made(3)
    net = fit_context(sessions, readings, ContextPlan(passes=1))
    short = torch.from_numpy(context_inputs(sessions[0].session, readings[0]))[:7]
    blended = torch.zeros(1, 7, N_CODES)
    alone = net(short[None], blended, torch.tensor([7]))[0]
    padded = torch.zeros(2, 20, n_inputs(N_CODES))
    padded[0, :7] = short
    beside = net(padded, torch.zeros(2, 20, N_CODES), torch.tensor([7, 20]))[0, :7]
    assert torch.allclose(alone, beside, atol=1e-6)


def test_progress_counts_up_to_the_end_over_all_networks() -> None:
    told: list[Progress] = []
    fit_context(*made(3), ContextPlan(passes=2), told.append)
    assert [p.step for p in told] == list(range(1, told[-1].steps + 1))


def test_long_sessions_are_learned_from_in_runs() -> None:
    long, readings = told_before(0, n_turns=300)
    net = fit_context([long], [readings], ContextPlan(passes=1))
    assert net.codes(long.session, readings).shape == (300, N_CODES)


def test_no_session_helps_to_read_itself_again() -> None:
    sessions, readings = made(10)
    folds, plan = np.arange(10) % 5, ContextPlan(passes=2)
    before = context_by_fold(sessions, readings, folds, plan)
    sessions[0] = replace(sessions[0], turns=1 - sessions[0].turns)
    after = context_by_fold(sessions, readings, folds, plan)
    assert (after[5] == before[5]).all()
    assert (after[1] != before[1]).any()


def test_certainty_and_a_session_without_turns_stay_finite() -> None:
    rated, readings = told_before(0)
    sure = np.ones_like(readings.blended)
    assert np.isfinite(
        Context(N_CODES).eval().codes(rated.session, replace(readings, network=sure, blended=sure))
    ).all()
    none = np.zeros((0, N_CODES))
    empty = Readings(none, none, none.astype(bool), none)
    assert Context(N_CODES).codes(replace(rated.session, turns=()), empty).shape == (0, N_CODES)


def test_it_comes_back_from_disk(tmp_path: Path) -> None:
    sessions, readings = made(4)
    net = fit_context(sessions, readings, ContextPlan(passes=2))
    save_weights(net, tmp_path / CONTEXT)
    again = load_context(tmp_path, N_CODES)
    found = again.codes(sessions[0].session, readings[0])
    assert found == pytest.approx(net.codes(sessions[0].session, readings[0]), abs=2e-3)  # float16


def test_weights_of_another_number_of_codes_are_refused(tmp_path: Path) -> None:
    save_weights(Context(3), tmp_path / CONTEXT)
    with pytest.raises(ModelBundleError, match=r"context\.safetensors does not hold the weights"):
        load_context(tmp_path, N_CODES)
