"""What `train` and `evaluate` do with each kind of thing that people rated."""

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from transcript_alliance.alliance.build import Report, build_bundle, cross_evaluate
from transcript_alliance.alliance.codes_bundle import load_codes_reader
from transcript_alliance.alliance.codes_net import CodesPlan
from transcript_alliance.alliance.dataset import load_corpus
from transcript_alliance.alliance.encoder import default_encoder
from transcript_alliance.alliance.figures import Row
from transcript_alliance.alliance.train import Progress as Step
from transcript_alliance.alliance.train import TrainPlan
from transcript_alliance.commands.evaluating import (
    Measured,
    crossed,
    finished,
    finished_codes,
    learned_codes,
    learned_scales,
)
from transcript_alliance.errors import SettingsError
from transcript_alliance.held_out import evaluate_model, floors_learned_on
from transcript_alliance.own_codes import (
    evaluate_codes,
    is_codes_table,
    learn_codes,
    read_codes_file,
    require_free_folder,
    require_writable,
    write_codes_bundle,
)
from transcript_alliance.own_ratings import evaluate_on, learn, read_corpus, require_other_folder, write_bundle
from transcript_alliance.pipeline import load_model

Plan = TypeVar("Plan", TrainPlan, CodesPlan)


@dataclass(frozen=True, slots=True)
class Options:
    """What the command line says of training."""

    base: Path | None
    encoder: Path | None
    epochs: int | None
    seed: int | None
    run: Path
    quiet: bool

    def plan(self, usual: Plan) -> Plan:
        """The usual plan with what was asked for."""
        seeded = usual if self.seed is None else replace(usual, seed=self.seed)
        return seeded if self.epochs is None else replace(seeded, epochs=self.epochs)

    def given(self) -> tuple[str, ...]:
        """Those that only training heeds, as the command line writes them."""
        options = {"--base": self.base, "--encoder": self.encoder, "--epochs": self.epochs, "--seed": self.seed}
        return tuple(name for name, value in options.items() if value is not None)

    def start(self) -> Path | None:
        """Where the network for a table of codes starts from. Raises SettingsError."""
        if self.base and self.encoder:
            raise SettingsError("OPTION", "training starts from --base or from --encoder.", hint="give one of them")
        return self.base or self.encoder


@dataclass(frozen=True, slots=True)
class Learner:
    """How one kind of table, or the folder, is learned from and measured."""

    train: Callable[[Path, Path, Options], tuple[Sequence[Row], Sequence[str]]]
    """Corpus, folder of the new model, options -> figures and warnings."""
    measure: Callable[[Path, Path | None, Path | None, Options], Measured]
    """Corpus, finished model, corpus of the simple methods, options."""


def learner_of(corpus: Path) -> Learner:
    """That for what stands at `corpus`. Raises InputError when a file cannot be opened."""
    if corpus.is_dir():
        return Learner(_train_on_folder, _measured_on_folder)
    if is_codes_table(corpus):
        return Learner(_train_on_codes, _measured_on_codes)
    return Learner(_train_on_ratings, _measured_on_ratings)


def _train_on_folder(corpus: Path, output: Path, options: Options) -> tuple[Sequence[Row], Sequence[str]]:
    _refuse_for_folders(options)
    sessions, plan = load_corpus(corpus), options.plan(TrainPlan())
    with _progress(options.quiet) as report:
        fitted = build_bundle(sessions, output, options.encoder or default_encoder(), plan, options.run, report)
    return fitted.evaluation.rows, ()


def _measured_on_folder(corpus: Path, model: Path | None, learned: Path | None, options: Options) -> Measured:
    _refuse_for_folders(options)
    # The simple methods that stand beside a model need an encoder too.
    _refuse_beside_model(model, [name for name in options.given() if name != "--encoder"])
    sessions = load_corpus(corpus)
    encoder = options.encoder or default_encoder()
    if model:
        loaded = load_model(model)
        floors = floors_learned_on(load_corpus(learned), sessions, loaded, encoder) if learned else ()
        people = [(s.therapist, s.client) for s in sessions]
        return finished(evaluate_model(sessions, loaded, floors), [s.session for s in sessions], people, loaded)
    plan = options.plan(TrainPlan())
    with _progress(options.quiet) as report:
        return crossed(cross_evaluate(sessions, encoder, plan, options.run, report), plan)


