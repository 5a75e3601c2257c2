"""An evaluation as one self-contained page: what was measured, every figure beside its floor and its ceiling.

Takes plain values, knows nothing of models. The same guards as the session report: every value is escaped, the page
runs and loads nothing.
"""

import base64
import hashlib
import math
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files
from itertools import groupby

from markupsafe import Markup

from transcript_alliance.figure_words import floor_words, number, span
from transcript_alliance.report.figures import Scale
from transcript_alliance.report.html import PAGE_POLICY, environment

LOWER_IS_BETTER = frozenset({"MAE"})
AIMS = {"slope": 1.0, "coverage of 90% intervals": 0.9}
"""Measures that should be one value, neither less nor more."""
SUMS = {
    "Spearman": "rank correlation with the observers; 1 is the same order",
    "partial Spearman": "rank correlation, with how much was said held constant",
    "ICC(2,1)": "agreement in absolute value; 1 is no difference",
    "MAE": "mean distance from the observers, in scale points; less is better",
    "coverage of 90% intervals": "share of sessions whose observers' value the interval holds; .90 is right",
    "slope": "1 is right; below 1 the scores are too extreme, above 1 too timid",
    "AUROC": "chance that one with it is ranked above one without; .5 is guessing",
    "balanced accuracy": "mean of those rightly found and those rightly left; .5 is guessing",
    "specificity": "share of those without it that are left alone",
    "accuracy": "share of turns that are called what the raters called them; 1 is all",
    "macro-F1": "mean of the F1 of all values, each counting alike; 1 is all right",
    "kappa": "agreement beyond that by chance; 0 is chance, 1 is no difference",
    "F1": "balance of what is found and what of it is right; 1 is all of it and nothing else",
    "F1 at overlap .5": "the same for whole events: half of the turns of both must coincide",
}
"""What a measure says, in a few words."""


@dataclass(frozen=True, slots=True)
class FigureLine:
    """One measured number; nan where there is none."""

    task: str
    what: str
    measure: str
    value: float
    low: float
    high: float
    n: int
    floor_name: str
    floor: float
    ceiling: float
    floor_low: float = math.nan
    floor_high: float = math.nan
    """Ends of the floor's own interval."""


@dataclass(frozen=True, slots=True)
class Scatter:
    """One scale, session by session, in scale points."""

    name: str
    low: float
    high: float
    """Ends of the scale."""
    observed: Sequence[float]
    predicted: Sequence[float]
    half_widths: Sequence[float]
    """Of the 90% intervals."""


@dataclass(frozen=True, slots=True)
class EventBar:
    """Events of one kind: found, missed, and found where no observer marked one."""

    kind: str
    found: int
    missed: int
    invented: int


@dataclass(frozen=True, slots=True)
class EvaluationFacts:
    """All that the page says."""

    title: str
    what: str
    """What was measured, as one sentence."""
    how: str
    """How people were kept out, as one or more sentences."""
    n_sessions: int
    n_therapists: int
    n_clients: int
    lines: tuple[FigureLine, ...]
    task_titles: dict[str, str]
    scatter: Scatter | None
    events: tuple[EventBar, ...]
    abstained: tuple[tuple[str, int], ...]
    """Rule against a score, and sessions it speaks for."""
    plan: tuple[tuple[str, str], ...]
    """Setting of the training and its value; empty when nothing was trained here."""
    limits: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Lane:
    """One figure of a panel, positions in percent of the width; None where there is nothing to draw."""

    what: str
    value: str
    interval: str
    n: str
    floor: str
    ceiling: str
    x: float | None
    start: float | None
    width: float
    floor_x: float | None
    floor_start: float | None
    floor_width: float
    ceiling_x: float | None
    summary: str


@dataclass(frozen=True, slots=True)
class Panel:
    """All figures of one measure of one task, on one axis."""

    measure: str
    says: str
    ticks: tuple[tuple[float, str], ...]
    aim_x: float | None
    lanes: tuple[Lane, ...]


@dataclass(frozen=True, slots=True)
class Cloud:
    """The scatter, positions in percent from the left and from the top."""

    name: str
    dots: tuple[tuple[float, float], ...]
    band: str
    """Corners of the 90% band, for a picture of 100 by 100."""
    ticks: tuple[tuple[float, str], ...]
    """Percent from the left; from the top it is the rest of a hundred."""
    half_width: str
    inside: str
    n: str
    steps: tuple[tuple[str, str, str, str, str], ...]
    """By whole scale points of the prediction: range, sessions, mean predicted, mean observed, share held."""
    checks: tuple[str, ...]
    """The calibration figures of the scale."""


