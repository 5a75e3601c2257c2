"""A corpus into a study: what is done stays, what is new or changed is coded, what cannot be is set aside."""

from collections.abc import Generator, Sequence
from contextlib import closing
from dataclasses import dataclass

from transcript_alliance.batch.engine import Fault, Limits, Outcome, RunTasks, Task, run_tasks
from transcript_alliance.batch.inputs import Inputs
from transcript_alliance.batch.worker import MakeCoder
from transcript_alliance.errors import StudyError
from transcript_alliance.settings import Settings
from transcript_alliance.store.study import Study
from transcript_alliance.store.values import Entry, Input, Run, RunIdentity, SetAside


@dataclass(frozen=True, slots=True)
class Plan:
    """What a start on a study will do."""

    run: Run
    todo: tuple[tuple[Task, Input], ...]
    """Sessions still to be coded, by name."""
    n_done: int
    """Coded by an earlier start."""
    n_aside: int
    """In quarantine since an earlier start, and not tried again."""
    n_others: int
    """Sessions of the study that are not in the corpus of this start; they stay in its tables."""
    changes: tuple[str, ...]
    """What differs from the run before, when this start begins a new one over coded sessions."""


@dataclass(frozen=True, slots=True)
class Step:
    """One session that is now done with."""

    session: str
    aside: SetAside | None
    """Why it could not be coded; None when it was."""


def plan_run(
    study: Study, entries: Sequence[Entry], identity: RunIdentity, settings: Settings, *, retry: bool = False
) -> Plan:
    """Take `entries` into the study and tell what of them is to be coded; with `retry` those in quarantine too.

    What has the same inputs, settings, codebooks, instruments, model and program is done.
    Raises: StudyError, OutputError.
    """
    known = {name: given for name, (_, given) in study.entries().items()}
    inputs = Inputs(known, settings.roles.speakers)
    listed = [(entry, inputs.of(entry.session, entry.path)) for entry in entries]
    study.add_entries(listed)
    before = study.runs()
    run = study.start_run(identity, settings.model_dump_json())
    done, aside = study.coded_keys(run), study.aside_keys(run)
    todo, n_done, n_aside = [], 0, 0
    for entry, given in listed:
        key = (entry.session, given.key)
        if key in done:
            n_done += 1
        elif key in aside and given.sha256 and not retry:
            # One whose file could not even be opened is looked at again: it costs nothing.
            n_aside += 1
        else:
            todo.append((Task(entry.session, entry.path), given))
    is_new = bool(before) and run.key not in {old.key for old in before}
    changes = before[-1].identity.differences(identity) if is_new and study.coded_keys(before[-1]) else ()
    n_others = len(known.keys() - {entry.session for entry in entries})
    return Plan(run, tuple(todo), n_done, n_aside, n_others, changes)


def carry_out(
    study: Study, plan: Plan, make: MakeCoder, limits: Limits, run_tasks: RunTasks = run_tasks
) -> Generator[Step, None, None]:
    """Code what the plan says; each step is on disk before it is told. Closing it ends the workers.

    `run_tasks` says where the work is done (`engines.ENGINES`); what is kept is written here alone.

    Raises: StudyError NO_WORKER or MIXED; OutputError when the disk is full: all told steps are kept.
    """
    inputs = {task.session: given for task, given in plan.todo}
    with closing(run_tasks([task for task, _ in plan.todo], make, limits)) as outcomes:
        for outcome in outcomes:
            yield _kept(study, plan.run, inputs[outcome.session], outcome)


def _kept(study: Study, run: Run, given: Input, outcome: Outcome) -> Step:
    fault = outcome.fault
    if outcome.coded is not None:
        try:
            study.record(run, outcome.session, given, outcome.coded)
            return Step(outcome.session, None)
        except StudyError as error:
            if error.code != "INPUT_CHANGED":
                raise
            fault = Fault(error.code, error.what)
    assert fault is not None
    why = SetAside(outcome.session, fault.code, fault.reason, outcome.attempts)
    study.set_aside(run, given, why)
    return Step(outcome.session, why)
