"""Time and memory of the whole job: one hour of talk, from process start to JSON and report on disk.

    python benchmarks/speed.py [--turns 500]

The session is made of authored ones laid end to end. Absolute times swing with the machine; the time of the
tagger alone is printed beside them. Also the time of `--help`, the best of five.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--turns", type=int, default=500)
    turns = session_turns(parser.parse_args().turns)
    words = sum(len(text.split()) for _, text in turns)
    print(f"session: {len(turns)} turns, {words:,} words")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "hour.txt")
        path.write_text("".join(f"{label}: {text}\n" for label, text in turns), "utf-8")
        seconds, megabytes = run(["code", str(path), "-o", folder, "--quiet"])
        print(f"process start to JSON and report: {seconds:.1f} s, peak memory {megabytes:,.0f} MB")
        print(f"report: {Path(folder, 'hour.html').stat().st_size / 1e6:.2f} MB")
        print(f"tagger alone on the same session, model loaded: {tagger_s(path):.1f} s")
    print(f"--help: {min(run(['--help'])[0] for _ in range(5)):.2f} s")


def session_turns(n: int) -> list[tuple[str, str]]:
    """The first `n` turns of the authored sessions laid end to end, speakers merged as they are read."""
    found: list[tuple[str, str]] = []
    for path in sorted((ROOT / "sample_data" / "corpus").glob("natural_*.jsonl")):
        for line in path.read_text("utf-8").splitlines():
            for label, text in json.loads(line)["turns"]:
                if found and found[-1][0] == label:
                    found[-1] = (label, f"{found[-1][1]} {text}")
                elif len(found) < n:
                    found.append((label, text))
                else:
                    return found
    return found


def run(arguments: list[str]) -> tuple[float, float]:
    """Seconds and peak megabytes of one run of the program in a process of its own."""
    started = time.perf_counter()
    process = subprocess.Popen([sys.executable, str(ROOT / "cli.py"), *arguments], stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"the program ended with {process.returncode}")
    # Linux counts in kilobytes, macOS in bytes.
    return time.perf_counter() - started, usage.ru_maxrss / (1e6 if sys.platform == "darwin" else 1e3)


def tagger_s(path: Path) -> float:
    """Seconds that the tagger alone takes to read the session, once everything is loaded."""
    from transcript_alliance.pipeline import load_model
    from transcript_alliance.readers import read_transcript
    from transcript_alliance.segment import segment_session

    reader = load_model().reader
    session = segment_session(read_transcript(path))
    reader.read(session)
    started = time.perf_counter()
    reader.read(session)
    return time.perf_counter() - started


if __name__ == "__main__":
    main()
