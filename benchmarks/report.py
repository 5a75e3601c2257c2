"""How long a report takes: a session of 500 turns as a page and as a PDF, and a caseload of 100 clients as a page.

    python benchmarks/report.py

Prints wall seconds, the best of three. A PDF needs a Chromium-like browser; without one its line says so.
"""

import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from tests.report.course_samples import WAI, client
from tests.report.samples import LABELS, strong
from transcript_alliance.annotations import CodedSession
from transcript_alliance.report.caseload import caseload_document
from transcript_alliance.report.course import courses
from transcript_alliance.report.html import render_html
from transcript_alliance.report.pages import render_document
from transcript_alliance.report.pdf import find_browser, print_pdf
from transcript_alliance.report.words import load_words

N_TURNS = 500
N_CLIENTS = 100
PDF_LIMIT_S = 5.0
RUNS = 3


def long_session() -> CodedSession:
    """The sample session over and over, with its markers, until it has 500 turns."""
    from dataclasses import replace

    once = strong()
    s = once.session
    times = -(-N_TURNS // len(s.turns))
    n_utterances, n_turns = len(s.utterances), len(s.turns)
    utterances = tuple(replace(u, turn=u.turn + k * n_turns) for k in range(times) for u in s.utterances)
    turns = tuple(
        replace(t, start=t.start + k * n_utterances, end=t.end + k * n_utterances)
        for k in range(times)
        for t in s.turns
    )[:N_TURNS]
    utterances = utterances[: turns[-1].end]
    episodes = (replace(s.episodes[0], start=0, end=len(utterances)),)
    markers = tuple(
        replace(
            m,
            start=m.start + k * n_utterances,
            end=m.end + k * n_utterances,
            spans=tuple(replace(p, utterance=p.utterance + k * n_utterances) for p in m.spans),
        )
        for k in range(times)
        for m in once.markers
        if m.end + k * n_utterances <= len(utterances)
    )
    return replace(once, session=replace(s, utterances=utterances, turns=turns, episodes=episodes), markers=markers)


def cpu_of_children_s() -> float:
    """Processor seconds of the programs that were started and have ended, on a busy machine the steadier figure.

    All of a browser's processes are among them only for the superuser: else its pages are the children of a process
    that nobody here waits for.
    """
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def best(work: Callable[[], object]) -> float:
    """Least wall seconds of three runs."""
    seconds = []
    for _ in range(RUNS):
        start = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - start)
    return min(seconds)


def main() -> int:
    session = long_session()
    page = render_html(session, LABELS)
    seconds = best(lambda: render_html(session, LABELS))
    print(f"session of {N_TURNS} turns, page: {seconds:.2f} s, {len(page):,} characters")
    parts = [client(f"client {n}", (4.0, 5.0, 3.5, 5.5, 5.0, 6.0), ("", "m", "r")) for n in range(N_CLIENTS)]
    listed = tuple(entry for entries, _ in parts for entry in entries)
    coded = {name: one for _, found in parts for name, one in found.items()}
    words = load_words()

    def caseload() -> str:
        return render_document(caseload_document(courses(listed, coded, WAI), WAI, words, "0", False), words)

    print(f"caseload of {N_CLIENTS} clients, {len(coded)} sessions, page: {best(caseload):.2f} s")
    browser = find_browser()
    if browser is None:
        print("no browser for a PDF on this machine")
        return 0
    before = cpu_of_children_s()
    seconds = best(lambda: print_pdf(page, browser))
    cpu_s = (cpu_of_children_s() - before) / RUNS
    print(f"session of {N_TURNS} turns, PDF: {seconds:.2f} s (limit {PDF_LIMIT_S:.0f} s), {cpu_s:.2f} s of processor")
    return 0 if seconds < PDF_LIMIT_S else 1


if __name__ == "__main__":
    sys.exit(main())
