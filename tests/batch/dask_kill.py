"""Batches on a Dask cluster whose workers or scheduler are killed, and whether their tables are those of one machine.

    python -m tests.batch.dask_kill [--batches 50] [--sessions 500] [--schedulers 20]

Workers: one process after the other runs a batch on a cluster of two workers that it starts. From its first coded
session on, one of the processes beneath it, a Dask worker or the process that codes for it, is ended with SIGKILL:
within two seconds, and then every five. Schedulers: batches on a cluster of others, whose scheduler is killed after a
few sessions, and again as soon as the batch goes on with a new one. Each study must be whole, hold every session once,
and export to the bytes of an undisturbed run on one machine.
"""

import argparse
import contextlib
import os
import random
import signal
import sys
import tempfile
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

from tests.batch.clusters import as_options, cluster_of_others, write_certificates
from tests.batch.coders import write_corpus
from tests.batch.driving import Order, children, drive, n_outliving
from tests.batch.tables import table_hashes
from transcript_alliance.store.check import verify_study
from transcript_alliance.store.study import open_study

N_SESSIONS = 500
DELAY_S = 0.05
"""For each session: with 500 of them on two workers a batch takes long enough for several kills."""
FIRST_S = 2.0
EVERY_S = 5.0
MOST_BEFORE_KILL = 6
"""Sessions that a scheduler may see done."""


@dataclass
class Tally:
    """What was done and what was found."""

    n_batches: int = 0
    n_kills: Counter[str] = field(default_factory=Counter)
    """By what was killed: a Dask worker, the process that codes for it, or a scheduler."""
    n_untouched: int = 0
    """Batches that no kill fell into."""
    n_set_aside: int = 0
    n_lost: int = 0
    n_doubled: int = 0
    n_half_written: int = 0
    n_other_tables: int = 0
    n_failed: int = 0
    """Batches that did not come to their end, or told of a lost scheduler as anything else."""
    n_left_behind: int = 0
    """Processes that outlived their batch."""

    @property
    def faults(self) -> int:
        """All that must be 0."""
        found = (self.n_lost, self.n_doubled, self.n_half_written, self.n_other_tables)
        return sum(found) + self.n_set_aside + self.n_failed + self.n_left_behind


@dataclass(frozen=True)
class Ground:
    """A corpus, and what its undisturbed run gave."""

    folder: Path
    corpus: Path
    n_sessions: int
    expected: dict[str, str]
    order: Order

    @classmethod
    def in_(cls, folder: Path, n_sessions: int, delay_s: float) -> "Ground":
        corpus, order = write_corpus(folder / "corpus", n_sessions), Order(delay_s=delay_s)
        with drive("local", corpus, folder / "calm.db", order) as driver:
            driver.communicate()
            assert driver.returncode == 0
        return cls(folder, corpus, n_sessions, table_hashes(folder / "calm.db"), order)


def kill_workers(n_batches: int, ground: Ground, tally: Tally, every_s: float = EVERY_S, seed: int = 0) -> None:
    """So many batches, with a kill so often."""
    choose = random.Random(seed)
    for number in range(n_batches):
        study = ground.folder / f"{number}.db"
        with drive("dask", ground.corpus, study, ground.order) as driver:
            assert driver.stdout is not None
            said = [driver.stdout.readline()]
            with Killer(driver.pid, every_s, choose) as killer:
                said += driver.stdout.read().splitlines()
            is_sound = driver.wait() == 0
        tally.n_batches += 1
        tally.n_kills += killer.n_kills
        tally.n_untouched += not killer.n_kills
        tally.n_left_behind += n_outliving(killer.seen)
        if not is_sound:
            tally.n_failed += 1
            print("".join(said[-20:]), file=sys.stderr)
            continue
        examine(study, said, ground, tally)
        print(f"batch {number + 1} of {n_batches}", *killer.n_kills.items(), tally.faults, file=sys.stderr)


