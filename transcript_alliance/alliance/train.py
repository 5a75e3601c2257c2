"""Fine-tune the turn tagger on rated sessions. Meant to be read in one sitting."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from transcript_alliance.alliance.bundle import TOKENIZER
from transcript_alliance.alliance.dataset import TURN_CODES, RatedSession
from transcript_alliance.alliance.encoder import AllianceNet, load_pretrained, read_config
from transcript_alliance.alliance.windows import WINDOW_TOKENS, Batch, TurnTokenizer, lay_out, plan

TURNS_A_PROBE_STEP = 256


@dataclass(frozen=True, slots=True)
class TrainPlan:
    """How to train. The defaults are those of the shipped bundle (our choice, after looking at the first fold)."""

    probe_passes: int = 12
    """Passes over the turns of each session's first view in which the head alone learns, on the vectors of the encoder
    as pretrained. Fine-tuning from a random head first spoils what the encoder knows (Kumar et al. 2022)."""
    lr_probe: float = 1e-2
    epochs: float = 1.4
    """Passes over the sessions. A fraction left over is the share of the sessions that are seen once more."""
    sessions_a_step: int = 1
    tokens_a_session: int = 1300
    """A pass sees at most so many of a session, turns that follow each other around a random place."""
    frozen_layers: int = 2
    """So many of the lowest layers stay as pretrained: they hold word forms, and what they make of a session is
    worked out once for all folds."""
    dropout: float = 0.0
    """In the encoder's layers. In so few passes nothing is learned by heart, and each takes a twelfth less time."""
    lr_encoder: float = 1.6e-4
    lr_head: float = 5e-4
    lr_attention: float = 2e-3
    weight_decay: float = 0.01
    warmup: float = 0.1
    """Share of the steps over which the learning rate rises; then it falls to nothing."""
    drop_punctuation: float = 0.3
    """Share of sessions shown without punctuation, as speech engines write them."""
    drop_token: float = 0.03
    """Share of tokens left out, against learning single words."""
    seed: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class View:
    """A session as one pass over the sessions sees it, after the layers that stay as pretrained."""

    pieces: slice
    """Those of the session's that are in it; the batch's numbers count from the first of them."""
    hidden: Tensor  # (tokens, hidden), float16
    batch: Batch


@dataclass(frozen=True, slots=True, eq=False)
class Prepared:
    """What of a session's training does not hang on the fold; at most about 1 MB for each pass."""

    vectors: NDArray[np.float32]  # (pieces of the first view, hidden), by the encoder as it was pretrained
    views: tuple[View, ...]  # one a pass


@dataclass(frozen=True, slots=True)
class Progress:
    """Where a training run stands."""

    step: int
    steps: int
    loss: float | None
    """Running mean; None where nothing is learned."""


@torch.no_grad()
def prepare(
    sessions: Sequence[RatedSession],
    encoder_folder: Path,
    recipe: TrainPlan,
    report: Callable[[Progress], None] = lambda _: None,
) -> tuple[Prepared, ...]:
    """Everything that the encoder as it was pretrained has to say of the sessions."""
    tokenizer = TurnTokenizer(encoder_folder / TOKENIZER)
    net = AllianceNet(read_config(encoder_folder), 1).eval()
    load_pretrained(net, encoder_folder)
    found = []
    for place, rated in enumerate(sessions):
        ids = [p.ids for p in tokenizer.pieces(rated.session)]
        views = []
        for epoch in range(math.ceil(recipe.epochs)):
            pieces, batch = _seen(ids, tokenizer, recipe, np.random.default_rng((recipe.seed, epoch, place)))
            views.append(View(pieces, net.after_layers(batch, recipe.frozen_layers).half(), batch))
        first = net.hear_from(views[0].hidden, views[0].batch, recipe.frozen_layers)
        found.append(Prepared(first.means().numpy(), tuple(views)))
        report(Progress(len(found), len(sessions), None))
    return tuple(found)


def fit_network(
    sessions: Sequence[RatedSession],
    encoder_folder: Path,
    recipe: TrainPlan,
    prepared: Sequence[Prepared],
    report: Callable[[Progress], None] = lambda _: None,
) -> AllianceNet:
    """A network trained on `sessions`. Same input and plan give the same weights.

    `prepared` are what `prepare` made of the sessions: that does not hang on the fold, so callers make it once.
    """
    return teach(fresh_network(encoder_folder, recipe), sessions, encoder_folder, recipe, prepared, report)


