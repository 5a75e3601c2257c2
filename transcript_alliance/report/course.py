"""The sessions of one client in order, with what changed between them: values only, no wording.

Scores of different versions of the model are never set against each other: a comparison reaches back as far as the
model of the later session does.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from transcript_alliance.annotations import CodedSession, Resolution, RuptureEvent, RuptureKind, ScaleQuality, Score
from transcript_alliance.errors import TableError
from transcript_alliance.report.change import Change, measured, reliable_change
from transcript_alliance.report.drops import RULES, Drop, Spread, drops, mean, spread
from transcript_alliance.report.labels import InstrumentLabel
from transcript_alliance.report.likely import is_likely
from transcript_alliance.report.manifest import Listed, Rating, clients
from transcript_alliance.session import Session

UNANSWERED = (Resolution.MISSED, Resolution.UNRESOLVED)
"""How a strain stands that is worth taking up again."""


@dataclass(frozen=True, slots=True)
class Strain:
    """A rupture of a session, by its place alone: no words."""

    kind: RuptureKind
    resolution: Resolution
    first: int
    last: int
    """Turn numbers, from 1."""
    score: float
    """0..1: how likely an observer would mark it."""


@dataclass(frozen=True, slots=True)
class Visit:
    """One session in the course."""

    listed: Listed
    model: str
    model_sha256: str
    n_turns: int
    scores: tuple[Score | None, ...]
    """In the order of the course's scales; None where the model has no such scale."""
    strains: tuple[Strain, ...]
    """Those likely enough to be counted."""
    possible: tuple[Strain, ...]
    """The others, which no sentence, count or picture takes up."""
    hidden: bool
    """True until a person has rated the session: scores and strains are then left out."""
    rating: Rating | None
    """A person's own ratings, never mixed with the model's."""

    @property
    def unanswered(self) -> tuple[Strain, ...]:
        """Strains that were missed or stayed."""
        return tuple(strain for strain in self.strains if strain.resolution in UNANSWERED)


@dataclass(frozen=True, slots=True)
class RuleResult:
    """Falls that one rule finds; `least` is its size in scale points, None when no spread is known."""

    deviations: float
    least: float | None
    drops: tuple[Drop, ...]


@dataclass(frozen=True, slots=True)
class ScaleCourse:
    """One scale over the visits."""

    scale: str
    quality: ScaleQuality | None
    """Of the last visit's model."""
    values: tuple[Score | None, ...]
    """As long as the visits."""
    steps: tuple[Change | None, ...]
    """From the latest earlier visit that has a number by the same model; None at the first such."""
    overall: Change | None
    """From the first to the last visit with a number by the last visit's model; None when they are one."""
    spread: Spread
    rules: tuple[RuleResult, ...]


@dataclass(frozen=True, slots=True)
class Course:
    """All sessions of one client."""

    client: str
    visits: tuple[Visit, ...]
    """In order; at least one."""
    scales: tuple[ScaleCourse, ...]
    absent: tuple[str, ...]
    """Sessions that the manifest names and no coded file was given for."""

    @property
    def models(self) -> tuple[str, ...]:
        """Names of the models of the visits, each once."""
        return tuple(dict.fromkeys(visit.model for visit in self.visits))


@dataclass(frozen=True, slots=True)
class Blinding:
    """Model scores stay hidden where no person's rating is given."""

    ratings: Mapping[str, Rating]


def courses(
    listed: Sequence[Listed],
    coded: Mapping[str, CodedSession],
    instrument: InstrumentLabel,
    blinding: Blinding | None = None,
    ratings: Mapping[str, Rating] | None = None,
) -> tuple[Course, ...]:
    """The courses of all clients who have a coded session, by name; `coded` by session name.

    Raises TableError UNLISTED when a coded session is not in `listed`.
    """
    strangers = coded.keys() - {entry.session for entry in listed}
    if strangers:
        what = f"{len(strangers)} of {len(coded)} coded sessions are not in the list of sessions."
        raise TableError("UNLISTED", what, where=min(strangers)[:80], hint="add a row for each, or leave the file out")
    given = ratings or (blinding.ratings if blinding else {})
    groups = []
    for client, entries in clients(listed):
        visits = tuple(
            _visit(entry, coded[entry.session], instrument, given.get(entry.session), blinded=blinding is not None)
            for entry in entries
            if entry.session in coded
        )
        if visits:
            groups.append((client, visits, tuple(e.session for e in entries if e.session not in coded)))
    qualities = {c.provenance.model_sha256: c.quality for c in coded.values()}
    return tuple(
        Course(client, visits, _scales(place, groups, instrument, qualities), absent)
        for place, (client, visits, absent) in enumerate(groups)
    )


