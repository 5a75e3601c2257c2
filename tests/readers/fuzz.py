"""Damaged files by the million: whatever the bytes, a reader gives a transcript or one of our errors, in time.

    python -m tests.readers.fuzz [--n 2000000] [--reader ID ...] [--workers N] [--ledger FILE] [--totals]

Each finding becomes one file in `tests/readers/regressions/`, which every test run reads from then on. With a
ledger a run can be stopped at any time: the next one goes on behind the rounds that it holds, and `--totals` adds
them up. `make fuzz` keeps the one of this project, `tests/readers/fuzz_ledger.jsonl`. The same seed makes the same
mutants, so that a line of the ledger is enough to make its rounds again.
"""

import argparse
import json
import multiprocessing
import os
import re
import resource
import sys
import tempfile
import time
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import cache
from pathlib import Path

from tests.readers import mutants
from tests.readers.faults import Finding, findings
from tests.sources import ROOT
from transcript_alliance.readers import READERS, Reader

ROUND = 5_000
"""Mutants of one seed."""
_MEMORY = Path("/dev/shm")
"""Where Linux keeps files in memory; elsewhere the mutants are written to disk."""
_MOST_ADDRESS_SPACE = 6_000_000_000
"""Of a worker, so that a mutant that asks for more than there is ends as a MemoryError."""
_IMPORTED = re.compile(r"^from (transcript_alliance(?:\.\w+)+) import", re.MULTILINE)
_COMMON = "transcript_alliance.readers"
"""What all formats share; the readers that it lists are not part of each other's code."""


@dataclass(frozen=True, slots=True)
class Round:
    """Mutants of one seed, or in the ledger of rounds next to each other, and what came of them."""

    reader: str
    seed: int
    """Of the first; a round's seed is the number of mutants before it."""
    mutants: int
    findings: tuple[str, ...]
    """Signatures."""
    seconds: float
    """Of the processor."""
    code: str
    """Of the reader and the mutations at that time: equal where nothing of them was changed since."""


@cache
def code_mark(name: str, root: Path = ROOT) -> str:
    """A short mark of the code that reads a format in the checkout at `root`, and of what makes mutants there."""
    files = (*reader_files(name, root), root / Path(mutants.__file__).relative_to(ROOT))
    return f"{zlib.crc32(b''.join(path.read_bytes() for path in files)):08x}"


def reader_files(name: str, root: Path = ROOT) -> list[Path]:
    """The files of this package that have a part in reading a format: the reader's, and what they import."""
    read = next(reader.read for reader in READERS if reader.id == name)
    found: set[Path] = set()
    left = {_COMMON, getattr(read, "func", read).__module__}
    while left:
        place = root.joinpath(*left.pop().split("."))
        file = place / "__init__.py" if place.is_dir() else place.with_suffix(".py")
        if file not in found:
            found.add(file)
            left |= set(_IMPORTED.findall(file.read_text("utf-8"))) - {_COMMON}
    return sorted(found)


def read_ledger(path: Path | None) -> list[Round]:
    """The rounds of a ledger; none where there is no ledger yet."""
    if path is None or not path.exists():
        return []
    values = map(json.loads, path.read_text("utf-8").splitlines())
    return [Round(**{**value, "findings": tuple(value["findings"])}) for value in values]


def joined(rounds: Iterable[Round]) -> list[Round]:
    """The same with one line for all rounds next to each other that the same code read; a round told twice is one."""
    found: list[Round] = []
    for entry in sorted(set(rounds), key=lambda entry: (entry.reader, entry.seed, -entry.mutants)):
        last = found[-1] if found and found[-1].reader == entry.reader else None
        end = last.seed + last.mutants if last else 0
        if last and entry.seed + entry.mutants <= end:
            continue
        is_whole = last is not None and last.mutants % ROUND == entry.mutants % ROUND == 0
        if last and is_whole and last.code == entry.code and entry.seed == end:
            found[-1] = replace(
                last,
                mutants=last.mutants + entry.mutants,
                findings=tuple(sorted({*last.findings, *entry.findings})),
                seconds=round(last.seconds + entry.seconds, 3),
            )
        else:
            found.append(entry)
    return found


def write_ledger(path: Path, rounds: Iterable[Round]) -> None:
    """Write the ledger anew, whole or not at all."""
    part = path.with_name(f"{path.name}.part")
    part.write_text("".join(f"{json.dumps(asdict(entry))}\n" for entry in rounds), encoding="utf-8")
    part.replace(path)