def fresh_network(encoder_folder: Path, recipe: TrainPlan) -> AllianceNet:
    """The encoder as it was pretrained, with heads that know nothing. Raises ModelBundleError."""
    torch.manual_seed(recipe.seed)  # before the model is built, or its head differs from run to run
    net = AllianceNet(read_config(encoder_folder, recipe.dropout), len(TURN_CODES))
    load_pretrained(net, encoder_folder)
    return net


def teach(
    net: AllianceNet,
    sessions: Sequence[RatedSession],
    encoder_folder: Path,
    recipe: TrainPlan,
    prepared: Sequence[Prepared],
    report: Callable[[Progress], None] = lambda _: None,
) -> AllianceNet:
    """`net` itself after training; parameters that were set not to learn stay as they are.

    `prepared` are what `prepare` made of the sessions with the same encoder and plan, one a session. Chance goes on
    from the seed that `fresh_network` set.
    """
    rng = np.random.default_rng(recipe.seed)
    tokenizer = TurnTokenizer(encoder_folder / TOKENIZER)
    _start_at_base_rates(net, sessions)
    targets = [s.turns[[p.turn for p in tokenizer.pieces(s.session)]] for s in sessions]
    _probe(net, [target[p.views[0].pieces] for target, p in zip(targets, prepared, strict=True)], recipe, prepared)
    rates = Rates(recipe.lr_encoder, recipe.lr_head, recipe.lr_attention)
    optimizer = make_optimizer(net, recipe.frozen_layers, rates, recipe.weight_decay)
    orders = [rng.permutation(len(sessions))[:n] for n in _pass_lengths(len(sessions), recipe.epochs)]
    steps = sum(math.ceil(len(order) / recipe.sessions_a_step) for order in orders)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda i: ramp(i, steps, recipe.warmup))
    net.train()
    step, running = 0, float("nan")
    for epoch, order in enumerate(orders):
        for at in range(0, len(order), recipe.sessions_a_step):
            losses = []
            for i in order[at : at + recipe.sessions_a_step]:
                view = prepared[i].views[epoch]
                heard = net.hear_from(view.hidden, view.batch, recipe.frozen_layers)
                losses.append(code_loss(net.code_logits(heard), targets[i][view.pieces]))
            total = torch.stack(losses).mean()
            total.backward()  # type: ignore[no-untyped-call]
            torch.nn.utils.clip_grad_norm_(net.parameters(), 1.0)
            optimizer.step()
            schedule.step()
            optimizer.zero_grad()
            step += 1
            running = total.item() if step == 1 else 0.95 * running + 0.05 * total.item()
            report(Progress(step, steps, running))
    return net.eval()


def _pass_lengths(n_sessions: int, epochs: float) -> list[int]:
    """How many of the sessions each pass takes."""
    return [math.ceil(n_sessions * min(1.0, epochs - done)) for done in range(math.ceil(epochs))]


