"""Prints how cues agree, turn by turn, with the blind observers of the authored corpus.

    python benchmarks/cues.py [CORPUS] [--parts 5-8] [--misses CODE]

A turn is positive for a code when at least one observer marked it. Beside precision, recall and F1 stands the
share of positive turns, which is the precision of tagging every turn, and that tagger's F1. Client codes are
counted only in parts where at least one observer marked clients. The observers are careful readers who
followed the manuals, not certified raters.
"""

import argparse
import json
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from transcript_alliance.coding.codebook import load_codebooks
from transcript_alliance.coding.cues import CueTagger
from transcript_alliance.nlp import sentences
from transcript_alliance.session import Episode, Role, Session, Speaker, Turn, Utterance

MARKERS = ("EMP", "HOPE", "PERS", "WARM", "BOND", "RRR", "NEG")
CLIENT_MARKERS = ("OPEN", "INSIGHT", "COMMIT", "TRUST", "HOPEC")
WITHDRAWAL = tuple(f"W{n}" for n in range(1, 8))
CONFRONTATION = tuple(f"C{n}" for n in range(1, 8))
REPAIR = tuple(f"R{n}" for n in range(1, 11))
KINDS = {"any W": WITHDRAWAL, "any C": CONFRONTATION, "any R": REPAIR}
ROLES = {"T": Role.THERAPIST, "C": Role.CLIENT}


@dataclass(frozen=True, slots=True)
class Rated:
    """A session of the corpus, and the codes that observers saw in each of its turns."""

    session: Session
    seen: frozenset[tuple[str, int]]
    client_rated: bool


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("corpus", nargs="?", type=Path, default=Path("sample_data/corpus"))
    parser.add_argument("--parts", default="5-8", help="numbers of the parts, such as 5-8 (never used to write cues)")
    parser.add_argument("--misses", metavar="CODE", help="also print turns tagged against the observers")
    options = parser.parse_args()
    first, _, last = options.parts.partition("-")
    codebooks = load_codebooks()
    started = time.perf_counter()
    tagger = CueTagger(codebooks)
    built = time.perf_counter()
    for kind, letter in (("natural", "n"), ("sessions", "b")):
        rated = [
            session
            for part in range(int(first), int(last or first) + 1)
            for session in read(options.corpus, kind, letter, part)
        ]
        at = time.perf_counter()
        tagged = [frozenset(tags(item.session, tagger)) for item in rated]
        seconds = time.perf_counter() - at
        n_words = sum(item.session.n_words for item in rated)
        print(f"\n{kind} {options.parts}: {len(rated)} sessions, {n_words} words, {seconds:.2f} s", flush=True)
        print_table(rated, tagged)
        if options.misses:
            print_misses(rated, tagged, options.misses)
    print(f"\nbuilding the tagger: {built - started:.2f} s")


def read(corpus: Path, kind: str, letter: str, part: int) -> Iterator[Rated]:
    """The rated sessions of one part."""
    files = [corpus / "ratings" / f"rater{n}_{letter}{part}.json" for n in (1, 2)]
    raters: list[dict[str, Any]] = [json.loads(path.read_text("utf-8")) for path in files if path.exists()]
    marks_clients = [any(rating.get("client_markers") for rating in rater.values()) for rater in raters]
    for line in (corpus / f"{kind}_{part}.jsonl").read_text("utf-8").splitlines():
        item = json.loads(line)
        ratings = [rater[item["session_id"]] for rater in raters if item["session_id"] in rater]
        if ratings:
            seen = {mark for rating in ratings for mark in marks(rating, item["turns"])}
            yield Rated(make_session(item["session_id"], item["turns"]), frozenset(seen), any(marks_clients))


