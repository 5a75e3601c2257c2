"""What `python -m tests.batch.kill` does: a batch of 500 sessions with two workers, killed at random moments.

Of ten kills seven end the driver, two a worker, one an export. They fall on any moment from the start of the driver to
the end of its export, and most of them while sessions are coded. After each the study must be whole and hold every
session that was said to be done; when all sessions are coded, the tables that were written must be those of an
undisturbed run, to the byte, as CSV and as Parquet in turns. Then the next study is begun, until the number of kills
is reached.

The driver is forked from a process that has loaded the program already: nothing is open before it is. With the shipped
model, on fewer and real sessions, the workers are forked too, since loading its libraries takes longer than all the
rest; each reads the model itself.
"""

import contextlib
import multiprocessing
import os
import random
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import sha256
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from types import SimpleNamespace

from tests.batch.coders import IDENTITY, PlainCoder, planned, write_corpus
from tests.batch.driving import children, n_outliving
from tests.batch.tables import damage_of
from transcript_alliance.batch import engine
from transcript_alliance.batch.coder import ModelCoder, run_identity
from transcript_alliance.batch.engine import Limits
from transcript_alliance.batch.run import carry_out
from transcript_alliance.settings import Settings
from transcript_alliance.store.export import FORMATS, SEAL, export_study, verify_tables
from transcript_alliance.store.study import open_study

N_SESSIONS = 500
DELAY_S = 0.015
"""For each session, so that several kills fall into one study."""
KINDS = {"driver": 7, "worker": 2, "export": 1}
"""What is killed, with weights."""
STAGES = {b"": (1, 0.2), b"planned": (1, 0.5), b"done": (6, 1.5)}
"""What the driver says as a stage begins (nothing, that it has a plan, that a session is done): its weight, and the
longest time in seconds from there to a kill."""
EXPORT_S = 0.8


@dataclass
class Tally:
    """What was done and what was found."""

    n_kills: Counter[str] = field(default_factory=Counter)
    """By what was killed."""
    moments: Counter[str] = field(default_factory=Counter)
    """By what the driver was at."""
    n_studies: int = 0
    n_starts: int = 0
    n_lost: int = 0
    n_doubled: int = 0
    n_half_written: int = 0
    n_other_tables: int = 0
    n_set_aside: int = 0
    n_failed_starts: int = 0
    """Ended by themselves, and not well."""
    n_orphans: int = 0
    """Workers that outlived their driver."""

    @property
    def faults(self) -> int:
        """All that must be 0."""
        found = (self.n_lost, self.n_doubled, self.n_half_written, self.n_other_tables)
        return sum(found) + self.n_set_aside + self.n_failed_starts + self.n_orphans


@dataclass(frozen=True)
class Place:
    """Where one study is made."""

    corpus: Path
    study: Path
    tables: Path
    format: str
    has_model: bool = False

    @classmethod
    def at(cls, folder: Path, name: str, format: str, has_model: bool) -> "Place":
        return cls(folder / "corpus", folder / f"{name}.db", folder / f"{name}-{format}", format, has_model)

    def hashes(self) -> dict[str, str]:
        """File name -> sha256 of what was exported; what a killed export left under other names does not count."""
        files = [path for path in self.tables.iterdir() if not path.name.startswith(".")]
        return {path.name: sha256(path.read_bytes()).hexdigest() for path in sorted(files)}


def kill_often(
    n_kills: int, folder: Path, seed: int = 0, n_sessions: int = N_SESSIONS, *, has_model: bool = False
) -> Tally:
    """Kill a batch in `folder` so often; a corpus that is there is taken."""
    choose, tally = random.Random(seed), Tally()
    if not (folder / "corpus").exists():
        write_corpus(folder / "corpus", n_sessions)
    expected = {}
    for format in FORMATS:
        calm = Place.at(folder, "calm", format, has_model)
        with Driver(calm) as driver:
            assert driver.join() == 0
        expected[format] = calm.hashes()
    while tally.n_kills.total() < n_kills:
        tally.n_studies += 1
        place = Place.at(folder, f"study{tally.n_studies}", FORMATS[tally.n_studies % len(FORMATS)], has_model)
        is_done = False
        while not is_done:
            is_done = once(place, choose, n_kills - tally.n_kills.total(), tally)
            examine(place, tally)
        tally.n_other_tables += place.hashes() != expected[place.format]
        print(f"study {tally.n_studies}: {tally.n_kills.total()} kills, {tally.faults} faults", file=sys.stderr)
        for file in (*place.tables.iterdir(), *folder.glob(f"{place.study.name}*")):
            file.unlink()
    return tally


