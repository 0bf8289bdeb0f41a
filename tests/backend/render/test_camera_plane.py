"""Triangles that reach behind the camera, against rays through the pixels' centres in float64."""

from __future__ import annotations

import pytest
import torch

from headbridge.render import Faces, PerspectiveCamera, barycentrics, depth, interpolate, rasterise, silhouette

HEIGHT, WIDTH, FOCAL = 24, 32, 20.0
CAMERA = PerspectiveCamera(
    torch.tensor([[[FOCAL, 0.0, 16.0], [0.0, FOCAL, 12.0], [0.0, 0.0, 1.0]]]), torch.eye(3)[None], torch.zeros(1, 3)
)
FACES = Faces([[0, 1, 2]], 3)
TRIANGLES = {
    "one corner behind": [[-3.0, 1.0, 6.0], [4.0, 1.2, 5.0], [0.5, 1.1, -4.0]],
    "two corners behind": [[0.3, -0.2, 6.0], [4.0, 1.2, -5.0], [-3.5, 2.1, -0.1]],
    "just behind": [[-3.0, 1.0, 6.0], [0.5, 1.1, -1e-5], [4.0, 1.2, 5.0]],
    "in the plane": [[0.5, 1.1, 0.0], [-3.0, 1.0, 6.0], [4.0, 1.2, 5.0]],
}


def shares_of_rays(vertices: torch.Tensor) -> torch.Tensor:
    """(H W, 3) what of the corners makes the ray through every centre at depth 1; none negative where it is hit."""
    y, x = torch.meshgrid(torch.arange(HEIGHT) + 0.5, torch.arange(WIDTH) + 0.5, indexing="ij")
    rays = torch.stack([(x - 16.0) / FOCAL, (y - 12.0) / FOCAL, torch.ones_like(x)], -1).reshape(-1, 3)
    return torch.linalg.solve(vertices.T, rays.double().T).T


@pytest.mark.parametrize("corners", TRIANGLES.values(), ids=TRIANGLES)
@pytest.mark.parametrize("turn", range(3))
def test_the_part_before_the_camera_is_seen_with_its_values_and_gradients(corners, turn):
    vertices = torch.tensor(corners).roll(turn, 0)[None].requires_grad_()
    points = CAMERA.project(vertices)
    raster = rasterise(points, FACES, (HEIGHT, WIDTH))
    exact = vertices.detach()[0].double().requires_grad_()
    shares = shares_of_rays(exact)
    hit = (shares >= 0.0).all(1)
    assert 100 < int(hit.sum()) < HEIGHT * WIDTH
    assert torch.equal(raster.covered.flatten(), hit)
    weights = shares / shares.sum(1, keepdim=True)
    torch.testing.assert_close(
        barycentrics(points, raster).reshape(-1, 3)[hit].double(), weights[hit], atol=1e-5, rtol=0
    )
    torch.testing.assert_close(
        depth(points, raster).flatten()[hit].double(), 1.0 / shares.sum(1)[hit], atol=1e-4, rtol=1e-5
    )
    values = torch.randn((1, 3, 2), generator=torch.Generator().manual_seed(0)).requires_grad_()
    exact_values = values.detach()[0].double().requires_grad_()
    pull = torch.randn((HEIGHT * WIDTH, 2), generator=torch.Generator().manual_seed(1))
    (interpolate(points, raster, values).reshape(-1, 2) * pull).sum().backward()
    ((weights @ exact_values) * pull)[hit].sum().backward()
    # The projection of a corner right in the camera's plane turns too fast for float32.
    clear = exact[:, 2].detach().abs() > 1e-2
    for computed, expected in ((values.grad[0], exact_values.grad), (vertices.grad[0, clear], exact.grad[clear])):
        torch.testing.assert_close(computed.double(), expected, rtol=1e-3, atol=1e-3 * float(expected.abs().max()))


def test_what_is_nearer_hides_a_triangle_that_reaches_behind_the_camera():
    floor = torch.tensor(TRIANGLES["one corner behind"])
    wall = torch.tensor([[-9.0, -9.0, 2.0], [9.0, -9.0, 2.0], [0.0, 20.0, 2.0]])
    points = CAMERA.project(torch.cat([floor, wall])[None])
    raster = rasterise(points, Faces([[0, 1, 2], [3, 4, 5]], 6), (HEIGHT, WIDTH))
    shares = shares_of_rays(floor.double())
    before = (shares >= 0.0).all(1) & (shares.sum(1) > 0.5)
    assert 20 < int(before.sum())
    assert torch.equal(raster.triangle.flatten() == 0, before)


def test_an_edge_before_the_camera_is_blended_though_its_triangle_reaches_behind():
    points = CAMERA.project(torch.tensor(TRIANGLES["one corner behind"])[None]).requires_grad_()
    covered = silhouette(points, rasterise(points, FACES, (HEIGHT, WIDTH)))
    covered.sum().backward()
    # The far edge lies across the picture from about (6, 15) to (32, 17): raising it shows a row of pixels.
    gradient = points.grad[0, :2, 1].sum()
    assert 20.0 < -float(gradient) < 30.0
    assert torch.isfinite(points.grad).all() and (points.grad[0, 2] == 0.0).all()
