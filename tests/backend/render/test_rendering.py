"""All parts together: what made a picture is found again from the picture."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from headbridge.render import (
    Faces,
    OrthographicCamera,
    PerspectiveCamera,
    antialias,
    interpolate,
    rasterise,
    sample_texture,
    shade,
    silhouette,
    vertex_normals,
)

SIZE = 64


@pytest.mark.slow
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


def lopsided(sphere_mesh):
    """A sphere drawn out to one side, as (1, V, 3) vertices and faces."""
    mesh = sphere_mesh(20, 30)
    vertices = torch.tensor(mesh.vertices, dtype=torch.float32)[None]
    return vertices * (1.0 + 0.4 * vertices[..., :1]), Faces(mesh.triangles, len(mesh.vertices))


def test_a_scaled_orthographic_camera_is_found_again_from_a_silhouette(sphere_mesh):
    vertices, faces = lopsided(sphere_mesh)

    def covered(scale, centre):
        camera = OrthographicCamera(scale, centre, torch.eye(3)[None], torch.zeros(1, 3))
        points = camera.project(vertices)
        return silhouette(points, rasterise(points, faces, SIZE, camera.perspective))

    photo = covered(torch.tensor([18.3]), torch.tensor([[34.2, 29.4]]))
    log_scale, centre = torch.tensor([2.7], requires_grad=True), torch.tensor([[32.0, 32.0]], requires_grad=True)
    optimiser = torch.optim.Adam([{"params": [log_scale], "lr": 0.03}, {"params": [centre], "lr": 0.5}])
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, 70)
    for _ in range(70):
        optimiser.zero_grad()
        (covered(log_scale.exp(), centre) - photo).square().sum().backward()
        optimiser.step()
        schedule.step()
    np.testing.assert_allclose(log_scale.exp().detach(), [18.3], atol=0.05)
    np.testing.assert_allclose(centre.detach(), [[34.2, 29.4]], atol=0.05)


def test_a_crop_shows_the_pixels_of_the_whole_picture(sphere_mesh):
    vertices, faces = lopsided(sphere_mesh)
    matrix = torch.tensor([[[120.0, 0.0, 32.0], [0.0, 120.0, 32.0], [0.0, 0.0, 1.0]]])
    whole = PerspectiveCamera(matrix, torch.eye(3)[None], torch.tensor([[0.0, 0.0, 6.0]]))
    flat = OrthographicCamera(torch.tensor([20.0]), torch.tensor([[32.0, 32.0]]), torch.eye(3)[None], torch.zeros(1, 3))
    for camera in (whole, flat):

        def picture(camera, size):
            points = camera.project(vertices)
            raster = rasterise(points, faces, size, camera.perspective)
            return antialias(interpolate(points, raster, vertices), points, raster)[0]

        part = picture(camera.cropped(20.0, 8.0, 1.0), (40, 24))
        # A border row has no neighbour outside to blend with.
        np.testing.assert_allclose(part[1:-1, 1:-1], picture(camera, SIZE)[9:47, 21:43], atol=2e-3)


def test_views_have_their_own_light(sphere_mesh):
    vertices, faces = lopsided(sphere_mesh)
    points = OrthographicCamera(
        torch.tensor([20.0]), torch.tensor([[32.0, 32.0]]), torch.eye(3)[None], torch.zeros(1, 3)
    ).project(vertices)
    raster = rasterise(points.repeat(2, 1, 1), faces, SIZE, perspective=False)
    normals = interpolate(points.repeat(2, 1, 1), raster, vertex_normals(vertices, faces))
    light = torch.zeros((2, 9))
    light[0, 0], light[1, 1] = 1.0, 0.5
    light.requires_grad_()
    shaded = shade(torch.ones_like(normals), normals, light)
    shaded[1].sum().backward()
    covered = raster.covered[0]
    torch.testing.assert_close(shaded[0][covered], torch.full((int(covered.sum()), 3), 0.282095), atol=1e-5, rtol=0.0)
    torch.testing.assert_close(shaded[1][..., 0], 0.5 * 1.023327 * normals[1][..., 0])
    assert (light.grad[0] == 0.0).all()
    torch.testing.assert_close(light.grad[1, 1], 3.0 * 1.023327 * normals[1][..., 0].sum())
