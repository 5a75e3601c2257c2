"""WebVTT captions: a cue for each turn, the speaker in a voice tag."""

from transcript_alliance.errors import OutputError
from transcript_alliance.store.exports.talk import Talk, times_needed

_MAX_HOURS = 1_000
_MAX_VOICE_CHARS = 180
_ESCAPES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})


def write_vtt(talk: Talk) -> bytes:
    """The talk as a WebVTT file. Turns that name nobody have an empty voice, so that no word is taken for a name.

    Raises: OutputError NO_TIMES when a turn lacks its start or end; RANGE for a time beyond 999 hours or a label that
    no voice tag holds.
    """
    cues = ["WEBVTT\n"]
    for number, turn in enumerate(talk.turns, 1):
        start_ms, end_ms = times_needed(turn, "WebVTT")
        voice = (turn.speaker or "").translate(_ESCAPES)
        if len(voice) > _MAX_VOICE_CHARS:
            raise OutputError("RANGE", "A speaker's label is too long for WebVTT.", hint="Shorten it, or choose CSV.")
        text = turn.text.translate(_ESCAPES)
        cues.append(f"{number}\n{_clock(start_ms)} --> {_clock(end_ms)}\n<v {voice}>{text}</v>\n")
    return "\n".join(cues).encode()


def _clock(ms: int) -> str:
    hours, rest = divmod(ms, 3_600_000)
    if hours >= _MAX_HOURS:
        raise OutputError("RANGE", "A time is too late for WebVTT.")
    return f"{hours:02}:{rest // 60_000:02}:{rest // 1000 % 60:02}.{rest % 1000:03}"
