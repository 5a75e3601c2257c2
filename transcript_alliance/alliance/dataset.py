"""Rated sessions as training targets, and folds in which no therapist and no client is on both sides."""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from transcript_alliance.alliance.people import linked_people
from transcript_alliance.annotations import RuptureKind
from transcript_alliance.coding.ruptures import STRATEGIES, SUBCODES
from transcript_alliance.errors import DatasetError, show_name
from transcript_alliance.segment import merge_turns, segment_session
from transcript_alliance.session import RawTranscript, RawTurn, Role, Session

THERAPIST_CODES = ("EMP", "HOPE", "PERS", "WARM", "BOND", "RRR", "NEG")
CLIENT_CODES = ("OPEN", "INSIGHT", "COMMIT", "TRUST", "HOPEC")
WITHDRAWAL_CODES, CONFRONTATION_CODES = SUBCODES[RuptureKind.WITHDRAWAL], SUBCODES[RuptureKind.CONFRONTATION]
STRAIN = ("WITHDRAWAL", "CONFRONTATION")
"""Inside an event of this kind, whoever speaks."""
RESOLVED = "RESOLVED"
"""How far the event that a turn belongs to is resolved, 0..1; only defined inside events."""
BOUNDARIES = tuple(f"{strain}_{end}" for strain in STRAIN for end in ("START", "END"))
"""The first and the last turn of an event of this kind, whoever speaks."""

TURN_CODES = (
    *THERAPIST_CODES,
    *CLIENT_CODES,
    *WITHDRAWAL_CODES,
    *CONFRONTATION_CODES,
    *STRATEGIES,
    *STRAIN,
    RESOLVED,
    *BOUNDARIES,
)
CODE_ROLE = {
    **dict.fromkeys((*THERAPIST_CODES, *STRATEGIES), Role.THERAPIST),
    **dict.fromkeys((*CLIENT_CODES, *WITHDRAWAL_CODES, *CONFRONTATION_CODES), Role.CLIENT),
}
"""Who can show a code; codes that are missing here can stand on anybody's turn."""

WAI_ITEMS = tuple(f"wai-o-s.{n}" for n in range(1, 13))
REVERSED_ITEMS = frozenset({4, 10})
FIS_SKILLS = ("hope", "persuasiveness", "warmth", "empathy", "bond_capacity", "rupture_repair")
"""The six that text shows."""
SCALES = (*WAI_ITEMS, *(f"fis.{skill}" for skill in FIS_SKILLS))
HARD_PART = "hard"
"""Of the corpus: sessions written so that skill does not go with its usual words."""
RUPTURES = tuple(f"rupture.{kind}" for kind in RuptureKind)
"""Whether the session holds a rupture of the kind, 0..1: the share of observers that marked one."""
OUTCOMES = (*SCALES, *RUPTURES)
"""All that is predicted of a session."""
SIDE_OF_LABEL = {"T": Role.THERAPIST, "C": Role.CLIENT, "O": Role.OTHER}
"""By the first letter of a speaker's label: T and T2 are co-therapists, C and C2 a couple, O is an interpreter."""


@dataclass(frozen=True, slots=True)
class Rating:
    """What one observer noted about one session; turn numbers are those of the file, before merging."""

    wai: Mapping[int, float]
    fis: Mapping[str, float | None]
    events: tuple[Mapping[str, Any], ...]
    markers: tuple[tuple[int, str], ...]
    client_markers: tuple[tuple[int, str], ...] | None
    """None when this observer did not mark client turns."""
    thirds: tuple[tuple[float, float, float], ...]


@dataclass(frozen=True, slots=True)
class RatedEvent:
    """A rupture as one observer marked it: merged turns `start` up to `end`."""

    kind: RuptureKind
    start: int
    end: int
    marker: str
    resolved: float
    """0, 0.5 or 1."""


@dataclass(frozen=True, slots=True)
class RatedSession:
    """A session with its targets, averaged over its observers; nan where nobody rated."""

    session: Session
    part: str
    """`HARD_PART` or `natural` in the authored corpus."""
    therapist: str
    client: str
    turns: NDArray[np.float64]  # (turns, len(TURN_CODES)), 0..1
    turns_by_rater: NDArray[np.float64]  # (raters, turns, len(TURN_CODES))
    scales: NDArray[np.float64]  # (len(SCALES),), scale points, reversed items turned
    scales_by_rater: NDArray[np.float64]  # (raters, len(SCALES))
    thirds: NDArray[np.float64]  # (3, 3): third of the session x goal, task, bond
    events_by_rater: tuple[tuple[RatedEvent, ...], ...]


