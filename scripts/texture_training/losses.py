"""What StyleGAN2's networks are trained for (Karras et al. 2020)."""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F


def generator_loss(made_verdicts: torch.Tensor) -> torch.Tensor:
    """Non-saturating logistic loss of (B,) verdicts on made pictures (Goodfellow et al. 2014)."""
    return F.softplus(-made_verdicts).mean()


def discriminator_loss(real_verdicts: torch.Tensor, made_verdicts: torch.Tensor) -> torch.Tensor:
    """Logistic loss of (B,) verdicts on real and on made pictures."""
    return F.softplus(-real_verdicts).mean() + F.softplus(made_verdicts).mean()


def r1_penalty(real_verdicts: torch.Tensor, real_pictures: torch.Tensor) -> torch.Tensor:
    """Mean squared length of the verdicts' gradients at real pictures, (B, C, R, R) that require gradients
    (Mescheder et al. 2018)."""
    (gradient,) = torch.autograd.grad(real_verdicts.sum(), real_pictures, create_graph=True)
    return gradient.square().sum(dim=(1, 2, 3)).mean()


class PathLength:
    """Path length regularisation: a step of w should change the picture equally much everywhere.

    mean : running mean of the lengths, which is what they are drawn to."""

    def __init__(self, decay: float = 0.01, mean: float = 0.0):
        self.decay, self.mean = decay, mean

    def penalty(self, pictures: torch.Tensor, styles: torch.Tensor) -> torch.Tensor:
        """Mean squared distance of the lengths |J^T y|, y random pictures, from their running mean.

        pictures : (B, C, R, R) of (B, style count, style) styles that require gradients."""
        probe = torch.randn_like(pictures) / math.sqrt(pictures.shape[2] * pictures.shape[3])
        (gradient,) = torch.autograd.grad((pictures * probe).sum(), styles, create_graph=True)
        lengths = gradient.square().sum(dim=2).mean(dim=1).sqrt()
        self.mean += self.decay * (lengths.detach().mean().item() - self.mean)
        return (lengths - self.mean).square().mean()
