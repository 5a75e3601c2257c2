"""What `drift` does: measure every session, lay them beside the model's reference, say what differs."""

import json
import math
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from io import StringIO
from pathlib import Path

from rich.console import Console
from rich.progress import track
from rich.table import Table
from rich.text import Text

from transcript_alliance.alliance.bundle import BundleInfo, read_bundle
from transcript_alliance.alliance.dataset import fingerprint
from transcript_alliance.alliance.drift import Difference, Place, differences, label, surface_measures
from transcript_alliance.alliance.phrases import Vocabulary
from transcript_alliance.alliance.word_files import load_words
from transcript_alliance.batch.corpus import list_corpus
from transcript_alliance.commands.faults import unforeseen
from transcript_alliance.errors import TranscriptError, show_name
from transcript_alliance.intake import take_in
from transcript_alliance.session import Session
from transcript_alliance.settings import Settings, default_bundle
from transcript_alliance.store.values import Entry

MOST_ODD = 10
"""Sessions named on a screen; the JSON names all."""
FEW = 20
"""With fewer sessions a shift within the range is hardly ever seen (our choice)."""
Measured = dict[str, float]


@dataclass(frozen=True, slots=True)
class Compared:
    """A corpus beside what a model learned from."""

    model: str
    n_learned: int
    n_sessions: int
    n_seen: int
    """Of these sessions, those that the model learned from."""
    differences: tuple[Difference, ...]
    errors: tuple[TranscriptError, ...]
    """One for each session that could not be read."""

    def odd(self) -> dict[str, list[str]]:
        """Sessions far from all that was learned from, by name, with their measures; those of most measures first."""
        found: dict[str, list[str]] = {}
        for one in self.differences:
            for session in one.odd:
                found.setdefault(session, []).append(one.name)
        return dict(sorted(found.items(), key=lambda item: (-len(item[1]), item[0])))


def compare(corpus: Sequence[str], settings: Settings, *, full: bool = False) -> Compared:
    """The corpus beside the reference of the settings' model.

    Raises InputError or TableError for a corpus that cannot be listed, ModelBundleError for a faulty model. A session
    that cannot be read is among the errors.
    """
    folder = Path(settings.model.path) if settings.model.path else default_bundle()
    info = read_bundle(folder)
    measure = _full(folder, settings) if full else _surface(load_words(folder).vocabulary)
    known = set(info.trained_on.get("fingerprints", ()))
    measured: dict[str, Measured] = {}
    errors: list[TranscriptError] = []
    n_seen = 0
    for entry in _watched(list_corpus(corpus, settings.read)):
        try:
            session = take_in(entry.path, settings).session
            measured[entry.session] = measure(session)
            n_seen += fingerprint(session) in known
        except TranscriptError as error:
            error.where = error.where or show_name(entry.path)
            errors.append(error)
        except Exception as error:
            errors.append(unforeseen(error, show_name(entry.path)))
    return _compared(info, measured, n_seen, errors)


def _compared(info: BundleInfo, measured: dict[str, Measured], n_seen: int, errors: list[TranscriptError]) -> Compared:
    n_learned = int(info.trained_on["sessions"])
    found = differences(measured, info.reference, n_learned)
    return Compared(info.name, n_learned, len(measured), n_seen, found, tuple(errors))


def _watched(entries: Sequence[Entry]) -> Iterable[Entry]:
    """The entries, behind a bar on a terminal."""
    console = Console(stderr=True)
    return track(entries, "measuring", console=console, transient=True, disable=not sys.stderr.isatty())


def _surface(vocabulary: Vocabulary) -> Callable[[Session], Measured]:
    return lambda session: surface_measures(session, vocabulary)


def _full(folder: Path, settings: Settings) -> Callable[[Session], Measured]:
    """Surface measures and what the model reads; loads the network."""
    import numpy as np

    from transcript_alliance.alliance.drift import reading_measures
    from transcript_alliance.coding.cues import code_cues
    from transcript_alliance.pipeline import load_model, read_evidence

    model = load_model(folder, settings.model.threads)
    thresholds, units = np.array(model.info.thresholds), model.units

    def measure(session: Session) -> Measured:
        evidence = read_evidence(session, code_cues(session, model.codebooks), model)
        raw = units.raw(units.scorer.points(evidence))
        values = np.array([line.value(v) for line, v in zip(units.whole, raw, strict=True)])
        read = reading_measures(session, evidence.codes >= thresholds, values, units.scales)
        return {**surface_measures(session, model.words.vocabulary), **read}

    return measure


