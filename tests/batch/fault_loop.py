"""Makes every call to the system fail in turn, and looks at how a command ends and what the next start makes of it.

    python -m tests.batch.fault_loop [--every 1] [--job NAME ...]

Each of the jobs runs over and over: its first call below the output folder fails, then its second, and so on until
it meets no failure any more; once that call alone, once that and all that come after, as on a full or a dying disk.
Whatever failed, the command ends with its usual code or with 2 and one plain line; the study and an export that says
it is finished are whole; and the same command without a fault then gives the bytes of an undisturbed run.

The calls fail below Python, SQLite and DuckDB: `failing_io.c` stands between them and the system's library. Linux and
a C compiler are needed.
"""

import argparse
import ctypes
import errno
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from hashlib import sha256
from itertools import count
from pathlib import Path

from tests.batch.coders import CANARY, IDENTITY, PlainCoder, planned, write_corpus
from tests.batch.tables import damage_of
from transcript_alliance.batch.engine import Limits
from transcript_alliance.batch.run import carry_out
from transcript_alliance.commands import batching, main, studying
from transcript_alliance.store.export import SEAL, verify_tables

ROOT = Path(__file__).resolve().parents[2]
N_SESSIONS = 2
FAULTS = tuple((error, stays) for error in (errno.EIO, errno.ENOSPC, errno.EACCES) for stays in (False, True))
"""Error, and whether it stays from then on."""
PLAIN = "transcript-alliance: error ["
CODES = ("DISK_FULL", "WRITE_FAILED", "NOT_WRITABLE", "DAMAGED", "LOCK")
"""Of the lines that a failing disk may bring: SQLite itself takes a page that cannot be read for a damaged one."""


@dataclass(frozen=True)
class Job:
    """A command, and what its folder holds before."""

    name: str
    arguments: tuple[str, ...]
    exit_code: int
    """Undisturbed."""
    prepare: Callable[[Path], None]


@dataclass
class Found:
    """What the loop met."""

    n_faults: int = 0
    n_told: int = 0
    """Faults after which the command ended with its line; the others did no harm."""
    codes: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)


def empty(_: Path) -> None:
    """Nothing is there."""


def begun(folder: Path) -> None:
    """A study that was killed after its first session: its log was never brought into the file."""
    pid = os.fork()
    if not pid:
        with planned(folder / "out" / "study.db", folder / "corpus") as (opened, plan):
            next(carry_out(opened, plan, PlainCoder(), Limits(session_s=60)))
            os._exit(0)
    os.waitpid(pid, 0)


def coded(folder: Path) -> None:
    """A finished study."""
    assert ended(folder, ("batch", "corpus", "-o", "out/study.db", "-q")).exit_code == 1


def exported(folder: Path) -> None:
    """A finished study, and an earlier export without words, which a new one takes the place of."""
    coded(folder)
    assert ended(folder, ("export", "out/study.db", "-o", "out/tables")).exit_code == 0


_BATCH = ("batch", "corpus", "-o", "out/study.db", "-q")
_EXPORT = ("export", "out/study.db", "-o", "out/tables", "--with-text", "-q")
JOBS = (
    Job("batch", _BATCH, 1, empty),
    Job("resume", _BATCH, 1, begun),
    Job("nothing-to-do", _BATCH, 1, coded),
    Job("export-csv", _EXPORT, 0, exported),
    Job("export-parquet", (*_EXPORT, "--format", "parquet"), 0, exported),
    Job("merge", ("study", "merge", "out/study.db", "-o", "out/all.db"), 0, coded),
)


@dataclass(frozen=True)
class Ending:
    """How one run of the program ended."""

    exit_code: int
    err: str
    n_calls: int


def ended(folder: Path, arguments: Sequence[str], fail_at: int = 0, error: int = 0, stays: bool = False) -> Ending:
    """Run the program in a process of its own, with the nth call below `folder`/out failing."""
    reading, writing = os.pipe()
    pid = os.fork()
    if not pid:
        exit_code = 99
        try:
            exit_code = _program(folder, arguments, fail_at, error, stays)
        finally:
            os.write(writing, str(_library().seen()).encode())
            os._exit(exit_code)
    os.close(writing)
    with open(reading, "rb") as said:  # noqa: PTH123 - Path.open takes no descriptor
        n_calls = int(said.read() or 0)
    _, status = os.waitpid(pid, 0)
    return Ending(os.waitstatus_to_exitcode(status), (folder / "err").read_text("utf-8"), n_calls)


def _program(folder: Path, arguments: Sequence[str], fail_at: int, error: int, stays: bool) -> int:
    os.chdir(folder)
    for name, stream in (("out.txt", 1), ("err", 2)):
        os.dup2(os.open(name, os.O_WRONLY | os.O_CREAT | os.O_TRUNC), stream)
    for module in (batching, studying):
        vars(module).update(ModelCoder=lambda *_: PlainCoder(), run_identity=lambda _: IDENTITY)
    absolute = [str(folder / one) if "/" in one or one == "corpus" else one for one in arguments]
    _library().arm(str(folder / "out").encode(), ctypes.c_long(fail_at), error, int(stays))
    return main(absolute)


