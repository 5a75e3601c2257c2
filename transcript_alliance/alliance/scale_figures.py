"""How well whole sessions and their thirds are scored: each scale beside its floors and its human ceiling."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from transcript_alliance.alliance.baseline import Floor
from transcript_alliance.alliance.dataset import RatedSession
from transcript_alliance.alliance.figures import Row
from transcript_alliance.alliance.metrics import Figure, icc_agreement, mae, rank_correlation, slope, with_interval
from transcript_alliance.alliance.scales import ReportedScale, to_reported

Array = NDArray[np.float64]


class ScaleRated(Protocol):
    """What the figures of scales need to know of a rated session."""

    @property
    def scales_by_rater(self) -> Array:
        """What each observer gave, (raters, outputs); nan where nothing."""


def scale_rows(
    sessions: Sequence[ScaleRated],
    scales: tuple[ReportedScale, ...],
    truth: Array,
    predicted: Array,
    people: Sequence[str],
    floors: Sequence[Floor],
) -> list[Row]:
    """Spearman, ICC(2,1) and mean absolute error of every scale, each with the best floor and the ceiling.

    `truth` and `predicted` are (sessions, scales), `people` whom the intervals redraw, one a session.
    """
    rows = []
    for i, scale in enumerate(scales):
        kept = ~np.isnan(truth[:, i])
        names = [p for p, k in zip(people, kept, strict=True) if k]
        for measure, function, best in _SCALE_MEASURES:
            measured = partial(with_interval, function, names, truth[kept, i])
            values = {f.name: function(truth[kept, i], f.predictions[kept, i]) for f in floors}
            known = [f for f in floors if not np.isnan(values[f.name])]
            floor = best(known, key=lambda f: values[f.name]) if known else None
            of_floor = _NONE if floor is None else measured(floor.predictions[kept, i])
            rows.append(
                Row(
                    scale.instrument,
                    scale.scale,
                    measure,
                    measured(predicted[kept, i]),
                    floor.name if floor else "",
                    of_floor.value,
                    function(*_two_raters(sessions, scale)),
                    of_floor.low,
                    of_floor.high,
                )
            )
    return rows


_NONE = Figure(float("nan"), float("nan"), float("nan"), 0)


_SCALE_MEASURES: tuple[tuple[str, Callable[[Array, Array], float], Callable[..., Floor]], ...] = (
    ("Spearman", rank_correlation, max),
    ("ICC(2,1)", icc_agreement, max),
    ("MAE", mae, min),
)


def _two_raters(sessions: Sequence[ScaleRated], scale: ReportedScale) -> tuple[Array, Array]:
    """The first two observers' own values of a scale, over the sessions that both rated."""
    both = [s.scales_by_rater[:2] for s in sessions if len(s.scales_by_rater) > 1]
    if not both:
        return np.empty(0), np.empty(0)
    values = to_reported(np.array(both), (scale,))[..., 0]  # (sessions, 2)
    values = values[~np.isnan(values).any(axis=1)]
    return values[:, 0], values[:, 1]


def part_rows(
    sessions: Sequence[RatedSession],
    scales: tuple[ReportedScale, ...],
    truth: Array,
    predicted: Array,
    people: Sequence[str],
) -> list[Row]:
    """The alliance total within each part of the corpus, and after taking out how much was said."""
    total = next(i for i, s in enumerate(scales) if s.scale == "total")
    parts = np.array([s.part for s in sessions])
    names = np.array(people)
    rows = [
        Row(
            "wai-o-s",
            f"total, {part} part",
            "Spearman",
            with_interval(
                rank_correlation,
                list(names[parts == part]),
                truth[parts == part, total],
                predicted[parts == part, total],
            ),
        )
        for part in sorted(set(parts))
    ]
    words = np.log([float(s.session.n_words) for s in sessions])
    figure = with_interval(partial_rank_correlation, people, truth[:, total], predicted[:, total], words)
    return [*rows, Row("wai-o-s", "total, length held constant", "partial Spearman", figure)]


def partial_rank_correlation(a: Array, b: Array, given: Array) -> float:
    """Rank correlation of a and b with `given` held constant; nan where `given` leaves nothing to explain."""
    ab, ag, bg = rank_correlation(a, b), rank_correlation(a, given), rank_correlation(b, given)
    left = (1 - ag**2) * (1 - bg**2)
    return (ab - ag * bg) / float(np.sqrt(left)) if left > 1e-9 else float("nan")


def calibration_rows(
    scales: tuple[ReportedScale, ...], truth: Array, predicted: Array, covered: Array, people: Sequence[str]
) -> list[Row]:
    """How often the 90% intervals held the truth, `covered` (sessions, scales; 1, 0 or nan), and the slope."""
    rows = []
    for i, scale in enumerate(scales):
        kept = ~np.isnan(truth[:, i])
        names = [p for p, k in zip(people, kept, strict=True) if k]
        rows += [
            Row("calibration", scale.scale, "coverage of 90% intervals", with_interval(_mean, names, covered[kept, i])),
            Row("calibration", scale.scale, "slope", with_interval(slope, names, truth[kept, i], predicted[kept, i])),
        ]
    return rows


def _mean(values: Array) -> float:
    return float(values.mean())


def third_rows(
    sessions: Sequence[RatedSession], third_points: Array, scales: tuple[ReportedScale, ...], people: Sequence[str]
) -> list[Row]:
    """Rank agreement over the thirds of all sessions, and of the change from the first third to the last."""
    raw, truth = window_values(sessions, third_points, scales)
    total = 3
    change = truth.reshape(3, -1, 4)[2, :, total] - truth.reshape(3, -1, 4)[0, :, total]
    read_change = raw.reshape(3, -1, 4)[2, :, total] - raw.reshape(3, -1, 4)[0, :, total]
    thrice = [*people, *people, *people]
    figure = with_interval(rank_correlation, thrice, truth[:, total], raw[:, total])
    moved = with_interval(rank_correlation, people, change, read_change)
    return [
        Row("wai-o-s", "total, thirds of sessions", "Spearman", figure),
        Row("wai-o-s", "total, last third less first", "Spearman", moved),
    ]


def window_values(
    sessions: Sequence[RatedSession], third_points: Array, scales: tuple[ReportedScale, ...]
) -> tuple[Array, Array]:
    """Raw and true values of the thirds, (3 x sessions, 4), all first thirds first: goal, task, bond, their mean."""
    raw = to_reported(third_points, scales[:4]).reshape(-1, 4)
    thirds = np.stack([s.thirds for s in sessions], axis=1).reshape(-1, 3)
    return raw, np.column_stack([thirds, thirds.mean(axis=1)])