def as_json(found: Compared) -> str:
    """All that was found, as one JSON object; what has no number is null."""
    measures = [
        {
            "measure": one.name,
            "label": label(one.name),
            "place": one.place.value,
            "n": one.n,
            "percentiles": [round(q, 5) for q in one.found],
            "reference": list(one.reference),
            "beyond": round(one.beyond, 4),
            "psi": _or_none(one.psi),
            "psi_limit": _or_none(one.psi_limit),
            "sentence": sentence(one),
            "odd": list(one.odd),
        }
        for one in found.differences
    ]
    head = {"model": found.model, "sessions": found.n_sessions, "learned_from": found.n_learned, "seen": found.n_seen}
    rest = {"measures": measures, "odd": found.odd(), "not_read": [error.where for error in found.errors]}
    return json.dumps({**head, **rest}, ensure_ascii=False, indent=1, allow_nan=False)


def _or_none(value: float) -> float | None:
    return None if math.isnan(value) else round(value, 4)


def as_text(found: Compared) -> str:
    """All that was found, for a screen."""
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
    for heading in (
        "measure",
        "5th",
        "median",
        "95th",
        "| learned: 5th",
        "median",
        "95th",
        "| beyond",
        "PSI",
        "counts from",
        "",
    ):
        table.add_column(heading, justify="left" if heading in ("measure", "") else "right")
    for one in found.differences:
        cells = (one.found[0], one.found[2], one.found[-1], one.reference[0], one.reference[2], one.reference[-1])
        index = ("", "") if math.isnan(one.psi) else (f"{one.psi:.2f}", f"{one.psi_limit:.2f}")
        shown = (*map(_number, cells), f"{one.beyond:.0%}", *index)
        table.add_row(*map(Text, (label(one.name), *shown, one.place.value)))
    out = StringIO()
    Console(file=out, highlight=False, color_system=None, width=160).print(table)
    head = f"{found.n_sessions:,} sessions beside the {found.n_learned:,} that {found.model} learned from"
    lines = "\n".join(line.rstrip() for line in out.getvalue().splitlines())
    return "\n".join((head, "", lines, "", *_remarks(found)))


def _remarks(found: Compared) -> list[str]:
    count = {place: sum(one.place is place for one in found.differences) for place in Place}
    counted = ", ".join(f"{n} {place}" for place, n in count.items())
    lines = [f"{len(found.differences)} measures: {counted} what the model knows."]
    lines += [sentence(one) for one in found.differences if one.place is not Place.INSIDE]
    if found.n_seen:
        lines.append(f"The model learned from {found.n_seen:,} of these sessions: they look more alike than new ones.")
    if found.n_sessions < FEW:
        lines.append(f"Of {found.n_sessions} sessions little can be told: only large differences show.")
    odd = found.odd()
    if odd:
        lines += ["", f"{len(odd):,} sessions lie far from all that was learned from:"]
        lines += [f"  {name}: {'; '.join(map(label, names))}" for name, names in list(odd.items())[:MOST_ODD]]
        if len(odd) > MOST_ODD:
            lines.append(f"  and {len(odd) - MOST_ODD:,} more; --json names them all")
    lines += ["", "A difference is no error. It says where the figures of the model card need not hold:"]
    lines.append("have people rate some of these sessions, and compare, before the scores are used.")
    return lines


def sentence(one: Difference) -> str:
    """Where these sessions lie, in words."""
    name, middle = label(one.name), _number(one.found[2])
    name = name[:1].upper() + name[1:]  # codes keep their capitals
    low, high = one.reference[0], one.reference[-1]
    among = f"{_number(low)} to {_number(high)}, where nine in ten of those learned from lie"
    if one.place is Place.OUTSIDE:
        side = "below" if one.found[2] < low else "above"
        return f"{name}: outside. Half of these sessions lie at {middle} or {side}; that is {side} {among}."
    if one.place is Place.EDGE:
        return f"{name}: at the edge. {one.beyond:.0%} of these sessions lie beyond {among}."
    shifted = ", though these lie otherwise within it" if one.psi >= one.psi_limit else ""
    return f"{name}: inside. The middle of these sessions, {middle}, is within {among}{shifted}."


def _number(value: float) -> str:
    """Two decimals, or a whole number from a hundred on.

    >>> _number(0.934), _number(1234.5)
    ('0.93', '1,234')
    """
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.2f}"
