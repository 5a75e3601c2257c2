"""Batches: cost of a session, memory and a second start as a study grows; and what the program adds to its encoder.

    python benchmarks/batch.py [--sessions 1000] [--real 6]

growth      tiny generated sessions through two workers with a cheap coder: milliseconds for each, from the first
            hundred to the last; memory of the driver and of its largest worker, since the first thousand; the export
again       the command `batch` on the finished study, from process start: everything is done before, or in use
throughput  authored sessions that the model never saw (sample_data/held_out), as text files: tokens a second of the
            network alone and of a whole batch, on one processor and on all, model loaded
Absolute times swing with the machine: the ratios are of one run. `--sessions 10000 --real 30` is the full run.
"""

import argparse
import contextlib
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from tests.batch.coders import PlainCoder, planned, write_corpus
from transcript_alliance.batch.coder import ModelCoder, run_identity
from transcript_alliance.batch.engine import Limits
from transcript_alliance.batch.run import Plan, Step, carry_out
from transcript_alliance.machine import n_processors
from transcript_alliance.settings import Settings
from transcript_alliance.store.lock import sole_writer
from transcript_alliance.store.study import Study

ROOT = Path(__file__).resolve().parent.parent
MOST_GROWTH_MB = 50
MOST_RATIO = 1.2
"""Of what a session costs the driver at the end to what it cost among the first thousand."""
MOST_AGAIN_S = 2.0
"""Of processor time: by the clock the machine's other work counts too."""
LEAST_SHARE = 0.8
"""Of the bare network's tokens a second that a whole batch keeps, both on one processor."""
LEAST_GAIN = 1.8
"""Of two workers over one, each on a processor of its own."""
ROUNDS = 3


def main() -> int:
    """Measure and print; 1 when a bound is broken."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sessions", type=int, default=1000, help="tiny sessions of the study that grows")
    parser.add_argument("--real", type=int, default=6, help="sessions for the throughput, 3 or more; 0 leaves it out")
    parser.add_argument("--bare", type=int, help=argparse.SUPPRESS)
    parser.add_argument("paths", nargs="*", type=Path, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.bare is not None:
        print(*bare_s(args.bare, args.paths))
        return 0
    with tempfile.TemporaryDirectory() as folder:
        held = growth(Path(folder), args.sessions)
        held = again(Path(folder)) and held
        if args.real:
            held = throughput(Path(folder) / "real", max(3, args.real)) and held
    return 0 if held else 1


def growth(folder: Path, n_sessions: int) -> bool:
    """Whether the cost of a session and the memory stay as they are while the study grows."""
    corpus, study = write_corpus(folder / "corpus", n_sessions), folder / "study.db"
    identity = run_identity(Settings())
    marks: dict[int, Mark] = {}
    with planned(study, corpus, identity=identity) as (opened, plan):
        for number, step in enumerate(carry_out(opened, plan, PlainCoder(identity=identity), Limits(jobs=2)), start=1):
            if number in (1, 100, n_sessions) or number % 1000 == 0:
                marks[number] = Mark.now(_moment(step))
    numbers = sorted(marks)
    costs = [marks[before].cost_ms(marks[after], after - before) for before, after in pairwise(numbers)]
    for (before, after), (wall_ms, own_ms) in zip(pairwise(numbers), costs, strict=True):
        print(f"growth: sessions {before:,} to {after:,}: {wall_ms:.2f} ms each, {own_ms:.2f} ms of the driver's own")
    # What the driver itself does for a session: the clock also shows what else the machine was at.
    ratio = costs[-1][1] / costs[min(1, len(costs) - 1)][1]
    print(f"growth: the driver's own, last to early: {ratio:.2f} (at most {MOST_RATIO})")
    early, late = marks[numbers[min(2, len(numbers) - 1)]], marks[n_sessions]
    grown = (late.driver_mb - early.driver_mb, late.worker_mb - early.worker_mb)
    print(
        f"growth: driver {late.driver_mb:.0f} MB ({grown[0]:+.1f}), worker {late.worker_mb:.0f} MB ({grown[1]:+.1f}; "
        f"at most {MOST_GROWTH_MB})"
    )
    own_s, wall_s = run_program("export", str(study), "-o", str(folder / "tables"), "-q")
    each_ms = own_s / n_sessions * 1000
    print(f"growth: export {own_s:.1f} s of processor time ({each_ms:.2f} ms each), {wall_s:.1f} s by the clock")
    return ratio <= MOST_RATIO and max(grown) < MOST_GROWTH_MB


@dataclass(frozen=True)
class Mark:
    """Where a growing study stands."""

    moment: float
    own_s: float
    """Processor time of the driver."""
    driver_mb: float
    worker_mb: float

    @classmethod
    def now(cls, moment: float) -> "Mark":
        workers = max(map(resident_mb, children()), default=0.0)
        return cls(moment, time.process_time(), resident_mb(os.getpid()), workers)

    def cost_ms(self, later: "Mark", n_sessions: int) -> tuple[float, float]:
        """Milliseconds for each session until then: by the clock, and of the driver's processor time."""
        return ((later.moment - self.moment) / n_sessions * 1000, (later.own_s - self.own_s) / n_sessions * 1000)


