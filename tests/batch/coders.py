"""A real coder that is small and fast: no model, but files read, sessions built and JSON written as ever.

Words in the file make it misbehave as a session with a fault in it would.
"""

import hashlib
import os
import platform
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from transcript_alliance.annotations import (
    CodedSession,
    CodeScore,
    Marker,
    Origin,
    Provenance,
    Resolution,
    RuptureEvent,
    RuptureKind,
    Score,
    Span,
    Window,
)
from transcript_alliance.errors import InputError, PlainTextError, show_name
from transcript_alliance.serialize import to_json
from transcript_alliance.session import Episode, Role, Session, Speaker, Turn, Utterance
from transcript_alliance.store.values import RunIdentity

if TYPE_CHECKING:
    # A worker that starts needs none of it, and tests start thousands of them.
    from transcript_alliance.batch.engine import Limits
    from transcript_alliance.batch.run import Plan, Step
    from transcript_alliance.batch.worker import MakeCoder
    from transcript_alliance.store.study import Study
    from transcript_alliance.store.values import Entry

CANARY = "heronwing"
"""Stands in every session, and may stand in no message."""
IDENTITY = RunIdentity(
    package_version="0.1.0",
    settings_sha256="s" * 64,
    codebooks_sha256="c" * 64,
    instruments_sha256="i" * 64,
    model="plain-1",
    model_sha256="m" * 64,
    tokenizer_sha256="t" * 64,
    libraries=(("numpy", "2.0"),),
    machine=f"{platform.system()} {platform.machine()}",
)


def write_corpus(folder: Path, n_sessions: int, n_turns: int = 12) -> Path:
    """A folder of transcripts, no two alike."""
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(n_sessions):
        lines = [f"{'TC'[k % 2]}: {CANARY} says {number} {k}, =1+1." for k in range(n_turns + number % 5)]
        (folder / f"S{number:03}.txt").write_text("\n".join(lines) + "\n", "utf-8")
    return folder


@dataclass(frozen=True)
class PlainCoder:
    """Makes the coder; takes `delay_s` for each session, so that a kill hits its middle."""

    delay_s: float = 0.0
    identity: RunIdentity = IDENTITY

    def __call__(self) -> Callable[[Path], bytes]:
        return lambda path: self.code(path)

    def code(self, path: Path) -> bytes:
        try:
            data = path.read_bytes()
        except OSError:
            raise InputError("NOT_FOUND", "There is no such file.", where=show_name(path)) from None
        text = data.decode("utf-8")
        for word, misbehave in MISBEHAVIOURS.items():
            if word in text:
                misbehave(text)
        if self.delay_s:
            time.sleep(self.delay_s)
        return to_json(plain_coding(path.stem, text, hashlib.sha256(data).hexdigest(), self.identity)).encode()


def _raise_unreadable(_: str) -> None:
    raise PlainTextError("NO_TURNS", "No speaker labels were found.")


def _raise_with_words(text: str) -> None:
    raise ValueError(text)


def _hog(_: str) -> None:
    bytearray(10_000_000_000)


def _out_of_memory(_: str) -> None:
    raise MemoryError


def _for_ever(_: str) -> None:
    while True:
        time.sleep(0.01)


MISBEHAVIOURS: dict[str, Callable[[str], object]] = {
    "UNREADABLE": _raise_unreadable,
    "RAISE": _raise_with_words,
    "SEGFAULT": lambda _: os.kill(os.getpid(), signal.SIGSEGV),
    "KILLED": lambda _: os.kill(os.getpid(), signal.SIGKILL),
    "EXIT": lambda _: os._exit(7),
    "LOOP": _for_ever,
    "MEMORY": _out_of_memory,
    "HOG": _hog,
}
"""Word in a transcript -> what the coder then does."""


def plain_coding(name: str, text: str, sha256: str, identity: RunIdentity) -> CodedSession:
    """A coded session with something in every table."""
    lines = [line.split(": ", 1) for line in text.splitlines()]
    utterances = tuple(Utterance(words, turn) for turn, (_, words) in enumerate(lines))
    turns = tuple(
        Turn(k, k + 1, "TC".index(label), float(k), k + 0.5, k + 1, False) for k, (label, _) in enumerate(lines)
    )
    speakers = (
        Speaker("T", Role.THERAPIST, 1.0, "named in the test", len(turns) // 2, 10),
        Speaker("C", Role.CLIENT, 1.0, "named in the test", len(turns) // 2, 10),
    )
    value = 1 + int(sha256[:4], 16) / 65536 * 6
    score = Score("wai-o-s", "total", value, value - 0.5, value + 0.5, (0, 2), (1,))
    values = {name: getattr(identity, name) for name in Provenance.__dataclass_fields__ if hasattr(identity, name)}
    return CodedSession(
        Session(name, utterances, turns, (Episode(0, len(turns), ()),), speakers),
        markers=(Marker("W2", 1, 2, value / 7, Origin.MODEL, (Span(1, 0, 3),)),),
        events=(
            RuptureEvent(RuptureKind.WITHDRAWAL, 1, 3, 0.75, (CodeScore("W2", 0.5),), (), (), None, Resolution.MISSED),
        ),
        scores=(score, Score("fis", "hope", None, None, None, abstained="Too short to score.")),
        windows=(Window(0, 4, (score,)),),
        quality=(),
        provenance=Provenance(**values, input_sha256=sha256, input_format="text", input_encoding="utf-8"),
    )


@contextmanager
def planned(
    study: Path,
    corpus: Path,
    *,
    retry: bool = False,
    identity: RunIdentity = IDENTITY,
    shuffle: "Callable[[list[Entry]], None] | None" = None,
) -> "Iterator[tuple[Study, Plan]]":
    """The study, open for writing, with what is left to do of the corpus; in its own order, or shuffled in place."""
    from transcript_alliance.batch.corpus import list_corpus
    from transcript_alliance.batch.run import plan_run
    from transcript_alliance.settings import Settings
    from transcript_alliance.store.study import open_study

    entries = list(list_corpus([str(corpus)]))
    if shuffle is not None:
        shuffle(entries)
    with open_study(study, write=True) as opened:
        yield opened, plan_run(opened, entries, identity, Settings(), retry=retry)


def code_all(
    study: Path,
    corpus: Path,
    make: "MakeCoder | None" = None,
    limits: "Limits | None" = None,
    *,
    retry: bool = False,
    identity: RunIdentity = IDENTITY,
) -> "list[Step]":
    """Code what is left of the corpus into the study; the steps taken."""
    from transcript_alliance.batch.engine import Limits
    from transcript_alliance.batch.run import carry_out

    with planned(study, corpus, retry=retry, identity=identity) as (opened, plan):
        make = make or PlainCoder(identity=identity)
        return list(carry_out(opened, plan, make, limits or Limits(session_s=20)))


def other_model(name: str = "plain-2") -> RunIdentity:
    """The identity of another model."""
    return replace(IDENTITY, model=name, model_sha256="n" * 64)
