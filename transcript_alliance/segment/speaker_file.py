"""The speakers file (`speakers.toml`): who is behind the labels of a corpus, and single turns set right.

    ignore = ["Recorder"]

    [speakers]
    "Dr. Lee" = "therapist"
    "SPEAKER_01" = { role = "client", name = "C07" }

    [files."site-a/*.vtt".speakers]
    "SPEAKER_00" = "client"

    [files."s7.vtt"]
    relabel = [{ turn = 14, speaker = "SPEAKER_01" }]
    split = [{ turn = 20, before = "How was that", speaker = "Dr. Lee" }, { turn = 24, at = 35, speaker = "Dr. Lee" }]
    merge = [{ first = 31, last = 32 }]

What stands above is for all files; a pattern under `files` is for those whose name, or path from the folder of
the speakers file, it fits. Of two that fit, the later one has the last word on a label. Words after `before` are words
of the session: such a file is as private as its transcript.
"""

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator
from pydantic_core import PydanticCustomError

from transcript_alliance.errors import SettingsError, show_name
from transcript_alliance.segment.corrections import Cast, Corrections, Merge, Relabel, Split
from transcript_alliance.session import Role
from transcript_alliance.speakers import look_alike_key, show_label

SPEAKER_FILE = "speakers.toml"
"""Its name when it stands beside the transcripts and nobody names it."""
MAX_BYTES = 5_000_000
"""Of a speakers file. Source: our choice; 1,000 sessions with ten corrections each need about half of it."""

_RoleName = Literal["therapist", "client", "other"]
_TurnNumber = Field(ge=1, le=10_000_000)
_Label = Field(min_length=1, max_length=200)


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class _Person(_Table):
    role: _RoleName
    name: str | None = Field(None, min_length=1, max_length=120)


class _Relabel(_Table):
    turn: int = _TurnNumber
    speaker: str = _Label


class _Split(_Table):
    turn: int = _TurnNumber
    at: int | None = Field(None, ge=1, le=10_000_000)
    before: str | None = Field(None, min_length=1, max_length=1_000)
    speaker: str = _Label

    @model_validator(mode="after")
    def _one_place(self) -> Self:
        if (self.at is None) == (self.before is None):
            raise PydanticCustomError("one_place", "at or before")
        return self

    @property
    def place(self) -> int | str:
        """A number of characters, or words."""
        return self.before or self.at or 0


class _Merge(_Table):
    first: int = _TurnNumber
    last: int = _TurnNumber


class _Common(_Table):
    ignore: list[str] = []
    dyad: str | None = Field(None, min_length=3)
    speakers: dict[str, _RoleName | _Person] = {}


class _Section(_Common):
    sha256: str | None = Field(None, pattern="^[0-9a-f]{64}$")
    relabel: list[_Relabel] = []
    split: list[_Split] = []
    merge: list[_Merge] = []


class _File(_Common):
    files: dict[str, _Section] = {}


@dataclass(frozen=True, slots=True)
class SpeakerFile:
    """A speakers file as read."""

    path: Path
    common: Corrections
    sections: tuple[tuple[str, Corrections], ...]
    """Pattern of file names -> what is said about those files, in the order of the file."""

    def corrections(self, transcript: Path) -> Corrections:
        """What the file says about the transcript at this path.

        Raises SettingsError when two labels get one name and different roles.
        """
        found = [self.common, *(c for pattern, c in self.sections if self.fits(pattern, transcript))]
        casts = {look_alike_key(cast.label): cast for part in found for cast in part.casts}
        roles: dict[str, Role] = {}
        for cast in casts.values():
            if roles.setdefault(look_alike_key(cast.name), cast.role) is not cast.role:
                what = f"two labels are called {show_label(cast.name)}, with different roles."
                raise SettingsError("TWO_ROLES", what, where=show_name(self.path))
        return Corrections(
            casts=tuple(casts.values()),
            ignore=tuple(label for part in found for label in part.ignore),
            relabel=tuple(fix for part in found for fix in part.relabel),
            split=tuple(fix for part in found for fix in part.split),
            merge=tuple(fix for part in found for fix in part.merge),
            dyad=next((part.dyad for part in reversed(found) if part.dyad), None),
            sha256=next((part.sha256 for part in reversed(found) if part.sha256), None),
        )

    def fits(self, pattern: str, transcript: Path) -> bool:
        """Whether a pattern under `files` is for the transcript at this path."""
        names = [transcript.name]
        folder, whole = self.path.absolute().parent, transcript.absolute()
        if whole.is_relative_to(folder):
            names.append(whole.relative_to(folder).as_posix())
        return any(fnmatchcase(name, pattern) for name in names)


