"""An encoder that has learned what emotions people saw in the comments of GoEmotions (Demszky et al. 2020)."""

import csv
import hashlib
import math
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn import functional

from transcript_alliance.alliance.bundle import CONFIG, TOKENIZER, WEIGHTS
from transcript_alliance.alliance.encoder import AllianceNet, load_pretrained, read_config, save_weights
from transcript_alliance.alliance.train import Progress, Rates, make_optimizer, ramp
from transcript_alliance.alliance.windows import TurnTokenizer, one_each

N_EMOTIONS = 28
"""27 and, last, none of them."""
MOST_TOKENS = 60
"""Of a comment; hardly one is longer."""
COMMENTS_A_STEP = 32
RATES = Rates(encoder=1.5e-4, codes=2e-3, attention=2e-3)
WEIGHT_DECAY, WARMUP = 0.01, 0.1
VERSION = 2
"""Raised whenever the above or the training changes, so that an encoder from before is not taken for a new one."""


def moved_encoder(path: Path, encoder: Path, frozen_layers: int, run: Path, report: Callable[[Progress], None]) -> Path:
    """Folder in `run` of `encoder` after one pass over the comments of train.tsv, all but the lowest layers moved."""
    mark = hashlib.sha256(path.read_bytes() + (encoder / WEIGHTS).read_bytes()).hexdigest()[:12]
    folder = run / f"emotions-{VERSION}-{frozen_layers}-{mark}"
    if not folder.is_dir():
        net = fit_emotions(*read_comments(path), encoder, frozen_layers, report)
        part = folder.with_suffix(".part")
        part.mkdir(parents=True, exist_ok=True)
        for name in (TOKENIZER, CONFIG):
            shutil.copyfile(encoder / name, part / name)
        save_weights(net.encoder, part / WEIGHTS)
        part.rename(folder)
    return folder


def read_comments(path: Path) -> tuple[list[str], NDArray[np.float32]]:
    """Texts, and which emotions each has, (comments, 28). A line holds text, numbers with commas, and a name."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    seen = np.zeros((len(rows), N_EMOTIONS), np.float32)
    for place, row in enumerate(rows):
        seen[place, [int(number) for number in row[1].split(",")]] = 1
    return [row[0] for row in rows], seen


def fit_emotions(
    texts: Sequence[str],
    seen: NDArray[np.float32],
    encoder: Path,
    frozen_layers: int,
    report: Callable[[Progress], None],
) -> AllianceNet:
    """A network after one pass."""
    torch.manual_seed(0)
    rng = np.random.default_rng(0)
    tokenizer = TurnTokenizer(encoder / TOKENIZER)
    net = AllianceNet(read_config(encoder), N_EMOTIONS)
    load_pretrained(net, encoder)
    rates = seen.mean(axis=0)
    with torch.no_grad():
        net.codes.weight.zero_()
        net.codes.bias.copy_(torch.from_numpy(np.log(rates / (1 - rates))))
    optimizer = make_optimizer(net, frozen_layers, RATES, WEIGHT_DECAY)
    pieces = [tokenizer.plain(text)[:MOST_TOKENS] for text in texts]
    steps = np.array_split(rng.permutation(len(pieces)), math.ceil(len(pieces) / COMMENTS_A_STEP))
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda i: ramp(i, len(steps), WARMUP))
    net.train()
    for number, rows in enumerate(steps, start=1):
        logits = net.code_logits(net.hear(one_each([pieces[row] for row in rows], tokenizer)))
        loss = functional.binary_cross_entropy_with_logits(logits, torch.from_numpy(seen[rows]))
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        optimizer.step()
        schedule.step()
        optimizer.zero_grad()
        report(Progress(number, len(steps), loss.item()))
    return net.eval()
