"""Figures of scales: the best floor stands beside the model, with an interval by the same draws."""

from dataclasses import dataclass

import numpy as np
import pytest

from transcript_alliance.alliance.baseline import Floor
from transcript_alliance.alliance.card import floor_text
from transcript_alliance.alliance.figures import Row
from transcript_alliance.alliance.metrics import mae, rank_correlation, with_interval
from transcript_alliance.alliance.scale_figures import Array, scale_rows
from transcript_alliance.alliance.scales import reported_scales

N = 60
PEOPLE = [f"t{n % 12}" for n in range(N)]
RNG = np.random.default_rng(3)
TRUTH = RNG.uniform(1, 7, (N, 1))
NEAR, ROUGH, BLIND = (TRUTH + RNG.normal(0, error, (N, 1)) for error in (0.3, 1.5, 30.0))
CONSTANT = np.full((N, 1), 4.0)
FLOORS = (Floor("blind", BLIND), Floor("rough", ROUGH), Floor("constant", CONSTANT))


@dataclass(frozen=True)
class _Rated:
    scales_by_rater: Array


def _rows(floors: tuple[Floor, ...]) -> dict[str, Row]:
    sessions = [_Rated(np.zeros((1, 1)))] * N
    rows = scale_rows(sessions, reported_scales()[3:4], TRUTH, NEAR, PEOPLE, floors)
    return {row.measure: row for row in rows}


def test_the_best_floor_has_an_interval_by_the_same_draws() -> None:
    rows = _rows(FLOORS)
    for measure, function in (("Spearman", rank_correlation), ("MAE", mae)):
        row = rows[measure]
        wanted = with_interval(function, PEOPLE, TRUTH[:, 0], ROUGH[:, 0])
        assert (row.floor_name, row.floor, row.floor_low, row.floor_high) == (
            "rough", wanted.value, wanted.low, wanted.high,
        )  # fmt: skip
        assert row.floor_low < row.floor < row.floor_high
    # Clearly worse than the model, which is five times nearer.
    assert rows["MAE"].floor_low > rows["MAE"].figure.high


def test_without_floors_nothing_stands_there() -> None:
    row = _rows(())["Spearman"]
    assert (row.floor_name, floor_text(row)) == ("", "")
    assert np.isnan([row.floor, row.floor_low, row.floor_high]).all()


def test_a_floor_that_ranks_nothing_is_no_floor_for_ranks() -> None:
    rows = _rows(FLOORS[2:])
    assert rows["Spearman"].floor_name == ""
    assert rows["MAE"].floor_name == "constant"
    assert floor_text(rows["MAE"]).endswith(", constant)")
    assert rows["MAE"].floor == pytest.approx(float(np.abs(TRUTH - 4).mean()))
