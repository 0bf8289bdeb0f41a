"""What is handed to PyTorch3D and taken from it, with a stand-in that follows its documented conventions."""

from __future__ import annotations

import sys
from types import ModuleType, SimpleNamespace

import numpy as np
import pytest
import torch

from headbridge.errors import InputError
from headbridge.render import Faces, rasterise, rasterise_pytorch3d

SIZE = (36, 52)


def rasterize_meshes(meshes, image_size, blur_radius, faces_per_pixel, perspective_correct):
    """Packed faces (N, H, W, 1) and what follows them: x left, y up, the shorter side from -1 to 1, z > 0 in front."""
    assert blur_radius == 0.0 and faces_per_pixel == 1
    height, width = image_size
    short = min(image_size)
    # Documented as for an image whose pixels are numbered from +1 down to -1.
    y = (height - 1 - 2.0 * torch.arange(height)) / short
    x = (width - 1 - 2.0 * torch.arange(width)) / short
    places = torch.stack(torch.meshgrid(y, x, indexing="ij"), -1).flip(-1).reshape(-1, 1, 2).double()
    views = []
    for view, (points, faces) in enumerate(zip(meshes.points.double(), meshes.faces)):
        corners = points[faces]
        a, b, c = corners[..., :2].unbind(1)

        def area(start, end, place):
            along, beside = end - start, place - start
            return along[..., 0] * beside[..., 1] - along[..., 1] * beside[..., 0]

        shares = torch.stack([area(b, c, places), area(c, a, places), area(a, b, places)], -1) / area(a, b, c)[:, None]
        inside = (shares > 0.0).all(-1)
        if perspective_correct:
            weights = shares / corners[..., 2]
            shares = weights / weights.sum(-1, keepdim=True)
        depth = torch.where(inside, (shares * corners[..., 2]).sum(-1), torch.inf)
        depth = torch.where(depth < 0.0, torch.inf, depth)
        nearest, face = depth.min(1)
        views.append(torch.where(nearest < torch.inf, face + view * len(faces), -1))
    return torch.stack(views).reshape(-1, height, width, 1), None, None, None


@pytest.fixture
def stand_in(monkeypatch):
    names = ["pytorch3d", "pytorch3d.structures", "pytorch3d.renderer", "pytorch3d.renderer.mesh"]
    for name in [*names, "pytorch3d.renderer.mesh.rasterize_meshes"]:
        monkeypatch.setitem(sys.modules, name, ModuleType(name))
    sys.modules["pytorch3d.structures"].Meshes = lambda verts, faces: SimpleNamespace(points=verts, faces=faces)
    sys.modules["pytorch3d.renderer.mesh.rasterize_meshes"].rasterize_meshes = rasterize_meshes


@pytest.fixture
def two_views(sphere_mesh):
    """A lopsided sphere whose picture has neither a left nor an upper twin, and another view of it."""
    mesh = sphere_mesh(10, 14)
    shape = mesh.vertices * (1.0 + 0.4 * np.sin(2.0 * mesh.vertices[:, :1] + mesh.vertices[:, 1:2]))
    views = []
    for shift, size in ((21.3, 13.0), (34.9, 9.0)):
        depth = 4.0 + shape[:, 2:]
        views.append(np.concatenate([shift + size * shape[:, :1], 15.2 + size * shape[:, 1:2], depth], 1))
    return torch.tensor(np.stack(views), dtype=torch.float32), Faces(mesh.triangles, len(mesh.vertices))


@pytest.mark.parametrize("perspective", [True, False])
@pytest.mark.parametrize("size", [SIZE, SIZE[::-1]])
def test_the_same_triangles_are_seen(stand_in, two_views, perspective, size):
    points, faces = two_views
    if not perspective:
        points = points - torch.tensor([0.0, 0.0, 100.0])
    expected = rasterise(points, faces, size, perspective)
    raster = rasterise_pytorch3d(points, faces, size, perspective)
    assert raster.covered.float().mean() > 0.1
    assert raster.triangle.dtype == torch.int32 and raster.perspective is perspective and raster.faces is faces
    assert torch.equal(raster.triangle, expected.triangle) and torch.equal(raster.shown, expected.shown)


def test_without_pytorch3d_it_is_asked_for(monkeypatch, two_views):
    monkeypatch.setitem(sys.modules, "pytorch3d", None)
    with pytest.raises(InputError, match="PyTorch3D cannot be imported"):
        rasterise_pytorch3d(*two_views, SIZE)


def test_what_pytorch3d_cannot_do_is_refused(stand_in, two_views):
    points, faces = two_views
    with pytest.raises(InputError, match="behind the camera"):
        rasterise_pytorch3d(points - torch.tensor([0.0, 0.0, 4.0]), faces, SIZE)
