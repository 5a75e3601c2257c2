"""Training and reading with the real code on an encoder small enough for a test."""

from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from tests.alliance.builders import fit, tiny_encoder, tiny_session
from tests.builders import make_session
from transcript_alliance.alliance.codes_net import code_probabilities
from transcript_alliance.alliance.codes_table import Variable
from transcript_alliance.alliance.dataset import CLIENT_CODES, TURN_CODES
from transcript_alliance.alliance.encoder import AllianceNet, Heard, pool, read_config
from transcript_alliance.alliance.predict import embed_texts, read_pieces, read_session, read_sessions
from transcript_alliance.alliance.train import Progress, TrainPlan, code_loss, fresh_network, part_of, prepare
from transcript_alliance.alliance.windows import Batch, TurnTokenizer, lay_out, plan
from transcript_alliance.errors import ModelBundleError
from transcript_alliance.session import Role

PLAN = TrainPlan(epochs=25, sessions_a_step=2, probe_passes=2, lr_encoder=3e-3, lr_head=2e-2, frozen_layers=0)
SESSIONS = [tiny_session(n, good=n % 4 < 2) for n in range(8)]


@pytest.fixture(scope="module")
def encoder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_encoder(tmp_path_factory.mktemp("encoder"))


@pytest.fixture(scope="module")
def tokenizer(encoder: Path) -> TurnTokenizer:
    return TurnTokenizer(encoder / "tokenizer.json")


@pytest.fixture
def net(encoder: Path) -> AllianceNet:
    return untrained(encoder)


@pytest.fixture
def heard(net: AllianceNet, tokenizer: TurnTokenizer) -> Heard:
    with torch.no_grad():
        return net.hear(tiny_batch(tokenizer))


def untrained(encoder: Path) -> AllianceNet:
    torch.manual_seed(0)
    return AllianceNet(read_config(encoder), len(TURN_CODES)).eval()


def attentive(encoder: Path) -> AllianceNet:
    """One whose codes attend to some tokens more than to others."""
    net = untrained(encoder)
    torch.nn.init.normal_(net.attention.weight)
    return net


def tiny_batch(tokenizer: TurnTokenizer) -> Batch:
    ids = [p.ids for p in tokenizer.pieces(tiny_session(0, good=True, n_turns=60).session)]
    return lay_out(ids, plan([len(p) for p in ids], left=0, right=0), tokenizer)


def test_training_learns_what_the_sessions_show(encoder: Path, tokenizer: TurnTokenizer) -> None:
    steps: list[Progress] = []
    net = fit(SESSIONS, encoder, PLAN, steps.append)
    assert steps[-1].step == steps[-1].steps == 25 * 4
    first, last = steps[0].loss, steps[-1].loss
    assert first is not None
    assert last is not None
    assert last < 0.6 * first
    assert net.attention.weight.abs().max() > 0
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
    net, batch = untrained(encoder), tiny_batch(tokenizer)
    with torch.no_grad():
        ids, mask = torch.from_numpy(batch.ids), torch.from_numpy(batch.mask)
        whole = net.encoder(ids, attention_mask=mask).last_hidden_state
        inside = torch.from_numpy(batch.member >= 0)
        for n_layers in (0, 1, 2):
            heard = net.hear_from(net.after_layers(batch, n_layers), batch, n_layers)
            assert torch.allclose(heard.tokens, whole[inside], atol=1e-5)
            assert torch.equal(heard.piece, torch.from_numpy(batch.member)[inside])


def test_a_code_that_attends_to_nothing_yet_sees_the_mean_of_the_tokens(net: AllianceNet, heard: Heard) -> None:
    assert torch.allclose(net.code_logits(heard), net.codes(heard.means()), atol=1e-5)


def test_a_code_sees_the_token_that_it_attends_to(net: AllianceNet, heard: Heard) -> None:
    wanted = heard.tokens[5]
    with torch.no_grad():
        net.attention.weight[3] = 1000 * wanted
    seen = net.code_logits(Heard(heard.tokens[:9], torch.zeros(9, dtype=torch.long), 1))
    assert seen[0, 3].item() == pytest.approx(net.codes(wanted)[3].item(), abs=1e-4)
    assert seen[0, 4].item() == pytest.approx(net.codes(heard.tokens[:9].mean(dim=0))[4].item(), abs=1e-4)


def test_pieces_read_apart_come_to_what_they_come_to_at_once(net: AllianceNet, heard: Heard) -> None:
    torch.nn.init.normal_(net.attention.weight)
    turns = torch.arange(heard.n_pieces) // 3, -(-heard.n_pieces // 3)
    at_once = net.code_logits(heard.joined(*turns))
    assert torch.allclose(pool(*net.code_shares(heard), *turns)[0], at_once, atol=1e-4)