def marks(rating: dict[str, Any], turns: list[tuple[str, str]]) -> Iterator[tuple[str, int]]:
    """Code and turn of all that one observer marked; strains are spread over the client's turns of their event."""
    for marker in (*rating.get("markers", ()), *rating.get("client_markers", ())):
        yield marker["code"], marker["turn"]
    for event in rating["events"]:
        for turn in range(event["start"], min(event["end"] + 1, len(turns))):
            if turns[turn][0] == "C":
                yield event["marker"], turn
                yield f"any {event['kind'][0].upper()}", turn
        for repair in event["repair"]:
            yield repair["strategy"], repair["turn"]
            yield "any R", repair["turn"]


def make_session(session_id: str, turns: list[tuple[str, str]]) -> Session:
    """The session with one turn a line of the corpus and sentences as utterances."""
    utterances: list[Utterance] = []
    spans: list[Turn] = []
    for number, (who, text) in enumerate(turns):
        start = len(utterances)
        utterances += [Utterance(text[a:b], number) for a, b in sentences(text) or ((0, len(text)),)]
        spans.append(Turn(start, len(utterances), "TC".index(who), None, None, None, False))
    speakers = tuple(Speaker(who, role, 1.0, "named in the corpus", 0, 0) for who, role in ROLES.items())
    return Session(session_id, tuple(utterances), tuple(spans), (Episode(0, len(utterances), ()),), speakers)


def tags(session: Session, tagger: CueTagger) -> Iterator[tuple[str, int]]:
    """Code and turn of every marker, and of the kind that it belongs to."""
    for marker in tagger.markers(session):
        turn = session.utterances[marker.start].turn
        yield marker.code, turn
        yield from ((kind, turn) for kind, codes in KINDS.items() if marker.code in codes)


def print_table(rated: list[Rated], tagged: list[frozenset[tuple[str, int]]]) -> None:
    """A line a code: tagged and positive turns, precision, recall, F1; share of positives, F1 of always yes."""
    print(f"{'code':8}{'tagged':>7}{'pos':>6}{'prec':>7}{'rec':>6}{'F1':>6}   {'share':>6}{'F1 yes':>8}")
    for code in (*MARKERS, *CLIENT_MARKERS, *KINDS, *WITHDRAWAL, *CONFRONTATION, *REPAIR):
        on_client = code in (*CLIENT_MARKERS, *WITHDRAWAL, *CONFRONTATION, "any W", "any C")
        pairs = [
            (item, cues)
            for item, cues in zip(rated, tagged, strict=True)
            if item.client_rated or code not in CLIENT_MARKERS
        ]
        n_turns = sum(count(item.session, Role.CLIENT if on_client else Role.THERAPIST) for item, _ in pairs)
        hit = sum(len({t for c, t in item.seen & cues if c == code}) for item, cues in pairs)
        n_tagged = sum(sum(c == code for c, _ in cues) for _, cues in pairs)
        n_seen = sum(sum(c == code for c, _ in item.seen) for item, _ in pairs)
        precision, recall = ratio(hit, n_tagged), ratio(hit, n_seen)
        share = ratio(n_seen, n_turns)
        print(
            f"{code:8}{n_tagged:7}{n_seen:6}{precision:7.2f}{recall:6.2f}{f1(precision, recall):6.2f}"
            f"   {share:6.3f}{f1(share, 1.0):8.2f}"
        )


def print_misses(rated: Iterable[Rated], tagged: Iterable[frozenset[tuple[str, int]]], code: str) -> None:
    """Turns that cues tag with `code` and no observer does."""
    for item, cues in zip(rated, tagged, strict=True):
        for name, turn in sorted(cues - item.seen):
            if name == code:
                print(f"{item.session.session_id} {turn}: {item.session.turn_text(turn)[:300]}")


def count(session: Session, role: Role) -> int:
    return sum(session.role(turn) is role for turn in range(len(session.turns)))


def ratio(part: int, whole: int) -> float:
    return part / whole if whole else 0.0


def f1(precision: float, recall: float) -> float:
    return 2 * precision * recall / (precision + recall) if precision + recall else 0.0


if __name__ == "__main__":
    main()
