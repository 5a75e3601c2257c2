"""What `code` says of a session on the terminal, and as JSON for other programs. No words of the session."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from transcript_alliance.annotations import CodedSession, RuptureEvent, Score
from transcript_alliance.commands.coding import Written
from transcript_alliance.errors import TranscriptError, show_name
from transcript_alliance.notes import describe
from transcript_alliance.report.labels import InstrumentLabel, ReportLabels
from transcript_alliance.report.likely import STRAIN_FROM, is_likely
from transcript_alliance.session import Session, Speaker
from transcript_alliance.speakers import show_label


def print_summary(console: Console, path: Path, written: Written) -> None:
    """The session on one screen: scores with their intervals, ruptures with what followed, where to read on."""
    coded, labels = written.coded, written.labels
    console.print(Text(f"{show_name(path)}  {_size(coded.session)}", style="bold"))
    for instrument in labels.instruments:
        _print_scores(console, instrument, [s for s in coded.scores if s.instrument == instrument.instrument])
    _print_events(console, coded, labels)
    for note in coded.session.notes:
        console.print(Text(f"  note: {describe(note)}"))
    verb = "replaced" if written.replaced else "wrote"
    console.print(Text(f"  {verb} {', '.join(str(file) for file in written.files)}\n"))


def as_json(path: Path, result: Written | TranscriptError) -> str:
    """One line of JSON for one file: its scores, ruptures and results, or its error."""
    return json.dumps({"file": show_name(path), **_values(result)}, allow_nan=False)


def _values(result: Written | TranscriptError) -> dict[str, Any]:
    if isinstance(result, TranscriptError):
        return {"error": {"code": result.code, "message": str(result)}}
    session = result.coded.session
    return {
        "session_id": session.session_id,
        "n_turns": len(session.turns),
        "n_words": session.n_words,
        "scores": [asdict(score) for score in result.coded.scores],
        "ruptures": [
            {
                "kind": event.kind,
                "score": event.score,
                "turns": _turns(session, event),
                "resolution": event.resolution,
                "turns_to_response": event.turns_to_response,
            }
            for event in result.coded.events
        ],
        "notes": [asdict(note) for note in session.notes],
        "results": [str(file) for file in result.files],
        "replaced": result.replaced,
    }


def role_name(speaker: Speaker) -> str:
    """The role of a speaker for people; of one outside the scored dyad, the side."""
    return str(speaker.role) if speaker.kept_apart is None else f"{speaker.kept_apart} (kept apart)"


def _size(session: Session) -> str:
    who = [f"{role_name(speaker)} {show_label(speaker.label)}" for speaker in session.speakers]
    return f"{len(session.turns)} turns, {session.n_words:,} words; {', '.join(who)}"


def _print_scores(console: Console, instrument: InstrumentLabel, scores: list[Score]) -> None:
    if not scores:
        return
    known = {scale.scale: scale for scale in instrument.scales}
    title = f"  {instrument.label} ({instrument.low:g} to {instrument.high:g}; 9 in 10 observers within the range)"
    console.print(Text(title))
    reasons = {score.abstained for score in scores}
    if len(reasons) == 1 and scores[0].abstained:
        console.print(Text(f"    no score: {scores[0].abstained}"))
        return
    table = _table()
    for score in scores:
        name = known[score.scale].label if score.scale in known else score.scale
        table.add_row(*map(Text, ("   ", name, *_score_cells(score))))
    console.print(table)


def _score_cells(score: Score) -> tuple[str, str]:
    if score.value is None or score.low is None or score.high is None:
        return "-", score.abstained or ""
    return f"{score.value:.1f}", f"{score.low:.1f} to {score.high:.1f}"


def _print_events(console: Console, coded: CodedSession, labels: ReportLabels) -> None:
    likely = [event for event in coded.events if is_likely(event)]
    console.print(Text("  Ruptures" if likely else "  Ruptures: none likely"))
    table = _table()
    for event in likely:
        table.add_row(*map(Text, ("   ", *_event_cells(coded.session, event, labels))))
    if likely:
        console.print(table)
    if len(likely) < len(coded.events):
        n = len(coded.events) - len(likely)
        console.print(Text(f"    {n} more {'is' if n == 1 else 'are'} possible, less than {STRAIN_FROM:.0%} likely"))


def _event_cells(session: Session, event: RuptureEvent, labels: ReportLabels) -> Iterator[str]:
    first, last = _turns(session, event)
    yield f"turn {first}" if first == last else f"turns {first}-{last}"
    yield f"{event.kind}, {event.score:.0%} likely"
    yield _names(event.markers[:1], labels)
    wait = event.turns_to_response
    answered = f"; answered after {wait} turn{'s' * (wait != 1)} by {_names(event.strategies[:2], labels)}"
    yield f"{event.resolution}{answered if wait is not None else ''}"


def _names(scores: Iterable[Any], labels: ReportLabels) -> str:
    return ", ".join(f"{score.code} {labels.code(score.code).label}" for score in scores)


def _turns(session: Session, event: RuptureEvent) -> tuple[int, int]:
    """First and last turn of the event, from 1, as the report numbers them."""
    return session.utterances[event.start].turn + 1, session.utterances[event.end - 1].turn + 1


def _table() -> Table:
    return Table(box=None, show_header=False, padding=(0, 2, 0, 0))