def test_sessions_side_by_side_are_read_as_each_alone(net: AllianceNet, tokenizer: TurnTokenizer) -> None:
    plain = [s.session for s in SESSIONS]
    alone = [read_session(net, tokenizer, session) for session in plain]
    for found, wanted in zip(read_sessions(net, tokenizer, plain), alone, strict=True):
        assert (found == wanted).all()


@pytest.mark.parametrize("share", [0.0, 0.25])
def test_the_encoder_drops_out_what_the_plan_says(encoder: Path, share: float) -> None:
    layers = fresh_network(encoder, replace(PLAN, dropout=share)).encoder.encoder.modules()
    assert {layer.p for layer in layers if isinstance(layer, torch.nn.Dropout)} == {0.0, share}


def test_each_pass_sees_a_session_otherwise(encoder: Path) -> None:
    two, again = (prepare(SESSIONS[:2], encoder, replace(PLAN, epochs=2, drop_token=0.3)) for _ in range(2))
    first, second = (view.batch for view in two[0].views)
    assert first.ids.shape != second.ids.shape or (first.ids != second.ids).any()
    assert torch.equal(two[1].views[0].hidden, again[1].views[0].hidden)


@pytest.mark.parametrize(
    "lengths",
    [(5,), (3, 4, 5, 6), (15, 15), (5, 40), (7,) * 9, (6, 7, 8, 9, 10), (12, 2, 2, 15, 9, 9, 1, 5, 5), (2,) * 50],
)
def test_a_part_is_as_long_as_it_may_be_and_each_piece_has_its_turn(lengths: tuple[int, ...]) -> None:
    most, draws = 20, 400
    seen = Counter[int]()
    for seed in range(draws):
        part = part_of(lengths, most, np.random.default_rng(seed))
        size = sum(lengths[part])
        assert size <= most or part.stop == part.start + 1
        assert part.stop == len(lengths) or size + lengths[part.stop] > most
        seen.update(range(part.start, part.stop))
    even = min(1.0, most / sum(lengths))
    assert min(seen[piece] for piece in range(len(lengths))) > even / 4 * draws


def test_a_pass_over_a_long_session_holds_the_pieces_that_it_names(encoder: Path, tokenizer: TurnTokenizer) -> None:
    long = tiny_session(0, good=True, n_turns=60)
    plain = replace(PLAN, epochs=3, tokens_a_session=100, drop_token=0.0, drop_punctuation=0.0)
    (prepared,) = prepare([long], encoder, plain)
    ids = [piece.ids for piece in tokenizer.pieces(long.session)]
    assert len({view.pieces.start for view in prepared.views}) > 1
    assert len(prepared.vectors) == prepared.views[0].batch.n_pieces
    for view in prepared.views:
        own = ids[view.pieces]
        assert 0 < sum(map(len, own)) <= 100
        for number, piece in enumerate(own):
            assert tuple(view.batch.ids[view.batch.member == number].tolist()) == piece


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
    net = attentive(encoder)
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
    net = attentive(encoder)
    session = make_session("T: " + "well now then " * 200 + "\nC: Fine.")
    pieces = tokenizer.pieces(session)
    assert sum(piece.turn == 0 for piece in pieces) > 1
    with torch.no_grad():
        odds, _ = read_pieces(net, tokenizer, pieces, 1)
    of_pieces = odds.sigmoid().numpy()
    likeliest = [of_pieces[[piece.turn == turn for piece in pieces]].max(axis=0) for turn in (0, 1)]
    assert read_session(net, tokenizer, session) == pytest.approx(np.array(likeliest), abs=1e-5)


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


def test_a_turn_of_several_pieces_gets_the_values_of_all_its_tokens(encoder: Path, tokenizer: TurnTokenizer) -> None:
    net, variable = attentive(encoder), Variable("act", tuple(map(str, range(len(TURN_CODES)))), (Role.THERAPIST,))
    session = make_session("T: " + "well now " * 70 + "\nC: Fine.")
    pieces = tokenizer.pieces(session)
    assert [piece.turn for piece in pieces] == [0, 0, 1]
    ids = [piece.ids for piece in pieces]
    with torch.no_grad():
        heard = net.hear(lay_out(ids, plan([len(p) for p in ids], left=0, right=0), tokenizer))
        expected = net.code_logits(heard.joined(torch.tensor([0, 0, 1]), 2)).softmax(dim=1)
    assert code_probabilities(net, tokenizer, session, [variable]) == pytest.approx(expected.numpy(), abs=1e-4)
