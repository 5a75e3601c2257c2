"""Who is the therapist, who the client: by the user's word, by the labels, by how they talk, in this order."""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from types import MappingProxyType

from transcript_alliance.errors import SpeakerError
from transcript_alliance.segment.evidence import count_evidence, main_points, therapist_log_odds
from transcript_alliance.segment.turns import NOT_NAMED, MergedTurn
from transcript_alliance.session import Note, Role
from transcript_alliance.speakers import look_alike_key, named_role, show_label

BY_LABEL = 0.99
"""Confidence in roles that the labels name, and the most that talk alone can give. Source: our choice."""
BY_CONTRADICTED_LABEL = 0.5
"""Confidence when the labels name the roles and the talk says the opposite: it cannot be known."""
CONTRADICTION = 3.0
"""Log odds at which the talk contradicts the labels. On the authored corpus no true label comes near it."""
CLEAR_SIDE = 3.0
"""Log odds that must part the pair before a further speaker can be put on one side. Source: our choice."""
NEAR = 0.25
"""Part of the way between the two up to which a further speaker is on one's side. Source: our choice."""
LETTER_LOG_ODDS = 2.0
"""What a letter such as `T` on one side alone adds to the talk: it may be an initial. Source: our choice."""
BY_USER = "settled by the user"
MAIN_SHARE = 0.1
"""Share of the turns that makes somebody a candidate when there are more than two. Source: our choice."""


@dataclass(frozen=True, slots=True)
class GivenRole:
    """A speaker's role, how sure it is (0..1), and why, in words for people."""

    role: Role
    confidence: float
    reason: str
    kept_apart: Role | None = None
    """The side of one who is not of the chosen dyad; the role is then `other`."""


@dataclass(frozen=True, slots=True)
class Roles:
    """The roles by speaker's label, and what was odd about them."""

    given: Mapping[str, GivenRole]
    notes: tuple[Note, ...] = ()


@dataclass(frozen=True, slots=True)
class _Talk:
    """What the decision rests on."""

    speakers: tuple[str, ...]
    """Those who are named, in order of appearance."""
    n_turns: Mapping[str, int]
    counts: Mapping[str, tuple[int, ...]]
    """Of the kinds of evidence, by speaker."""
    beside: Mapping[tuple[str, str], int]
    """How often a turn of one stands directly beside a turn of the other."""

    def log_odds(self, speaker: str, other: str) -> float:
        """That the one is the therapist and the other the client, by their talk."""
        return therapist_log_odds(self.counts[speaker], self.counts[other])

    def most_like_therapist(self, among: Sequence[str]) -> str:
        """Since log odds add up, whoever is ahead of one speaker by most is ahead of all by most."""
        return max(among, key=lambda speaker: self.log_odds(speaker, among[0]) + _letter_log_odds(speaker))

    def closest(self, speaker: str, among: Sequence[str]) -> str:
        """Who is most in exchange with the speaker."""
        others = [other for other in among if other != speaker]
        return max(others, key=lambda other: self.beside.get((speaker, other), 0))

    def main_speakers(self) -> tuple[str, ...]:
        """Those with enough turns to be one of the pair; at least two."""
        by_turns = sorted(self.speakers, key=lambda speaker: -self.n_turns[speaker])
        least = MAIN_SHARE * sum(self.n_turns.values())
        main = {speaker for speaker in by_turns if self.n_turns[speaker] >= least} | set(by_turns[:2])
        return tuple(speaker for speaker in self.speakers if speaker in main)


@dataclass(frozen=True, slots=True)
class _Pair:
    therapist: str
    client: str
    confidence: float
    why_therapist: str
    why_client: str
    by_label: bool
    notes: tuple[Note, ...] = ()


def settle_roles(
    turns: Sequence[MergedTurn],
    therapist: str | None = None,
    settled: Mapping[str, Role] = MappingProxyType({}),
    dyad: str | None = None,
) -> Roles:
    """The role of every speaker.

    The user's word comes first: `therapist` is the label of the therapist as the transcript writes it, `settled`
    the roles by label, `dyad` the pair whose alliance is scored, `THERAPIST:CLIENT`.

    Raises: SpeakerError NO_SPEAKERS when nobody is named, ONE_SPEAKER when only one is, ONE_SIDE when the user's
    roles leave nobody for a side, UNKNOWN_SPEAKER when a label of the user is not among the speakers.
    """
    talk = _talk(turns)
    roles = {speaker: role for speaker, role in settled.items() if speaker in talk.speakers}
    chosen = None if dyad is None else _find_dyad(dyad, talk.speakers)
    if chosen is not None:
        pair = _Pair(*chosen, 1.0, BY_USER, BY_USER, by_label=True)
    elif therapist is not None:
        pair = _by_choice(_find(therapist, talk.speakers), talk, roles)
    elif roles:
        pair = _by_settled(talk, roles)
    else:
        pair = _by_label(talk) or _by_talk(talk)
    given = {speaker: GivenRole(role, 1.0, BY_USER) for speaker, role in roles.items()}
    given[pair.therapist] = GivenRole(Role.THERAPIST, pair.confidence, pair.why_therapist)
    given[pair.client] = GivenRole(Role.CLIENT, pair.confidence, pair.why_client)
    given |= {speaker: _further(speaker, pair, talk) for speaker in talk.speakers if speaker not in given}
    notes = pair.notes
    if chosen is not None:
        given = {speaker: role if speaker in chosen else _kept_apart(role) for speaker, role in given.items()}
    else:
        notes += _shared_sides(given)
    if NOT_NAMED in talk.n_turns:
        given[NOT_NAMED] = GivenRole(Role.OTHER, 1.0, "the file names nobody for these turns")
    return Roles(given, notes)