_Group = tuple[str, tuple[Visit, ...], tuple[str, ...]]


def _visit(
    entry: Listed, coded: CodedSession, instrument: InstrumentLabel, rating: Rating | None, *, blinded: bool
) -> Visit:
    hidden = blinded and rating is None
    if hidden:
        # Taken away here, so that no page, table or file further down can show it.
        coded = replace(coded, markers=(), events=(), scores=(), windows=())
    by_scale = {s.scale: s for s in coded.scores if s.instrument == instrument.instrument}
    return Visit(
        entry,
        coded.provenance.model,
        coded.provenance.model_sha256,
        len(coded.session.turns),
        tuple(by_scale.get(scale.scale) for scale in instrument.scales),
        tuple(_strain(coded.session, event) for event in coded.events if is_likely(event)),
        tuple(_strain(coded.session, event) for event in coded.events if not is_likely(event)),
        hidden,
        rating,
    )


def _strain(session: Session, event: RuptureEvent) -> Strain:
    first = session.utterances[event.start].turn + 1
    last = session.utterances[max(event.start, event.end - 1)].turn + 1
    return Strain(event.kind, event.resolution, first, last, event.score)


def _scales(
    place: int,
    groups: Sequence[_Group],
    instrument: InstrumentLabel,
    qualities: Mapping[str, tuple[ScaleQuality, ...]],
) -> tuple[ScaleCourse, ...]:
    visits = groups[place][1]
    model = visits[-1].model_sha256
    found = []
    for number, scale in enumerate(instrument.scales):
        of_model = {
            sha256: q
            for sha256, known in qualities.items()
            for q in known
            if (q.instrument, q.scale) == (instrument.instrument, scale.scale)
        }
        means = [mean(_values(group, number, model)) for _, group, _ in groups]
        found.append(_scale(scale.scale, number, visits, of_model, means))
    return tuple(found)


def _values(visits: Sequence[Visit], number: int, model: str) -> list[float | None]:
    """Values of one scale by one model; None where there is none."""
    scores = [visit.scores[number] if visit.model_sha256 == model else None for visit in visits]
    return [None if score is None else score.value for score in scores]


def _scale(
    scale: str,
    number: int,
    visits: Sequence[Visit],
    of_model: Mapping[str, ScaleQuality],
    client_means: Sequence[float | None],
) -> ScaleCourse:
    quality = of_model.get(visits[-1].model_sha256)
    comparable = _values(visits, number, visits[-1].model_sha256)
    deviation = spread(comparable, client_means)
    rules = tuple(_rule(multiple, deviation.stricter, comparable) for multiple in RULES)
    scores = tuple(visit.scores[number] for visit in visits)
    steps = tuple(_step(visits, number, place, of_model) for place in range(len(visits)))
    known = [place for place, value in enumerate(comparable) if value is not None]
    overall = _between(scores[known[0]], scores[known[-1]], quality) if len(known) > 1 else None
    return ScaleCourse(scale, quality, scores, steps, overall, deviation, rules)


def _rule(multiple: float, deviation: float | None, values: Sequence[float | None]) -> RuleResult:
    least = None if deviation is None else multiple * deviation
    return RuleResult(multiple, least, () if least is None else drops(values, least))


def _step(visits: Sequence[Visit], number: int, place: int, of_model: Mapping[str, ScaleQuality]) -> Change | None:
    here = visits[place]
    for earlier in reversed(visits[:place]):
        score = earlier.scores[number]
        if score is not None and score.value is not None and earlier.model_sha256 == here.model_sha256:
            return _between(score, here.scores[number], of_model.get(here.model_sha256))
    return None


def _between(before: Score | None, after: Score | None, quality: ScaleQuality | None) -> Change | None:
    if before is None or after is None:
        return None
    miss = quality.mae if quality else None
    first, second = measured(before, miss), measured(after, miss)
    return reliable_change(first, second) if first and second else None
