"""What `evaluate` writes: its tables as Markdown, and the page of the same figures."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from transcript_alliance.alliance.abstain import abstentions, unfamiliar
from transcript_alliance.alliance.build import CrossFitted
from transcript_alliance.alliance.card import TITLES, tables
from transcript_alliance.alliance.codes_bundle import CodesInfo
from transcript_alliance.alliance.codes_net import CodesPlan
from transcript_alliance.alliance.codes_table import CodesTable
from transcript_alliance.alliance.crossfit import N_FOLDS
from transcript_alliance.alliance.evaluate import Evaluation
from transcript_alliance.alliance.figures import Row
from transcript_alliance.alliance.train import TrainPlan
from transcript_alliance.errors import show_name
from transcript_alliance.instruments import load_instruments
from transcript_alliance.own_codes import LearnedCodes
from transcript_alliance.own_ratings import Learned
from transcript_alliance.pipeline import Model
from transcript_alliance.privacy.output import make_private_folder, write_private
from transcript_alliance.report.evaluation import EvaluationFacts, EventBar, FigureLine, Scatter, render_evaluation
from transcript_alliance.session import Session
from transcript_alliance.settings import Settings

PAGE, TABLES = "evaluation.html", "evaluation.md"
People = Sequence[tuple[str, str]]
"""Therapist and client of each session."""
LIMITS = (
    "Agreement with observers is all that is measured: whether a score helps a client is another question.",
    "The intervals redraw therapists; with few of them they are too narrow.",
    "Tone, pace, silence and faces are not in a transcript.",
    "The figures hold for talk like this; `transcript-alliance drift` shows how other sessions differ.",
)
CODE_LIMITS = (
    "Agreement with your raters is all that is measured: whether the codes mean what they should is another question.",
    "The intervals redraw people; with few of them they are too narrow.",
    "Tone, pace, silence and faces are not in a transcript.",
)
STACKED = (
    "The folds are not nested: what puts the readings of a fold together learned from readings whose networks had this "
    "fold in their training, which may flatter the figures slightly.",
    "A plan that was chosen after looking at these sessions flatters them too; sessions held out are fairer.",
)


@dataclass(frozen=True, slots=True)
class Measured:
    """An evaluation, and what its page says of how it came about."""

    evaluation: Evaluation
    what: str
    how: str
    people: People
    abstained: tuple[tuple[str, int], ...]
    plan: tuple[tuple[str, str], ...]
    limits: tuple[str, ...]
    warnings: tuple[str, ...] = ()
    """What must be said before anybody leans on the figures."""


def crossed(fitted: CrossFitted, recipe: TrainPlan) -> Measured:
    """The recipe, trained anew for every fold."""
    sessions = [s.session for s in fitted.sessions]
    return Measured(
        fitted.evaluation,
        "The method of training was measured, not one finished model.",
        f"The sessions were dealt into {N_FOLDS} folds that share no therapist and no client, and each fold was read "
        "by a model that had learned from the others.",
        [(s.therapist, s.client) for s in fitted.sessions],
        _abstained(sessions, None),
        _plan(asdict(recipe)),
        (*STACKED, *LIMITS),
    )


def finished(evaluation: Evaluation, sessions: Sequence[Session], people: People, model: Model) -> Measured:
    """A finished bundle on sessions that it had not learned from."""
    trained = model.info.trained_on
    plan = trained.get("plan")
    counts = {name: trained[name] for name in ("sessions", "turns", "therapists", "clients") if name in trained}
    return Measured(
        evaluation,
        f"The finished model {model.info.name} was measured.",
        "It had learned from none of these sessions, and nothing was fitted to them.",
        people,
        _abstained(sessions, model),
        (*_plan({f"learned from, {name}": n for name, n in counts.items()}), *_plan(plan if plan else {})),
        ("That no person of these sessions is among those learned from is for you to know.", *LIMITS),
    )


def learned_scales(learned: Learned, sessions: Sequence[Session], people: People) -> Measured:
    """Scales learned from a table of ratings, on people kept out."""
    return Measured(
        learned.evaluation,
        "Scales learned from your own ratings were measured.",
        f"The turns were read by {learned.base.info.name}, which had learned from none of these sessions; each "
        "session was scored by scales learned on other people.",
        people,
        _abstained(sessions, learned.base),
        _plan({"turns read by": learned.base.info.name}),
        LIMITS,
        learned.warnings,
    )


def learned_codes(learned: LearnedCodes, recipe: CodesPlan) -> Measured:
    """Codes learned from a table of coded turns, on people kept out."""
    talks = learned.crossed.table.talks
    return Measured(
        learned.evaluation,
        "Codes learned from your own coded turns were measured.",
        "The sessions were dealt into up to five folds that share no therapist and no client, and each fold was coded "
        "by a model that had learned from the others.",
        [(talk.therapist, talk.client) for talk in talks],
        (),
        _plan(asdict(recipe)),
        (STACKED[0], *CODE_LIMITS),
        learned.warnings,
    )


def finished_codes(evaluation: Evaluation, table: CodesTable, info: CodesInfo) -> Measured:
    """A finished model of people's own codes on turns that it had not learned from."""
    counts = {f"learned from, {name}": info.trained_on[name] for name in ("sessions", "coded", "therapists", "clients")}
    return Measured(
        evaluation,
        f"The finished model of codes {info.name} was measured.",
        "It had learned from none of these sessions, and nothing was fitted to them.",
        [(talk.therapist, talk.client) for talk in table.talks],
        (),
        (*_plan(counts), *_plan(info.trained_on["plan"])),
        ("That no person of these sessions is among those learned from is for you to know.", *CODE_LIMITS),
    )


