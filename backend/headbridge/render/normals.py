"""Vertex normals with gradients."""

from __future__ import annotations

import torch

from .checks import check_tensor
from .faces import Faces
from .interpolation import sum_corners


def vertex_normals(vertices: torch.Tensor, faces: Faces) -> torch.Tensor:
    """(B, V, 3) unit normals of (B, V, 3) float32 vertices, weighted by the triangles' areas; 0 where there is none."""
    check_tensor("Vertices", vertices, ("B", faces.count, 3), faces.device)
    a, b, c = vertices[:, faces.triangles.long()].unbind(dim=2)
    cross = torch.linalg.cross(b - a, c - a)
    return torch.nn.functional.normalize(_CornerSums.apply(cross, faces), dim=-1, eps=1e-20)


class _CornerSums(torch.autograd.Function):
    """(B, T, C) values of triangles summed at their points."""

    @staticmethod
    def forward(ctx, values, faces):
        ctx.faces = faces
        return sum_corners(values.repeat_interleave(3, dim=1).flatten(0, 1), faces, values.shape[0])

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx, gradient):
        return gradient[:, ctx.faces.triangles.long()].sum(dim=2), None
