"""Three invented sessions with annotations set by hand: a strong one, a poor one, one that abstains.

The talk is in the `.txt` files beside this one. A line may end with its markers in brackets, such as
`[EMP .81 "I hear" | WARM cue "good"]`: code, probability (or `cue` or `human`), and the words that show it.
"""

import re
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from tests.builders import make_session
from transcript_alliance.annotations import (
    CodedSession,
    CodeScore,
    Marker,
    Origin,
    Provenance,
    Resolution,
    RuptureEvent,
    RuptureKind,
    ScaleQuality,
    Score,
    Span,
    Window,
)
from transcript_alliance.report.labels import CodeLabel, Family, InstrumentLabel, ReportLabels, ScaleLabel
from transcript_alliance.session import Episode, Note, Role, Session

HERE = Path(__file__).parent
_BRACKET = re.compile(r"\s*\[([^\]]*)\]\s*$")
_MARKER = re.compile(r'(\w+)(?: (\.\d+|cue|human))?(?: "([^"]*)")?$')


def _code(code: str, label: str, definition: str, family: Family, parent: str | None = None) -> CodeLabel:
    role = Role.CLIENT if family in (Family.CLIENT, Family.WITHDRAWAL, Family.CONFRONTATION) else Role.THERAPIST
    return CodeLabel(code, label, definition, family, role, parent)


CODES = (
    _code("EMP", "Empathy", "The therapist takes up what the client feels or means and says it.", Family.SKILL),
    _code("WARM", "Warmth", "The therapist shows liking, acceptance or appreciation.", Family.SKILL),
    _code("HOPE", "Hope", "The therapist conveys that change is possible and within reach.", Family.SKILL),
    _code("PERS", "Persuasive rationale", "The therapist offers a view the client can take on.", Family.SKILL),
    _code("BOND", "Building a “we”", "The therapist seeks agreement on goals or tasks as a pair.", Family.SKILL),
    _code("RRR", "Responding to strain", "The therapist notices strain and turns toward it.", Family.SKILL),
    _code("OPEN", "Going deeper", "The client says more of a feeling after the therapist's turn.", Family.CLIENT),
    _code("INSIGHT", "New understanding", "The client sees something in a new way.", Family.CLIENT),
    _code("COMMIT", "Taking up a step", "The client makes a task or a goal their own.", Family.CLIENT),
    _code("TRUST", "Feeling understood", "The client says or shows trust in the therapist.", Family.CLIENT),
    _code("HOPEC", "Expecting change", "The client expects things to improve.", Family.CLIENT),
    _code(
        "NEG", "Steering over the client", "Lecturing, ordering, arguing or passing over a feeling.", Family.HINDRANCE
    ),
    _code("W2", "Minimal response", "A short answer that closes an invitation.", Family.WITHDRAWAL, "W"),
    _code("W4", "Topic shift", "A story or a change of topic that leaves the work.", Family.WITHDRAWAL, "W"),
    _code("W5", "Appeasing", "Agreement that hides disagreement.", Family.WITHDRAWAL, "W"),
    _code("W7", "Hopelessness about the work", "Hopelessness that leaves the work.", Family.WITHDRAWAL, "W"),
    _code("C3", "Complaint about activities", "The client objects to what is done.", Family.CONFRONTATION, "C"),
    _code("C5", "Complaint about progress", "The client objects to how far it has got.", Family.CONFRONTATION, "C"),
    _code("C6", "Defending oneself", "The client defends themselves.", Family.CONFRONTATION, "C"),
    _code("R2", "Changing the task", "The therapist changes the task or the goal.", Family.REPAIR, "R"),
    _code("R4", "Inviting feedback", "The therapist invites thoughts about the work.", Family.REPAIR, "R"),
    _code("R5", "Owning a part", "The therapist names their own part in the strain.", Family.REPAIR, "R"),
    _code("R10", "Refocusing", "The therapist leads back to the work.", Family.REPAIR, "R"),
)

