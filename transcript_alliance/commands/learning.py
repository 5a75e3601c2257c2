"""The commands `train` and `evaluate`: figures of the training recipe on rated sessions, and a bundle from them."""

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from rich.progress import TaskID

    from transcript_alliance.alliance.build import Report
    from transcript_alliance.alliance.evaluate import Row
    from transcript_alliance.alliance.train import Progress as Step
    from transcript_alliance.alliance.train import TrainPlan

_Option = typer.Option

Corpus = Annotated[Path, typer.Argument(metavar="CORPUS", help="Folder of rated sessions.", show_default=False)]
Encoder = Annotated[
    Path | None, _Option(metavar="FOLDER", help="Local transformer to fine-tune; MiniLM-L6 when left out.")
]
Run = Annotated[Path, _Option(metavar="FOLDER", help="Where finished folds are kept, so that a stopped run goes on.")]
Epochs = Annotated[int | None, _Option(min=1, help="Passes over the sessions; the shipped plan when left out.")]
Seed = Annotated[int, _Option(help="Seed of folds, head and order.")]
Quiet = Annotated[bool, _Option("--quiet", "-q", help="Print errors alone.")]


def train(
    corpus: Corpus,
    output: Annotated[Path, _Option("--output", "-o", metavar="FOLDER", help="The new bundle's folder.")],
    encoder: Encoder = None,
    run: Run = Path("runs"),
    epochs: Epochs = None,
    seed: Seed = 0,
    quiet: Quiet = False,
) -> None:
    """Train a model on rated sessions.

    Writes it as a bundle with its figures and its card. Cross-fits five networks to measure and calibrate,
    then one on everything. On two cores the shipped corpus takes about an hour and a quarter; a run that was stopped
    starts again at the fold it was in.

    \b
    Example:
    transcript-alliance train sample_data/corpus -o models/my-model-1
    """
    from transcript_alliance.alliance.build import build_bundle
    from transcript_alliance.alliance.dataset import load_corpus
    from transcript_alliance.alliance.encoder import default_encoder

    recipe = _plan(epochs, seed)
    sessions = load_corpus(corpus)
    with _progress(quiet) as report:
        fitted = build_bundle(sessions, output, encoder or default_encoder(), recipe, run, report)
    _print_rows(fitted.evaluation.rows, quiet)


def evaluate(
    corpus: Corpus,
    output: Annotated[
        Path | None, _Option("--output", "-o", metavar="FILE", help="Also write the tables, as Markdown.")
    ] = None,
    model: Annotated[
        Path | None, _Option(metavar="FOLDER", help="Measure this finished bundle, on sessions it never saw.")
    ] = None,
    learned: Annotated[
        Path | None, _Option(metavar="CORPUS", help="With --model: the simple methods learn here, to stand beside it.")
    ] = None,
    encoder: Encoder = None,
    run: Run = Path("runs"),
    epochs: Epochs = None,
    seed: Seed = 0,
    quiet: Quiet = False,
) -> None:
    """Measure the training, or a finished model, on rated sessions.

    Without --model: five folds that share no therapist and no client, a network trained for each. Each figure
    stands beside its floor (the best simple method) and its ceiling (two observers).

    \b
    Example:
    transcript-alliance evaluate sample_data/corpus -o figures.md
    transcript-alliance evaluate sample_data/held_out --model models/alliance-minilm-0.2 --learned sample_data/corpus
    """
    from transcript_alliance.alliance.card import tables
    from transcript_alliance.alliance.dataset import load_corpus
    from transcript_alliance.alliance.encoder import default_encoder
    from transcript_alliance.privacy.output import write_private

    sessions = load_corpus(corpus)
    encoder = encoder or default_encoder()
    if model:
        from transcript_alliance.held_out import evaluate_model, floors_learned_on
        from transcript_alliance.pipeline import load_model

        loaded = load_model(model)
        floors = floors_learned_on(load_corpus(learned), sessions, loaded, encoder) if learned else ()
        evaluation = evaluate_model(sessions, loaded, floors)
    else:
        from transcript_alliance.alliance.build import cross_evaluate

        with _progress(quiet) as report:
            evaluation = cross_evaluate(sessions, encoder, _plan(epochs, seed), run, report).evaluation
    if output:
        write_private(output, tables(evaluation.rows).encode())
    _print_rows(evaluation.rows, quiet)


def _plan(epochs: int | None, seed: int) -> "TrainPlan":
    from dataclasses import replace

    from transcript_alliance.alliance.train import TrainPlan

    plan = replace(TrainPlan(), seed=seed)
    return plan if epochs is None else replace(plan, epochs=epochs)


@contextmanager
def _progress(quiet: bool) -> "Iterator[Report]":
    """A reporter that keeps one bar a stage on standard error, or nothing where nobody watches."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        TextColumn("loss {task.fields[loss]:.2f}"),
    )
    bars: dict[str, TaskID] = {}
    with Progress(*columns, console=Console(stderr=True), disable=quiet or not sys.stderr.isatty()) as progress:

        def report(stage: str, at: "Step") -> None:
            if stage not in bars:
                bars[stage] = progress.add_task(stage, total=at.steps, loss=at.loss)
            progress.update(bars[stage], completed=at.step, loss=at.loss)

        yield report


def _print_rows(rows: "Sequence[Row]", quiet: bool) -> None:
    """The figures as one table; nothing when quiet."""
    if quiet:
        return
    from rich.console import Console
    from rich.table import Table

    from transcript_alliance.alliance.card import interval, number

    table = Table("task", "what", "measure", "value", "95% interval", "floor", "ceiling", box=None)
    for row in rows:
        f = row.figure
        floor = f"{number(row.floor)} {row.floor_name}" if row.floor_name else ""
        table.add_row(row.task, row.what, row.measure, number(f.value), interval(f), floor, number(row.ceiling))
    Console(highlight=False, width=None if sys.stdout.isatty() else 160).print(table)
