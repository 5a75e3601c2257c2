"""Section 3: the session from left to right, turn by turn, as lanes that share one width, and as a table."""

from dataclasses import dataclass
from itertools import pairwise

from transcript_alliance.annotations import Origin, RuptureEvent, Score, Window
from transcript_alliance.report.context import Context
from transcript_alliance.report.figures import Scale
from transcript_alliance.report.labels import InstrumentLabel
from transcript_alliance.report.words import clock, visible
from transcript_alliance.session import Role

TALK_HEIGHT = 30
"""Pixels of the longest turn's bar; therapist upward, client downward."""
TRACK_HEIGHT = 84
"""Pixels of a trajectory."""
TRACK_PAD = 10
"""Pixels free above and below a trajectory."""
MAX_TICKS = 10
TICK_STEPS = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000)


@dataclass(frozen=True, slots=True)
class Stretch:
    """Turns `first` to `last`: percent where it begins and how wide it is."""

    x: float
    width: float
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Topic:
    """An episode."""

    place: int
    stretch: Stretch
    keywords: str
    share: str
    """Therapist's share of the topic's words, in percent; empty when nobody spoke."""


@dataclass(frozen=True, slots=True)
class TalkBar:
    """One turn's words."""

    stretch: Stretch
    role: Role
    who: str
    y: float
    height: float
    n_words: int


@dataclass(frozen=True, slots=True)
class Strain:
    """A rupture as a stretch, and the turns that answered it."""

    place: int
    stretch: Stretch
    kind: str
    """Value of `RuptureKind`."""
    resolution: str
    """Value of `Resolution`."""
    repairs: tuple[tuple[int, float], ...]
    """Number and percent of each answering turn."""


@dataclass(frozen=True, slots=True)
class Dot:
    """One turn in which a code was seen."""

    number: int
    x: float
    origin: str
    """Value of `Origin`."""
    score: str
    """Probability in percent for the model; empty for a cue or a person."""


@dataclass(frozen=True, slots=True)
class CodeLane:
    """One code along the session."""

    label: str
    family: str
    dots: tuple[Dot, ...]


@dataclass(frozen=True, slots=True)
class TrackPoint:
    """One window's score: the middle of its turns, and value, low and high as shown and as pixels."""

    stretch: Stretch
    x: float
    y: float
    y_low: float
    y_high: float
    value: str
    low: str
    high: str


@dataclass(frozen=True, slots=True)
class Track:
    """One scale over the windows that have a number for it; neighbours are joined, gaps are not."""

    label: str
    top: str
    neutral: str | None
    bottom: str
    y_top: float
    y_neutral: float | None
    y_bottom: float
    points: tuple[TrackPoint, ...]
    joins: tuple[tuple[TrackPoint, TrackPoint], ...]
    n_missing: int
    """Windows without a number."""


@dataclass(frozen=True, slots=True)
class Timeline:
    """All lanes of the picture."""

    n_turns: int
    ticks: tuple[tuple[float, str], ...]
    """Percent and turn number."""
    clocks: tuple[tuple[float, str], ...]
    """Percent and time from the start; empty when the file gives no times."""
    topics: tuple[Topic, ...]
    talk: tuple[TalkBar, ...]
    shares: tuple[str, str]
    """Therapist's and client's share of the words, in percent; empty when nobody spoke."""
    strains: tuple[Strain, ...]
    lanes: tuple[CodeLane, ...]
    tracks: tuple[Track, ...]
    origins: tuple[str, ...]
    """Origins that occur among the dots."""


def timeline(context: Context) -> Timeline:
    """The picture of the whole session."""
    n_turns = len(context.coded.session.turns)
    step = next((s for s in TICK_STEPS if n_turns <= s * MAX_TICKS), TICK_STEPS[-1])
    marked = [1, *range(step, n_turns + 1, step)] if step > 1 else list(range(1, n_turns + 1))
    ticks = tuple((_middle(n, n, n_turns), str(n)) for n in marked)
    starts = {n: context.coded.session.turns[n - 1].start_s for n in marked}
    clocks = tuple((_middle(n, n, n_turns), clock(start)) for n, start in starts.items() if start is not None)
    shares = [context.talk_share(role) for role in (Role.THERAPIST, Role.CLIENT)]
    lanes = _code_lanes(context)
    return Timeline(
        n_turns,
        ticks,
        clocks,
        _topics(context),
        _talk(context),
        (
            "" if shares[0] is None else context.words.percent(shares[0]),
            "" if shares[1] is None else context.words.percent(shares[1]),
        ),
        tuple(_strain(context, place, event) for place, event in enumerate(context.strains, start=1)),
        lanes,
        _tracks(context),
        tuple(o.value for o in Origin if any(dot.origin == o.value for lane in lanes for dot in lane.dots)),
    )


def _middle(first: int, last: int, n_turns: int) -> float:
    return round(100 * (first - 1 + last) / 2 / n_turns, 2)


def _stretch(first: int, last: int, n_turns: int) -> Stretch:
    return Stretch(round(100 * (first - 1) / n_turns, 2), round(100 * (last - first + 1) / n_turns, 2), first, last)


