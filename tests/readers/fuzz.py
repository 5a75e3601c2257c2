"""Damaged files by the million: whatever the bytes, a reader gives a transcript or one of our errors, in time.

    python -m tests.readers.fuzz [--n 2000000] [--reader ID ...] [--seed 0] [--workers 1]

Each finding becomes one file in `tests/readers/regressions/`, which every test run reads from then on. The same
seed makes the same mutants, so that a number is enough to make one again.
"""

import argparse
import io
import json
import math
import multiprocessing
import resource
import signal
import sys
import tempfile
import time
import traceback
import tracemalloc
import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from types import FrameType
from typing import Any

from tests.readers.files import SAMPLES
from transcript_alliance.errors import TranscriptError
from transcript_alliance.readers import READERS, Reader, read_transcript
from transcript_alliance.session import RawTranscript

EXAMPLES = Path(__file__).parent / "examples"
"""A folder for each reader that has more than its sample."""
REGRESSIONS = Path(__file__).parent / "regressions"
MOST_SECONDS = 2.0
MOST_BYTES = 200_000_000
STALLED_SECONDS = 20
"""Processor seconds after which a mutant is given up, so that a run goes on past an endless loop."""
MEMORY_EVERY = 200
"""One mutant in so many is read with its memory counted, which takes several times as long."""
ISOLATED = frozenset({"pdf", "xlsx"})
"""Readers that start a process for each file: about a hundred times as dear, so a hundredth as many mutants."""
CANARY = "sigh"
"""A word of every sample; no error message may hold it."""
MOST_SEED_CHARS = 3_000

PIECES = (
    b"", b"\n", b"\n\n", b"\0", b"\xff", b'"', b'""', b"'", b":", b": ", b"-->", b"->", b"<v ", b"</v>", b"<", b">",
    b"&lt;", b"&#x202e;", b"&#0;", b"&a;", b"{", b"}", b"[", b"]", b"{}", b"[]", b",", b"\t", b";", b"\\", b"\\u",
    b"\\ud83d", b"\\'ff", b"\\par", b"\\bin9", b"NOTE", b"WEBVTT", b"99:99", b"1e999", b"-1", b"NaN", b"null", b"true",
    b'"x"', b"T:", b"*T:", b"%mor:", b"@End", b"\x15", b"<!--", b"-->", b"<![CDATA[", b"]]>", b"<!DOCTYPE a []>", b"(",
    b"\xe2\x80\xae", b"\xef\xbb\xbf", b"\xff\xfe", b"\r", b"9" * 50, b"A " * 50, b"PK\x03\x04", b"%PDF-", b"{\\rtf",
)  # fmt: skip
NUMBERS = (
    b"0", b"-1", b"1", b"2147483648", b"-9223372036854775809", b"1e308", b"1e999", b"0.1", b"00", b"1.", b"\xd9\xa3",
    b"9" * 400, b"NaN", b"Infinity",
)  # fmt: skip
TIMES = (b"00:00:00.000", b"99:99:99.999", b"23:59", b"-00:01.000", b"1:2:3:4", b"00:00:00,000", b"1e9:0:0", b":::")
NESTS = ((b"[", b"]"), (b"{", b"}"), (b'{"a":', b"}"), (b"<b>", b"</b>"), (b"(", b")"), (b"{\\b ", b"}"), (b'"', b'"'))
ENCODINGS = ("utf-16", "utf-16-be", "utf-32", "utf-8-sig", "cp1252", "shift_jis", "utf-7")

Operator = Callable[[bytes, Random], bytes]


@dataclass(frozen=True)
class Finding:
    """A file that did what no file may do."""

    signature: str
    """What happened and where; equal ones are one fault."""
    data: bytes


class StalledError(BaseException):
    """Raised inside a reader that does not come to an end; no `except Exception` may catch it."""