def again(folder: Path) -> bool:
    """Whether a start that finds all done ends at once, and so does one that finds the study in use."""
    command = ("batch", str(folder / "corpus"), "-o", str(folder / "study.db"))
    done = min(run_program(*command) for _ in range(3))
    with sole_writer(folder / "study.db"):
        held = min(run_program(*command, exit_code=2) for _ in range(3))
    bare = min(run_program("version") for _ in range(3))
    for what, (own_s, wall_s) in (("all is done", done), ("another start is at it", held), ("only asked", bare)):
        print(f"again: {own_s:.2f} s of processor time when {what}, {wall_s:.2f} s by the clock")
    return max(done, held)[0] < MOST_AGAIN_S


def run_program(*arguments: str, exit_code: int = 0) -> tuple[float, float]:
    """Seconds of one run of the program in a process of its own: of processor time, and by the clock."""
    began = time.perf_counter()
    command = [sys.executable, str(ROOT / "cli.py"), *arguments]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != exit_code:
        raise SystemExit(f"{arguments[0]} ended with {process.returncode}")
    return usage.ru_utime + usage.ru_stime, time.perf_counter() - began


@dataclass(frozen=True)
class Pace:
    """Tokens, and the seconds they took."""

    n_tokens: int
    seconds: float
    own_s: float
    """Processor time of the processes that read: what else the machine does hardly counts there."""

    @property
    def rate(self) -> float:
        """Tokens a second."""
        return self.n_tokens / self.seconds

    @property
    def own_rate(self) -> float:
        """Tokens a second of processor time."""
        return self.n_tokens / self.own_s


def throughput(folder: Path, n_sessions: int) -> bool:
    """Whether a worker keeps pace with the network alone on one processor, and two workers are nearly twice as fast.

    The best of three rounds each, in turns, so that what else the machine does falls on all of them alike.
    """
    n_threads = n_processors()
    tokens = write_held_out(folder / "corpus", n_sessions)
    n_bare = sum(list(tokens.values())[1:])
    paces: dict[tuple[int, int], list[Pace]] = {}
    for turn in range(ROUNDS):
        for threads in dict.fromkeys((1, n_threads)):
            paces.setdefault((0, threads), []).append(bare_pace(list(tokens), n_bare, threads))
        for jobs, threads in dict.fromkeys(((1, 1), (2, 1), (1, n_threads))):
            study = folder / f"round{turn}-{jobs}-{threads}.db"
            paces.setdefault((jobs, threads), []).append(batch_pace(study, folder / "corpus", tokens, jobs, threads))
    print(f"throughput: {n_sessions} sessions, {sum(tokens.values()):,} tokens, {n_threads} processors")
    rate, own = (
        {way: max(getattr(p, of) for p in found) for way, found in paces.items()} for of in ("rate", "own_rate")
    )
    for jobs, threads in paces:
        who = f"{jobs} worker{'s' if jobs > 1 else ''}" if jobs else "the network alone"
        rounds = ", ".join(f"{pace.rate:,.0f}" for pace in paces[jobs, threads])
        print(
            f"throughput: {who}, threads {threads}: {rate[jobs, threads]:,.0f} tokens /s ({rounds}); "
            f"{own[jobs, threads]:,.0f} /s of processor time"
        )
    share, gain = rate[1, 1] / rate[0, 1], rate[2, 1] / rate[1, 1]
    own_share, own_gain = own[1, 1] / own[0, 1], 2 * own[2, 1] / own[1, 1]
    print(
        f"throughput: a worker on one processor keeps {share:.0%} of the network alone (at least {LEAST_SHARE:.0%}), "
        f"{own_share:.0%} by processor time"
    )
    print(
        f"throughput: two workers are {gain:.2f} times one (at least {LEAST_GAIN} where two processors are free), "
        f"{own_gain:.2f} by processor time"
    )
    return share >= LEAST_SHARE and (gain >= LEAST_GAIN or n_threads < 2)