def _range_stretch(context: Context, start: int, end: int) -> Stretch:
    return _stretch(*context.numbers(start, end), len(context.coded.session.turns))


def _topics(context: Context) -> tuple[Topic, ...]:
    return tuple(
        Topic(
            place,
            _range_stretch(context, e.start, e.end),
            visible(", ".join(e.keywords)),
            _share(context, e.start, e.end),
        )
        for place, e in enumerate(context.coded.session.episodes, start=1)
        if e.end > e.start
    )


def _share(context: Context, start: int, end: int) -> str:
    session = context.coded.session
    counts = dict.fromkeys(Role, 0)
    for utterance in session.utterances[start:end]:
        counts[session.role(utterance.turn)] += len(utterance.text.split())
    both = counts[Role.THERAPIST] + counts[Role.CLIENT]
    return context.words.percent(counts[Role.THERAPIST] / both) if both else ""


def _talk(context: Context) -> tuple[TalkBar, ...]:
    session = context.coded.session
    counts = [len(session.turn_text(i).split()) for i in range(len(session.turns))]
    longest = max(counts, default=0) or 1
    bars = []
    for i, n_words in enumerate(counts):
        role = session.role(i)
        height = round(TALK_HEIGHT * n_words / longest, 2)
        top = TALK_HEIGHT if role is Role.CLIENT else TALK_HEIGHT - height
        stretch = _stretch(i + 1, i + 1, len(counts))
        bars.append(TalkBar(stretch, role, context.role_word(role), round(top, 2), height, n_words))
    return tuple(bars)


def _strain(context: Context, place: int, event: RuptureEvent) -> Strain:
    n_turns = len(context.coded.session.turns)
    return Strain(
        place,
        _range_stretch(context, event.start, event.end),
        event.kind.value,
        event.resolution.value,
        tuple((n, _middle(n, n, n_turns)) for n in context.answering(event)),
    )


def _code_lanes(context: Context) -> tuple[CodeLane, ...]:
    found: dict[str, dict[int, Dot]] = {}
    n_turns = len(context.coded.session.turns)
    # A person's marker is read last, so that it is the one shown where both marked a turn.
    for marker in sorted(context.counted(), key=lambda m: (m.origin is Origin.HUMAN, m.start)):
        turn = context.marker_number(marker)
        score = context.words.percent(marker.score) if marker.origin is Origin.MODEL else ""
        found.setdefault(marker.code, {})[turn] = Dot(turn, _middle(turn, turn, n_turns), marker.origin.value, score)
    return tuple(
        CodeLane(code.label, code.family.value, tuple(dot for _, dot in sorted(found[code.code].items())))
        for code in context.codes(found)
    )


def _tracks(context: Context) -> tuple[Track, ...]:
    if not context.labels.instruments:
        return ()
    alliance = context.labels.instruments[0]
    windows = sorted(context.coded.windows, key=lambda w: (w.start, w.end))
    tracks = []
    for scale in alliance.scales:
        scores = [_score(window, alliance.instrument, scale.scale) for window in windows]
        pairs = list(zip(windows, scores, strict=True))
        if scale.text_codable and any(s is not None and s.value is not None for s in scores):
            tracks.append(_track(context, context.scale_name(alliance, scale), alliance, pairs))
    return tuple(tracks)


def _score(window: Window, instrument: str, scale: str) -> Score | None:
    return next((s for s in window.scores if (s.instrument, s.scale) == (instrument, scale)), None)


def _track(
    context: Context, label: str, instrument: InstrumentLabel, pairs: list[tuple[Window, Score | None]]
) -> Track:
    axis = Scale(instrument.low, instrument.high)
    points = [_track_point(context, axis, window, score) for window, score in pairs]
    known = tuple(point for point in points if point is not None)
    joins = tuple((a, b) for a, b in pairwise(points) if a is not None and b is not None)
    neutral = instrument.neutral
    return Track(
        label,
        f"{instrument.high:g}",
        None if neutral is None else f"{neutral:g}",
        f"{instrument.low:g}",
        axis.y(instrument.high, TRACK_HEIGHT, TRACK_PAD),
        None if neutral is None else axis.y(neutral, TRACK_HEIGHT, TRACK_PAD),
        axis.y(instrument.low, TRACK_HEIGHT, TRACK_PAD),
        known,
        joins,
        len(points) - len(known),
    )


def _track_point(context: Context, axis: Scale, window: Window, score: Score | None) -> TrackPoint | None:
    if score is None or score.value is None or score.low is None or score.high is None:
        return None
    stretch = _range_stretch(context, window.start, window.end)
    y, y_low, y_high = (axis.y(v, TRACK_HEIGHT, TRACK_PAD) for v in (score.value, score.low, score.high))
    return TrackPoint(
        stretch,
        _middle(stretch.first, stretch.last, len(context.coded.session.turns)),
        y,
        y_low,
        y_high,
        context.words.number(score.value),
        context.words.number(score.low),
        context.words.number(score.high),
    )
