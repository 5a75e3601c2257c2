"""Raw transcripts for the segmentation's tests, written the way a person would jot them down."""

from transcript_alliance.segment import segment_session
from transcript_alliance.session import RawTranscript, RawTurn, Role, Session


def raw(script: str, *labels: tuple[str, str]) -> RawTranscript:
    """A transcript from lines such as `T: How was it?`; `labels` renames, as in `("T", "Ann")`."""
    names = dict(labels)
    lines = [line.strip().split(":", 1) for line in script.strip().splitlines() if line.strip()]
    turns = (RawTurn(names.get(label, label) or None, text, line=n) for n, (label, text) in enumerate(lines, 1))
    return RawTranscript("s7.txt", "text", "utf-8", "", tuple(turns))


def segmented(script: str, *labels: tuple[str, str], therapist: str | None = None) -> Session:
    """The session of such a script."""
    return segment_session(raw(script, *labels), therapist=therapist)


def roles(session: Session) -> dict[str, Role]:
    """Role by label."""
    return {speaker.label: speaker.role for speaker in session.speakers}


def notes(session: Session) -> dict[str, int]:
    """Count of each kind of note."""
    return {note.kind: note.count for note in session.notes}


TALK = """
T: Hello. How have you been since last week?
C: Not so good. My mother was in hospital and I couldn't sleep.
T: So you were awake and worried about her. What went through your mind?
C: I thought she would die and I hadn't called her. I felt so guilty.
T: It sounds like you carry a lot. Would you like to look at that today?
C: I guess. I don't know if I can. My sister says I should.
T: Okay. Shall we go slowly, and you tell me when to stop?
C: Yeah. I had a dream about her, she was standing in my kitchen.
"""
"""A short talk that leaves no doubt who is who."""