def find_speaker_file(transcript: Path, given: str | None) -> Path | None:
    """The speakers file that the user names, else the one beside the transcript, else None."""
    if given is not None:
        return Path(given)
    beside = transcript.parent / SPEAKER_FILE
    try:
        return beside if beside.is_file() else None
    except OSError:
        return None


def load_speaker_file(path: Path) -> SpeakerFile:
    """The speakers file at `path`.

    Raises SettingsError for a file that cannot be read, broken TOML, an unknown key or a wrong value.
    """
    where = show_name(path)
    try:
        data = path.read_bytes() if path.stat().st_size <= MAX_BYTES else None
    except (OSError, ValueError) as error:
        reason = (error.strerror if isinstance(error, OSError) else None) or "not a possible path"
        raise SettingsError("NO_SPEAKERS_FILE", f"cannot be read ({reason}).", where=where) from None
    if data is None:
        raise SettingsError("TOO_LARGE", f"is larger than {MAX_BYTES // 1_000_000} MB.", where=where)
    file = _validated(_parsed(data, where), where)
    sections = tuple((pattern, _section(section)) for pattern, section in file.files.items())
    return SpeakerFile(path, Corrections(_casts(file.speakers), tuple(file.ignore), dyad=file.dyad), sections)


def _section(section: _Section) -> Corrections:
    return Corrections(
        _casts(section.speakers),
        tuple(section.ignore),
        tuple(Relabel(fix.turn, fix.speaker) for fix in section.relabel),
        tuple(Split(fix.turn, fix.place, fix.speaker) for fix in section.split),
        tuple(Merge(fix.first, fix.last) for fix in section.merge),
        section.dyad,
        section.sha256,
    )


def _casts(speakers: Mapping[str, "_RoleName | _Person"]) -> tuple[Cast, ...]:
    return tuple(
        Cast(label, Role(person.role), person.name or label)
        if isinstance(person, _Person)
        else Cast(label, Role(person), label)
        for label, person in speakers.items()
    )


def _parsed(data: bytes, where: str) -> dict[str, Any]:
    try:
        return tomllib.loads(data.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise SettingsError("SPEAKERS_ENCODING", "is not UTF-8 text.", where=where) from None
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        # The library ends its message with "(at line 3, column 7)"; the rest may quote the file.
        line = re.search(r"\(at (line \d+)", str(error))
        place = f"{where} {line[1]}" if line else where
        hint = 'labels and roles need quotes: "Dr. Lee" = "therapist"; no label may stand twice'
        raise SettingsError("BROKEN_TOML", "not valid TOML.", where=place, hint=hint) from None


def _validated(data: dict[str, Any], where: str) -> _File:
    try:
        return _File.model_validate(data)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
    place = ".".join(_shown(first["loc"]))
    if first["type"] == "extra_forbidden":
        hint = "known are ignore, dyad, speakers, files; under a file also sha256, relabel, split, merge"
        raise SettingsError("UNKNOWN_KEY", f"unknown key {place}.", where=where, hint=hint)
    expected = _EXPECTED.get(first["type"], "another value")
    raise SettingsError("WRONG_VALUE", f"{place}: expected {expected}.", where=where)


def _shown(loc: tuple[int | str, ...]) -> Iterator[str]:
    """The parts of the key, safe on a terminal, without those by which the library names its own types."""
    for part in loc:
        if not str(part).startswith(("literal[", "_Person")):
            yield show_label(str(part))


_EXPECTED = {
    "literal_error": "therapist, client or other",
    "missing": "this key to be there",
    "int_type": "a whole number",
    "one_place": "either at, a number of characters, or before, the words of the turn before which it is split",
    "greater_than_equal": "a number from 1",
    "less_than_equal": "a smaller number",
    "string_type": "text in quotes",
    "string_too_short": "a longer text",
    "string_too_long": "a shorter text",
    "string_pattern_mismatch": "64 hexadecimal digits",
    "list_type": "a list",
    "dict_type": "a table",
    "model_type": "a table",
}
