"""The commands `train` and `evaluate`: figures of a training recipe on what people rated, and a bundle from it."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from transcript_alliance.commands.faults import print_warning

if TYPE_CHECKING:
    from transcript_alliance.alliance.figures import Row

_Option = typer.Option

Corpus = Annotated[
    Path,
    typer.Argument(
        metavar="RATED",
        help="Table of ratings or of coded turns (CSV), or folder of rated sessions with their turns.",
        show_default=False,
    ),
]
Base = Annotated[
    Path | None,
    _Option(metavar="FOLDER", help="With a table: the bundle to build on; the shipped one when left out."),
]
Encoder = Annotated[
    Path | None, _Option(metavar="FOLDER", help="Local transformer to fine-tune; MiniLM-L6 when left out.")
]
Run = Annotated[Path, _Option(metavar="FOLDER", help="Where finished folds are kept, so that a stopped run goes on.")]
Epochs = Annotated[int | None, _Option(min=1, help="Passes over the sessions; the shipped plan when left out.")]
Seed = Annotated[int | None, _Option(help="Seed of folds, head and order; 0 when left out.", show_default=False)]
Quiet = Annotated[bool, _Option("--quiet", "-q", help="Print errors alone.")]


def train(
    corpus: Corpus,
    output: Annotated[Path, _Option("--output", "-o", metavar="FOLDER", help="The new bundle's folder.")],
    base: Base = None,
    encoder: Encoder = None,
    run: Run = Path("runs"),
    epochs: Epochs = None,
    seed: Seed = None,
    quiet: Quiet = False,
) -> None:
    """Train a model on rated sessions, or on coded turns.

    Writes it as a bundle with its figures and its card. RATED is one of three things.

    A table (CSV) of your own ratings: columns session (path of a transcript, from the table's folder), client,
    therapist, if you like rater (a row each), and one or more called instrument.scale, such as wai-o-s.total or
    fis.empathy (`list instruments`). The turns are read by --base; only the scores are learned anew, in minutes.

    A table (CSV) of turns with codes of your own: columns session, client, therapist, turn (number), role (therapist,
    client, other), text, if you like rater, and one or more called code.NAME, such as code.question; empty cells are
    turns that were not asked. Up to six networks are fine-tuned from --base or --encoder: ten minutes to hours.
    `code --codes` takes the new folder.

    A folder in the form of sample_data/corpus, with items and marked turns: trains five networks to measure and
    calibrate, then one on everything. On two cores the shipped corpus takes 85 minutes; a run
    that was stopped starts again at the fold it was in.

    \b
    Examples:
    transcript-alliance train ratings.csv -o models/our-clinic-1
    transcript-alliance train coded-turns.csv -o models/our-codes-1
    transcript-alliance train sample_data/corpus -o models/my-model-1
    """
    from transcript_alliance.commands.learners import Options, learner_of

    options = Options(base, encoder, epochs, seed, run, quiet)
    rows, warnings = learner_of(corpus).train(corpus, output, options)
    _say(rows, warnings, quiet)


def evaluate(
    corpus: Corpus,
    output: Annotated[
        Path | None,
        _Option("--output", "-o", metavar="FOLDER", help="Also write evaluation.html and .md there, or FILE.md."),
    ] = None,
    model: Annotated[
        Path | None, _Option(metavar="FOLDER", help="Measure this finished bundle, on sessions it never saw.")
    ] = None,
    learned: Annotated[
        Path | None, _Option(metavar="CORPUS", help="With --model: the simple methods learn here, to stand beside it.")
    ] = None,
    base: Base = None,
    encoder: Encoder = None,
    run: Run = Path("runs"),
    epochs: Epochs = None,
    seed: Seed = None,
    quiet: Quiet = False,
) -> None:
    """Measure the training, or a finished model, on rated sessions.

    RATED is a table of your own ratings or codes or a folder, as for `train`. Without --model: five folds that share no
    therapist and no client, trained for each. Each figure stands beside its floor (the best simple method) and its
    ceiling (two observers).

    \b
    Examples:
    transcript-alliance evaluate ratings.csv
    transcript-alliance evaluate sample_data/corpus -o figures/
    transcript-alliance evaluate sample_data/held_out --model models/alliance-minilm-0.8 --learned sample_data/corpus
    """
    from transcript_alliance.commands.evaluating import write_evaluation
    from transcript_alliance.commands.learners import Options, learner_of

    options = Options(base, encoder, epochs, seed, run, quiet)
    measured = learner_of(corpus).measure(corpus, model, learned, options)
    if output:
        write_evaluation(output, corpus, measured)
    _say(measured.evaluation.rows, measured.warnings, quiet)


def _say(rows: "Sequence[Row]", warnings: "Sequence[str]", quiet: bool) -> None:
    """The figures, and what must be said of them."""
    _print_rows(rows, quiet)
    for warning in warnings:
        print_warning("TRAINING", warning)


def _print_rows(rows: "Sequence[Row]", quiet: bool) -> None:
    """The figures as one table; nothing when quiet."""
    if quiet:
        return
    from rich.console import Console
    from rich.table import Table

    from transcript_alliance.alliance.card import floor_text, interval
    from transcript_alliance.figure_words import number

    table = Table("task", "what", "measure", "value", "95% interval", "floor", "ceiling", box=None)
    for row in rows:
        f = row.figure
        table.add_row(
            row.task, row.what, row.measure, number(f.value), interval(f), floor_text(row), number(row.ceiling)
        )
    Console(highlight=False, width=None if sys.stdout.isatty() else 160).print(table)
