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
        self.fixed = fixed.requires_grad_(False)
        self.down = nn.Parameter(torch.empty(rank, fixed.in_features))
        self.up = nn.Parameter(torch.zeros(fixed.out_features, rank))
        nn.init.kaiming_uniform_(self.down, a=math.sqrt(5))

    def forward(self, inputs: Tensor) -> Tensor:
        """What the layer gives for `inputs` (..., in), corrected: (..., out)."""
        return self.fixed(inputs) + functional.linear(functional.linear(inputs, self.down), self.up)

    @torch.no_grad()
    def merged(self) -> nn.Linear:
        """One layer that does the same."""
        self.fixed.weight += self.up @ self.down
        return self.fixed


def low_rank(net: AllianceNet, rank: int) -> AllianceNet:
    """`net` itself with every layer of its encoder corrected."""
    for name, layer in list(net.encoder.encoder.named_modules()):
        if isinstance(layer, nn.Linear):
            _put(net.encoder.encoder, name, Corrected(layer, rank))
    return net


def merged(net: AllianceNet) -> AllianceNet:
    """`net` itself with the corrections taken into its layers."""
    for name, layer in list(net.encoder.encoder.named_modules()):
        if isinstance(layer, Corrected):
            _put(net.encoder.encoder, name, layer.merged())
    return net


def _put(root: nn.Module, name: str, layer: nn.Module) -> None:
    parent, _, own = name.rpartition(".")
    setattr(root.get_submodule(parent), own, layer)
