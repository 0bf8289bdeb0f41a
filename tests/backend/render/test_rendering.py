"""All parts together: what made a picture is found again from the picture."""

from __future__ import annotations

import numpy as np
import torch
from headbridge.render import (
    Faces,
    PerspectiveCamera,
    antialias,
    interpolate,
    rasterise,
    sample_texture,
    shade,
    vertex_normals,
)

SIZE = 64


def test_place_light_and_texture_are_found_again_from_two_views(sphere_mesh):
    mesh = sphere_mesh(16, 24)
    faces = Faces(mesh.triangles, len(mesh.vertices))
    vertices = torch.tensor(mesh.vertices, dtype=torch.float32)[None]
    uvs = 0.5 + 0.4 * vertices[..., :2]
    generator = torch.Generator().manual_seed(0)
    turn = torch.tensor([[0.8, 0.0, 0.6], [0.0, 1.0, 0.0], [-0.6, 0.0, 0.8]])
    rotations = torch.stack([torch.eye(3), turn])
    matrix = torch.tensor([[[120.0, 0.0, 32.0], [0.0, 120.0, 32.0], [0.0, 0.0, 1.0]]])

    def picture(place, light, texture):
        moved = vertices + place
        points = PerspectiveCamera(matrix, rotations, torch.tensor([[0.0, 0.0, 6.0]])).project(moved)
        raster = rasterise(points, faces, SIZE)
        albedo = sample_texture(texture, interpolate(points, raster, uvs), raster)
        normals = interpolate(points, raster, vertex_normals(moved, faces))
        return antialias(shade(albedo, normals, light), points, raster)

    truth = [
        torch.tensor([0.10, -0.15, 0.2]),
        torch.tensor([[0.9, 0.2, -0.3, -0.4, 0.0, 0.1, 0.0, 0.0, 0.1]]),
        0.5 + 0.4 * torch.rand((1, 4, 4, 3), generator=generator),
    ]
    photo = picture(*truth)
    start = [torch.zeros(3), torch.eye(9)[:1], torch.full((1, 4, 4, 3), 0.7)]
    unknown = [tensor.clone().requires_grad_() for tensor in start]
    rates = (0.02, 0.03, 0.03)
    optimiser = torch.optim.Adam([{"params": [u], "lr": rate} for u, rate in zip(unknown, rates)])
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, 80)
    losses = []
    for _ in range(80):
        optimiser.zero_grad()
        loss = (picture(*unknown) - photo).square().mean()
        loss.backward()
        optimiser.step()
        schedule.step()
        losses.append(loss.item())
    assert losses[-1] < 5e-3 * losses[0]
    # A pixel is a twentieth of a unit wide.
    np.testing.assert_allclose(unknown[0].detach()[:2], truth[0][:2], atol=0.005)