def _library() -> ctypes.CDLL:
    library = ctypes.CDLL(os.environ["LD_PRELOAD"])
    library.seen.restype = ctypes.c_long
    return library


def loop(job: Job, folder: Path, error: int, stays: bool, every: int, found: Found) -> None:
    """Fail the calls of a job in turn, every so many of them."""
    start = folder / "start"
    (start / "out").mkdir(parents=True)
    write_corpus(start / "corpus", N_SESSIONS)
    (start / "corpus" / "bad.txt").write_text(f"T: UNREADABLE {CANARY}.\nC: Yes.\n", "utf-8")
    job.prepare(start)
    calm = Path(shutil.copytree(start, folder / "calm"))
    assert ended(calm, job.arguments).exit_code == job.exit_code
    expected = tables(calm, job)
    for fail_at in count(1, every):
        place = Path(shutil.copytree(start, folder / "place"))
        ending = ended(place, job.arguments, fail_at, error, stays)
        if ending.n_calls < fail_at:
            shutil.rmtree(folder)
            return
        found.n_faults += 1
        found.n_told += ending.exit_code != job.exit_code
        wrong = [*_badly_told(ending, job, found), *_damage(place)]
        again = ended(place, job.arguments)
        if again.exit_code != job.exit_code:
            wrong.append(f"the next start ended with {again.exit_code}: {again.err}")
        elif tables(place, job) != expected:
            wrong.append("other bytes than undisturbed")
        case = f"{job.name}, {os.strerror(error)} at call {fail_at}{' and all after' if stays else ''}"
        found.wrong += [f"{case}: {what}" for what in wrong]
        shutil.rmtree(place)


def _badly_told(ending: Ending, job: Job, found: Found) -> list[str]:
    lines = [line for line in ending.err.splitlines() if "put aside: bad.txt" not in line]
    if ending.exit_code == job.exit_code and not lines:
        return []
    codes = [line.removeprefix(PLAIN).partition("]")[0] for line in lines]
    found.codes.update(codes)
    if ending.exit_code == 2 and len(lines) == 1 and codes[0] in CODES and CANARY not in ending.err:
        return []
    return [f"ended with {ending.exit_code}: {ending.err.strip() or 'nothing said'}"]


def _damage(place: Path) -> list[str]:
    """What is not whole in the study, and in an export that says it is finished."""
    study, folder = place / "out" / "study.db", place / "out" / "tables"
    damage = [*damage_of(study)] if study.exists() else []
    damage += verify_tables(folder) if (folder / SEAL).exists() else []
    return [f"{one.place}: {one.what}" for one in damage]


def tables(place: Path, job: Job) -> dict[str, str]:
    """File name -> sha256 of the tables that the job wrote, or that its study gives."""
    folder = place / "out" / "tables"
    if not job.name.startswith("export"):
        study = "out/all.db" if job.name == "merge" else "out/study.db"
        assert ended(place, ("export", study, "-o", "out/tables", "-q", "--with-text")).exit_code == 0
    files = [path for path in folder.iterdir() if not path.name.startswith(".")]
    return {path.name: sha256(path.read_bytes()).hexdigest() for path in sorted(files)}


def fail_everywhere(folder: Path, jobs: Sequence[str], every: int) -> Found:
    """The whole loop, in `folder`."""
    found = Found()
    for job in JOBS:
        for error, stays in FAULTS:
            if job.name in jobs:
                loop(job, folder / f"{job.name}-{error}-{stays}", error, stays, every, found)
                print(f"{job.name}: {found.n_faults:,} faults so far, {len(found.wrong)} wrong", flush=True)
    return found


def run_under_failing_io(arguments: Sequence[str], *, capture: bool = True) -> subprocess.CompletedProcess[str]:
    """This module in a process whose calls can be made to fail. Raises OSError without a C compiler."""
    with tempfile.TemporaryDirectory() as folder:
        library = Path(folder, "failing_io.so")
        source = Path(__file__).with_name("failing_io.c")
        compile_it = ["cc", "-O1", "-shared", "-fPIC", "-o", str(library), str(source), "-ldl"]
        subprocess.run(compile_it, check=True, capture_output=True)
        command = [sys.executable, "-c", "from tests.batch.fault_loop import main_; main_()", *arguments]
        environment = {**os.environ, "LD_PRELOAD": str(library)}
        return subprocess.run(command, cwd=ROOT, env=environment, text=True, capture_output=capture, check=False)


def main_() -> None:
    """Loop and print; exit code 1 when something went wrong."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--every", type=int, default=1)
    parser.add_argument("--job", action="append", choices=[job.name for job in JOBS])
    args = parser.parse_args()
    began = time.monotonic()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        found = fail_everywhere(folder, args.job or [job.name for job in JOBS], args.every)
    for line in found.wrong:
        print(line)
    print(
        f"all: {found.n_faults:,} faults, {found.n_told:,} ended the command ({dict(found.codes)}), "
        f"{len(found.wrong)} wrong, {time.monotonic() - began:,.0f} s"
    )
    sys.exit(1 if found.wrong or not found.n_told else 0)


if __name__ == "__main__":
    sys.exit(run_under_failing_io(sys.argv[1:], capture=False).returncode)
