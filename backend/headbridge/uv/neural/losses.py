"""What the network is trained on: UVs, their differences between neighbours, patches, and terms of the caller's own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

import torch
from torch.nn import functional

# Layouts are judged in pixels of a texture of this size.
PIXELS = 1024.0
# Errors count squared below this many pixels and linearly above, so that creases and slits the network cannot follow
# do not cost the accuracy everywhere else.
_LINEAR_FROM = 5.0
# A neighbour nearer than this, mm, counts as this far away: the difference quotient would be noise.
_NEAREST_NEIGHBOUR = 0.5
# The costs of the patches become the probabilities exp(-cost / this), mm; the network's logits are costs in this unit.
COST_UNIT = 1.0


class LossTerm(Protocol):
    """A further term of the loss, such as the difference of renderings from several views.

    key : what the term depends on, as `cache.content_key` takes it: two terms with one key are taken for the same.
    """

    key: Any

    def __call__(self, uvs: Callable[[torch.Tensor, torch.Tensor], torch.Tensor]) -> torch.Tensor:
        """The term as a scalar in square pixels of a 1024 texture, weight included.

        uvs : the network being trained, from (P, 3) points in mm and (P, 3) unit normals of the caller's choice (the
            points its pixels see) to (P, S, 2) UVs on every patch, differentiable."""
        ...


def robust(offsets: torch.Tensor) -> torch.Tensor:
    """(..., 2) offsets in pixels to (...,): squared length where short, linear where long (Charbonnier's)."""
    return 2.0 * _LINEAR_FROM * ((offsets.square().sum(-1) + _LINEAR_FROM**2).sqrt() - _LINEAR_FROM)


def uv_loss(found: torch.Tensor, wanted: torch.Tensor, member: torch.Tensor) -> torch.Tensor:
    """Mean over the points of the robust error of (B, S, 2) UVs on the patches the points belong to.

    wanted : (B, 2); member : (B, S) weights, 1 where the point is on the patch."""
    return (robust(PIXELS * (found - wanted[:, None])) * member).sum() / len(found)


def smoothness_loss(
    found: torch.Tensor, wanted: torch.Tensor, points: torch.Tensor, member: torch.Tensor
) -> torch.Tensor:
    """Mean robust error, in pixels per mm, of the UV's difference quotient between neighbours.

    found : (B, 2, S, 2) UVs of pairs on every patch; wanted : (B, 2, 2) their UVs; points : (B, 2, 3) mm;
    member : (B, S). Errors that neighbours share cost nothing here: it is the map's derivative that is compared."""
    distance = (points[:, 1] - points[:, 0]).norm(dim=1).clamp(min=_NEAREST_NEIGHBOUR)
    error = (found[:, 1] - found[:, 0]) - (wanted[:, 1] - wanted[:, 0])[:, None]
    return (robust(PIXELS * error / distance[:, None, None]) * member).sum() / len(found)


def chart_loss(logits: torch.Tensor, costs: torch.Tensor) -> torch.Tensor:
    """Mean cross-entropy of (B, S) logits with the probabilities that (B, S) costs in mm stand for."""
    return functional.cross_entropy(logits, torch.softmax(-costs / COST_UNIT, dim=1))
