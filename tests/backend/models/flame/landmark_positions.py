"""Where landmarks lie on posed FLAME heads, differentiable."""

from __future__ import annotations

import numpy as np
import torch

from headbridge.models.flame.landmarks import DynamicContour, contour_row
from headbridge.topologies import Landmarks


def yaw_degrees(rotations: torch.Tensor) -> torch.Tensor:
    """(B,) degrees by which (B, 3, 3) head rotations turn the nose toward +X (the subject's left)."""
    nose = rotations[:, :, 2]
    return torch.rad2deg(torch.atan2(nose[:, 0], nose[:, 2]))


def landmark_positions(vertices: torch.Tensor, landmarks: Landmarks) -> torch.Tensor:
    """(B, N, 3) positions of landmarks on (B, V, 3) heads, differentiable."""
    return _weighted(vertices, landmarks.vertices[None], landmarks.weights[None])


def contour_positions(vertices: torch.Tensor, contour: DynamicContour, yaw: torch.Tensor) -> torch.Tensor:
    """(B, 17, 3) positions of the visible contour on (B, V, 3) heads with (B,) yaw angles in degrees."""
    rows = contour_row(yaw.detach().cpu().numpy())
    return _weighted(vertices, contour.vertices[rows], contour.weights[rows])


def _weighted(vertices: torch.Tensor, corners: np.ndarray, weights: np.ndarray) -> torch.Tensor:
    """(B, N, 3) from (1 or B, N, 3) vertex numbers and weights."""
    index = torch.as_tensor(corners.astype(np.int64), device=vertices.device).expand(len(vertices), -1, -1)
    weight = torch.as_tensor(np.array(weights), dtype=vertices.dtype, device=vertices.device)
    heads = torch.arange(len(vertices), device=vertices.device)[:, None, None]
    return (vertices[heads, index] * weight[..., None]).sum(2)
