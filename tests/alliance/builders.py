"""A tiny encoder and tiny rated sessions: the real code, at a size that trains in seconds."""

import json
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

import torch
from safetensors.torch import save_file
from transformers import BertConfig, BertModel

from transcript_alliance.alliance.dataset import RatedSession, Rating, rated_session
from transcript_alliance.alliance.encoder import AllianceNet, default_encoder
from transcript_alliance.alliance.train import Progress, TrainPlan, fit_network, prepare

WARM = ("You felt left alone with it.", "I am glad you told me. We can look at that together.")
COLD = ("You should have known better.", "That is not what I asked. Do the form first.")
OPEN = ("Yes, and I have never said that to anybody.", "That makes sense. I could try it this week.")
SHUT = ("Whatever.", "You are not listening to me.")


def tiny_encoder(folder: Path) -> Path:
    """An untrained two-layer encoder with the default one's tokenizer, as a local folder."""
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(default_encoder() / "tokenizer.json", folder / "tokenizer.json")
    shape = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 4, "intermediate_size": 64}
    config = {**json.loads((default_encoder() / "config.json").read_text("utf-8")), **shape}
    (folder / "config.json").write_text(json.dumps(config), "utf-8")
    torch.manual_seed(7)
    model = BertModel(BertConfig.from_dict(config), add_pooling_layer=False)
    save_file(model.state_dict(), folder / "model.safetensors")
    return folder


def tiny_session(number: int, *, good: bool, n_turns: int = 12, n_raters: int = 2) -> RatedSession:
    """A session that says the same few things over and over, with ratings that go with them."""
    helper, client = (WARM, OPEN) if good else (COLD, SHUT)
    turns = [("T", helper[i // 2 % 2]) if i % 2 == 0 else ("C", client[i // 2 % 2]) for i in range(n_turns)]
    ratings = [tiny_rating(good=good, n_turns=n_turns, shift=r) for r in range(n_raters)]
    part = "hard" if number % 2 else "natural"
    return rated_session(f"S{number}", turns, ratings, part, f"T{number // 2}", f"C{number}")


def tiny_rating(*, good: bool, n_turns: int, shift: float = 0) -> Rating:
    """One observer of such a session; `shift` moves the WAI items, so that two observers differ."""
    level = 6.0 - shift if good else 2.0 + shift
    event = {"start": 1, "end": 4, "kind": "confrontation", "marker": "C1", "resolved": 1, "severity": 3, "repair": []}
    return Rating(
        wai={n: 8 - level if n in (4, 10) else level for n in range(1, 13)},
        fis={
            "hope": 4.0 if good else 2.0, "persuasiveness": 3.0, "warmth": 4.5 if good else 1.5,
            "empathy": 4.0 if good else 1.0, "bond_capacity": 4.0 if good else 2.0,
            "rupture_repair": None if good else 1.5,
        },
        events=() if good else ({**event, "repair": [{"turn": 2, "strategy": "R5"}]},),
        markers=tuple((t, "EMP" if good else "NEG") for t in range(0, n_turns, 2)),
        client_markers=tuple((t, "OPEN") for t in range(1, n_turns, 4)) if good else (),
        thirds=((level,) * 3,) * 3,
    )  # fmt: skip


def fit(
    sessions: Sequence[RatedSession], encoder: Path, recipe: TrainPlan, report: Callable[[Progress], None] = print
) -> AllianceNet:
    """`fit_network` with what it needs made for the occasion."""
    return fit_network(sessions, encoder, recipe, prepare(sessions, encoder, recipe), report)
