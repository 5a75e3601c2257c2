"""Coded sessions of invented clients over time, with scores and strains set by hand."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from tests.builders import make_session
from transcript_alliance.annotations import (
    CodedSession,
    CodeScore,
    Provenance,
    Resolution,
    RuptureEvent,
    RuptureKind,
    ScaleQuality,
    Score,
)
from transcript_alliance.report.labels import InstrumentLabel, ScaleLabel
from transcript_alliance.report.manifest import Listed

WAI = InstrumentLabel(
    "wai-o-s", "Working Alliance Inventory", "Source", 1, 7, 4,
    tuple(ScaleLabel(s, s.title()) for s in ("goal", "task", "bond", "total")),
)  # fmt: skip
QUALITY = tuple(
    ScaleQuality("wai-o-s", s, 0.8, 0.7, 0.9, 0.6, "tf-idf ridge", 0.4, 0.95, 496)
    for s in ("goal", "task", "bond", "total")
)
SCRIPT = "\n".join("T: One.\nC: Two." for _ in range(4))
ENDS = {"m": Resolution.MISSED, "u": Resolution.UNRESOLVED, "p": Resolution.PARTLY, "r": Resolution.RESOLVED}


def provenance(model: str = "alliance-1") -> Provenance:
    """Of a session that the named model scored."""
    facts: dict[str, Any] = dict.fromkeys(Provenance.__dataclass_fields__, "")
    facts |= {"package_version": "0.1.0", "libraries": (), "model": model, "model_sha256": model}
    if "speaker_corrections" in facts:
        facts["speaker_corrections"] = ()
    return Provenance(**facts)


def coded(
    name: str, value: float | None, strains: str = "", half: float = 0.5, model: str = "alliance-1"
) -> CodedSession:
    """A session with one value on all four scales, its interval `half` to both sides, and a strain a letter.

    `strains`: m missed, u unresolved, p partly, r resolved; a capital for one that is only possible. A value of None
    abstains.
    """
    scores = tuple(
        Score("wai-o-s", s.scale, None, None, None, abstained="Too short to score.")
        if value is None
        else Score("wai-o-s", s.scale, value, max(1.0, value - half), min(7.0, value + half))
        for s in WAI.scales
    )
    events = tuple(
        RuptureEvent(
            RuptureKind.WITHDRAWAL if place % 2 else RuptureKind.CONFRONTATION, place, place + 2,
            0.5 if letter.isupper() else 0.8, (CodeScore("W2", 0.5),), (), (), None, ENDS[letter.lower()],
        )
        for place, letter in enumerate(strains)
    )  # fmt: skip
    return CodedSession(make_session(SCRIPT, name), (), events, scores, (), QUALITY, provenance(model))


def client(
    name: str, values: Sequence[float | None], strains: Sequence[str] = (), half: float = 0.5
) -> tuple[tuple[Listed, ...], dict[str, CodedSession]]:
    """One client's list and coded sessions, called `name`-1, `name`-2 …; PHQ-9 falls by 2 from 20."""
    listed = tuple(
        Listed(f"{name}-{n}", name, "Th. One", n, f"2026-01-{n:02}", (("PHQ-9", 22.0 - 2 * n),))
        for n in range(1, len(values) + 1)
    )
    given = [*strains, *[""] * (len(values) - len(strains))]
    sessions = {
        entry.session: coded(entry.session, value, letters, half)
        for entry, value, letters in zip(listed, values, given, strict=True)
    }
    return listed, sessions


def caseload() -> tuple[tuple[Listed, ...], dict[str, CodedSession]]:
    """Three clients: one falls and comes back, one falls at the last, one stays and once abstains."""
    parts = (
        client("Zoe", (5.5, 5.6, 3.0, 5.4, 5.6), ("", "r", "mup", "", "")),
        client("adam", (5.0, 5.2, 2.0), ("", "", "mu")),
        client("Mia", (4.0, None, 4.2), ("", "", "r")),
    )
    return tuple(e for listed, _ in parts for e in listed), {k: v for _, found in parts for k, v in found.items()}


def renamed(session: CodedSession, name: str) -> CodedSession:
    """The same session under another name."""
    return replace(session, session=replace(session.session, session_id=name))