def seeds(reader: Reader) -> tuple[bytes, ...]:
    """Small files of the format: its sample, cut to a size at which a mutation matters, examples, regressions."""
    examples = sorted(p for p in (EXAMPLES / reader.id).rglob("*") if p.is_file())
    found = [(SAMPLES / reader.sample).read_bytes(), *(p.read_bytes() for p in (*examples, *regressions(reader)))]
    return tuple(data for data in map(shrunk, found) if len(data) < 200_000)


def regressions(reader: Reader) -> list[Path]:
    """The files that once broke this reader."""
    return sorted(REGRESSIONS.glob(f"{reader.id}--*"))


def shrunk(data: bytes) -> bytes:
    """A sample cut short and still whole: JSON with short lists, text up to the end of a line, archives as they are."""
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        return data
    try:
        return json.dumps(_short(json.loads(text)), ensure_ascii=False).encode()
    except ValueError:
        pass
    if text.lstrip().startswith(("<", "{\\rtf", "%PDF", "File type")) or len(text) <= MOST_SEED_CHARS:
        return data
    return (text[:MOST_SEED_CHARS].rpartition("\n")[0] + "\n").encode()


def _short(value: Any) -> Any:
    if isinstance(value, list):
        return [_short(item) for item in value[:12]]
    return {key: _short(item) for key, item in value.items()} if isinstance(value, dict) else value


def flip(data: bytes, rng: Random) -> bytes:
    """One bit the other way."""
    if not data:
        return data
    place = rng.randrange(len(data))
    return data[:place] + bytes((data[place] ^ 1 << rng.randrange(8),)) + data[place + 1 :]


def put(data: bytes, rng: Random) -> bytes:
    """Something that means something in one format or another, in the place of a stretch."""
    start, end = _stretch(data, rng)
    return data[:start] + rng.choice(PIECES) + data[end:]


def cut(data: bytes, rng: Random) -> bytes:
    """The end missing."""
    return data[: rng.randrange(len(data) + 1)]


def double(data: bytes, rng: Random) -> bytes:
    """A stretch twice, or a short one very often."""
    start, end = _stretch(data, rng)
    return data[:end] + data[start:end] * rng.choice((1, 1, 1, 2, 10, 200)) + data[end:]


def move(data: bytes, rng: Random) -> bytes:
    """A stretch in another place."""
    start, end = _stretch(data, rng)
    rest = data[:start] + data[end:]
    place = rng.randrange(len(rest) + 1)
    return rest[:place] + data[start:end] + rest[place:]


def change_number(data: bytes, rng: Random) -> bytes:
    """Another number in the place of one."""
    digits = [n for n, byte in enumerate(data) if 48 <= byte <= 57]
    if not digits:
        return data
    start = end = rng.choice(digits)
    while end < len(data) and 48 <= data[end] <= 57:
        end += 1
    return data[:start] + rng.choice(NUMBERS) + data[end:]


def change_time(data: bytes, rng: Random) -> bytes:
    """Another time before or after a colon."""
    colons = [n for n, byte in enumerate(data) if byte == 58]
    if not colons:
        return data
    place = rng.choice(colons)
    return data[: max(0, place - 2)] + rng.choice(TIMES) + data[place + rng.choice((1, 3, 10)) :]


def change_encoding(data: bytes, rng: Random) -> bytes:
    """The same text in other bytes."""
    return data.decode("utf-8", "replace").encode(rng.choice(ENCODINGS), "replace")


def nest(data: bytes, rng: Random) -> bytes:
    """A stretch deep inside brackets or tags, which may stay open."""
    start, end = _stretch(data, rng)
    opening, closing = rng.choice(NESTS)
    depth = rng.choice((1, 3, 90, 200, 2_000))
    return data[:start] + opening * depth + data[start:end] + closing * rng.choice((0, depth)) + data[end:]


OPERATORS: tuple[Operator, ...] = (
    flip, put, put, put, cut, double, move, change_number, change_time, change_encoding, nest,
)  # fmt: skip