LABELS = ReportLabels(
    CODES,
    (
        InstrumentLabel(
            "wai-o-s",
            "Working Alliance Inventory, short observer form",
            "Tracey & Kokotovic 1989; anchors after Darchuk et al. 2000",
            1,
            7,
            4,
            tuple(
                ScaleLabel(s, s.title() if s != "total" else "Alliance overall")
                for s in ("goal", "task", "bond", "total")
            ),
        ),
        InstrumentLabel(
            "fis",
            "Facilitative Interpersonal Skills",
            "Anderson et al. 2009; Anderson & Patterson 2013",
            1,
            5,
            3,
            (
                ScaleLabel("verbal_fluency", "Verbal fluency", text_codable=False),
                ScaleLabel("hope", "Hope and positive expectations"),
                ScaleLabel("persuasiveness", "Persuasiveness"),
                ScaleLabel("emotional_expression", "Emotional expression", text_codable=False),
                ScaleLabel("warmth", "Warmth, acceptance, understanding"),
                ScaleLabel("empathy", "Empathy"),
                ScaleLabel("bond_capacity", "Alliance bond capacity"),
                ScaleLabel("rupture_repair", "Rupture-repair responsiveness"),
            ),
        ),
    ),
)
"""Names as a pipeline would hand them over."""

PROVENANCE = Provenance(
    package_version="0.1.0",
    input_sha256="6d1f" * 16,
    input_format="vtt",
    input_encoding="utf-8",
    settings_sha256="0a3c" * 16,
    codebooks_sha256="77e2" * 16,
    instruments_sha256="b0c4" * 16,
    model="alliance-minilm-0.1",
    model_sha256="f00d" * 16,
    tokenizer_sha256="53aa" * 16,
    libraries=(("torch", "2.13.0"), ("transformers", "5.23.0"), ("spacy", "3.8.18"), ("numpy", "2.3.1")),
    machine="linux x86_64",
)

QUALITY = (
    ScaleQuality("wai-o-s", "goal", 0.74, 0.66, 0.81, 0.62, "tf-idf ridge", 0.49, 0.93, 496),
    ScaleQuality("wai-o-s", "task", 0.78, 0.70, 0.84, 0.60, "tf-idf ridge", 0.51, 0.94, 496),
    ScaleQuality("wai-o-s", "bond", 0.81, 0.74, 0.87, 0.55, "tf-idf ridge", 0.47, 0.95, 496),
    ScaleQuality("wai-o-s", "total", 0.82, 0.75, 0.88, 0.54, "tf-idf ridge", 0.52, 0.98, 496),
    ScaleQuality("fis", "hope", 0.58, 0.47, 0.68, 0.49, "length only", 0.31, 0.81, 496),
    ScaleQuality("fis", "persuasiveness", 0.55, 0.43, 0.66, 0.51, "length only", 0.35, 0.79, 496),
    ScaleQuality("fis", "warmth", 0.76, 0.68, 0.83, 0.42, "length only", 0.29, 0.90, 496),
    ScaleQuality("fis", "empathy", 0.77, 0.69, 0.83, 0.44, "length only", 0.33, 0.91, 496),
    ScaleQuality("fis", "bond_capacity", 0.72, 0.63, 0.79, 0.46, "length only", 0.30, 0.88, 496),
    ScaleQuality("fis", "rupture_repair", 0.28, -0.06, 0.55, 0.80, "length only", 0.12, None, 131),
)


def read_session(name: str, labels: dict[str, str], seconds_a_word: float | None) -> tuple[Session, tuple[Marker, ...]]:
    """The session of `name`.txt with its speakers renamed, and its markers."""
    lines = (HERE / f"{name}.txt").read_text("utf-8").splitlines()
    session = make_session("\n".join(_BRACKET.sub("", line) for line in lines), f"{name}_session_03")
    markers = tuple(m for turn, line in enumerate(lines) for m in _markers(session, turn, line))
    speakers = tuple(replace(s, label=labels.get(s.label, s.label)) for s in session.speakers)
    clock, turns = 0.0, []
    for number, turn in enumerate(session.turns):
        short = session.turn_text(number) in ("Mm-hm.", "Mhm.")
        start = clock if seconds_a_word is not None else None
        clock += len(session.turn_text(number).split()) * (seconds_a_word or 0) + 2
        turns.append(replace(turn, start_s=start, end_s=clock - 1 if start is not None else None, backchannel=short))
    return replace(session, speakers=speakers, turns=tuple(turns)), markers


def _markers(session: Session, turn: int, line: str) -> Iterable[Marker]:
    bracket = _BRACKET.search(line)
    for part in bracket.group(1).split("|") if bracket else ():
        found = _MARKER.match(part.strip())
        assert found is not None, part
        code, weight, words = found.groups()
        origin = Origin(weight) if weight in ("cue", "human") else Origin.MODEL
        score = float(weight) if origin is Origin.MODEL else 1.0
        here = session.turns[turn]
        yield Marker(code, here.start, here.end, score, origin, _spans(session, here.start, here.end, words))


