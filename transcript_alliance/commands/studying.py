"""What `study` and `export` do."""

import hashlib
import json
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from transcript_alliance.batch.coder import ModelCoder, run_identity
from transcript_alliance.batch.inputs import Inputs
from transcript_alliance.commands.faults import print_error
from transcript_alliance.errors import InputError, SettingsError, StudyError, show_name
from transcript_alliance.settings import Settings
from transcript_alliance.store.check import verify_study
from transcript_alliance.store.export import Exported, export_study, rebuild_tables, verify_tables
from transcript_alliance.store.merge import merge_studies
from transcript_alliance.store.study import Study, open_study
from transcript_alliance.store.values import Run


@dataclass(frozen=True, slots=True)
class Asked:
    """What the command line gave."""

    paths: tuple[Path, ...]
    output: Path | None
    run: str
    salvage: bool
    as_json: bool

    def second(self, what: str) -> str:
        """The word after the study. Raises SettingsError when there is not exactly one."""
        if len(self.paths) != 2:
            raise SettingsError("ARGUMENTS", f"expected the study and {what}.")
        return str(self.paths[1])


def write_tables(path: Path, folder: Path, format: str, *, with_text: bool, run: str, quiet: bool) -> int:
    """Export the study; the exit code of the command."""
    with open_study(path) as study:
        done = export_study(study, folder, format, with_text=with_text, run=run)
    if not quiet:
        _say_tables(done, folder)
    return 0


def _say_tables(done: Exported, folder: Path) -> None:
    others = f", {done.n_aside:,} in quarantine, {done.n_todo:,} to do" if done.n_aside or done.n_todo else ""
    print(f"{done.n_coded:,} sessions coded{others}: {len(done.files)} files in {folder}")


def _status(asked: Asked) -> int:
    with open_study(asked.paths[0]) as study:
        runs = [_counts(study, run) for run in study.runs() if run.key.startswith(asked.run)]
        n_sessions = len(study.entries())
    if asked.as_json:
        print(json.dumps({"sessions": n_sessions, "runs": runs}, indent=1))
        return 0
    print(f"{n_sessions:,} sessions")
    for run in runs:
        print(f"run {run['run'][:12]}  {run['model']}, program {run['package_version']}")
        print(f"  {run['coded']:,} coded, {run['quarantine']:,} in quarantine, {run['to_do']:,} to do")
        for session, code, reason, attempts in run["put_aside"]:
            print(f"  {session}: {code}: {reason} ({attempts} tried)".replace("(1 tried)", "(tried once)"))
    return 0


def _counts(study: Study, run: Run) -> dict[str, Any]:
    inputs = {(name, given.key) for name, (_, given) in study.entries().items()}
    coded, aside = len(inputs & study.coded_keys(run)), study.quarantine(run)
    return {
        "run": run.key,
        "model": run.identity.model,
        "package_version": run.identity.package_version,
        "coded": coded,
        "quarantine": len(aside),
        "to_do": len(inputs) - coded - len(aside),
        "put_aside": [[one.session, one.code, one.reason, one.attempts] for one in aside.values()],
    }


def _verify(asked: Asked) -> int:
    found = [*verify_study(asked.paths[0])]
    for folder in asked.paths[1:]:
        found += verify_tables(folder)
    if asked.as_json:
        print(json.dumps([{"place": one.place, "what": one.what} for one in found], indent=1))
    for one in found:
        print_error("DAMAGED", f"{show_name(asked.paths[0])}: {one.place}: {one.what}.")
    if not found and not asked.as_json:
        print(f"{show_name(asked.paths[0])}: whole")
    return 1 if found else 0


def _rebuild(asked: Asked) -> int:
    folder = Path(asked.second("the folder of the tables"))
    with open_study(asked.paths[0]) as study:
        _say_tables(rebuild_tables(study, folder), folder)
    return 0


def _reproduce(asked: Asked) -> int:
    name = asked.second("the name of a session")
    with open_study(asked.paths[0]) as study:
        run = study.latest_run(asked.run)
        listed = study.entries()
        if name not in listed:
            raise InputError("NO_SUCH_SESSION", "there is no session of that name.", where=show_name(asked.paths[0]))
        entry, given = listed[name]
        kept = study.result(run, name, given)
    if kept is None:
        raise StudyError("NOT_CODED", "the session is not coded in this run.", where=show_name(asked.paths[0]))
    settings = Settings.model_validate_json(run.settings)
    differing = run.identity.differences(run_identity(settings))
    if differing:
        what = f"it was coded with other parts: {', '.join(differing)}."
        raise StudyError("OTHER_RUN", what, where=show_name(asked.paths[0]), hint="take the version that coded it")
    now = Inputs({}, settings.roles.speakers).of(name, entry.path)
    # One that cannot be read any more says so itself.
    if now.sha256 and now.key != given.key:
        what = "its transcript or speakers file is another than the one that was coded."
        raise StudyError(
            "INPUT_CHANGED", what, where=show_name(entry.path), hint="`transcript-alliance batch` codes it anew"
        )
    coded = ModelCoder(settings, settings.model.threads)()(entry.path)
    same = hashlib.sha256(coded).hexdigest() == kept.sha256
    print(f"{name}: {'the same bytes' if same else 'differs'}")
    return 0 if same else 1


def _merge(asked: Asked) -> int:
    if asked.output is None:
        raise SettingsError("ARGUMENTS", "merge needs the study to write.", hint="name it with -o")
    done = merge_studies(asked.paths, asked.output, salvage=asked.salvage)
    print(f"{done.n_sessions:,} sessions and {done.n_results:,} results taken over: {asked.output.name}")
    if done.n_lost:
        print(f"{done.n_lost:,} damaged rows left out; `transcript-alliance batch` codes them again", file=sys.stderr)
    return 1 if done.n_lost else 0


ACTIONS: Mapping[str, Callable[[Asked], int]] = {
    "status": _status,
    "verify": _verify,
    "rebuild": _rebuild,
    "reproduce": _reproduce,
    "merge": _merge,
}
"""Action -> what does it; gives the exit code."""
