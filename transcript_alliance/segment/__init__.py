"""A raw transcript to a session: turns, utterances, roles, episodes."""

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import PurePath

from transcript_alliance import nlp
from transcript_alliance.errors import ReadError
from transcript_alliance.segment.backchannels import is_backchannel
from transcript_alliance.segment.episodes import content_words, find_boundaries, keywords
from transcript_alliance.segment.roles import GivenRole, settle_roles
from transcript_alliance.segment.turns import MergedTurn, find_names, merge_turns
from transcript_alliance.session import Episode, Note, RawTranscript, Role, Session, Speaker, Turn, Utterance

__all__ = ["MergedTurn", "merge_turns", "segment_session"]

MAX_TURN_CHARS = 1_000_000
"""Characters that one speaker may say without another coming in; a three-hour session has about 200,000."""


def segment_session(
    raw: RawTranscript,
    *,
    session_id: str | None = None,
    therapist: str | None = None,
    given: Mapping[str, Role] | None = None,
    dyad: str | None = None,
) -> Session:
    """The session in a transcript: one turn for all that a speaker says until another speaks, cut into utterances.

    `session_id` is the file name without its ending when left out. `therapist` is the label of the therapist;
    left out, labels and talk settle it. `given` are roles by label that the user settled. `dyad` names the pair
    whose alliance is scored, as `THERAPIST:CLIENT`; the others of both sides are then kept apart.

    Raises: SpeakerError NO_SPEAKERS, ONE_SPEAKER, ONE_SIDE or UNKNOWN_SPEAKER; ReadError LIMIT for endless talk
    of one.
    """
    merged = merge_turns(raw.turns)
    for turn in merged:
        if len(turn.text) > MAX_TURN_CHARS:
            what = f"One speaker talks for more than {MAX_TURN_CHARS:,} characters without another coming in."
            raise ReadError("LIMIT", what, where=raw.name, hint="Check the speaker labels.")
    roles = settle_roles(merged, therapist, given or {}, dyad)
    labels = tuple(dict.fromkeys(turn.speaker for turn in merged))
    utterances: list[Utterance] = []
    turns: list[Turn] = []
    for number, turn in enumerate(merged):
        start = len(utterances)
        utterances += [Utterance(turn.text[a:b], number) for a, b in nlp.sentences(turn.text)]
        turns.append(
            Turn(
                start,
                len(utterances),
                labels.index(turn.speaker),
                turn.start_s,
                turn.end_s,
                turn.line,
                is_backchannel(turn.text, merged[number - 1].text if number else None),
            )
        )
    return Session(
        session_id=PurePath(raw.name).stem if session_id is None else session_id,
        utterances=tuple(utterances),
        turns=tuple(turns),
        episodes=_episodes(merged, turns),
        speakers=tuple(_speaker(label, merged, roles.given[label]) for label in labels),
        notes=raw.notes + _similar_names(raw) + roles.notes,
    )


def _episodes(merged: Sequence[MergedTurn], turns: Sequence[Turn]) -> tuple[Episode, ...]:
    words = [content_words(turn.text) for turn in merged]
    session = Counter(word for spoken in words for word in spoken)
    starts = find_boundaries(words)
    ends = (*starts[1:], len(turns))
    return tuple(
        Episode(
            turns[first].start,
            turns[last - 1].end,
            keywords((word for spoken in words[first:last] for word in spoken), session),
        )
        for first, last in zip(starts, ends, strict=True)
    )


def _speaker(label: str, merged: Sequence[MergedTurn], given: GivenRole) -> Speaker:
    texts = [turn.text for turn in merged if turn.speaker == label]
    n_words = sum(len(text.split()) for text in texts)
    return Speaker(label, given.role, given.confidence, given.reason, len(texts), n_words, given.kept_apart)


def _similar_names(raw: RawTranscript) -> tuple[Note, ...]:
    n_look_alikes = find_names(raw.turns).n_look_alikes
    return (Note("W_SIMILAR_SPEAKERS", n_look_alikes),) if n_look_alikes else ()