def load_corpus(folder: Path) -> tuple[RatedSession, ...]:
    """The authored corpus: `sessions_*.jsonl`, `natural_*.jsonl`, `blueprint_*.json` and `ratings/`.

    Raises DatasetError when a file is missing or a rated session has no transcript.
    """
    if not folder.is_dir():
        raise DatasetError("NO_CORPUS", "no such folder", where=show_name(folder), hint="see sample_data/corpus")
    try:
        return _load(folder)
    except (ValueError, KeyError, TypeError, AttributeError):
        # The cause may quote a session.
        raise DatasetError(
            "BAD_CORPUS",
            "a file is not in the form of the sample corpus",
            where=show_name(folder),
            hint="sample_data/DATASHEET.md describes the files, sample_data/corpus/RATING.md the ratings",
        ) from None


def _load(folder: Path) -> tuple[RatedSession, ...]:
    ratings = _read_ratings(folder / "ratings")
    people = {
        row["session_id"]: (row["therapist_id"], row["client_id"])
        for path in sorted(folder.glob("blueprint_*.json"))
        for row in json.loads(path.read_text("utf-8"))
    }
    found = []
    for part, pattern in ((HARD_PART, "sessions_*.jsonl"), ("natural", "natural_*.jsonl")):
        for name, turns in _read_sessions(sorted(folder.glob(pattern))):
            if name not in ratings:
                continue
            therapist, client = people[name]
            found.append(rated_session(name, turns, ratings[name], part, therapist, client))
    unread = len(ratings) - len(found)
    if found and unread:
        raise DatasetError("NO_TRANSCRIPT", f"{unread} rated sessions have no transcript here", where=show_name(folder))
    if not found:
        raise DatasetError("NO_SESSIONS", "no rated sessions here", where=show_name(folder))
    return tuple(found)


def _read_sessions(paths: Sequence[Path]) -> Iterator[tuple[str, list[tuple[str, str]]]]:
    for path in paths:
        for line in path.read_text("utf-8").split("\n"):
            if not line:
                continue
            row = json.loads(line)
            yield row["session_id"], [(label, text) for label, text in row["turns"]]


def _read_ratings(folder: Path) -> dict[str, list[Rating]]:
    ratings: dict[str, list[Rating]] = {}
    for path in sorted(folder.glob("*.json")):
        for session_id, entry in json.loads(path.read_text("utf-8")).items():
            ratings.setdefault(session_id, []).append(read_rating(entry))
    return ratings


def read_rating(entry: Mapping[str, Any]) -> Rating:
    """One observer's entry in the form of `sample_data/corpus/RATING.md`."""
    client = entry.get("client_markers")
    return Rating(
        wai={int(k): float(v) for k, v in entry["wai"].items()},
        fis=entry["fis"],
        events=tuple(entry["events"]),
        markers=tuple((m["turn"], m["code"]) for m in entry["markers"]),
        client_markers=None if client is None else tuple((m["turn"], m["code"]) for m in client),
        thirds=tuple(tuple(t) for t in entry["thirds"]),
    )


def rated_session(
    name: str,
    turns: Sequence[tuple[str, str]],
    ratings: Sequence[Rating],
    part: str,
    therapist: str,
    client: str,
) -> RatedSession:
    """Segment one session and average its observers' ratings onto the merged turns.

    Labels begin with a letter of `SIDE_OF_LABEL`.
    """
    raw_turns = tuple(RawTurn(label, text, line=n + 1) for n, (label, text) in enumerate(turns))
    raw = RawTranscript(name, "jsonl", "utf-8", "", raw_turns)
    given = {label: SIDE_OF_LABEL[label[0]] for label, _ in turns}
    session = segment_session(raw, session_id=name, given=given)
    home = {i: n for n, merged in enumerate(merge_turns(raw_turns)) for i in merged.raw_indices}
    by_rater = np.array([_scale_row(r) for r in ratings])
    turns_by_rater = np.array([_turn_rows(session, r, home) for r in ratings])
    return RatedSession(
        session=session,
        part=part,
        therapist=therapist,
        client=client,
        turns=_mean(turns_by_rater),
        turns_by_rater=turns_by_rater,
        scales=_mean(by_rater),
        scales_by_rater=by_rater,
        thirds=np.mean([r.thirds for r in ratings], axis=0),
        events_by_rater=tuple(_events(r, home) for r in ratings),
    )


