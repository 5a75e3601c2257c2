"""A network for people's own codes: the encoder fine-tuned on their turns, in the talk around them."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from transcript_alliance.alliance.bundle import CONFIG, TOKENIZER
from transcript_alliance.alliance.codes_table import CodedTalk, Variable, n_values, shares
from transcript_alliance.alliance.encoder import AllianceNet, load_pretrained, pool, read_config
from transcript_alliance.alliance.people import MAX_FOLDS
from transcript_alliance.alliance.predict import read_pieces, single_threaded
from transcript_alliance.alliance.train import Progress, Rates, make_optimizer, ramp
from transcript_alliance.alliance.windows import WINDOW_TOKENS, Batch, Piece, TurnTokenizer, join, lay_out, plan
from transcript_alliance.errors import ModelBundleError, show_name
from transcript_alliance.machine import n_processors
from transcript_alliance.session import Session

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class CodesPlan:
    """How to train on people's own codes (our choice, after looking at two public sets)."""

    epochs: int = 4
    tokens_a_step: int = 2_200
    """Sessions of like length are taken together until they hold so many."""
    frozen_layers: int = 0
    lr_encoder: float = 8e-5
    lr_head: float = 1e-3
    lr_attention: float = 2e-3
    weight_decay: float = 0.01
    warmup: float = 0.1
    """Share of the steps over which the learning rate rises; then it falls to nothing."""
    folds: int = MAX_FOLDS
    """At most so many, to measure and to put network and words together."""
    seed: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class _Example:
    """One session, cut up for the encoder."""

    pieces: tuple[Piece, ...]
    targets: Tensor  # (turns, values of all variables), shares of the raters; nan where nobody said anything

    @property
    def n_tokens(self) -> int:
        return sum(len(piece.ids) for piece in self.pieces)


def fit_codes(
    talks: Sequence[CodedTalk],
    variables: Sequence[Variable],
    start: Path,
    recipe: CodesPlan,
    report: Callable[[Progress], None] = lambda _: None,
) -> AllianceNet:
    """A network whose outputs are the values of the variables, one after another.

    `start` is the folder of a trained bundle or of a pretrained encoder. Same input, plan and number of threads give
    the same weights. Raises ModelBundleError.
    """
    torch.manual_seed(recipe.seed)
    rng = np.random.default_rng(recipe.seed)
    tokenizer = TurnTokenizer(start / TOKENIZER)
    net = _fresh_net(start, variables)
    examples = [_Example(tokenizer.pieces(t.session), torch.from_numpy(shares(t, variables)).float()) for t in talks]
    order = [step for _ in range(recipe.epochs) for step in _steps(examples, recipe.tokens_a_step, rng)]
    rates = Rates(recipe.lr_encoder, recipe.lr_head, recipe.lr_attention)
    optimizer = make_optimizer(net, recipe.frozen_layers, rates, recipe.weight_decay)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda i: ramp(i, len(order), recipe.warmup))
    net.train()
    running = float("nan")
    for number, step in enumerate(order, start=1):
        chosen = [examples[i] for i in step]
        batch = join([_windows(example, tokenizer, rng) for example in chosen])
        turns = net.hear(batch).joined(*_turns_of([example.pieces for example in chosen]))
        loss = _loss(net.code_logits(turns), torch.cat([example.targets for example in chosen]), variables)
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        optimizer.step()
        schedule.step()
        optimizer.zero_grad()
        running = loss.item() if number == 1 else 0.95 * running + 0.05 * loss.item()
        report(Progress(number, len(order), running))
    return net.eval()


def require_start(start: Path, variables: Sequence[Variable]) -> None:
    """Nothing, when training can start from the folder. Raises ModelBundleError."""
    _fresh_net(start, variables)
    TurnTokenizer(start / TOKENIZER)


def _fresh_net(start: Path, variables: Sequence[Variable]) -> AllianceNet:
    """The encoder in the folder with a new head."""
    config = read_config(start)
    try:
        net = AllianceNet(config, n_values(variables))
    except (ValueError, TypeError, RuntimeError, ArithmeticError):
        what = f"{CONFIG} does not describe an encoder"
        raise ModelBundleError("BAD_ENCODER", what, where=show_name(start)) from None
    load_pretrained(net, start)
    return net


@torch.inference_mode()
def code_probabilities(
    net: AllianceNet, tokenizer: TurnTokenizer, session: Session, variables: Sequence[Variable]
) -> Array:
    """Probabilities of the values of all variables, (turns, values); those of one variable add up to 1."""
    pieces = tokenizer.pieces(session)
    with single_threaded():
        odds, _ = pool(*read_pieces(net, tokenizer, pieces, n_processors()), *_turns_of([pieces]))
    parts = [
        torch.softmax(part, dim=1) for part in torch.split(odds.double(), [len(v.values) for v in variables], dim=1)
    ]
    found: Array = torch.cat(parts, dim=1).numpy()
    return found


def _steps(examples: Sequence[_Example], n_tokens: int, rng: np.random.Generator) -> Iterator[list[int]]:
    """All examples once, those of like length together, the steps in another order each time."""
    length = [example.n_tokens * (1 + 0.2 * rng.random()) for example in examples]
    steps: list[list[int]] = [[]]
    used = 0
    for i in sorted(rng.permutation(len(examples)).tolist(), key=lambda i: length[i]):
        if steps[-1] and used + examples[i].n_tokens > n_tokens:
            steps.append([])
            used = 0
        steps[-1].append(i)
        used += examples[i].n_tokens
    return (steps[i] for i in rng.permutation(len(steps)))


def _windows(example: _Example, tokenizer: TurnTokenizer, rng: np.random.Generator) -> Batch:
    """A session that fills more than one window is cut at other places each time."""
    ids = [piece.ids for piece in example.pieces]
    first_room = int(rng.integers(WINDOW_TOKENS // 3, WINDOW_TOKENS)) if example.n_tokens > WINDOW_TOKENS - 2 else None
    return lay_out(ids, plan([len(p) for p in ids], left=0, right=0, first_room=first_room), tokenizer)


def _turns_of(talks: Sequence[Sequence[Piece]]) -> tuple[Tensor, int]:
    """The turn of each piece, (pieces of all talks,), numbered through, and how many turns there are."""
    turn_of: list[int] = []
    n_turns = 0
    for pieces in talks:
        turn_of += [n_turns + piece.turn for piece in pieces]
        n_turns += pieces[-1].turn + 1
    return torch.tensor(turn_of), n_turns


def _loss(logits: Tensor, targets: Tensor, variables: Sequence[Variable]) -> Tensor:
    """Cross-entropy with the raters' shares, summed over variables, each averaged over the turns it was asked of."""
    total = logits.new_zeros(())
    sizes = [len(v.values) for v in variables]
    for guess, truth in zip(torch.split(logits, sizes, dim=1), torch.split(targets, sizes, dim=1), strict=True):
        asked = ~torch.isnan(truth[:, 0])
        if asked.any():
            total = total + functional.cross_entropy(guess[asked], truth[asked])
    return total
