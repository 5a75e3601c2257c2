"""What a study holds: sessions, runs, results and what was set aside. Frozen values without a database."""

import hashlib
import json
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Entry:
    """One session of a corpus and what is known about it before it is coded."""

    session: str
    """Name of the session, once in a study."""
    path: Path
    """The transcript, or `FILE#ID` where a file or folder holds several."""
    client: str = ""
    """Empty when not given; so are the next four."""
    therapist: str = ""
    date: str = ""
    """YYYY-MM-DD."""
    number: int | None = None
    """Which session of the client it is, from 1."""
    channel: str = ""
    """How they met: in the room, video, telephone, chat ... as the manifest says it."""
    covariates: tuple[tuple[str, str], ...] = ()
    """Every other column of the manifest, as written."""


@dataclass(frozen=True, slots=True)
class Input:
    """The files that a result hangs on: the transcript and the speakers file that corrects it."""

    stamp: str
    """Sizes, times and numbers of the files in the file system: while it stays, they need not be read again."""
    sha256: str
    """Of the transcript's bytes; empty when it cannot be read."""
    speakers_sha256: str = ""
    """Of the speakers file's bytes; empty when there is none."""

    @property
    def key(self) -> str:
        """One hash for both files; results are kept under it."""
        return hashlib.sha256(f"{self.sha256}\n{self.speakers_sha256}".encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class RunIdentity:
    """Everything but the input that can move a result. Results of two identities never stand in one table.

    Its fields are those of `annotations.Provenance`.
    """

    package_version: str
    settings_sha256: str
    codebooks_sha256: str
    instruments_sha256: str
    model: str
    model_sha256: str
    tokenizer_sha256: str
    libraries: tuple[tuple[str, str], ...]
    machine: str

    @property
    def key(self) -> str:
        """Hash of the identity, as hexadecimal: the run's name."""
        return hashlib.sha256(canonical(asdict(self)).encode()).hexdigest()

    def differences(self, other: "RunIdentity") -> tuple[str, ...]:
        """What differs, as words for people: `model_sha256`, `torch 2.1 -> 2.2`."""
        found = [
            f.name for f in fields(self) if f.name != "libraries" and getattr(self, f.name) != getattr(other, f.name)
        ]
        mine, theirs = dict(self.libraries), dict(other.libraries)
        names = sorted(name for name in {*mine, *theirs} if mine.get(name) != theirs.get(name))
        return (*found, *(f"{name} {mine.get(name, 'none')} -> {theirs.get(name, 'none')}" for name in names))


@dataclass(frozen=True, slots=True)
class Run:
    """A run as the study keeps it."""

    identity: RunIdentity
    settings: str
    """All settings, as JSON."""
    number: int
    """Of two runs, the later one started later."""

    @property
    def key(self) -> str:
        """Name of the run."""
        return self.identity.key


@dataclass(frozen=True, slots=True)
class Result:
    """One coded session as the study keeps it."""

    session: str
    coded: bytes
    """Canonical JSON, as `serialize.to_json` writes it."""
    sha256: str
    """Of `coded`."""


@dataclass(frozen=True, slots=True)
class SetAside:
    """A session in quarantine: why it could not be coded, without any of its words."""

    session: str
    code: str
    """Machine code such as `NO_TURNS`, `TIMEOUT`, `CRASHED`."""
    reason: str
    attempts: int
    """How often it was tried, 1 or more."""


def canonical(values: Any) -> str:
    """JSON text that is the same for the same values."""
    return json.dumps(values, sort_keys=True, ensure_ascii=True, separators=(",", ":"), allow_nan=False)


def identity_from_json(text: str) -> RunIdentity:
    """The identity that `canonical(asdict(identity))` wrote."""
    values = json.loads(text)
    return RunIdentity(**{**values, "libraries": tuple((name, version) for name, version in values["libraries"])})