def _events(rating: Rating, home: Mapping[int, int]) -> tuple[RatedEvent, ...]:
    found = []
    for event in rating.events:
        turns = [home[t] for t in range(event["start"], event["end"] + 1) if t in home]
        if turns:
            kind = RuptureKind(event["kind"])
            found.append(RatedEvent(kind, min(turns), max(turns) + 1, event["marker"], event["resolved"] / 2))
    return tuple(sorted(found, key=lambda e: (e.start, e.end)))


def _mean(stack: NDArray[np.float64]) -> NDArray[np.float64]:
    """Mean over observers (first axis) of what they rated; nan where none did (without numpy's warning)."""
    rated = ~np.isnan(stack)
    total = np.where(rated, stack, 0).sum(axis=0)
    count = rated.sum(axis=0)
    return np.where(count > 0, total / np.maximum(count, 1), np.nan)


def _scale_row(rating: Rating) -> NDArray[np.float64]:
    items = [8 - rating.wai[n] if n in REVERSED_ITEMS else rating.wai[n] for n in range(1, 13)]
    skills = [rating.fis.get(skill) for skill in FIS_SKILLS]
    return np.array([*items, *(np.nan if s is None else s for s in skills)], dtype=float)


def _turn_rows(session: Session, rating: Rating, home: Mapping[int, int]) -> NDArray[np.float64]:
    """One observer's codes per merged turn: 1 marked, 0 not, nan where the question does not arise."""
    column = {code: n for n, code in enumerate(TURN_CODES)}
    rows = np.zeros((len(session.turns), len(TURN_CODES)))
    rows[:, column[RESOLVED]] = np.nan
    for code, role in CODE_ROLE.items():
        foreign = [t for t in range(len(session.turns)) if session.role(t) is not role]
        rows[foreign, column[code]] = np.nan
    if rating.client_markers is None:
        rows[:, [column[c] for c in CLIENT_CODES]] = np.nan
    marks = [*rating.markers, *(rating.client_markers or ())]
    for event in rating.events:
        inside = sorted({home[t] for t in range(event["start"], event["end"] + 1) if t in home})
        strain = event["kind"].upper()
        rows[inside, column[strain]] = 1
        rows[inside[:1], column[f"{strain}_START"]] = 1
        rows[inside[-1:], column[f"{strain}_END"]] = 1
        rows[inside, column[RESOLVED]] = np.fmax(rows[inside, column[RESOLVED]], event["resolved"] / 2)
        clients = [t for t in inside if session.role(t) is Role.CLIENT]
        rows[clients, column[event["marker"]]] = 1
        marks += [(step["turn"], step["strategy"]) for step in event["repair"]]
    for turn, code in marks:
        if turn in home and code in column and not np.isnan(rows[home[turn], column[code]]):
            rows[home[turn], column[code]] = 1
    return rows


def fingerprint(session: Session) -> str:
    """The first 16 hexadecimal digits of the sha256 of a session's words: tells whether a model learned from it."""
    words = " ".join(word for t in range(len(session.turns)) for word in session.turn_text(t).lower().split())
    return hashlib.sha256(words.encode()).hexdigest()[:16]


def outcomes(sessions: Sequence[RatedSession]) -> NDArray[np.float64]:
    """What observers said of each session, (sessions, len(OUTCOMES)); nan where nobody rated."""
    held = [
        [np.mean([any(e.kind is kind for e in events) for events in s.events_by_rater]) for kind in RuptureKind]
        for s in sessions
    ]
    return np.column_stack([np.array([s.scales for s in sessions]), np.array(held)])


def grouped_folds(sessions: Sequence[RatedSession], n_folds: int, seed: int) -> NDArray[np.int64]:
    """Fold number of each session; therapists who share a client, and all their clients, are in one fold.

    They are dealt out per part after a seeded shuffle, so the folds have like shares of each part.
    """
    rng = np.random.default_rng(seed)
    people = linked_people(sessions)
    fold_of: dict[str, int] = {}
    dealt = 0
    for part in sorted({s.part for s in sessions}):
        names = sorted({name for name, s in zip(people, sessions, strict=True) if s.part == part} - set(fold_of))
        for name in rng.permutation(names):
            fold_of[str(name)] = dealt % n_folds
            dealt += 1
    if dealt < n_folds:
        raise DatasetError(
            "TOO_FEW_THERAPISTS",
            f"the sessions are of {dealt} therapists who share no client; {n_folds} folds need at least {n_folds}",
            hint="without more therapists no figure for unseen people can be had",
        )
    return np.array([fold_of[name] for name in people])