def render_evaluation(facts: EvaluationFacts) -> str:
    """The page, to be written as UTF-8; the same facts give the same page to the byte."""
    folder = files("transcript_alliance.report") / "templates"
    css = "\n".join((folder / name).read_text("utf-8") for name in ("report.css", "evaluation.css"))
    digest = base64.b64encode(hashlib.sha256(css.encode()).digest()).decode()
    values = {
        "f": facts,
        "css": Markup(css),
        "policy": Markup(PAGE_POLICY.format(hash=digest)),
        "paragraph": paragraph(facts),
        "behind": [_against_floor(line, facts) for line in facts.lines if _lead(line) < 0],
        "tasks": [(facts.task_titles.get(task, task), panels(group)) for task, group in by_task(facts.lines)],
        "cloud": None if facts.scatter is None else cloud(facts.scatter, facts.lines),
        "events": [(bar, *_shares(bar)) for bar in facts.events],
    }
    return environment().get_template("evaluation.html").render(values)


def by_task(lines: Sequence[FigureLine]) -> list[tuple[str, list[FigureLine]]]:
    """The figures of each task, in the order in which tasks first occur."""
    order = list(dict.fromkeys(line.task for line in lines))
    ordered = sorted(lines, key=lambda line: order.index(line.task))
    return [(task, list(group)) for task, group in groupby(ordered, key=lambda line: line.task)]


def paragraph(facts: EvaluationFacts) -> list[str]:
    """The first paragraph: what was measured, what beats what and what does not."""
    people = f"{facts.n_sessions:,} sessions of {facts.n_therapists:,} therapists and {facts.n_clients:,} clients"
    said = [f"{facts.what} The figures come from {people}. {facts.how}"]
    ranked = [line for line in facts.lines if line.measure == "Spearman" and not math.isnan(line.value)]
    # The total stands for the rest, or the first scale where there is none.
    said += [_of_total(line) for line in sorted(ranked, key=lambda line: line.what != "total")[:1]]
    beside = [line for line in facts.lines if not math.isnan(_lead(line))]
    if beside:
        ahead = [line for line in beside if _lead(line) > 0]
        clear, behind = sum(map(_is_clear, ahead)), sum(_lead(line) < 0 for line in beside)
        said.append(
            f"Of {len(beside)} figures with a simple method beside them, the model is ahead of it in {len(ahead)}, in "
            f"{clear} of these with the whole interval, and behind in {behind or 'none'}."
        )
    both = [line for line in beside if not math.isnan(line.floor_low)]
    if both:
        apart = sum(map(_is_apart, both))
        said.append(
            f"In {len(both)} of these {len(beside)} the simple method has an interval too; in {apart or 'none'} of "
            f"them the model's lies wholly on the better side of it (intervals that overlap may still differ)."
        )
    ceilings = [line for line in facts.lines if not (math.isnan(line.ceiling) or math.isnan(line.value))]
    if ceilings:
        reached = sum(_better(line.value, line.ceiling, line.measure) >= 0 for line in ceilings)
        beside_two = f"Of {len(ceilings)} figures with two observers beside them"
        said.append(f"{beside_two}, the model comes up to them in {reached or 'none'}.")
    return said


def _of_total(line: FigureLine) -> str:
    floor = (
        "" if math.isnan(line.floor) else f"; the best simple method ({line.floor_name}) reaches {number(line.floor)}"
    )
    top = "" if math.isnan(line.ceiling) else f", and two observers agree at {number(line.ceiling)}"
    sure = "" if math.isnan(line.low) else f" (95% interval {_interval(line)})"
    what = f"For {line.what} the model's order of the sessions agrees with the observers' at {number(line.value)}"
    return f"{what}{sure}{floor}{top}. 1 would be the same order, 0 no relation."


def _better(value: float, other: float, measure: str) -> float:
    """How far `value` is better than `other`; below 0 worse, nan when one is missing."""
    return (other - value) if measure in LOWER_IS_BETTER else (value - other)


def _lead(line: FigureLine) -> float:
    return _better(line.value, line.floor, line.measure) if line.floor_name else math.nan


def _is_clear(line: FigureLine) -> bool:
    """Whether the worse end of the interval is still beyond the floor."""
    return _better(line.high if line.measure in LOWER_IS_BETTER else line.low, line.floor, line.measure) > 0


def _is_apart(line: FigureLine) -> bool:
    """Whether the worse end of the interval is still beyond the better end of the floor's own."""
    ends = (line.high, line.floor_low) if line.measure in LOWER_IS_BETTER else (line.low, line.floor_high)
    return _better(*ends, line.measure) > 0


def _against_floor(line: FigureLine, facts: EvaluationFacts) -> str:
    task = facts.task_titles.get(line.task, line.task)
    return f"{task}: {line.what}, {line.measure} {number(line.value)} against {number(line.floor)} ({line.floor_name})"


def panels(lines: Sequence[FigureLine]) -> list[Panel]:
    """The figures of a task, those of one measure together, in the order in which measures first occur."""
    measures = dict.fromkeys(line.measure for line in lines)
    return [_panel(measure, [line for line in lines if line.measure == measure]) for measure in measures]


