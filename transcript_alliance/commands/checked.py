"""How `check` shows what it found: one transcript on a screen, many in a table, JSON for other programs."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from transcript_alliance.commands.checking import Checked, trouble
from transcript_alliance.commands.summary import role_name
from transcript_alliance.errors import TranscriptError, show_name
from transcript_alliance.notes import describe
from transcript_alliance.session import Speaker
from transcript_alliance.speakers import show_label

VERDICTS = ("fine", "look at the notes", "speakers in doubt", "no score", "not read")
"""By `checking.trouble`."""


def print_one(console: Console, path: Path, checked: Checked) -> None:
    """All that was understood of one transcript."""
    session, raw = checked.session, checked.intake.raw
    console.print(Text(f"{show_name(path)}  {len(session.turns)} turns, {session.n_words:,} words", style="bold"))
    console.print(Text(f"  format {raw.format}, encoding {raw.encoding}, {_times(checked)}"))
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
    for heading in ("", "speaker", "role", "turns", "words", "share", "sure", "reason"):
        table.add_column(heading, justify="right" if heading in ("turns", "words", "share", "sure") else "left")
    for speaker in session.speakers:
        table.add_row(*map(Text, _speaker_cells(speaker, session.n_words)))
    console.print(table)
    for line in _remarks(checked):
        console.print(Text(f"  {line}"))


def print_many(console: Console, results: Sequence[tuple[Path, Checked | TranscriptError]]) -> None:
    """One line for each transcript, those that need a look first."""
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
    for heading in ("file", "", "format", "speakers", "turns", "words", "what to look at"):
        table.add_column(heading, justify="right" if heading in ("turns", "words") else "left")
    for path, result in sorted(results, key=lambda row: -trouble(row[1])):
        verdict = VERDICTS[trouble(result)]
        if isinstance(result, TranscriptError):
            table.add_row(*map(Text, (show_name(path), verdict, "", "", "", "", result.what)))
            continue
        session = result.session
        who = ", ".join(f"{show_label(s.label, 20)} ({role_name(s)})" for s in session.speakers)
        sizes = (f"{len(session.turns):,}", f"{session.n_words:,}")
        looks = " ".join([*(a.reason for a in result.abstentions), *_short_remarks(result)])
        table.add_row(*map(Text, (show_name(path), verdict, result.intake.raw.format, who, *sizes, looks)))
    console.print(table)


def print_swaps(console: Console, path: Path, checked: Checked) -> None:
    """The words of the turns that may have each other's label: for the user who asked to see them."""
    for swap in checked.intake.swaps:
        console.print(Text(f"\n{show_name(path)}: speakers exchanged?", style="bold"))
        for number in range(swap.first, swap.last + 1):
            console.print(Text(f"{_turn_head(checked, number)}: {_words(checked, number)}"))


def print_turns(console: Console, path: Path, checked: Checked, *, show_words: bool) -> None:
    """All turns by the numbers that a speakers file goes by, their words for the user who asked to see them."""
    session = checked.session
    console.print(Text(f"\n{show_name(path)}: turns as the file numbers them", style="bold"))
    for number, turn in enumerate(session.turns):
        start = "" if turn.start_s is None else f"  {_clock(turn.start_s)}"
        text = session.turn_text(number)
        said = f": {show_label(text, len(text) + 1)}" if show_words else f"  {len(text.split()):,} words"
        console.print(Text(f"{_turn_head(checked, number)}{start}{said}"))


def _turn_head(checked: Checked, number: int) -> str:
    speaker = checked.session.speakers[checked.session.turns[number].speaker]
    return f"  {checked.intake.numbers[number]:>4}  {show_label(speaker.label, 20)}"