def write_evaluation(output: Path, corpus: Path, measured: Measured) -> None:
    """Write tables and page into the folder `output`; a name that ends in .md names the tables, the page beside them.

    Both are open to their owner alone. Raises OutputError.
    """
    is_file = output.suffix.lower() == ".md" and not output.is_dir()
    if not is_file:
        make_private_folder(output)
    markdown = output if is_file else output / TABLES
    page = output.with_suffix(".html") if is_file else output / PAGE
    write_private(markdown, tables(measured.evaluation.rows).encode())
    facts = evaluation_facts(show_name(corpus.resolve()), measured)
    write_private(page, render_evaluation(facts).encode("utf-8", "replace"))


def evaluation_facts(title: str, measured: Measured) -> EvaluationFacts:
    """What the page says, as plain values."""
    evaluation = measured.evaluation
    return EvaluationFacts(
        title=title,
        what=measured.what,
        how=measured.how,
        n_sessions=len(measured.people),
        n_therapists=len({therapist for therapist, _ in measured.people}),
        n_clients=len({client for _, client in measured.people}),
        lines=tuple(map(_line, evaluation.rows)),
        task_titles={**{i.id: f"{i.name} ({i.low:g} to {i.high:g})" for i in load_instruments()}, **TITLES},
        scatter=_scatter(evaluation),
        events=tuple(EventBar(e.kind.value, e.found, e.missed, e.invented) for e in evaluation.events),
        abstained=measured.abstained,
        plan=measured.plan,
        limits=(*measured.warnings, *measured.limits),
    )


def _line(row: Row) -> FigureLine:
    f = row.figure
    values = (f.value, f.low, f.high, f.n, row.floor_name, row.floor, row.ceiling, row.floor_low, row.floor_high)
    return FigureLine(row.task, str(row.what), row.measure, *values)


def _scatter(evaluation: Evaluation) -> Scatter | None:
    pairs = evaluation.pairs
    if pairs is None or not pairs.observed:
        return None
    scale = pairs.scale
    name = f"{scale.instrument} {scale.scale}"
    return Scatter(name, scale.low, scale.high, pairs.observed, pairs.predicted, pairs.half_widths)


def _abstained(sessions: Sequence[Session], model: Model | None) -> tuple[tuple[str, int], ...]:
    """Rules that speak against a score, and for how many of the sessions; the model's own rule needs a model."""
    settings = Settings().abstain
    found: Counter[str] = Counter()
    for session in sessions:
        found.update(a.rule for a in abstentions(session, settings))
        if model is not None:
            found.update(a.rule for a in unfamiliar(session, model.words.vocabulary, model.info.least_known))
    return tuple(found.most_common())


def _plan(plan: Mapping[str, object]) -> tuple[tuple[str, str], ...]:
    return tuple(
        (name.replace("_", " "), f"{value:,}" if type(value) is int else str(value)) for name, value in plan.items()
    )