def mutated(data: bytes, rng: Random, others: Sequence[bytes] = ()) -> bytes:
    """A damaged copy; of an archive, mostly one of its parts is damaged and packed again."""
    if data.startswith(b"PK") and rng.random() < 0.8:
        return _repacked(data, rng)
    if others and rng.random() < 0.1:
        other = rng.choice(others)
        data = data[: rng.randrange(len(data) + 1)] + other[rng.randrange(len(other) + 1) :]
    for _ in range(rng.choice((1, 1, 2, 3, 6))):
        # What damage piles up stays within the size that the limits on time and memory are for.
        data = rng.choice(OPERATORS)(data, rng)[:100_000]
    return data


def _repacked(data: bytes, rng: Random) -> bytes:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            parts = [(name, archive.read(name)) for name in archive.namelist()]
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, RuntimeError, EOFError, zlib.error):
        return rng.choice(OPERATORS)(data, rng)
    # Mostly the part that holds the talk, which is the largest.
    parts.sort(key=lambda part: -len(part[1]))
    chosen = 0 if rng.random() < 0.7 else rng.randrange(len(parts)) if parts else -1
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for number, (name, content) in enumerate(parts):
            # A fixed date, or the same seed would not make the same bytes.
            info = zipfile.ZipInfo(name)
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, mutated(content, rng) if number == chosen else content)
    return packed.getvalue()


def _stretch(data: bytes, rng: Random) -> tuple[int, int]:
    start = rng.randrange(len(data) + 1)
    return start, min(len(data), start + rng.choice((0, 1, 2, 5, 20, 200)))


def mutants(reader: Reader, n: int, seed: int) -> Iterator[tuple[bytes, str | None]]:
    """`n` damaged files and the format to read each as; the same for the same seed."""
    rng = Random(f"{reader.id} {seed}")
    own = seeds(reader)
    others = [shrunk((SAMPLES / other.sample).read_bytes())[:5_000] for other in READERS]
    for _ in range(n):
        yield mutated(rng.choice(own), rng, others), rng.choice((None, reader.id))


def fault(path: Path, data: bytes, format: str | None, *, count_memory: bool = False) -> str | None:
    """What reading these bytes does that it may not; None when it does nothing of the kind."""
    path.write_bytes(data)
    if count_memory:
        tracemalloc.start()
    started = time.process_time()
    try:
        found = _judged(outcome(path, format))
    except (Exception, StalledError) as error:
        return _signature(error)
    finally:
        seconds = time.process_time() - started
        n_bytes = tracemalloc.get_traced_memory()[1] if count_memory else 0
        tracemalloc.stop()
    # Counting memory makes it slower; such a one is not timed.
    if seconds > MOST_SECONDS and not count_memory:
        return "slow"
    return "memory" if n_bytes > MOST_BYTES else found


def outcome(path: Path, format: str | None) -> RawTranscript | TranscriptError:
    """The transcript or our error; any other exception goes through."""
    try:
        return read_transcript(path, format=format)
    except TranscriptError as error:
        return error


def _judged(found: RawTranscript | TranscriptError) -> str | None:
    if isinstance(found, RawTranscript):
        return _breach(found)
    if found.__cause__ is not None:
        return "an error with a cause, which may hold words"
    return "an error that holds words of the session" if CANARY in str(found) else None


def _breach(raw: RawTranscript) -> str | None:
    """What no transcript may be."""
    if not raw.turns:
        return "no turns and no error"
    for turn in raw.turns:
        if not turn.text.strip():
            return "a turn without text"
        try:
            f"{turn.text}{turn.speaker}".encode()
        except UnicodeEncodeError:
            return "half a character"
        # Written so that what is not a number is a breach as well.
        if any(time_s is not None and not 0 <= time_s < math.inf for time_s in (turn.start_s, turn.end_s)):
            return "an impossible time"
        if turn.start_s is not None and turn.end_s is not None and turn.start_s > turn.end_s:
            return "an end before its start"
    return None


