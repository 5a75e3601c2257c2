"""How well people's own codes are read: accuracy, macro-F1 and kappa, beside their floors and two raters."""

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from transcript_alliance.agreement import cohen_kappa
from transcript_alliance.alliance.codes_table import NOT_CODED, CodedTalk, Labels, Variable
from transcript_alliance.alliance.figures import Row
from transcript_alliance.alliance.metrics import f1, with_interval

Array = NDArray[np.float64]
Values = NDArray[np.float64] | NDArray[np.int64]
COMMONEST, WORDS = "always the commonest", "words only"


def code_rows(
    talks: Sequence[CodedTalk],
    variables: Sequence[Variable],
    people: Sequence[str],
    chosen: Sequence[Labels],
    by_words: Sequence[Labels],
) -> tuple[Row, ...]:
    """Figures of what was chosen on every coded turn; intervals redraw people.

    `chosen` are places of values, (turns, variables) a session; what is chosen `by_words` alone is a floor. Turns that
    no rater coded are left out; a variable that nobody coded has no rows.
    """
    rows: list[Row] = []
    for place, variable in enumerate(variables):
        labels = [talk.labels[:, place] for talk in talks]
        asked = [said != NOT_CODED for said in labels]
        who = [person for person, turns in zip(people, asked, strict=True) for _ in range(int(turns.sum()))]
        if who:
            truth = _coded(labels, asked)
            ours = _coded([found[:, place] for found in chosen], asked)
            simple = _coded([found[:, place] for found in by_words], asked)
            rows += _rows(variable, who, truth, ours, simple, _two_raters(talks, place))
    return tuple(rows)


def _coded(places: Sequence[Labels], asked: Sequence[NDArray[np.bool_]]) -> Array:
    """Those of the coded turns, of all sessions one after another."""
    return np.concatenate([found[turns] for found, turns in zip(places, asked, strict=True)]).astype(float)


def _rows(
    variable: Variable, people: Sequence[str], truth: Array, chosen: Array, words: Array, two: Array
) -> Iterator[Row]:
    task = f"code.{variable.name}"
    commonest = np.full_like(truth, np.bincount(truth.astype(int)).argmax())
    for name, measure in MEASURES.items():
        floors = {COMMONEST: measure(truth, commonest), WORDS: measure(truth, words)}
        best = max(floors, key=lambda floor: np.nan_to_num(floors[floor], nan=-1.0))
        ceiling = measure(*two) if two.size else float("nan")
        yield Row(task, "all values", name, with_interval(measure, people, truth, chosen), best, floors[best], ceiling)
    for place, value in enumerate(variable.values):
        is_it, found, by_words = ((column == place).astype(float) for column in (truth, chosen, words))
        ceiling = f1(*(two == place).astype(float)) if two.size else float("nan")
        yield Row(task, value, "F1", with_interval(f1, people, is_it, found), WORDS, f1(is_it, by_words), ceiling)


def accuracy(truth: Values, chosen: Values) -> float:
    """Share of the turns on which both are the same; nan of nothing at all."""
    return float((truth == chosen).mean()) if len(truth) else float("nan")


def macro_f1(truth: Values, chosen: Values) -> float:
    """Mean F1 of the values that are there or chosen, each counting alike; nan of nothing at all."""
    values = np.union1d(truth, chosen)
    if not len(values):
        return float("nan")
    return float(np.mean([f1((truth == value) * 1.0, (chosen == value) * 1.0) for value in values]))


def _kappa(truth: Values, chosen: Values) -> float:
    return cohen_kappa(truth, chosen).value


MEASURES = {"accuracy": accuracy, "macro-F1": macro_f1, "kappa": _kappa}


def _two_raters(talks: Sequence[CodedTalk], place: int) -> Array:
    """What the first two who coded a turn said of it, (2, turns); empty where nobody rated twice."""
    pairs = [
        said[said != NOT_CODED][:2]
        for talk in talks
        for said in talk.by_rater[:, :, place].T
        if (said != NOT_CODED).sum() > 1
    ]
    return np.array(pairs, dtype=np.float64).reshape(-1, 2).T