def remaining(chosen: Sequence[Reader], n: int, done: Iterable[Round]) -> Iterator[tuple[str, int, int]]:
    """Reader, mutants and seed of each round that is left, by turns, so that a run that is stopped has seen all."""
    have = {
        (entry.reader, entry.seed + before) for entry in done for before in range(0, entry.mutants - ROUND + 1, ROUND)
    }
    for start in range(0, n, ROUND):
        for reader in chosen:
            if (reader.id, start) not in have:
                yield reader.id, min(ROUND, n - start), start


def totals(rounds: Iterable[Round]) -> str:
    """A table of mutants, findings and processor time by reader, with the mutants that today's code has read."""
    by_reader: dict[str, list[Round]] = {}
    for entry in rounds:
        by_reader.setdefault(entry.reader, []).append(entry)
    lines = [f"{'reader':12} {'mutants':>12} {'by this code':>12} {'findings':>8} {'hours':>7} {'ms each':>8}"]
    rows: Mapping[str, list[Round]] = {**by_reader, "all": [entry for own in by_reader.values() for entry in own]}
    for name, own in rows.items():
        n, seconds = sum(entry.mutants for entry in own), sum(entry.seconds for entry in own)
        by_this = sum(entry.mutants for entry in own if entry.code == code_mark(entry.reader))
        kinds = len({(entry.reader, signature) for entry in own for signature in entry.findings})
        each = seconds / n * 1e3 if n else 0.0
        lines.append(f"{name:12} {n:12,} {by_this:12,} {kinds:8} {seconds / 3600:7.2f} {each:8.3f}")
    return "\n".join(lines)


def keep(reader: Reader, finding: Finding) -> Path:
    """Write a finding down as a regression file; one file for one fault."""
    mutants.REGRESSIONS.mkdir(exist_ok=True)
    path = mutants.REGRESSIONS / f"{reader.id}--{zlib.crc32(finding.signature.encode()):08x}{reader.suffixes[0]}"
    path.write_bytes(finding.data)
    return path


def run_round(task: tuple[str, int, int]) -> tuple[Round, list[Finding]]:
    """A round's line for the ledger, and its findings with their files."""
    name, n, seed = task
    reader = next(reader for reader in READERS if reader.id == name)
    started = _processor_seconds()
    with tempfile.TemporaryDirectory(dir=_MEMORY if _MEMORY.is_dir() else None) as folder:
        found = findings(reader, Path(folder), n, seed)
    seconds = round(_processor_seconds() - started, 3)
    return Round(name, seed, n, tuple(finding.signature for finding in found), seconds, code_mark(name)), found


def _processor_seconds() -> float:
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + children.ru_utime + children.ru_stime


def _limit_memory() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (_MOST_ADDRESS_SPACE, resource.RLIM_INFINITY))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--n", type=int, default=2_000_000, help="mutants a reader, those in the ledger included")
    parser.add_argument("--reader", action="append", choices=[reader.id for reader in READERS])
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1, help="one for each processor when left out")
    parser.add_argument("--ledger", type=Path, help="file of JSON lines that rounds are added to")
    parser.add_argument("--totals", action="store_true", help="add up the ledger and run nothing")
    args = parser.parse_args()
    done = read_ledger(args.ledger)
    if args.totals:
        print(totals(done))
        return 0
    by_id = {reader.id: reader for reader in READERS if not args.reader or reader.id in args.reader}
    tasks = remaining(list(by_id.values()), args.n, done)
    known = {(entry.reader, signature) for entry in done for signature in entry.findings}
    n_new = 0
    with multiprocessing.get_context("spawn").Pool(args.workers, _limit_memory, maxtasksperchild=29) as pool:
        for entry, found in pool.imap(run_round, tasks):
            done = joined([*done, entry])
            if args.ledger is not None:
                write_ledger(args.ledger, done)
            for finding in found:
                if (entry.reader, finding.signature) not in known:
                    known.add((entry.reader, finding.signature))
                    n_new += 1
                    kept = keep(by_id[entry.reader], finding).name
                    print(f"{entry.reader}: {finding.signature} -> {kept}", flush=True)
    print(totals(done))
    print(f"{n_new} new findings")
    return 1 if n_new else 0


if __name__ == "__main__":
    sys.exit(main())