def _train_on_ratings(table: Path, output: Path, options: Options) -> tuple[Sequence[Row], Sequence[str]]:
    _refuse_for_ratings(options, None)
    require_other_folder(output, options.base)
    learned = learn(read_corpus(table), options.base, options.seed or 0)
    write_bundle(learned, output)
    return learned.evaluation.rows, learned.warnings


def _measured_on_ratings(table: Path, model: Path | None, learned: Path | None, options: Options) -> Measured:
    _refuse_for_ratings(options, learned)
    _refuse_beside_model(model, options.given())
    corpus = read_corpus(table)
    people = [(entry.therapist, entry.client) for entry in corpus.table.entries]
    if model:
        loaded = load_model(model)
        return finished(evaluate_on(corpus, loaded), corpus.sessions, people, loaded)
    return learned_scales(learn(corpus, options.base, options.seed or 0), corpus.sessions, people)


def _train_on_codes(table: Path, output: Path, options: Options) -> tuple[Sequence[Row], Sequence[str]]:
    start, plan = options.start(), options.plan(CodesPlan())
    require_other_folder(output, start)
    require_free_folder(output)
    require_writable(options.run)
    coded = read_codes_file(table)
    with _progress(options.quiet) as report:
        learned = learn_codes(coded, start, plan, options.run, report)
        write_codes_bundle(learned, output, start, plan, report)
    return learned.evaluation.rows, learned.warnings


def _measured_on_codes(table: Path, model: Path | None, learned: Path | None, options: Options) -> Measured:
    start, plan = options.start(), options.plan(CodesPlan())
    if learned is not None:
        raise SettingsError(
            "OPTION", "--learned goes with a folder of rated sessions.", hint="leave it out for a table"
        )
    _refuse_beside_model(model, options.given())
    if not model:
        require_writable(options.run)
    coded = read_codes_file(table)
    if model:
        info, reader = load_codes_reader(model)
        return finished_codes(evaluate_codes(coded, info, reader), coded, info)
    with _progress(options.quiet) as report:
        return learned_codes(learn_codes(coded, start, plan, options.run, report), plan)


def _refuse_beside_model(model: Path | None, given: Sequence[str]) -> None:
    if model and given:
        what = f"--model is measured as it is; {', '.join(given)} {'is' if len(given) == 1 else 'are'} for training."
        raise SettingsError("OPTION", what, hint="give one of them")


def _refuse_for_folders(options: Options) -> None:
    if options.base is not None:
        raise SettingsError("OPTION", "--base goes with a table.", hint="leave it out for a folder")


def _refuse_for_ratings(options: Options, learned: Path | None) -> None:
    if any(option is not None for option in (options.encoder, options.epochs, learned)):
        what = "--encoder, --epochs and --learned do not go with a table of ratings."
        raise SettingsError("OPTION", what, hint="leave them out")


@contextmanager
def _progress(quiet: bool) -> Iterator[Report]:
    """A reporter that keeps one bar a stage on standard error, or nothing where nobody watches."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.fields[loss]}"),
    )
    bars: dict[str, TaskID] = {}
    with Progress(*columns, console=Console(stderr=True), disable=quiet or not sys.stderr.isatty()) as progress:

        def report(stage: str, at: Step) -> None:
            loss = "" if at.loss is None else f"loss {at.loss:.2f}"
            if stage not in bars:
                bars[stage] = progress.add_task(stage, total=at.steps, loss=loss)
            progress.update(bars[stage], completed=at.step, loss=loss)

        yield report
