"""Out-of-fold readings: every session read by a network that never saw its therapist or its client.

The folds are kept on disk as they are finished, so a run that was stopped goes on where it was.
"""

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from transcript_alliance.alliance.bundle import CONFIG, TOKENIZER, WEIGHTS
from transcript_alliance.alliance.dataset import TURN_CODES, RatedSession, grouped_folds
from transcript_alliance.alliance.predict import BATCH_WINDOWS, LEFT_CONTEXT, RIGHT_CONTEXT, read_sessions
from transcript_alliance.alliance.train import Prepared, Progress, TrainPlan, fit_network
from transcript_alliance.alliance.windows import PIECE_TOKENS, WINDOW_TOKENS, TurnTokenizer

N_FOLDS = 5
TRAINING_VERSION = 10
"""Raised whenever training or reading changes, so that folds finished by older code are not taken for new ones."""


@dataclass(frozen=True, slots=True)
class OutOfFold:
    """Readings of all sessions, each by the network of its fold."""

    folds: NDArray[np.int64]  # (sessions,)
    codes: tuple[NDArray[np.float64], ...]  # (turns, codes) a session


def cross_fit(
    sessions: Sequence[RatedSession],
    encoder_folder: Path,
    recipe: TrainPlan,
    run_folder: Path,
    prepared: Callable[[], Sequence[Prepared]],
    report: Callable[[int, Progress], None] = lambda _fold, _progress: None,
) -> OutOfFold:
    """Train one network a fold and read the fold's sessions with it. Finished folds in `run_folder` are reused.

    A finished fold is reused only when the sessions, their ratings, the encoder and the plan are the same.
    `prepared` gives what `train.prepare` makes of the sessions; it is asked only when a fold is still to be trained.
    """
    folds = grouped_folds(sessions, N_FOLDS, recipe.seed)
    key = run_key(sessions, encoder_folder, recipe)
    tokenizer = TurnTokenizer(encoder_folder / TOKENIZER)
    codes: dict[int, NDArray[np.float64]] = {}
    for fold in range(N_FOLDS):
        test = np.flatnonzero(folds == fold).tolist()
        path = run_folder / f"fold-{fold}-{key[:12]}.npz"
        if not path.is_file():
            train, seen = [], []
            for s, p, f in zip(sessions, prepared(), folds, strict=True):
                if f != fold:
                    train.append(s)
                    seen.append(p)
            net = fit_network(train, encoder_folder, recipe, seen, partial(report, fold))
            save_fold(path, read_sessions(net, tokenizer, [sessions[i].session for i in test]))
        codes |= dict(zip(test, load_fold(path), strict=True))
    return OutOfFold(folds, tuple(codes[i] for i in range(len(sessions))))


def run_key(sessions: Sequence[RatedSession], encoder_folder: Path, recipe: TrainPlan) -> str:
    """Hash of all that a fold's result hangs on, as hexadecimal."""
    layout = [N_FOLDS, WINDOW_TOKENS, PIECE_TOKENS, LEFT_CONTEXT, RIGHT_CONTEXT, BATCH_WINDOWS]
    fixed = [TRAINING_VERSION, layout, TURN_CODES, asdict(recipe)]
    digest = hashlib.sha256(json.dumps(fixed, sort_keys=True).encode())
    for name in (WEIGHTS, TOKENIZER, CONFIG):
        digest.update((encoder_folder / name).read_bytes())
    for s in sessions:
        texts = [s.session.turn_text(t) for t in range(len(s.session.turns))]
        digest.update(json.dumps([s.session.session_id, s.part, s.therapist, s.client, texts]).encode())
        for table in (s.turns, s.scales, s.thirds):
            digest.update(table.tobytes())
    return digest.hexdigest()


def save_fold(path: Path, codes: Sequence[NDArray[np.float64]]) -> None:
    """Write what was read of some sessions, (turns, columns) each; whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part")
    with part.open("wb") as file:
        np.savez(file, lengths=np.array([len(c) for c in codes]), codes=np.concatenate(codes))
    part.rename(path)


def load_fold(path: Path) -> list[NDArray[np.float64]]:
    """Read it back."""
    with np.load(path, allow_pickle=False) as stored:
        return np.split(stored["codes"], np.cumsum(stored["lengths"])[:-1])
