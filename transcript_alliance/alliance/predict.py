"""Read a session with a trained network: the probability of every code on every turn."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from transcript_alliance.alliance.bundle import TOKENIZER, WEIGHTS, BundleInfo, require_same
from transcript_alliance.alliance.dataset import TURN_CODES
from transcript_alliance.alliance.encoder import AllianceNet, load_pretrained, load_weights, read_config
from transcript_alliance.alliance.windows import WINDOW_TOKENS, Layout, Piece, TurnTokenizer, lay_out, one_each, plan
from transcript_alliance.errors import show_name
from transcript_alliance.machine import n_processors
from transcript_alliance.session import Session

BATCH_WINDOWS = 4
"""A session's windows go through the encoder so many at a time, always the same together: one session, one result."""
EMBEDDED_AT_ONCE = 64
"""Texts."""
LEFT_CONTEXT, RIGHT_CONTEXT = 64, 32
"""Tokens of talk before and after the part of a window that is read out (our choice)."""


@dataclass(frozen=True, slots=True)
class Reader:
    """A trained network with its tokenizer, ready to read sessions."""

    net: AllianceNet
    tokenizer: TurnTokenizer
    threads: int = 1
    """Batches of windows that are read at the same time, 1 or more. They move no number."""

    def read(self, session: Session) -> NDArray[np.float64]:
        """Probabilities of the codes on every turn of `session`, (turns, codes)."""
        with single_threaded():
            return read_session(self.net, self.tokenizer, session, self.threads)


def load_reader(folder: Path, info: BundleInfo, threads: int = 0) -> Reader:
    """The network of a checked bundle; `threads` 0 takes every processor. No pickle, no code from the folder."""
    require_same("codes", TURN_CODES, info.codes, show_name(folder))
    net = AllianceNet(read_config(folder), len(info.codes))
    load_weights(net, folder / WEIGHTS)
    return Reader(net.eval(), TurnTokenizer(folder / TOKENIZER), threads or n_processors())


@contextmanager
def single_threaded() -> Iterator[None]:
    """PyTorch works out each product on one thread, whose order of adding up no number of processors changes.

    Measured: with 1 to 4 threads a session's readings were the same to the bit, with 8 they were not.
    """
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def read_session(net: AllianceNet, tokenizer: TurnTokenizer, session: Session, threads: int = 1) -> NDArray[np.float64]:
    """Probabilities of the codes on every turn of `session`, (turns, codes), 0..1.

    A code is as likely on a turn as in the likeliest of its pieces. `threads` as for `read_pieces`.
    """
    pieces = tokenizer.pieces(session)
    found = torch.sigmoid(read_pieces(net, tokenizer, pieces, threads)[0]).double().numpy()
    codes = np.zeros((len(session.turns), net.codes.out_features))
    np.maximum.at(codes, [p.turn for p in pieces], found)
    return codes


def read_sessions(net: AllianceNet, tokenizer: TurnTokenizer, sessions: Sequence[Session]) -> list[NDArray[np.float64]]:
    """What `read_session` gives for each, in their order, (turns, codes), 0..1; each processor reads one at a time."""
    with single_threaded(), ThreadPoolExecutor(n_processors()) as pool:
        return list(pool.map(partial(read_session, net, tokenizer), sessions))


def read_pieces(
    net: AllianceNet, tokenizer: TurnTokenizer, pieces: Sequence[Piece], threads: int = 1
) -> tuple[Tensor, Tensor]:
    """What `AllianceNet.code_shares` gives for the pieces of a session, each in the talk around it, (pieces, codes).

    `threads` batches of windows are read at the same time; each is worked out as it would be alone.
    """
    net.eval()
    ids = [piece.ids for piece in pieces]
    layouts = plan([len(p) for p in ids], left=LEFT_CONTEXT, right=RIGHT_CONTEXT)
    parts = [layouts[start : start + BATCH_WINDOWS] for start in range(0, len(layouts), BATCH_WINDOWS)]
    odds = torch.zeros(len(pieces), net.codes.out_features)
    paid = torch.zeros_like(odds)

    def read(part: tuple[Layout, ...]) -> None:
        own = slice(part[0].start, part[-1].end)
        with torch.inference_mode():
            heard = net.hear(lay_out(ids, part, tokenizer))
            odds[own], paid[own] = (table[own] for table in net.code_shares(heard))

    if threads == 1:
        for part in parts:
            read(part)
    else:
        with ThreadPoolExecutor(min(threads, max(1, len(parts)))) as pool:
            list(pool.map(read, parts))
    return odds, paid


def embed_texts(encoder_folder: Path, texts: Sequence[str]) -> NDArray[np.float64]:
    """Sentence vectors of the encoder as it was pretrained, (texts, hidden), of length 1.

    The mean of a text's tokens, as the sentence encoders of the MiniLM family were trained to be read.
    """
    tokenizer = TurnTokenizer(encoder_folder / TOKENIZER)
    net = AllianceNet(read_config(encoder_folder), 1)
    load_pretrained(net, encoder_folder)
    net.eval()
    pieces = [tokenizer.plain(text)[: WINDOW_TOKENS - 2] for text in texts]
    order = sorted(range(len(pieces)), key=lambda i: len(pieces[i]))
    vectors = torch.zeros(len(texts), net.codes.in_features)

    def embed(rows: Sequence[int]) -> None:
        with torch.inference_mode():
            vectors[rows] = net.hear(one_each([pieces[i] for i in rows], tokenizer)).means()

    with single_threaded(), ThreadPoolExecutor(n_processors()) as pool:
        list(pool.map(embed, (order[at : at + EMBEDDED_AT_ONCE] for at in range(0, len(order), EMBEDDED_AT_ONCE))))
    found: NDArray[np.float64] = torch.nn.functional.normalize(vectors).double().numpy()
    return found
