"""When no score is given: rules that look at the session alone, each with its reason in words."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from transcript_alliance.alliance.phrases import Vocabulary, known_share
from transcript_alliance.nlp import words
from transcript_alliance.segment.swaps import label_fit, suspect_swaps
from transcript_alliance.session import Role, Session
from transcript_alliance.settings import AbstainSettings

MIN_FUNCTION_WORD_SHARE = 0.25
"""English talk has well above .4 function words among its words; other languages near none (our choice)."""
LOOP_MIN_REPEATS = 4
"""People repeat a sentence two or three times; speech engines over silence do it for ever (our choice)."""

MAX_SWAPPED_SHARE = 0.3
"""Of the turns, in stretches whose speakers look exchanged (our choice)."""
MIN_LABEL_FIT = 0.8
"""Below it the labels fit the talk as labels dealt out at random do (our choice). With `MAX_SWAPPED_SHARE`: not scored
are 2 in 100 of the training sessions and none of the held-out ones, of the same with random labels 78 and 83 in 100."""


@dataclass(frozen=True, slots=True)
class Abstention:
    """A rule that spoke, and its sentence for people."""

    rule: str
    reason: str


def abstentions(session: Session, settings: AbstainSettings) -> tuple[Abstention, ...]:
    """All reasons against scoring `session`; empty when it can be scored."""
    found = ((name, rule(session, settings)) for name, rule in RULES)
    return tuple(Abstention(name, reason) for name, reason in found if reason)


def _language(session: Session, _: AbstainSettings) -> str:
    tokens = [w for u in session.utterances for w in words(u.text) if w.is_alpha]
    share = sum(w.is_stop for w in tokens) / max(1, len(tokens))
    if max(len(tokens), session.n_words) >= 30 and share < MIN_FUNCTION_WORD_SHARE:
        return "The session does not look like English, and the model was checked on English only."
    return ""


def _too_few_turns(session: Session, settings: AbstainSettings) -> str:
    n = len(session.turns)
    if n < settings.min_turns:
        return f"Only {n} turns: a score needs {settings.min_turns} or more."
    return ""


def _too_few_words(session: Session, settings: AbstainSettings) -> str:
    n = session.n_words
    return f"Only {n} words: a score needs {settings.min_words} or more." if n < settings.min_words else ""


def _doubtful_roles(session: Session, settings: AbstainSettings) -> str:
    dyad = [s.confidence for s in session.speakers if s.role is not Role.OTHER]
    if dyad and min(dyad) < settings.min_role_confidence:
        return "Who is therapist and who is client is in doubt; --therapist NAME settles it."
    return ""


def _other_speakers(session: Session, settings: AbstainSettings) -> str:
    # Whom the choice of a dyad keeps apart is no stranger: left out of both counts.
    here = [s for s in session.speakers if s.kept_apart is None]
    other = sum(s.n_words for s in here if s.role is Role.OTHER)
    share = other / max(1, sum(s.n_words for s in here))
    if share > settings.max_unknown_share:
        return f"{share:.0%} of the words are by speakers who are neither therapist nor client."
    return ""


def _loops(session: Session, settings: AbstainSettings) -> str:
    repeated = Counter(u.text.casefold() for u in session.utterances if len(u.text.split()) >= 3)
    looped = sum(n * len(text.split()) for text, n in repeated.items() if n >= LOOP_MIN_REPEATS)
    share = looped / max(1, session.n_words)
    if share > settings.max_loop_share:
        return f"{share:.0%} of the words are one sentence over and over: likely a fault of the speech engine."
    return ""


def _exchanged(session: Session, _: AbstainSettings) -> str:
    share = sum(s.last - s.first + 1 for s in suspect_swaps(session)) / max(1, len(session.turns))
    if share > MAX_SWAPPED_SHARE:
        return f"In {share:.0%} of the turns the speakers look exchanged; `transcript-alliance check` shows which."
    return ""


def _labels_by_chance(session: Session, _: AbstainSettings) -> str:
    if label_fit(session) < MIN_LABEL_FIT:
        return "The talk fits the names of the speakers hardly better than by chance: the labels may be wrong."
    return ""


def unfamiliar(session: Session, vocabulary: Vocabulary, least: float) -> tuple[Abstention, ...]:
    """One abstention when a model knows fewer of the session's words than `least` (0..1), else none."""
    share = known_share(session, vocabulary)
    if share >= least:
        return ()
    reason = (
        f"The model knows {share:.0%} of the words said here, and was checked on talk of which it knows {least:.0%}."
    )
    return (Abstention("words unknown", reason),)


RULES: tuple[tuple[str, Callable[[Session, AbstainSettings], str]], ...] = (
    ("language", _language),
    ("turns", _too_few_turns),
    ("words", _too_few_words),
    ("roles", _doubtful_roles),
    ("other speakers", _other_speakers),
    ("loops", _loops),
    ("speakers exchanged", _exchanged),
    ("labels by chance", _labels_by_chance),
)
"""A rule is one function and its line here; it gives a sentence, or nothing."""
