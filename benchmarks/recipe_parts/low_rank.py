"""LoRA (Hu et al. 2022): layers that stay as pretrained, each with a small correction that learns."""

import math

import torch
from torch import Tensor, nn
from torch.nn import functional

from transcript_alliance.alliance.encoder import AllianceNet


class Corrected(nn.Module):
    """A linear layer that stays as it is, and a product of two thin matrices that is added to it."""

    def __init__(self, fixed: nn.Linear, rank: int) -> None:
        super().__init__()
        self.fixed = fixed
        self.down = nn.Parameter(torch.empty(rank, fixed.in_features))
        self.up = nn.Parameter(torch.zeros(fixed.out_features, rank))
        nn.init.kaiming_uniform_(self.down, a=math.sqrt(5))

    def forward(self, inputs: Tensor) -> Tensor:
        """What the layer gives for `inputs` (..., in), corrected: (..., out)."""
        return self.fixed(inputs) + functional.linear(functional.linear(inputs, self.down), self.up)


def low_rank(net: AllianceNet, rank: int) -> AllianceNet:
    """`net` itself, of whose encoder nothing but a correction of each linear layer learns.

    Training keeps the corrections of its lowest layers at nothing too, where a plan leaves those as pretrained.
    """
    net.encoder.requires_grad_(False)
    body = net.encoder.encoder
    for name, layer in list(body.named_modules()):
        if isinstance(layer, nn.Linear):
            parent, _, own = name.rpartition(".")
            setattr(body.get_submodule(parent), own, Corrected(layer, rank))
    return net
