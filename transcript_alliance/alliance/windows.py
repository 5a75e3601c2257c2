"""A session as the encoder sees it: pieces of turns with speaker marks, laid out in windows of at most 256 tokens.

How a session is cut up hangs on nothing but the session, so the same input gives the same numbers whatever else is
read (our choice; measured: what goes through the encoder together moves float32 scores in the seventh digit).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

from transcript_alliance.alliance.phrases import spoken
from transcript_alliance.errors import ModelBundleError, show_name
from transcript_alliance.session import Role, Session

WINDOW_TOKENS = 256
PIECE_TOKENS = 120
"""A turn longer than this is read in pieces, so that no turn fills a window alone and none is cut off."""

_SPEAKER_MARK = {Role.THERAPIST: "therapist :", Role.CLIENT: "client :", Role.OTHER: "other :"}


@dataclass(frozen=True, slots=True)
class Piece:
    """Part of a turn: its token ids, speaker mark first."""

    turn: int
    ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Layout:
    """One window: pieces `first` up to `last`, of which `start` up to `end` are read out; the others are context."""

    first: int
    start: int
    end: int
    last: int


@dataclass(frozen=True, slots=True)
class Batch:
    """Windows ready for the encoder, at most 256 tokens wide."""

    ids: NDArray[np.int64]  # (windows, width)
    mask: NDArray[np.int64]  # (windows, width), 1 = a token
    member: NDArray[np.int64]  # (windows, width), number of the read-out piece a token belongs to, -1 = none
    n_pieces: int


class TurnTokenizer:
    """Token ids of turns, from a tokenizer.json on disk."""

    def __init__(self, path: Path) -> None:
        try:
            self._tokenizer = Tokenizer.from_file(str(path))
        except Exception:
            # The library raises nothing narrower.
            what = f"{path.name} is missing or cannot be read as a tokenizer"
            raise ModelBundleError("TOKENIZER", what, where=show_name(path.parent)) from None
        self._tokenizer.no_truncation()
        self._tokenizer.no_padding()
        self._marks = {role: self.plain(mark) for role, mark in _SPEAKER_MARK.items()}
        self.cls_id, self.sep_id, self.pad_id = (self._special(name, path) for name in ("[CLS]", "[SEP]", "[PAD]"))
        self.punctuation_ids = frozenset(
            index for word, index in self._tokenizer.get_vocab().items() if not any(c.isalnum() for c in word)
        )

    def _special(self, name: str, path: Path) -> int:
        index: int | None = self._tokenizer.token_to_id(name)
        if index is None:
            raise ModelBundleError("TOKENIZER", f"the tokenizer has no {name}", where=show_name(path))
        return index

    def plain(self, text: str) -> list[int]:
        """Token ids of `text` alone, without marks."""
        ids: list[int] = self._tokenizer.encode(text, add_special_tokens=False).ids
        return ids

    def pieces(self, session: Session) -> tuple[Piece, ...]:
        """The session's turns as pieces, in order; every turn has at least one."""
        texts = [spoken(session.turn_text(t)) for t in range(len(session.turns))]
        encoded = self._tokenizer.encode_batch(texts, add_special_tokens=False)
        found = []
        for turn, encoding in enumerate(encoded):
            mark, ids = self._marks[session.role(turn)], encoding.ids
            room = PIECE_TOKENS - len(mark)
            found += [Piece(turn, (*mark, *ids[at : at + room])) for at in range(0, max(len(ids), 1), room)]
        return tuple(found)


def plan(lengths: Sequence[int], *, left: int, right: int, first_room: int | None = None) -> tuple[Layout, ...]:
    """Windows that read out every piece exactly once, in order.

    `lengths` are the pieces' tokens (at most `PIECE_TOKENS`); `left` and `right` the tokens of context kept
    before and after what is read out; `first_room` shortens the first window, so that training sees the
    same talk cut at other places each time.

    >>> [(w.start, w.end) for w in plan([100, 100, 100], left=0, right=0)]
    [(0, 2), (2, 3)]
    """
    room = WINDOW_TOKENS - 2  # [CLS] and [SEP]
    layouts = []
    start = 0
    while start < len(lengths):
        first, used = start, 0
        while first > 0 and used + lengths[first - 1] <= left:
            first -= 1
            used += lengths[first]
        limit = max(room - right, used + lengths[start])
        if start == 0 and first_room is not None:
            limit = max(min(limit, first_room), lengths[0])
        end = start
        while end < len(lengths) and used + lengths[end] <= limit:
            used += lengths[end]
            end += 1
        last = end
        while right and last < len(lengths) and used + lengths[last] <= room:
            used += lengths[last]
            last += 1
        layouts.append(Layout(first, start, end, last))
        start = end
    return tuple(layouts)


def lay_out(pieces: Sequence[Sequence[int]], layouts: Sequence[Layout], tokenizer: TurnTokenizer) -> Batch:
    """The windows of `layouts` as arrays of fixed shape; piece numbers are those of `pieces`."""
    ids = np.full((len(layouts), WINDOW_TOKENS), tokenizer.pad_id, dtype=np.int64)
    mask = np.zeros_like(ids)
    member = np.full_like(ids, -1)
    for row, layout in enumerate(layouts):
        ids[row, 0], at = tokenizer.cls_id, 1
        for number in range(layout.first, layout.last):
            piece = pieces[number]
            ids[row, at : at + len(piece)] = piece
            if layout.start <= number < layout.end:
                member[row, at : at + len(piece)] = number
            at += len(piece)
        ids[row, at] = tokenizer.sep_id
        mask[row, : at + 1] = 1
    return Batch(ids, mask, member, len(pieces))


def join(batches: Sequence[Batch]) -> Batch:
    """Several batches as one, only as wide as its longest window: what fills windows up is of no use to training."""
    width = max(int(batch.mask.sum(axis=1).max()) for batch in batches)
    firsts = np.cumsum([0, *(batch.n_pieces for batch in batches)])
    member = [
        np.where(batch.member >= 0, batch.member + first, -1) for batch, first in zip(batches, firsts[:-1], strict=True)
    ]
    return Batch(
        np.concatenate([batch.ids for batch in batches])[:, :width],
        np.concatenate([batch.mask for batch in batches])[:, :width],
        np.concatenate(member)[:, :width],
        int(firsts[-1]),
    )


def one_each(pieces: Sequence[Sequence[int]], tokenizer: TurnTokenizer) -> Batch:
    """Each text in a window of its own, only as wide as the longest: for embeddings without context."""
    width = max(len(p) for p in pieces) + 2
    ids = np.full((len(pieces), width), tokenizer.pad_id, dtype=np.int64)
    mask = np.zeros_like(ids)
    member = np.full_like(ids, -1)
    for row, piece in enumerate(pieces):
        ids[row, : len(piece) + 2] = (tokenizer.cls_id, *piece, tokenizer.sep_id)
        mask[row, : len(piece) + 2] = 1
        member[row, : len(piece) + 2] = row
    return Batch(ids, mask, member, len(pieces))
