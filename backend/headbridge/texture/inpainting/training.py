"""A step of the inpainting network's training."""

from __future__ import annotations

from collections.abc import Sequence

import torch

from .network import InpaintingNetwork


def training_step(
    network: InpaintingNetwork,
    optimiser: torch.optim.Optimizer,
    inputs: Sequence[torch.Tensor],
    texture: torch.Tensor,
    counted: torch.Tensor,
) -> tuple[float, float]:
    """Change the network for a batch; its mean squared error before that, and that of the guess it starts from.

    inputs : what the network takes, the guess last. texture : (B, 3, R, R), the truth. counted : (B, 1, R, R), 1 where
    it is known and was hidden from the network, else 0."""
    error = hidden_error(network(*inputs), texture, counted)
    optimiser.zero_grad()
    error.backward()
    optimiser.step()
    return error.item(), hidden_error(inputs[-1], texture, counted).item()


def hidden_error(made: torch.Tensor, texture: torch.Tensor, counted: torch.Tensor) -> torch.Tensor:
    """Mean squared error of a batch where it counts; shapes as `training_step` has them."""
    return ((made - texture).square() * counted).sum() / (3.0 * counted.sum() + 1.0)