def once(place: Place, choose: random.Random, n_kills: int, tally: Tally) -> bool:
    """One start that is killed, or comes to its end; whether it did. Checks what it said it had done."""
    tally.n_starts += 1
    with Driver(place) as driver:
        for _ in range(n_kills):
            (kind,) = choose.choices(list(KINDS), list(KINDS.values()))
            (stage,) = choose.choices(list(STAGES), [weight for weight, _ in STAGES.values()])
            most_s = STAGES[stage][1]
            if kind == "export":
                stage, most_s = b"exporting", EXPORT_S
            driver.listen(until=stage)
            if driver.has_ended(choose.uniform(0, most_s)):
                break
            moment = driver.moment()
            if kind != "export" and moment in ("closing", "exporting"):
                # Enough of it was killed for this study; the next one has more to lose.
                break
            if driver.kill(kind):
                tally.n_kills[kind] += 1
                tally.moments[moment] += 1
                if kind != "worker":
                    break
        exit_code = driver.join()
        tally.n_failed_starts += exit_code not in (0, -signal.SIGKILL)
        tally.n_set_aside += sum(said.startswith(b"aside") for said in driver.said)
        tally.n_orphans += n_outliving(driver.workers)
    done = {said.split()[1].decode() for said in driver.said if said.startswith(b"done ")}
    if done:
        with open_study(place.study) as opened:
            kept = [session for session, _ in opened.coded_keys(opened.latest_run())]
        tally.n_lost += len(done - set(kept))
        tally.n_doubled += len(kept) - len(set(kept))
    return exit_code == 0


def examine(place: Place, tally: Tally) -> None:
    """The study is whole, and so is an export that says it is finished."""
    if place.study.exists():
        tally.n_half_written += len(damage_of(place.study))
    if (place.tables / SEAL).exists():
        tally.n_half_written += len(verify_tables(place.tables))


class Driver:
    """A process that codes the corpus, says what is done, and exports; as the test sees it."""

    def __init__(self, place: Place) -> None:
        context = multiprocessing.get_context("forkserver")
        context.set_forkserver_preload([__name__, *(["transcript_alliance.pipeline"] if place.has_model else [])])
        self._ours, theirs = context.Pipe(duplex=False)
        self._process: ForkServerProcess = context.Process(target=code_and_export, args=(place, theirs))
        self._process.start()
        theirs.close()
        self.said: list[bytes] = []
        self.workers: set[int] = set()

    def __enter__(self) -> "Driver":
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.join()
        self._ours.close()

    def listen(self, until: bytes | None = None) -> None:
        """Hear what is said up to a line that begins so, or to the end."""
        with contextlib.suppress(EOFError, OSError):
            while until is None or not any(said.startswith(until) for said in (b"", *self.said)):
                self.said.append(self._ours.recv_bytes())

    def has_ended(self, after_s: float) -> bool:
        self._process.join(after_s)
        return self._process.exitcode is not None

    def kill(self, kind: str) -> bool:
        """Kill the process, or one of its workers; whether there was one."""
        assert self._process.pid is not None
        own = children(self._process.pid)
        self.workers |= set(own)
        victim = self._process.pid if kind != "worker" else min(own, default=None)
        if victim is not None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(victim, signal.SIGKILL)
        return victim is not None

    def moment(self) -> str:
        """What it was at when it last spoke."""
        with contextlib.suppress(EOFError, OSError):
            while self._ours.poll():
                self.said.append(self._ours.recv_bytes())
        last = self.said[-1].split()[0].decode() if self.said else "opening"
        return {"planned": "loading workers", "done": "coding"}.get(last, last)

    def join(self) -> int:
        """Hear it out; its exit code."""
        self.listen()
        self._process.join()
        return self._process.exitcode or 0


def code_and_export(place: Place, said: Connection) -> None:
    """The driver's own work."""
    make: Callable[[], Callable[[Path], bytes]] = PlainCoder(DELAY_S)
    identity = IDENTITY
    if place.has_model:
        make, identity = ModelCoder(Settings(), threads=1), run_identity(Settings())
        vars(engine).update(multiprocessing=SimpleNamespace(get_context=lambda _: multiprocessing.get_context("fork")))
    with planned(place.study, place.corpus, identity=identity) as (opened, plan):
        said.send_bytes(b"planned")
        for step in carry_out(opened, plan, make, Limits(jobs=2, session_s=300)):
            said.send_bytes(f"{'aside' if step.aside else 'done'} {step.session}".encode())
        said.send_bytes(b"closing")
    said.send_bytes(b"exporting")
    with open_study(place.study) as opened:
        export_study(opened, place.tables, place.format, with_text=True)


def main(arguments: list[str]) -> int:
    """0 when nothing was lost, doubled or half written."""
    began = time.monotonic()
    seed = int(arguments[1]) if len(arguments) > 1 else 0
    with tempfile.TemporaryDirectory() as folder:
        tally = kill_often(int(arguments[0]) if arguments else 1000, Path(folder), seed)
    print(tally, f"{time.monotonic() - began:,.0f} s")
    return 1 if tally.faults else 0
