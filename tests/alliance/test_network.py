"""Training and reading with the real code on an encoder small enough for a test."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from tests.alliance.builders import fit, tiny_encoder, tiny_session
from transcript_alliance.alliance.dataset import CLIENT_CODES, TURN_CODES
from transcript_alliance.alliance.encoder import AllianceNet, read_config
from transcript_alliance.alliance.predict import embed_texts, read_session
from transcript_alliance.alliance.train import Progress, TrainPlan, code_loss, prepare
from transcript_alliance.alliance.windows import TurnTokenizer, lay_out, plan
from transcript_alliance.errors import ModelBundleError

PLAN = TrainPlan(epochs=25, sessions_a_step=2, probe_passes=2, lr_encoder=3e-3, lr_head=2e-2, frozen_layers=0)
SESSIONS = [tiny_session(n, good=n % 4 < 2) for n in range(8)]


@pytest.fixture(scope="module")
def encoder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_encoder(tmp_path_factory.mktemp("encoder"))


@pytest.fixture(scope="module")
def tokenizer(encoder: Path) -> TurnTokenizer:
    return TurnTokenizer(encoder / "tokenizer.json")


def test_training_learns_what_the_sessions_show(encoder: Path, tokenizer: TurnTokenizer) -> None:
    steps: list[Progress] = []
    net = fit(SESSIONS, encoder, PLAN, steps.append)
    assert steps[-1].step == steps[-1].steps == 25 * 4
    first, last = steps[0].loss, steps[-1].loss
    assert first is not None
    assert last is not None
    assert last < 0.6 * first
    good, poor = (read_session(net, tokenizer, s.session) for s in (SESSIONS[0], SESSIONS[2]))
    emp, neg = TURN_CODES.index("EMP"), TURN_CODES.index("NEG")
    assert good[0, emp] > 0.5 > poor[0, emp]
    assert poor[0, neg] > 0.5 > good[0, neg]


def test_half_a_pass_sees_half_of_the_sessions(encoder: Path) -> None:
    steps: list[Progress] = []
    fit(SESSIONS, encoder, replace(PLAN, epochs=1.5), steps.append)
    assert [p.step for p in steps] == list(range(1, 4 + 2 + 1))  # two sessions a step


def test_the_same_seed_gives_the_same_weights_and_another_seed_others(encoder: Path) -> None:
    short = replace(PLAN, epochs=1)
    first, again, other = (
        fit(SESSIONS[:4], encoder, plan).state_dict() for plan in (short, short, replace(short, seed=1))
    )
    assert all(torch.equal(first[k], again[k]) for k in first)
    assert not all(torch.equal(first[k], other[k]) for k in first)


def test_what_nobody_rated_teaches_nothing() -> None:
    logits = torch.zeros(2, len(TURN_CODES))
    targets = np.zeros((2, len(TURN_CODES)))
    asked = code_loss(logits, targets).item()
    targets[:, [TURN_CODES.index(c) for c in CLIENT_CODES]] = np.nan
    # Each code asked for at logit 0 costs ln 2; five of them are not asked.
    assert asked - code_loss(logits, targets).item() == pytest.approx(5 * np.log(2), rel=1e-5)


def test_layers_worked_out_before_give_what_the_whole_encoder_gives(encoder: Path, tokenizer: TurnTokenizer) -> None:
    torch.manual_seed(0)
    net = AllianceNet(read_config(encoder), len(TURN_CODES)).eval()
    ids = [p.ids for p in tokenizer.pieces(tiny_session(0, good=True, n_turns=60).session)]
    batch = lay_out(ids, plan([len(p) for p in ids], left=0, right=0), tokenizer)
    with torch.no_grad():
        whole = net.piece_vectors(batch)
        for n_layers in (0, 1, 2):
            parts = net.piece_vectors_from(net.after_layers(batch, n_layers), batch, n_layers)
            assert torch.allclose(parts, whole, atol=1e-5)


def test_each_pass_sees_a_session_otherwise(encoder: Path) -> None:
    two, again = (prepare(SESSIONS[:2], encoder, replace(PLAN, epochs=2, drop_token=0.3)) for _ in range(2))
    first, second = (view.batch for view in two[0].views)
    assert first.ids.shape != second.ids.shape or (first.ids != second.ids).any()
    assert torch.equal(two[1].views[0].hidden, again[1].views[0].hidden)


def test_frozen_layers_and_word_embeddings_stay_as_they_were(encoder: Path) -> None:
    net = fit(SESSIONS[:4], encoder, replace(PLAN, epochs=1, frozen_layers=1))
    from transcript_alliance.alliance.encoder import load_pretrained

    before = AllianceNet(read_config(encoder), 1)
    load_pretrained(before, encoder)
    same = {
        name
        for name, value in before.encoder.state_dict().items()
        if torch.equal(value, net.encoder.state_dict()[name])
    }
    assert {n for n in before.encoder.state_dict() if n.startswith(("embeddings.", "encoder.layer.0."))} == same


def test_one_session_reads_the_same_whoever_is_read_before_and_with_any_number_of_threads(
    encoder: Path, tokenizer: TurnTokenizer
) -> None:
    torch.manual_seed(0)
    net = AllianceNet(read_config(encoder), len(TURN_CODES))
    long = tiny_session(0, good=True, n_turns=150).session
    threads = torch.get_num_threads()
    try:
        readings = []
        for n_threads in (1, 2):
            torch.set_num_threads(n_threads)
            read_session(net, tokenizer, SESSIONS[2].session)
            readings.append(read_session(net, tokenizer, long))
    finally:
        torch.set_num_threads(threads)
    assert readings[0].tobytes() == readings[1].tobytes()


def test_a_long_turn_is_as_likely_as_its_likeliest_piece(encoder: Path, tokenizer: TurnTokenizer) -> None:
    torch.manual_seed(0)
    net = AllianceNet(read_config(encoder), len(TURN_CODES))
    from tests.builders import make_session

    codes = read_session(net, tokenizer, make_session("T: " + "well now then " * 200 + "\nC: Fine."))
    assert codes.shape == (2, len(TURN_CODES))
    assert ((codes > 0) & (codes < 1)).all()


def test_vectors_of_texts_have_length_one_and_like_texts_are_near(encoder: Path) -> None:
    vectors = embed_texts(encoder, ["We work together.", "Cold.", "We work together."])
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(np.ones(3))
    assert vectors[0] == pytest.approx(vectors[2])


@pytest.mark.parametrize(
    ("name", "message"),
    [("config.json", "config.json is missing"), ("model.safetensors", "cannot be read")],
)
def test_a_folder_that_is_no_encoder_says_what_is_missing(tmp_path: Path, name: str, message: str) -> None:
    folder = tiny_encoder(tmp_path / "encoder")
    (folder / name).unlink()
    with pytest.raises(ModelBundleError, match=message):
        fit(SESSIONS[:2], folder, replace(PLAN, epochs=1))


def test_an_encoder_of_another_make_is_refused(tmp_path: Path) -> None:
    folder = tiny_encoder(tmp_path / "encoder")
    text = (folder / "config.json").read_text("utf-8")
    (folder / "config.json").write_text(text.replace('"num_hidden_layers": 2', '"num_hidden_layers": 3'), "utf-8")
    with pytest.raises(ModelBundleError, match="tensors of the encoder are missing"):
        fit(SESSIONS[:2], folder, replace(PLAN, epochs=1))
