"""Gradients of whole pictures of heads, turned so that the nose covers a cheek, against finite differences."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from headbridge.render import Faces, PerspectiveCamera, antialias, interpolate, rasterise
from headbridge.topologies import load_builtin

pytestmark = pytest.mark.slow

SIZE, STEPS, YAW = 400, 13, np.radians(40.0)


@pytest.fixture(scope="module", params=["flame", "hack"])
def head(request):
    mesh = load_builtin(request.param)
    vertices = mesh.vertices - 0.5 * (mesh.vertices.min(axis=0) + mesh.vertices.max(axis=0))
    vertices = torch.tensor(vertices / (0.5 * np.ptp(vertices[:, 1])), dtype=torch.float32)
    # Colours that differ between what hides and what is hidden.
    colours = torch.stack([0.5 + 0.5 * vertices[:, 2], 0.5 + 0.3 * torch.sin(3.0 * vertices[:, 0] + vertices[:, 1])], 1)
    return vertices, Faces(mesh.triangles, len(vertices)), colours[None]


def turn(axis: str, angle: torch.Tensor) -> torch.Tensor:
    sine, cosine, zero, one = angle.sin(), angle.cos(), torch.zeros_like(angle), torch.ones_like(angle)
    rows = {
        "y": [[cosine, zero, sine], [zero, one, zero], [-sine, zero, cosine]],
        "z": [[cosine, -sine, zero], [sine, cosine, zero], [zero, zero, one]],
    }[axis]
    return torch.stack([torch.stack(row) for row in rows])


def picture(head, kind: str, amount: torch.Tensor) -> torch.Tensor:
    """The head seen from 8 of its half heights away, moved by an amount."""
    vertices, faces, colours = head
    zero = torch.zeros(())
    pose = turn("z", amount if kind == "roll" else zero) @ turn("y", YAW + (amount if kind == "yaw" else zero))
    place = torch.stack([amount if kind == "right" else zero, amount if kind == "down" else zero, 8.0 + zero])
    moved = (vertices @ pose.T) * torch.tensor([1.0, -1.0, -1.0]) * (
        1.0 + (amount if kind == "scale" else zero)
    ) + place
    matrix = torch.tensor([[[3.1 * SIZE, 0.0, 0.5 * SIZE], [0.0, 3.1 * SIZE, 0.5 * SIZE], [0.0, 0.0, 1.0]]])
    points = PerspectiveCamera(matrix, torch.eye(3)[None], torch.zeros(1, 3)).project(moved[None])
    raster = rasterise(points, faces, SIZE)
    return antialias(interpolate(points, raster, colours), points, raster)


@pytest.mark.parametrize(
    "kind, step", [("right", 0.008), ("down", 0.008), ("scale", 0.01), ("roll", 0.01), ("yaw", 0.02)]
)
def test_gradients_are_those_of_finite_differences(head, kind, step):
    y, x = torch.meshgrid(*2 * [torch.linspace(-1.0, 1.0, SIZE)], indexing="ij")
    # Weights that no motion leaves alone.
    weights = torch.stack([3.0 * x + 4.0 * y + 9.0 * x * y, 4.0 * torch.sin(2.0 * x) + 6.0 * (x * x + y * y)], -1)
    losses, slopes = [], []
    # Means over a motion by pixels: what a single step sees depends on where the pixel centres lie.
    for amount in torch.linspace(-step, step, STEPS):
        leaf = amount.clone().requires_grad_()
        loss = (picture(head, kind, leaf)[0] * weights).sum()
        loss.backward()
        losses.append(float(loss.detach()))
        slopes.append(float(leaf.grad))
    difference = (losses[-1] - losses[0]) / (2.0 * step)
    mean = float(np.mean(0.5 * (np.array(slopes[1:]) + slopes[:-1])))
    assert abs(difference) > 5000.0
    assert mean == pytest.approx(difference, rel=0.05)