def _seen(
    pieces: Sequence[tuple[int, ...]], tokenizer: TurnTokenizer, recipe: TrainPlan, rng: np.random.Generator
) -> tuple[slice, Batch]:
    """A session's windows for one pass: as another recorder might have written it, and cut at other places.

    With them the pieces that they hold, which are not all of a long session's.
    """
    chosen = part_of([len(p) for p in pieces], recipe.tokens_a_session, rng)
    ids = _augmented(pieces[chosen], tokenizer, recipe, rng)
    first_room = int(rng.integers(WINDOW_TOKENS // 3, WINDOW_TOKENS))
    return chosen, lay_out(ids, plan([len(p) for p in ids], left=0, right=0, first_room=first_room), tokenizer)


def part_of(lengths: Sequence[int], most: int, rng: np.random.Generator) -> slice:
    """Pieces of these lengths that follow each other and together have at most `most` tokens, around a random token.

    All of them where there are no more. At least one, however long it is. Near an end of the session the part goes to
    that end, so that how a session opens and closes is seen about half as often as its middle, not hardly ever.
    """
    ends = np.cumsum(lengths)
    starts = ends - lengths
    first_token = max(0, min(int(rng.integers(ends[-1])) - most // 2, int(ends[-1]) - most))
    start = min(int(np.searchsorted(starts, first_token)), len(starts) - 1)
    end = int(np.searchsorted(ends, starts[start] + most, side="right"))
    return slice(start, max(end, start + 1))


def _probe(
    net: AllianceNet, of_sessions: Sequence[NDArray[np.float64]], recipe: TrainPlan, prepared: Sequence[Prepared]
) -> None:
    """Train the head, but for its attention, on vectors that stay as they are."""
    vectors = torch.from_numpy(np.concatenate([p.vectors for p in prepared]))  # (pieces, hidden)
    targets = np.concatenate(of_sessions)
    optimizer = torch.optim.AdamW(net.codes.parameters(), lr=recipe.lr_probe, weight_decay=recipe.weight_decay)
    for _ in range(recipe.probe_passes):
        for rows in torch.randperm(len(vectors)).split(TURNS_A_PROBE_STEP):  # type: ignore[no-untyped-call]
            loss = code_loss(net.codes(vectors[rows]), targets[rows.numpy()])
            loss.backward()  # type: ignore[no-untyped-call]
            optimizer.step()
            optimizer.zero_grad()


def code_loss(logits: Tensor, targets: NDArray[np.float64]) -> Tensor:
    """Binary cross-entropy against soft labels: summed over codes, averaged over turns; nan is left out."""
    target = torch.from_numpy(targets).to(logits)
    asked = ~torch.isnan(target)
    losses = functional.binary_cross_entropy_with_logits(logits, torch.nan_to_num(target), reduction="none")
    return losses.masked_fill(~asked, 0).sum(dim=1).mean()


def _augmented(
    pieces: Sequence[tuple[int, ...]], tokenizer: TurnTokenizer, recipe: TrainPlan, rng: np.random.Generator
) -> list[tuple[int, ...]]:
    """The pieces as another recorder might have written them: maybe no punctuation, a few words missing."""
    bare = rng.random() < recipe.drop_punctuation
    found = []
    for piece in pieces:
        keep = rng.random(len(piece)) >= recipe.drop_token
        keep[:2] = True  # the speaker mark
        found.append(
            tuple(
                i
                for n, (i, k) in enumerate(zip(piece, keep, strict=True))
                if k and (n < 2 or not bare or i not in tokenizer.punctuation_ids)
            )
        )
    return found


def _start_at_base_rates(net: AllianceNet, sessions: Sequence[RatedSession]) -> None:
    """Set the code biases to the base rates, so that training starts from the always-the-same answer."""
    targets = np.concatenate([s.turns for s in sessions])
    asked = ~np.isnan(targets)
    rates = np.where(asked, targets, 0).sum(axis=0) / np.maximum(asked.sum(axis=0), 1)
    odds = np.clip(rates, 1e-3, 1 - 1e-3)
    with torch.no_grad():
        net.codes.bias.copy_(torch.from_numpy(np.log(odds / (1 - odds))))


@dataclass(frozen=True, slots=True)
class Rates:
    """Highest learning rates of the parts of a network."""

    encoder: float
    codes: float
    attention: float


def make_optimizer(net: AllianceNet, frozen_layers: int, rates: Rates, weight_decay: float) -> torch.optim.Optimizer:
    """AdamW for encoder, codes and their attention; what is not to learn is marked so in `net`.

    That is so many of the lowest layers and the word embeddings: rare words of a small corpus must not drift.
    """
    net.encoder.embeddings.requires_grad_(False)
    for layer in net.encoder.encoder.layer[:frozen_layers]:
        layer.requires_grad_(False)
    body = [p for p in net.encoder.parameters() if p.requires_grad]
    groups = [
        {"params": body, "lr": rates.encoder},
        {"params": list(net.codes.parameters()), "lr": rates.codes},
        {"params": list(net.attention.parameters()), "lr": rates.attention},
    ]
    return torch.optim.AdamW(groups, weight_decay=weight_decay, fused=True)


def ramp(step: int, steps: int, warmup: float) -> float:
    """Share of the learning rate: up over the first part, then down to nothing."""
    rising = max(1, int(steps * warmup))
    return (step + 1) / rising if step < rising else max(0.0, (steps - step) / max(1, steps - rising))