def _signature(error: BaseException) -> str:
    if isinstance(error, StalledError):
        return "stalled"
    frames = [f for f in traceback.extract_tb(error.__traceback__) if "transcript_alliance" in f.filename]
    place = f"{Path(frames[-1].filename).name} line {frames[-1].lineno}" if frames else "outside"
    return f"{type(error).__name__} in {place}"


def findings(reader: Reader, folder: Path, n: int, seed: int) -> list[Finding]:
    """The faults that `n` mutants of a reader's seeds bring out, one file each."""
    if reader.id in ISOLATED:
        n = -(-n // 100)
    path = folder / f"mutant{reader.suffixes[0]}"
    found: dict[str, Finding] = {}
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    data = b""
    for number, (data, format) in enumerate(mutants(reader, n, seed)):
        with stall_watch():
            signature = fault(path, data, format, count_memory=number % MEMORY_EVERY == 0)
        if signature and signature not in found:
            found[signature] = Finding(signature, data)
    # Linux counts in kilobytes, macOS in bytes.
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * (1 if sys.platform == "darwin" else 1_000)
    if grown > 2 * MOST_BYTES:
        found["memory"] = found.get("memory", Finding("memory, in one or many", data))
    return list(found.values())


class stall_watch:  # noqa: N801 - used as a word of the language
    """Ends what takes too much of the processor's time, by raising `StalledError` in it."""

    def __enter__(self) -> None:
        def stop(_signal: int, _frame: FrameType | None) -> None:
            raise StalledError

        self.before = signal.signal(signal.SIGVTALRM, stop)
        signal.setitimer(signal.ITIMER_VIRTUAL, STALLED_SECONDS)

    def __exit__(self, *_: object) -> None:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, self.before)


def keep(reader: Reader, finding: Finding) -> Path:
    """Write a finding down as a regression file; one file for one fault."""
    REGRESSIONS.mkdir(exist_ok=True)
    path = REGRESSIONS / f"{reader.id}--{zlib.crc32(finding.signature.encode()):08x}{reader.suffixes[0]}"
    path.write_bytes(finding.data)
    return path


ROUND = 5_000
"""Mutants between two lines of the running report."""


def _round(task: tuple[str, int, int]) -> tuple[str, list[Finding], float]:
    name, n, seed = task
    reader = next(reader for reader in READERS if reader.id == name)
    started = time.process_time()
    with tempfile.TemporaryDirectory() as folder:
        return name, findings(reader, Path(folder), n, seed), time.process_time() - started


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--n", type=int, default=2_000_000, help="mutants a reader")
    parser.add_argument("--reader", action="append", choices=[reader.id for reader in READERS])
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--workers", type=int, default=1)
    args = parser.parse_args()
    chosen = [reader for reader in READERS if not args.reader or reader.id in args.reader]
    # Round by round over all readers, so that a run that is stopped has seen each of them.
    tasks = [
        (reader.id, min(ROUND, args.n - start), args.seed + start)
        for start in range(0, args.n, ROUND)
        for reader in chosen
    ]
    by_id = {reader.id: reader for reader in chosen}
    known: set[tuple[str, str]] = set()
    totals = dict.fromkeys(by_id, (0, 0.0))
    with multiprocessing.get_context("spawn").Pool(args.workers, maxtasksperchild=20) as pool:
        for (_, n, _), (name, found, seconds) in zip(tasks, pool.imap(_round, tasks), strict=True):
            totals[name] = (totals[name][0] + n, totals[name][1] + seconds)
            for finding in found:
                if (name, finding.signature) not in known:
                    known.add((name, finding.signature))
                    print(f"{name}: {finding.signature} -> {keep(by_id[name], finding).name}", flush=True)
    for name, (n, seconds) in totals.items():
        print(f"{name}: {n:,} mutants, {seconds:.0f} s, {seconds / n * 1e3:.2f} ms each")
    print(f"{len(known)} findings")
    return 1 if known else 0


if __name__ == "__main__":
    sys.exit(main())