def _spans(session: Session, start: int, end: int, words: str | None) -> tuple[Span, ...]:
    if words is None:
        return ()
    for number in range(start, end):
        at = session.utterances[number].text.find(words)
        if at >= 0:
            return (Span(number, at, at + len(words)),)
    raise AssertionError(f"not in the turn: {words}")


def _episodes(session: Session, *parts: tuple[int, tuple[str, ...]]) -> Session:
    """Episodes that begin at the given turn numbers (from 1) with the given keywords."""
    starts = [session.turns[first - 1].start for first, _ in parts] + [len(session.utterances)]
    return replace(
        session,
        episodes=tuple(Episode(a, b, keywords) for a, b, (_, keywords) in zip(starts, starts[1:], parts, strict=False)),
    )


def turns(session: Session, first: int, last: int | None = None) -> tuple[int, int]:
    """Utterance range of turns `first` to `last`, counted from 1."""
    return session.turns[first - 1].start, session.turns[(last or first) - 1].end


def score(instrument: str, scale: str, value: float, half: float, up: Iterable[int], down: Iterable[int]) -> Score:
    """A score with a symmetric interval cut at the scale's ends; evidence as turn numbers from 1."""
    label = next(i for i in LABELS.instruments if i.instrument == instrument)
    return Score(
        instrument,
        scale,
        value,
        max(label.low, round(value - half, 2)),
        min(label.high, round(value + half, 2)),
        tuple(n - 1 for n in up),
        tuple(n - 1 for n in down),
    )


def no_score(instrument: str, scale: str, reason: str) -> Score:
    """An abstention."""
    return Score(instrument, scale, None, None, None, abstained=reason)


def windows(session: Session, *parts: tuple[int, int, tuple[float, float, float]]) -> tuple[Window, ...]:
    """Parts of the session (first turn, last turn) with goal, task and bond."""
    return tuple(
        Window(
            *turns(session, first, last),
            tuple(score("wai-o-s", s, v, 0.8, (), ()) for s, v in zip(("goal", "task", "bond"), values, strict=True)),
        )
        for first, last, values in parts
    )


def event(
    session: Session,
    kind: RuptureKind,
    where: tuple[int, int],
    signs: tuple[tuple[str, float], ...],
    answers: tuple[int, ...],
    strategies: tuple[tuple[str, float], ...],
    resolution: Resolution,
) -> RuptureEvent:
    """A rupture over turns `where`, answered in the turns `answers`, all counted from 1."""
    return RuptureEvent(
        kind,
        *turns(session, *where),
        signs[0][1],
        tuple(CodeScore(*s) for s in signs),
        tuple(CodeScore(*s) for s in strategies),
        tuple(turns(session, n) for n in answers),
        answers[0] - where[0] if answers else None,
        resolution,
    )


def strong() -> CodedSession:
    """A session that goes well: one strain, noticed and resolved."""
    session, markers = read_session("strong", {"T": "Dr. Hale", "C": "Martin"}, 0.42)
    session = _episodes(
        session,
        (1, ("bus", "school", "Monday", "ashamed")),
        (11, ("expert", "task", "cross")),
        (19, ("stop", "alarm", "teacher", "phone")),
        (33, ("voice", "dad", "slowly")),
        (39, ("quarter", "eight", "shoulders")),
    )
    session = replace(session, notes=(Note("W_REPEATS", 3, 41), Note("W_TIMES", 1, 88)))
    strain = event(
        session, RuptureKind.WITHDRAWAL, (12, 18), (("W5", 0.82),), (15, 17, 19), (("R5", 0.9), ("R2", 0.74)),
        Resolution.RESOLVED,
    )  # fmt: skip
    wai, fis = "wai-o-s", "fis"
    scores = (
        score(wai, "goal", 5.9, 0.8, (20, 42, 9), (14,)),
        score(wai, "task", 6.1, 0.7, (20, 24, 42), (12, 11)),
        score(wai, "bond", 6.3, 0.6, (36, 18, 46), (12,)),
        score(wai, "total", 6.1, 0.6, (20, 36, 42), (12, 14)),
        score(fis, "hope", 3.9, 0.7, (25, 45), ()),
        score(fis, "persuasiveness", 4.1, 0.8, (23,), (11,)),
        score(fis, "warmth", 4.6, 0.5, (37, 17, 7), ()),
        score(fis, "empathy", 4.5, 0.5, (7, 3, 35), (13,)),
        score(fis, "bond_capacity", 4.2, 0.7, (19, 9, 31), (11,)),
        score(fis, "rupture_repair", 4.4, 1.5, (15, 17), ()),
    )
    parts = windows(
        session,
        (1, 10, (5.2, 5.0, 5.4)), (6, 16, (4.7, 4.1, 4.6)), (11, 22, (5.1, 4.9, 5.6)),
        (19, 30, (6.0, 6.2, 6.1)), (27, 38, (5.9, 6.0, 6.5)), (35, 46, (6.3, 6.3, 6.6)),
    )  # fmt: skip
    return CodedSession(session, markers, (strain,), scores, parts, QUALITY, PROVENANCE)


