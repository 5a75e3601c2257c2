from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.builders import make_session
from transcript_alliance.alliance.encoder import default_encoder
from transcript_alliance.alliance.windows import PIECE_TOKENS, WINDOW_TOKENS, TurnTokenizer, lay_out, plan
from transcript_alliance.errors import ModelBundleError


@pytest.fixture(scope="module")
def tokenizer() -> TurnTokenizer:
    return TurnTokenizer(default_encoder() / "tokenizer.json")


@given(
    st.lists(st.integers(1, PIECE_TOKENS), max_size=60),
    st.integers(0, 64),
    st.integers(0, 32),
    st.none() | st.integers(1, WINDOW_TOKENS),
)
def test_every_piece_is_read_out_once_in_order_and_fits(
    lengths: list[int], left: int, right: int, first_room: int | None
) -> None:
    layouts = plan(lengths, left=left, right=right, first_room=first_room)
    assert [n for w in layouts for n in range(w.start, w.end)] == list(range(len(lengths)))
    for w in layouts:
        assert sum(lengths[w.first : w.last]) <= WINDOW_TOKENS - 2
        assert w.first <= w.start < w.end <= w.last
        assert sum(lengths[w.first : w.start]) <= left


def test_context_is_given_on_both_sides() -> None:
    # First window: 60 + 60 read out (120 more would pass 254 - 32), then the 120 as context on the right.
    # Second: 60 of context on the left, 120 read out, 60 of context on the right; 30 more would pass 254.
    windows = plan([60, 60, 120, 60, 30], left=64, right=32)
    assert [(w.first, w.start, w.end, w.last) for w in windows[:2]] == [(0, 0, 2, 3), (1, 2, 3, 4)]


def test_a_long_turn_is_read_in_pieces_and_nothing_is_cut_off(tokenizer: TurnTokenizer) -> None:
    session = make_session("T: " + "well " * 300 + "\nC: Fine.")
    pieces = tokenizer.pieces(session)
    assert [p.turn for p in pieces] == [0, 0, 0, 1]
    assert all(len(p.ids) <= PIECE_TOKENS for p in pieces)
    mark = pieces[0].ids[:2]
    assert mark == tuple(tokenizer.plain("therapist :"))
    assert sum(len(p.ids) - 2 for p in pieces[:3]) == 300


def test_layout_marks_only_what_is_read_out(tokenizer: TurnTokenizer) -> None:
    batch = lay_out([(7, 7), (8, 8, 8)], plan([2, 3], left=0, right=0), tokenizer)
    assert batch.ids.shape == (1, WINDOW_TOKENS)
    assert batch.ids[0, :7].tolist() == [tokenizer.cls_id, 7, 7, 8, 8, 8, tokenizer.sep_id]
    assert batch.member[0, :7].tolist() == [-1, 0, 0, 1, 1, 1, -1]
    assert batch.mask.sum() == 7
    assert np.all(batch.ids[0, 7:] == tokenizer.pad_id)


def test_a_tokenizer_without_the_special_words_is_refused(tmp_path: Path) -> None:
    text = (default_encoder() / "tokenizer.json").read_text("utf-8").replace("[SEP]", "[STOP]")
    (tmp_path / "tokenizer.json").write_text(text, "utf-8")
    with pytest.raises(ModelBundleError, match=r"\[SEP\]"):
        TurnTokenizer(tmp_path / "tokenizer.json")