def _panel(measure: str, lines: Sequence[FigureLine]) -> Panel:
    aim = AIMS.get(measure)
    drawn = [aim or 0.0, *(v for line in lines for v in _numbers(line))]
    known = [v for v in drawn if math.isfinite(v)]
    low, high = min(0.0, math.floor(min(known) * 4) / 4), max(1.0, math.ceil(max(known) * 2) / 2)
    axis, step = Scale(low, high), 0.25 if high - low <= 1 else 0.5 if high - low <= 4 else math.ceil((high - low) / 8)
    n_ticks = int((high - low) / step + 1e-9)
    ticks = tuple((axis.x(low + i * step), f"{low + i * step:.4g}") for i in range(n_ticks + 1))
    lanes = tuple(_lane(axis, line) for line in lines)
    return Panel(measure, SUMS.get(measure, ""), ticks, None if aim is None else axis.x(aim), lanes)


def _numbers(line: FigureLine) -> tuple[float, ...]:
    """All that has a place on the axis."""
    return line.value, line.low, line.high, line.floor, line.floor_low, line.floor_high, line.ceiling


def _lane(axis: Scale, line: FigureLine) -> Lane:
    def at(value: float) -> float | None:
        return axis.x(value) if math.isfinite(value) else None

    def stretch(low: float, high: float) -> tuple[float | None, float]:
        start, end = at(low), at(high)
        return start, 0.0 if start is None or end is None else round(end - start, 2)

    floor = floor_words(line.floor, line.floor_low, line.floor_high, line.floor_name)
    value, interval, ceiling = number(line.value) or "none", _interval(line), number(line.ceiling)
    parts = [f"{line.what}, {line.measure}: {value}", interval and f"95% interval {interval}"]
    parts += [floor and f"floor {floor}", ceiling and f"ceiling {ceiling}"]
    return Lane(
        line.what,
        value,
        interval,
        f"{line.n:,}",
        floor,
        ceiling,
        at(line.value),
        *stretch(line.low, line.high),
        at(line.floor) if floor else None,
        *stretch(line.floor_low, line.floor_high),
        at(line.ceiling),
        "; ".join(filter(None, parts)),
    )


def cloud(scatter: Scatter, lines: Sequence[FigureLine] = ()) -> Cloud:
    """The picture of predicted (across) against observed (upwards), with the typical 90% interval as a band."""
    axis = Scale(scatter.low, scatter.high)
    pairs = list(zip(scatter.predicted, scatter.observed, scatter.half_widths, strict=True))
    half = sorted(scatter.half_widths)[len(pairs) // 2] if pairs else 0.0
    wide = 100 * half / (scatter.high - scatter.low)
    held = sum(abs(o - p) <= h for p, o, h in pairs)
    band = ((0, 100 - wide), (0, 100 + wide), (100, wide), (100, -wide))
    return Cloud(
        scatter.name,
        tuple((axis.x(p), round(100 - axis.x(o), 2)) for p, o, _ in pairs),
        " ".join(f"{x:g},{y:.2f}" for x, y in band),
        tuple((axis.x(n), str(n)) for n in range(math.ceil(scatter.low), math.floor(scatter.high) + 1)),
        number(half),
        f"{held / len(pairs):.0%}" if pairs else "",
        f"{len(pairs):,}",
        _steps(scatter),
        tuple(_check(line) for line in lines if line.measure in AIMS and scatter.name.endswith(f" {line.what}")),
    )


def _check(line: FigureLine) -> str:
    sure = f" ({_interval(line)})" if _interval(line) else ""
    return f"{line.measure.capitalize()}: {number(line.value)}{sure}, should be {number(AIMS[line.measure])}"


def _steps(scatter: Scatter) -> tuple[tuple[str, str, str, str, str], ...]:
    low, high = math.floor(scatter.low), math.ceil(scatter.high)
    by_step: dict[int, list[tuple[float, float, float]]] = {}
    for p, o, h in zip(scatter.predicted, scatter.observed, scatter.half_widths, strict=True):
        by_step.setdefault(min(max(math.floor(p), low), high - 1), []).append((p, o, h))
    rows = []
    for step, pairs in sorted(by_step.items()):
        predicted, observed = (number(sum(pair[i] for pair in pairs) / len(pairs)) for i in (0, 1))
        held = sum(abs(o - p) <= h for p, o, h in pairs)
        rows.append((f"{step} to {step + 1}", f"{len(pairs):,}", predicted, observed, f"{held} of {len(pairs)}"))
    return tuple(rows)


def _shares(bar: EventBar) -> tuple[float, float, float]:
    """Percent of the width for found, missed and invented."""
    total = max(1, bar.found + bar.missed + bar.invented)
    found, missed = (round(100 * n / total, 2) for n in (bar.found, bar.missed))
    return found, missed, round(100 * bar.invented / total, 2)


def _interval(line: FigureLine) -> str:
    return span(line.low, line.high)