def as_json(path: Path, result: Checked | TranscriptError, *, show_words: bool = False, all_turns: bool = False) -> str:
    """One line of JSON for one transcript: what was understood, or its error."""
    if isinstance(result, TranscriptError):
        error: dict[str, Any] = {"error": {"code": result.code, "message": str(result)}}
        return json.dumps({"file": show_name(path), **error})
    session, raw = result.session, result.intake.raw
    values = {
        "file": show_name(path),
        "session_id": session.session_id,
        "format": raw.format,
        "encoding": raw.encoding,
        "sha256": raw.sha256,
        "n_turns": len(session.turns),
        "n_words": session.n_words,
        "n_timed_turns": result.n_timed_turns,
        "span_s": result.span_s,
        "speakers": [asdict(s) | {"talk_share": s.n_words / max(1, session.n_words)} for s in session.speakers],
        "notes": [asdict(note) | {"text": describe(note)} for note in session.notes],
        "suspected_swaps": [
            {"first_turn": first, "last_turn": last, "log_odds": round(swap.log_odds, 2), "reasons": swap.points}
            | ({"words": [_words(result, n) for n in range(swap.first, swap.last + 1)]} if show_words else {})
            for swap, (first, last) in zip(result.intake.swaps, result.swapped_turns(), strict=True)
        ],
        "turns": [_turn_values(result, n, show_words=show_words) for n in range(len(session.turns) * all_turns)],
        "corrections": result.intake.corrections,
        "no_score": [asdict(abstention) for abstention in result.abstentions],
    }
    return json.dumps(values, allow_nan=False)


def _turn_values(checked: Checked, number: int, *, show_words: bool) -> dict[str, Any]:
    turn, text = checked.session.turns[number], checked.session.turn_text(number)
    values = {
        "turn": checked.intake.numbers[number],
        "line": turn.line,
        "start_s": turn.start_s,
        "speaker": checked.session.speakers[turn.speaker].label,
        "n_words": len(text.split()),
    }
    return values | ({"words": text} if show_words else {})


def _times(checked: Checked) -> str:
    n_turns, span = len(checked.session.turns), checked.span_s
    if span is None:
        return "no times"
    which = "all turns" if checked.n_timed_turns == n_turns else f"{checked.n_timed_turns:,} of {n_turns:,} turns"
    return f"times from {_clock(span[0])} to {_clock(span[1])} on {which}"


def _clock(seconds: float) -> str:
    whole = int(seconds)
    return f"{whole // 3600}:{whole // 60 % 60:02}:{whole % 60:02}"


def _speaker_cells(speaker: Speaker, n_words: int) -> tuple[str, ...]:
    share = f"{speaker.n_words / max(1, n_words):.0%}"
    sizes = (f"{speaker.n_turns:,}", f"{speaker.n_words:,}", share)
    return (" ", show_label(speaker.label), role_name(speaker), *sizes, f"{speaker.confidence:.0%}", speaker.reason)


def _remarks(checked: Checked) -> list[str]:
    lines = [f"note: {describe(note)}" for note in checked.session.notes if note.kind != "W_SWAPPED_TURNS"]
    lines += [f"corrected: {sentence}" for sentence in checked.intake.corrections]
    for swap, (first, last) in zip(checked.intake.swaps, checked.swapped_turns(), strict=True):
        why = "; ".join(swap.points) or "the talk goes against the labels"
        lines.append(f"speakers exchanged in turns {first}-{last}? There, who is called client {why}.")
    if checked.abstentions:
        return [*lines, *(f"no score: {abstention.reason}" for abstention in checked.abstentions)]
    return [*lines, "`code` would score this session."]


def _short_remarks(checked: Checked) -> list[str]:
    swaps = [f"Exchanged in turns {first}-{last}?" for first, last in checked.swapped_turns()]
    kinds = [note.kind for note in checked.session.notes if note.kind != "W_SWAPPED_TURNS"]
    return swaps + ([", ".join(kinds)] if kinds else [])


def _words(checked: Checked, number: int, longest: int = 100) -> str:
    return show_label(checked.session.turn_text(number), longest)
