"""What each kind of note means, as a sentence for people.

A reader or a later stage writes down a recoverable oddity as `session.Note(kind, count, first_line)`;
the sentences stand here once, so that the command line, the report and the store say the same. They are
worded so that a count of one reads as well as a count of eighty.
"""

from collections.abc import Mapping
from types import MappingProxyType

from transcript_alliance.session import Note

NOTE_TEXTS: Mapping[str, str] = MappingProxyType(
    {
        # The file as bytes and characters.
        "W_ENCODING": "The file is not clean UTF-8; check names and letters with accents.",
        "W_BROKEN_CHARS": "Characters that could not be read, shown as \ufffd: {count}{first_line}.",
        "W_CONTROL_CHARS": "Control characters that were replaced or taken out: {count}{first_line}.",
        "W_TRUNCATED": (
            "The file ends in the middle of something; the last turn may be incomplete or missing. "
            "Check that the whole session was exported."
        ),
        "W_EXTENSION": "The content is of another format than the file's name says; it was read by its content.",
        "W_DUPLICATE": "The same content as another file of this batch; count the two as one session.",
        # The structure of one format or another.
        "W_SIGNATURE": "The first line WEBVTT is missing; the file was read anyway.",
        "W_SKIPPED": (
            "Parts of cues, rows or turns that could not be read as what they should be, left out: {count}{first_line}."
        ),
        "W_TIMES": (
            "Times that could not be read or make no sense: {count}{first_line}; "
            "timing measures are left out for these turns."
        ),
        "W_REPEATS": "Repeated captions that were merged: {count}{first_line}.",
        "W_HEADING": "Lines before the talk that were taken as a heading and left out: {count}{first_line}.",
        "W_EXTERNAL_LINK": "The document links to a web address; the link was ignored.",
        "W_TRACKED_CHANGES": "The document has tracked changes; deleted and hidden text was left out.",
        # Who speaks.
        "W_NO_SPEAKERS": (
            "Turns without a speaker's name: {count}{first_line}. "
            "Skills and alliance can be rated only when it is known who is the therapist."
        ),
        "W_UNLABELLED": "Captions without a name, taken as the speaker before going on: {count}{first_line}.",
        "W_UNKNOWN_SPEAKER": "Turns of a speaker whom the file does not declare, kept: {count}{first_line}.",
        "W_SIMILAR_SPEAKERS": "Spellings of names that look like one person, taken as one: {count}; please confirm.",
        "W_ONE_SPEAKER": "There is only one speaker; an alliance needs two. No score is given.",
        "W_ROLES": "The speaker labels may be swapped: the client's talk is that of a therapist. Please confirm.",
        "W_SIDES": (
            "Speakers on a side that has more than one: {count}; scores are of the sides together. "
            "--dyad THERAPIST:CLIENT scores one pair."
        ),
        "W_SWAPPED_TURNS": (
            "Turns whose speakers may be exchanged: {count}{first_line}; `check` shows them. Please confirm."
        ),
        "W_IGNORED_SPEAKERS": "Turns left out because the speakers file says so: {count}.",
        "W_CORRECTED_TURNS": "Corrections of turns from the speakers file: {count}.",
        # What was said.
        "W_LANGUAGE": (
            "The session does not look like English. The model was checked on English only: no score is given."
        ),
        "W_SHORT": "Too short to score: {count} turns. No score is given.",
        "W_ASR_LOOP": "One sentence repeats {count} times in a row{first_line}; likely a fault of the transcription.",
    }
)
"""Kind of note -> its sentence. `{count}` is the count; `{first_line}` becomes " (first in line n)" or nothing."""


def describe(note: Note) -> str:
    """The note as one sentence for people, with its count and the place where it was first seen.

    A kind that is not in the table is named as it stands, so that no note is ever lost.

    >>> describe(Note("W_REPEATS", 80, 7))
    'Repeated captions that were merged: 80 (first in line 7).'
    >>> describe(Note("W_NEW"))
    'Note W_NEW: 1.'
    """
    place = "" if note.first_line is None else f" (first in line {note.first_line:,})"
    sentence = NOTE_TEXTS.get(note.kind, f"Note {note.kind}: {{count}}{{first_line}}.")
    return sentence.format(count=f"{note.count:,}", first_line=place)