def batch_pace(study: Path, corpus: Path, tokens: dict[Path, int], jobs: int, threads: int) -> Pace:
    """A whole batch, from the moment on when each worker has done its first session: loading does not count."""
    coder = ModelCoder(Settings(), threads)
    with planned(study, corpus, identity=run_identity(Settings())) as (opened, plan):
        done = [(tokens[path], moment, own_s) for path, moment, own_s in _paths(opened, plan, coder, jobs)]
    (_, began, before_s), (_, ended, after_s) = done[jobs - 1], done[-1]
    return Pace(sum(n for n, _, _ in done[jobs:]), ended - began, after_s - before_s)


def write_held_out(folder: Path, n_sessions: int) -> dict[Path, int]:
    """Authored sessions as text files, each with its number of tokens."""
    from transcript_alliance.intake import take_in
    from transcript_alliance.pipeline import load_model

    folder.mkdir(parents=True)
    lines = [
        line
        for file in sorted((ROOT / "sample_data" / "held_out").glob("*.jsonl"))
        for line in file.read_text("utf-8").splitlines()
    ]
    tokenizer = load_model().reader.tokenizer
    found = {}
    for number, line in enumerate(lines[:n_sessions]):
        path = folder / f"H{number:02}.txt"
        path.write_text("".join(f"{label}: {text}\n" for label, text in json.loads(line)["turns"]), "utf-8")
        found[path] = sum(len(piece.ids) for piece in tokenizer.pieces(take_in(path, Settings()).session))
    return found


def bare_pace(paths: Sequence[Path], n_tokens: int, threads: int) -> Pace:
    """The network alone on all sessions but the first, which warms it up."""
    command = [sys.executable, __file__, "--bare", str(threads), *map(str, paths)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return Pace(n_tokens, *map(float, done.stdout.split()))


def bare_s(threads: int, paths: Sequence[Path]) -> tuple[float, float]:
    """Seconds of the network for all sessions but the first: by the clock, and of processor time."""
    from transcript_alliance.intake import take_in
    from transcript_alliance.pipeline import load_model

    reader = load_model(None, threads).reader
    sessions = [take_in(path, Settings()).session for path in paths]
    reader.read(sessions[0])
    began, before_s = time.perf_counter(), time.process_time()
    for session in sessions[1:]:
        reader.read(session)
    return time.perf_counter() - began, time.process_time() - before_s


def _paths(study: Study, plan: Plan, coder: ModelCoder, jobs: int) -> Iterator[tuple[Path, float, float]]:
    paths = {task.session: task.path for task, _ in plan.todo}
    for step in carry_out(study, plan, coder, Limits(jobs, session_s=600)):
        yield paths[step.session], _moment(step), sum(map(processor_s, children()))


def _moment(step: Step) -> float:
    if step.aside is not None:
        raise SystemExit(f"set aside: {step.aside.reason}")
    return time.perf_counter()


def resident_mb(process: int) -> float:
    """Memory that the process holds; 0 where the system does not say."""
    with contextlib.suppress(OSError, StopIteration):
        lines = Path(f"/proc/{process}/status").read_text("ascii").splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS:")) / 1000
    return 0.0


def processor_s(process: int) -> float:
    """Processor time that the process has had; 0 where the system does not say."""
    with contextlib.suppress(OSError):
        times = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[11:13]
        return sum(map(int, times)) / os.sysconf("SC_CLK_TCK")
    return 0.0


def children() -> Sequence[int]:
    """Process ids of this process's own."""
    import multiprocessing

    return [child.pid for child in multiprocessing.active_children() if child.pid is not None]


if __name__ == "__main__":
    raise SystemExit(main())
