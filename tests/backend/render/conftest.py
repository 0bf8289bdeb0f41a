"""Heads and other meshes on the screen."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from headbridge.render import Faces
from headbridge.topologies import load_builtin

PICTURE = 96


class Scene:
    """Screen points of two views, position faces, UV points and UV faces."""

    def __init__(self, perspective: bool):
        mesh = load_builtin("flame")
        rng = np.random.default_rng(3)
        self.faces = Faces(mesh.triangles, len(mesh.vertices))
        uvs, places = np.unique(mesh.uvs, axis=0, return_inverse=True)
        self.uv_faces = Faces(places.reshape(-1)[mesh.triangle_corners], len(uvs))
        self.uvs = torch.tensor(uvs)[None]
        self.perspective = perspective
        centred = mesh.vertices - mesh.vertices.mean(axis=0)
        views = []
        for yaw in (0.2, -0.9):
            turn = np.array([[np.cos(yaw), 0.0, np.sin(yaw)], [0.0, 1.0, 0.0], [-np.sin(yaw), 0.0, np.cos(yaw)]])
            seen = centred @ turn.T * (1.0, -1.0, -1.0) + (0.0, 0.0, 900.0)
            scale = 900.0 / seen[:, 2:] if perspective else 1.0
            screen = 0.27 * seen[:, :2] * scale + 0.5 * PICTURE
            views.append(np.concatenate([screen, seen[:, 2:]], axis=1))
        self.points = torch.tensor(np.stack(views), dtype=torch.float32)
        self.texture = torch.tensor(rng.random((1, 64, 48, 3)), dtype=torch.float32)
        self.weights = torch.tensor(rng.normal(size=(2, PICTURE, PICTURE, 3)), dtype=torch.float32)
        self.size = (PICTURE, PICTURE)


@pytest.fixture(scope="session", params=[True, False], ids=["perspective", "orthographic"])
def scene(request) -> Scene:
    return Scene(request.param)


@pytest.fixture
def square():
    """Makes a square of two triangles on the screen: `points, faces = square(left, top, side, depth)`."""

    def make(left: float, top: float, side: float, depth: float = 2.0):
        corners = [[left, top], [left + side, top], [left + side, top + side], [left, top + side]]
        points = torch.tensor([[*corner, depth] for corner in corners])[None]
        return points, Faces([[0, 1, 2], [0, 2, 3]], 4)

    return make
