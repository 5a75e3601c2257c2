"""The talk of a session as other programs take it: turns with speakers and times, and nothing that was found in it."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from transcript_alliance.errors import OutputError
from transcript_alliance.readers.decode import clean
from transcript_alliance.session import RawTurn, Role, Session


@dataclass(frozen=True, slots=True)
class SpokenTurn:
    """A turn that is plain: no control characters, single blanks, times to the millisecond."""

    speaker: str | None
    utterances: tuple[str, ...]
    """One at least, none empty."""
    start_ms: int | None = None
    end_ms: int | None = None
    """Not before `start_ms`."""

    @property
    def text(self) -> str:
        """The utterances joined by one blank."""
        return " ".join(self.utterances)


@dataclass(frozen=True, slots=True)
class TurnNote:
    """Something that is said about a turn of a talk."""

    turn: int
    """Number of the turn in `Talk.turns`."""
    layer: str
    """What it belongs to; each layer has tiers of its own."""
    text: str


@dataclass(frozen=True, slots=True)
class Talk:
    """What a writer takes."""

    name: str
    turns: tuple[SpokenTurn, ...]
    roles: Mapping[str, Role] = field(default_factory=dict)
    """Label -> role, where roles are settled."""

    @property
    def speakers(self) -> tuple[str | None, ...]:
        """The labels in the order in which they are first heard."""
        return tuple(dict.fromkeys(turn.speaker for turn in self.turns))


def session_talk(session: Session) -> Talk:
    """The talk of a session, coded or not, with the speakers' roles."""
    roles = {_plain(speaker.label): speaker.role for speaker in session.speakers}
    return Talk(session.session_id, tuple(turn for _, turn in _spoken(session)), roles)


def talk_turns(session: Session) -> tuple[int, ...]:
    """For each turn of the session's talk, its number in the session: turns without words are left out of the talk."""
    return tuple(number for number, _ in _spoken(session))


def _spoken(session: Session) -> Iterator[tuple[int, SpokenTurn]]:
    for number, turn in enumerate(session.turns):
        texts = [utterance.text for utterance in session.utterances[turn.start : turn.end]]
        spoken = _turn(session.speakers[turn.speaker].label, texts, turn.start_s, turn.end_s)
        if spoken.utterances:
            yield number, spoken


def raw_talk(name: str, turns: Iterable[RawTurn]) -> Talk:
    r"""The talk of turns as they were read or transcribed, called `name`; roles are not known.

    Done to it is what every reader does: control characters and halves of characters become U+FFFD, direction marks
    go, an end before its start takes both times with it, turns without words are left out. Besides, any run of blanks
    and line ends becomes one blank, and times are rounded to the millisecond.

    >>> raw_talk("s1", [RawTurn("T", " So,\n how? ", 1.0004, 2.0), RawTurn("C", " ")]).turns
    (SpokenTurn(speaker='T', utterances=('So, how?',), start_ms=1000, end_ms=2000),)
    """
    made = (_turn(turn.speaker, [turn.text], turn.start_s, turn.end_s) for turn in turns)
    return Talk(name, tuple(turn for turn in made if turn.utterances))


def times_needed(turn: SpokenTurn, format: str) -> tuple[int, int]:
    """Start and end of the turn in milliseconds.

    Raises: OutputError NO_TIMES when one is not known.
    """
    if turn.start_ms is None or turn.end_ms is None:
        what = f"{format} needs the start and the end of every turn."
        raise OutputError("NO_TIMES", what, hint="CSV, CHAT, ELAN and ConvoKit can do without.")
    return turn.start_ms, turn.end_ms


def refuse_disorder(starts: Iterable[int | None], format: str) -> None:
    """Refuse turns that do not stand in the order of time, which is the only order the format has.

    Raises: OutputError NO_ORDER.
    """
    known = [start for start in starts if start is not None]
    if known != sorted(known):
        what = f"{format} keeps turns in the order of time alone, and these stand in another."
        raise OutputError("NO_ORDER", what, hint="CSV, VTT, CHAT and ConvoKit keep any order.")


def _turn(speaker: str | None, texts: Iterable[str], start_s: float | None, end_s: float | None) -> SpokenTurn:
    plain = tuple(text for text in map(_plain, texts) if text)
    start_ms, end_ms = _milliseconds(start_s), _milliseconds(end_s)
    if start_ms is not None and end_ms is not None and end_ms < start_ms:
        start_ms = end_ms = None
    return SpokenTurn(_plain(speaker or "") or None, plain, start_ms, end_ms)


def _plain(text: str) -> str:
    return " ".join(clean(text).text.split())


def _milliseconds(seconds: float | None) -> int | None:
    return None if seconds is None else round(seconds * 1000)
