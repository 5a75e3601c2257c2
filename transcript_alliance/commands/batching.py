"""What `batch` does: list the corpus, plan, code, and say how far it is."""

import os
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from transcript_alliance.batch.coder import ModelCoder, run_identity
from transcript_alliance.batch.corpus import Shard, list_corpus, parse_shard
from transcript_alliance.batch.engine import Limits
from transcript_alliance.batch.run import Plan, Step, carry_out, plan_run
from transcript_alliance.commands.faults import print_error
from transcript_alliance.settings import Settings
from transcript_alliance.store.lock import refuse_if_held
from transcript_alliance.store.study import open_study

_LINE_EVERY_S = 60.0
"""Without a terminal, a line of progress so often: job logs are read later. Our choice."""


def code_corpus(
    corpus: Sequence[str],
    output: Path,
    settings: Settings,
    *,
    jobs: int = 1,
    shard: str | None = None,
    session_s: float = 120.0,
    session_mb: int | None = None,
    retry: bool = False,
    quiet: bool = False,
) -> int:
    """Code a corpus into the study at `output`; the exit code of the command. Raises TranscriptError."""
    part = parse_shard(shard) if shard is not None else Shard()
    # Before the corpus is looked through, which can take longer than one likes to wait for a no.
    refuse_if_held(output)
    identity = run_identity(settings)
    entries = [entry for entry in list_corpus(corpus, settings.read) if part.has(entry.session)]
    threads = settings.model.threads or (max(1, (os.cpu_count() or 1) // jobs) if jobs > 1 else 0)
    with open_study(output, write=True) as study:
        plan = plan_run(study, entries, identity, settings, retry=retry)
        if not quiet:
            _say_plan(plan, len(entries))
        steps = carry_out(study, plan, ModelCoder(settings, threads), Limits(jobs, session_s, session_mb))
        n_aside = 0
        for step in _with_progress(steps, len(plan.todo), quiet):
            if step.aside is not None:
                n_aside += 1
                print_error(step.aside.code, f"put aside: {step.aside.reason}")
    n_coded = plan.n_done + len(plan.todo) - n_aside
    if not quiet:
        n_put = plan.n_aside + n_aside
        print(f"{n_coded:,} of {len(entries):,} sessions coded, {n_put:,} in quarantine: {output.name}")
    return 0 if n_coded == len(entries) else 1 if n_coded else 2


def _say_plan(plan: Plan, n_entries: int) -> None:
    if plan.changes:
        print(f"new run, for this differs from the one before: {', '.join(plan.changes)}", file=sys.stderr)
    done = f"{plan.n_done:,} done before, " if plan.n_done else ""
    aside = f"{plan.n_aside:,} in quarantine (--retry tries them again), " if plan.n_aside else ""
    print(f"{n_entries:,} sessions: {done}{aside}{len(plan.todo):,} to code", file=sys.stderr)


def _with_progress(steps: Iterator[Step], n_steps: int, quiet: bool) -> Iterator[Step]:
    """The steps, behind a bar with rate and time left on a terminal, and a line now and then elsewhere."""
    if quiet or not n_steps:
        yield from steps
    elif sys.stderr.isatty():
        yield from _behind_bar(steps, n_steps)
    else:
        yield from _with_lines(steps, n_steps)


def _behind_bar(steps: Iterator[Step], n_steps: int) -> Iterator[Step]:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (BarColumn(), MofNCompleteColumn(), TextColumn("{task.fields[rate]}"), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True, redirect_stdout=False) as bar:
        task = bar.add_task("coding", total=n_steps, rate="loading the model")
        began = time.monotonic()
        for number, step in enumerate(steps, start=1):
            bar.update(task, completed=number, rate=_rate(number, time.monotonic() - began))
            yield step


def _with_lines(steps: Iterator[Step], n_steps: int) -> Iterator[Step]:
    began = said = time.monotonic()
    for number, step in enumerate(steps, start=1):
        yield step
        now = time.monotonic()
        if now - said >= _LINE_EVERY_S:
            said = now
            left_min = (now - began) / number * (n_steps - number) / 60
            rate = _rate(number, now - began)
            print(f"{number:,} of {n_steps:,}, {rate}, about {left_min:,.0f} min left", file=sys.stderr)


def _rate(n_steps: int, seconds: float) -> str:
    """Sessions by the minute.

    >>> _rate(5, 60.0)
    '5.0 a minute'
    """
    return f"{n_steps * 60 / max(seconds, 1e-3):,.1f} a minute"