def poor() -> CodedSession:
    """A session that goes badly: strains that are missed, one that is answered and stays."""
    session, markers = read_session("poor", {"T": "Therapist", "C": "Client"}, None)
    session = _episodes(
        session,
        (1, ("diary", "hospital", "minutes")),
        (11, ("thought", "studies", "judging")),
        (19, ("percent", "balanced", "sister")),
        (27, ("tired", "list", "chair")),
        (35, ("weeks", "spelling", "sheet")),
    )
    wd, cf = RuptureKind.WITHDRAWAL, RuptureKind.CONFRONTATION
    events = (
        event(session, wd, (6, 8), (("W2", 0.78),), (), (), Resolution.MISSED),
        event(session, cf, (14, 18), (("C3", 0.87), ("C6", 0.9)), (), (), Resolution.MISSED),
        event(session, wd, (24, 26), (("W5", 0.84), ("W4", 0.71)), (), (), Resolution.MISSED),
        event(
            session, cf, (36, 40), (("C3", 0.92), ("C5", 0.56), ("W7", 0.52)), (37, 39), (("R4", 0.83), ("R10", 0.58)),
            Resolution.UNRESOLVED,
        ),
        event(session, wd, (44, 44), (("W2", 0.63),), (), (), Resolution.MISSED),
    )  # fmt: skip
    wai, fis = "wai-o-s", "fis"
    scores = (
        score(wai, "goal", 2.3, 0.9, (), (14, 38, 36)),
        score(wai, "task", 1.8, 0.7, (), (38, 14, 16)),
        score(wai, "bond", 2.4, 0.9, (33,), (29, 5, 18)),
        score(wai, "total", 2.1, 0.7, (33,), (38, 14, 29)),
        score(fis, "hope", 1.9, 0.8, (), (13, 23)),
        score(fis, "persuasiveness", 2.2, 0.9, (15,), (17, 39)),
        score(fis, "warmth", 1.6, 0.5, (33,), (29, 5)),
        score(fis, "empathy", 1.7, 0.5, (33,), (11, 29, 35)),
        score(fis, "bond_capacity", 1.9, 0.7, (37,), (15, 39)),
        score(fis, "rupture_repair", 2.4, 1.5, (37,), (39, 17)),
    )
    parts = windows(
        session,
        (1, 10, (3.4, 3.0, 3.6)), (6, 16, (2.6, 2.0, 2.6)), (13, 24, (2.0, 1.7, 2.2)),
        (21, 32, (2.1, 1.8, 1.9)), (29, 40, (2.4, 1.9, 2.9)), (35, 44, (2.0, 1.6, 2.3)),
    )  # fmt: skip
    return CodedSession(session, markers, events, scores, parts, QUALITY, PROVENANCE)


REASON = "The roles of the two speakers cannot be told apart, so nobody can say whose skills these would be."


def doubtful() -> CodedSession:
    """A talk between two people of whom neither is clearly the therapist: every scale abstains."""
    session, markers = read_session("doubtful", {"O1": "Speaker 1", "O2": "Speaker 2"}, None)
    speakers = tuple(
        replace(s, confidence=0.52, reason="asks and advises as often as the other") for s in session.speakers
    )
    session = replace(session, speakers=speakers, notes=(Note("W_ROLES"),))
    scores = tuple(
        no_score(i.instrument, s.scale, REASON) for i in LABELS.instruments for s in i.scales if s.text_codable
    )
    return CodedSession(session, markers, (), scores, (), QUALITY, PROVENANCE)


SAMPLES = {"strong": strong, "poor": poor, "doubtful": doubtful}