def _kept_apart(given: GivenRole) -> GivenRole:
    if given.role is Role.OTHER:
        return given
    reason = f"on the {given.role}'s side, but not of the chosen dyad; {given.reason}"
    return GivenRole(Role.OTHER, given.confidence, reason, given.role)


def _shared_sides(given: Mapping[str, GivenRole]) -> tuple[Note, ...]:
    """The note that a side has more than one speaker, with how many they are."""
    sizes = Counter(role.role for role in given.values() if role.role is not Role.OTHER)
    shared = sum(size for size in sizes.values() if size > 1)
    return (Note("W_SIDES", shared),) if shared else ()


def _talk(turns: Sequence[MergedTurn]) -> _Talk:
    n_turns = Counter(turn.speaker for turn in turns)
    speakers = tuple(speaker for speaker in n_turns if speaker != NOT_NAMED)
    if not speakers:
        raise SpeakerError(
            "NO_SPEAKERS",
            "The transcript names no speakers, so nobody can be therapist or client.",
            hint="Add a name before each turn, or export the transcript with the speakers' names.",
        )
    if len(speakers) == 1:
        unnamed = f"; {n_turns[NOT_NAMED]:,} turns name nobody" if NOT_NAMED in n_turns else ""
        raise SpeakerError(
            "ONE_SPEAKER",
            f"Only one speaker is named{unnamed}; an alliance needs two.",
            hint="Check that both sides of the talk were transcribed with their names.",
        )
    beside: Counter[tuple[str, str]] = Counter()
    for before, after in pairwise(turns):
        beside[before.speaker, after.speaker] += 1
        beside[after.speaker, before.speaker] += 1
    counts = {speaker: count_evidence([t.text for t in turns if t.speaker == speaker]) for speaker in speakers}
    return _Talk(speakers, n_turns, counts, beside)


def _find(therapist: str, speakers: Sequence[str]) -> str:
    wanted = look_alike_key(therapist)
    for speaker in speakers:
        if look_alike_key(speaker) == wanted:
            return speaker
    shown = ", ".join(show_label(speaker) for speaker in speakers)
    raise SpeakerError(
        "UNKNOWN_SPEAKER",
        f"Nobody is labelled {show_label(therapist)!r}; the {len(speakers)} speakers are {shown}.",
        hint="Give the therapist's label as the transcript writes it.",
    )


def _find_dyad(dyad: str, speakers: Sequence[str]) -> tuple[str, str]:
    """The two labels of `THERAPIST:CLIENT`; a label may hold a colon itself.

    Raises SpeakerError UNKNOWN_SPEAKER or, without a colon or with one label twice, DYAD.
    """
    parts = dyad.split(":")
    halves = [(":".join(parts[:n]), ":".join(parts[n:])) for n in range(1, len(parts))]
    if not halves:
        raise SpeakerError("DYAD", "A dyad needs two labels.", hint="write it as THERAPIST:CLIENT")
    keys = {look_alike_key(speaker) for speaker in speakers}
    fitting = [pair for pair in halves if all(look_alike_key(label) in keys for label in pair)]
    therapist, client = (_find(label, speakers) for label in (fitting or halves)[0])
    if therapist == client:
        raise SpeakerError("DYAD", "A dyad needs two different labels.", hint="write it as THERAPIST:CLIENT")
    return therapist, client


def _by_choice(therapist: str, talk: _Talk, roles: Mapping[str, Role]) -> _Pair:
    others = [s for s in talk.speakers if s != therapist and roles.get(s, Role.CLIENT) is Role.CLIENT]
    if not others:
        raise _one_side(Role.CLIENT)
    clients = [s for s in others if s in roles] or [s for s in others if _names(s, Role.CLIENT)]
    client = talk.closest(therapist, clients or others)
    why = "the other speaker" if len(others) == 1 else "talks most with the therapist"
    return _Pair(therapist, client, 1.0, BY_USER, BY_USER if client in roles else why, by_label=True)


