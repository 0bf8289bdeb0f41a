"""Values that are known in places, spread to all others (pull-push: Gortler et al. 1996, The Lumigraph)."""

from __future__ import annotations

import torch
import torch.nn.functional as F


def spread(values: torch.Tensor, weights: torch.Tensor, levels: int) -> torch.Tensor:
    """(B, C, R, R): `values` where their weight is 1; below that, and the more the less it is, means of what is around,
    weighted; they are taken over 2, 4, .. 2^levels texels. R a multiple of 2^levels.

    values : (B, C, R, R); weights : (B, 1, R, R), 0..1."""
    pyramid, total = [(values, weights)], values * weights
    for _ in range(levels):
        total, weights = F.avg_pool2d(total, 2), F.avg_pool2d(weights, 2)
        pyramid.append((total / weights.clamp(min=1e-6), weights))
    values, weights = pyramid[-1]
    result = values * weights
    for values, weights in reversed(pyramid[:-1]):
        around = F.interpolate(result, scale_factor=2, mode="bilinear", align_corners=False)
        result = weights * values + (1.0 - weights) * around
    return result
