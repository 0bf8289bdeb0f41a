"""The running mean of a network's weights, which is steadier than the last of them (Polyak and Juditsky 1992)."""

from __future__ import annotations

import torch
from torch import nn


@torch.no_grad()
def follow(average: nn.Module, network: nn.Module, share: float) -> None:
    """Move the average by a share of the way to the network."""
    for mean, new in zip(average.state_dict().values(), network.state_dict().values()):
        if mean.dtype.is_floating_point:
            mean.lerp_(new, share)
        else:
            mean.copy_(new)
