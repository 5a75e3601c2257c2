"""Small sessions for tests, written the way a person would jot them down."""

from transcript_alliance.nlp import sentences
from transcript_alliance.session import Episode, Role, Session, Speaker, Turn, Utterance

_ROLES = {"T": Role.THERAPIST, "C": Role.CLIENT, "O": Role.OTHER}


def make_session(script: str, session_id: str = "s1") -> Session:
    """A session from lines such as `T: How was it?`; consecutive lines of one speaker stay separate turns."""
    lines = [line.strip().split(":", 1) for line in script.strip().splitlines() if line.strip()]
    labels = list(dict.fromkeys(label for label, _ in lines))
    utterances: list[Utterance] = []
    turns: list[Turn] = []
    for number, (label, text) in enumerate(lines):
        text = " ".join(text.split())
        start = len(utterances)
        utterances += [Utterance(text[a:b], number) for a, b in sentences(text)]
        turns.append(Turn(start, len(utterances), labels.index(label), None, None, number + 1, False))
    speakers = tuple(
        Speaker(
            label,
            _ROLES[label[0]],
            1.0,
            "named in the test",
            sum(1 for name, _ in lines if name == label),
            sum(len(text.split()) for name, text in lines if name == label),
        )
        for label in labels
    )
    return Session(session_id, tuple(utterances), tuple(turns), (Episode(0, len(utterances), ()),), speakers)