def kill_schedulers(n_kills: int, ground: Ground, tally: Tally, seed: int = 0) -> None:
    """Kill so many schedulers; each start goes on with a new one, and with the next study when all is coded."""
    choose, said, n_starts = random.Random(seed), list[str](), count()
    certificates = write_certificates(ground.folder)
    while True:
        study = ground.folder / f"schedulers{tally.n_batches}.db"
        has_more = tally.n_kills["scheduler"] < n_kills
        # Another port each time: that of one which was killed may be kept for a while.
        port = 20_000 + (os.getpid() + 7 * next(n_starts)) % 20_000
        with (
            cluster_of_others(certificates, port, ground.folder) as scheduler,
            drive("dask", ground.corpus, study, ground.order, cluster=as_options(certificates, port)) as driver,
        ):
            assert driver.stdout is not None
            if has_more:
                said += [driver.stdout.readline() for _ in range(choose.randint(1, MOST_BEFORE_KILL))]
                time.sleep(choose.uniform(0, 0.2))
                scheduler.kill()
            said += driver.stdout.read().splitlines()
            exit_code = driver.wait()
        if exit_code == 2 and has_more and said[-1].startswith("error [NO_CLUSTER]"):
            said.pop()
            tally.n_kills["scheduler"] += 1
            print(f"scheduler {tally.n_kills['scheduler']} of {n_kills}", tally.faults, file=sys.stderr)
            continue
        tally.n_batches += 1
        if exit_code:
            tally.n_failed += 1
            return
        examine(study, said, ground, tally)
        said.clear()
        if not has_more:
            return


def examine(study: Path, said: list[str], ground: Ground, tally: Tally) -> None:
    """What was said to be done is in the study, once, and the tables are those of the undisturbed run."""
    done = [line.split()[1] for line in said if line.startswith("done ")]
    tally.n_set_aside += sum(line.startswith("aside ") for line in said)
    with open_study(study) as opened:
        kept = Counter(session for session, _ in opened.coded_keys(opened.latest_run()))
    tally.n_lost += len(set(done) - set(kept)) + (ground.n_sessions - len(kept))
    tally.n_doubled += sum(kept.values()) - len(kept) + len(done) - len(set(done))
    tally.n_half_written += len(verify_study(study))
    tally.n_other_tables += table_hashes(study) != ground.expected


class Killer(threading.Thread):
    """Ends one of the processes beneath `driver` every so often, as long as it is entered."""

    def __init__(self, driver: int, every_s: float, choose: random.Random) -> None:
        super().__init__(daemon=True)
        self.n_kills: Counter[str] = Counter()
        self.seen: set[int] = set()
        self._driver = driver
        self._every_s = every_s
        self._choose = choose
        self._over = threading.Event()

    def __enter__(self) -> "Killer":
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self.join()

    def run(self) -> None:
        wait_s = self._choose.uniform(0, min(FIRST_S, self._every_s))
        while not self._over.wait(wait_s):
            wait_s = self._every_s
            workers = workers_beneath(self._driver)
            self.seen |= set(workers)
            if workers:
                pid = self._choose.choice(sorted(workers))
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
                    self.n_kills[workers[pid]] += 1


def workers_beneath(driver: int) -> dict[int, str]:
    """Process id -> what it is, of the Dask workers of a driver and of the processes that code for them."""
    dask = children(driver)
    return dict.fromkeys(dask, "dask worker") | {pid: "coder" for one in dask for pid in children(one)}


def main() -> int:
    """0 when every batch came to the bytes of the undisturbed run."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--batches", type=int, default=50, help="in which workers are killed")
    parser.add_argument("--sessions", type=int, default=N_SESSIONS, help="of each batch")
    parser.add_argument("--delay", type=float, default=DELAY_S, help="seconds for each session")
    parser.add_argument("--schedulers", type=int, default=20, help="to be killed")
    args = parser.parse_args()
    began, tally = time.monotonic(), Tally()
    with tempfile.TemporaryDirectory() as folder:
        ground = Ground.in_(Path(folder), args.sessions, args.delay)
        if args.schedulers:
            kill_schedulers(args.schedulers, ground, tally)
        kill_workers(args.batches, ground, tally)
    print(tally, f"{time.monotonic() - began:,.0f} s")
    return 1 if tally.faults else 0


if __name__ == "__main__":
    sys.exit(main())