def _by_settled(talk: _Talk, roles: Mapping[str, Role]) -> _Pair:
    """The pair when the user has settled some roles; what is left open is settled as if nobody else were there."""
    therapists, clients = ([s for s, role in roles.items() if role is side] for side in (Role.THERAPIST, Role.CLIENT))
    free = [speaker for speaker in talk.speakers if speaker not in roles]
    if therapists:
        return _by_choice(talk.most_like_therapist(therapists), talk, roles)
    if len(free) < (1 if clients else 2):
        raise _one_side(Role.THERAPIST)
    rest = replace(talk, speakers=tuple(s for s in talk.speakers if s in free or s in clients))
    if not clients:
        return _by_label(rest) or _by_talk(rest)
    named = [speaker for speaker in free if _names(speaker, Role.THERAPIST)]
    therapist = rest.most_like_therapist(named or free)
    client = rest.closest(therapist, clients)
    confidence = 1.0 if len(free) == 1 else _confidence(rest.log_odds(therapist, client))
    why = "the other speaker" if len(free) == 1 else "the label names the role" if named else "talks most like one"
    return _Pair(therapist, client, confidence, why, BY_USER, by_label=True)


def _one_side(missing: Role) -> SpeakerError:
    return SpeakerError(
        "ONE_SIDE",
        f"The roles that were given leave nobody to be the {missing}.",
        hint="give another speaker that role, or leave one speaker's role open",
    )


def _confidence(log_odds: float) -> float:
    return min(1 / (1 + math.exp(-log_odds)), BY_LABEL)


def _by_label(talk: _Talk) -> _Pair | None:
    """The pair that the labels name, on both sides or by a whole word on one; else None."""
    therapists = [speaker for speaker in talk.speakers if _names(speaker, Role.THERAPIST)]
    clients = [speaker for speaker in talk.speakers if _names(speaker, Role.CLIENT)]
    by_word = any(named.by_word for named in map(named_role, therapists + clients) if named is not None)
    unnamed = [speaker for speaker in talk.main_speakers() if named_role(speaker) is None]
    if not (therapists and clients) and not (by_word and (therapists or clients) and unnamed):
        return None
    therapist = talk.most_like_therapist(therapists or unnamed)
    client = talk.closest(therapist, clients or unnamed)
    reasons = [
        "the label names the role" if named else "the other label names the other role"
        for named in (bool(therapists), bool(clients))
    ]
    if talk.log_odds(therapist, client) > -CONTRADICTION:
        return _Pair(therapist, client, BY_LABEL, reasons[0], reasons[1], by_label=True)
    points = main_points(talk.counts[client], talk.counts[therapist], Role.THERAPIST)
    return _Pair(
        therapist,
        client,
        BY_CONTRADICTED_LABEL,
        f"{reasons[0]}, but the talk is that of a client",
        f"{reasons[1]}, but the talk is that of a therapist: {'; '.join(points)}",
        by_label=True,
        notes=(Note("W_ROLES"),),
    )


def _by_talk(talk: _Talk) -> _Pair:
    """The pair that the talk shows."""
    main = talk.main_speakers()
    therapist = talk.most_like_therapist(main)
    client = talk.closest(therapist, main)
    letters = _letter_log_odds(therapist) - _letter_log_odds(client)
    log_odds = talk.log_odds(therapist, client) + letters
    mine, theirs = talk.counts[therapist], talk.counts[client]
    why_therapist = "; ".join(main_points(mine, theirs, Role.THERAPIST)) or "very little tells the two apart"
    why_client = "; ".join(main_points(theirs, mine, Role.CLIENT)) or "the other is more like a therapist"
    return _Pair(therapist, client, _confidence(log_odds), why_therapist, why_client, by_label=False)


def _further(speaker: str, pair: _Pair, talk: _Talk) -> GivenRole:
    """The role of a speaker beside the pair: that of the label, or of the side whose talk it clearly shares."""
    named = named_role(speaker)
    if named is not None and (named.by_word or pair.by_label):
        return GivenRole(named.role, pair.confidence, "the label names the role")
    between = talk.log_odds(pair.therapist, pair.client)
    if speaker in talk.main_speakers() and between > CLEAR_SIDE:
        # 0 talks just as the client does, 1 just as the therapist.
        place = talk.log_odds(speaker, pair.client) / between
        if place < NEAR:
            return GivenRole(Role.CLIENT, pair.confidence, "talks as the client does")
        if place > 1 - NEAR:
            return GivenRole(Role.THERAPIST, pair.confidence, "talks as the therapist does")
    return GivenRole(Role.OTHER, pair.confidence, "on neither side of the talk between the two")


def _names(speaker: str, role: Role) -> bool:
    named = named_role(speaker)
    return named is not None and named.role is role


def _letter_log_odds(speaker: str) -> float:
    named = named_role(speaker)
    if named is None or named.by_word or named.role is Role.OTHER:
        return 0.0
    return LETTER_LOG_ODDS if named.role is Role.THERAPIST else -LETTER_LOG_ODDS
