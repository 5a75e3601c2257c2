"""What `batch` does: list the corpus, plan, code, and say how far it is."""

import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from transcript_alliance.batch.coder import ModelCoder, run_identity
from transcript_alliance.batch.corpus import Shard, list_corpus, parse_shard
from transcript_alliance.batch.engine import Limits, run_tasks
from transcript_alliance.batch.engines import Workplace
from transcript_alliance.batch.run import Plan, Step, carry_out, plan_run
from transcript_alliance.commands.faults import print_error
from transcript_alliance.machine import n_processors
from transcript_alliance.settings import Settings, override
from transcript_alliance.store.lock import refuse_if_held
from transcript_alliance.store.study import open_study

_LINE_EVERY_S = 60.0
"""Without a terminal, a line of progress so often: job logs are read later. Our choice."""
MOST_JOBS = 8
"""Workers that are started unasked: each holds a model of its own. Our choice."""


def code_corpus(
    corpus: Sequence[str],
    output: Path,
    settings: Settings,
    *,
    jobs: int | None = None,
    shard: str | None = None,
    session_s: float = 120.0,
    session_mb: int | None = None,
    retry: bool = False,
    quiet: bool = False,
    workplace: Workplace | None = None,
) -> int:
    """Code a corpus into the study at `output`; the exit code of the command.

    `jobs` are worker processes; None is one a processor, at most `MOST_JOBS`, and 1 on other machines. `workplace` is
    where the work is done, this machine when it is None. Raises TranscriptError.
    """
    part = parse_shard(shard) if shard is not None else Shard()
    # Before the corpus is looked through, which can take longer than one likes to wait for a no.
    refuse_if_held(output)
    identity = run_identity(settings)
    entries = [entry for entry in list_corpus(corpus, settings.read) if part.has(entry.session)]
    workplace = workplace or Workplace(run_tasks)
    jobs = jobs or (1 if workplace.is_elsewhere else min(n_processors(), MOST_JOBS))
    coder = _coder(settings, jobs, workplace)
    with open_study(output, write=True) as study:
        plan = plan_run(study, entries, identity, settings, retry=retry)
        if not quiet:
            _say_plan(plan, len(entries))
        steps = carry_out(study, plan, coder, Limits(jobs, session_s, session_mb), workplace.run_tasks)
        n_aside, n_left = 0, len(plan.todo)
        try:
            for number, step in enumerate(_with_progress(steps, len(plan.todo), quiet), start=1):
                n_left = len(plan.todo) - number
                if step.aside is not None:
                    n_aside += 1
                    print_error(step.aside.code, f"put aside: {step.aside.reason}")
        except KeyboardInterrupt:
            if not quiet:
                print(f"{n_left:,} still to code; the same command goes on from here", file=sys.stderr)
            raise
    n_coded = plan.n_done + len(plan.todo) - n_aside
    if not quiet:
        n_put = plan.n_aside + n_aside
        print(f"{n_coded:,} of {len(entries):,} sessions coded, {n_put:,} in quarantine: {output.name}")
    return 0 if n_coded == len(entries) else 1 if n_coded else 2


def _coder(settings: Settings, jobs: int, workplace: Workplace) -> ModelCoder:
    if not workplace.is_elsewhere:
        return ModelCoder(settings, settings.model.threads or max(1, n_processors() // jobs))
    # A worker on another machine stands in another folder.
    named = {"model.path": settings.model.path, "roles.speakers": settings.roles.speakers}
    absolute = {key: str(Path(path).absolute()) for key, path in named.items() if path is not None}
    return ModelCoder(override(settings, absolute), settings.model.threads or workplace.threads)


def _say_plan(plan: Plan, n_entries: int) -> None:
    if plan.changes:
        print(f"new run, for this differs from the one before: {', '.join(plan.changes)}", file=sys.stderr)
    if plan.n_others:
        print(
            f"the study also holds {plan.n_others:,} that are not in this corpus; its tables keep them", file=sys.stderr
        )
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
        began = 0.0
        for number, step in enumerate(steps, start=1):
            began = began or time.monotonic()
            bar.update(task, completed=number, rate=_rate(number, time.monotonic() - began))
            yield step


def _with_lines(steps: Iterator[Step], n_steps: int) -> Iterator[Step]:
    began, said = 0.0, time.monotonic()
    for number, step in enumerate(steps, start=1):
        yield step
        now = time.monotonic()
        began = began or now
        # After the first session nothing is known of the pace yet.
        if now - said >= _LINE_EVERY_S and number > 1:
            said = now
            left_min = (now - began) / (number - 1) * (n_steps - number) / 60
            rate = _rate(number, now - began)
            print(f"{number:,} of {n_steps:,}, {rate}, about {left_min:,.0f} min left", file=sys.stderr)


def _rate(n_steps: int, seconds: float) -> str:
    """Sessions by the minute, `seconds` after the first: until then the model was loaded.

    >>> _rate(6, 60.0), _rate(1, 0.0)
    ('5.0 a minute', '')
    """
    return f"{(n_steps - 1) * 60 / max(seconds, 1e-3):,.1f} a minute" if n_steps > 1 else ""
