"""Adaptive discriminator augmentation (Karras et al. 2020b): few pictures, and no discriminator that learns them."""

from __future__ import annotations

import math

import torch

# The share of real pictures that the discriminator is sure of should be about this.
_TARGET = 0.6
_MOST = 0.8
# Pictures shown until the strength may go from 0 to 1.
_RISE = 100_000
_BRIGHTNESS, _CONTRAST, _SATURATION = 0.2, 0.5, 1.0
_LARGEST_SHIFT = 0.125
_CUT = 0.5


class Augmentation:
    """Random changes of pictures -1..1, each with probability `strength`, the same kind for real and made ones.

    Every change leaves most pictures as they were while the strength is below 1, so that the generator does not learn
    to make changed ones."""

    def __init__(self, strength: float = 0.0):
        self.strength = strength

    def adapt(self, real_verdicts: torch.Tensor) -> None:
        """Follow the discriminator: stronger when it is too sure of real pictures, of which (B,) verdicts are given."""
        sure = real_verdicts.detach().sign().mean().item()
        step = math.copysign(len(real_verdicts) / _RISE, sure - _TARGET)
        self.strength = min(max(self.strength + step, 0.0), _MOST)

    def __call__(self, pictures: torch.Tensor) -> torch.Tensor:
        """(B, C, R, R) changed pictures, differentiable in the given ones."""
        if self.strength == 0.0:
            return pictures
        count, colours, size, _ = pictures.shape
        pictures = pictures * (1.0 + self._amount(_CONTRAST, pictures)) + self._amount(_BRIGHTNESS, pictures)
        grey = pictures.mean(dim=1, keepdim=True)
        pictures = grey + (pictures - grey) * (1.0 + self._amount(_SATURATION, pictures).clamp(-1.0, 1.0))
        reach = round(_LARGEST_SHIFT * size)
        shifts = torch.randint(-reach, reach + 1, (count, 2), device=pictures.device) * self._chosen(pictures)[:, None]
        pictures = torch.stack([one.roll(shift.tolist(), (1, 2)) for one, shift in zip(pictures, shifts)])
        corner = torch.rand(count, 2, 1, device=pictures.device)
        place = (torch.arange(size, device=pictures.device) + 0.5) / size
        inside = (place - corner).abs() < _CUT / 2.0
        hole = inside[:, 0, :, None] & inside[:, 1, None] & self._chosen(pictures)[:, None, None]
        return pictures * ~hole[:, None].expand(-1, colours, -1, -1)

    def _chosen(self, pictures: torch.Tensor) -> torch.Tensor:
        return torch.rand(len(pictures), device=pictures.device) < self.strength

    def _amount(self, deviation: float, pictures: torch.Tensor) -> torch.Tensor:
        """(B, 1, 1, 1) normal numbers, 0 for pictures that are not chosen."""
        amount = deviation * torch.randn(len(pictures), device=pictures.device) * self._chosen(pictures)
        return amount[:, None, None, None]
