"""Silhouettes: known coverage, gradients against finite differences and against the float64 reference, occlusion."""

from __future__ import annotations

import pytest
import torch

from headbridge.errors import InputError
from headbridge.render import Faces, antialias, rasterise, silhouette

from . import reference

PICTURE, LARGER = 96, 3


def cosine(one: torch.Tensor, other: torch.Tensor) -> float:
    one, other = one.double().flatten(), other.double().flatten()
    return float(one @ other / (one.norm() * other.norm()))


def area(points: torch.Tensor, faces: Faces, size: int) -> torch.Tensor:
    return silhouette(points, rasterise(points, faces, size)).sum()


@pytest.mark.parametrize("shift", [0.0, 0.2, 0.5, 0.8])
def test_a_square_has_its_area_and_the_areas_gradient(square, shift):
    points, faces = square(4.1 + shift, 5.3 - shift, 9.7)
    points.requires_grad_()
    covered = area(points, faces, 24)
    # Only at the four corners pixels are covered by less than two edges tell.
    assert abs(float(covered.detach()) - 9.7**2) < 1.0
    covered.backward()
    left, right = points.grad[0, [0, 3], 0].sum(), points.grad[0, [1, 2], 0].sum()
    top, bottom = points.grad[0, [0, 1], 1].sum(), points.grad[0, [2, 3], 1].sum()
    # An edge of length 9.7 parts nine or ten pairs of pixels.
    for gradient, sign in ((left, -1), (right, 1), (top, -1), (bottom, 1)):
        assert 9.0 <= sign * float(gradient) <= 10.0
    torch.testing.assert_close(points.grad[0].sum(0), torch.zeros(3), atol=1e-4, rtol=0.0)


def test_an_edge_through_a_pixel_pair_shares_it_by_coverage():
    for edge in (3.5, 3.7, 4.0, 4.3, 4.49):
        points = torch.tensor([[[-50.0, -50.0, 1.0], [edge, -50.0, 1.0], [edge, 50.0, 1.0], [-50.0, 50.0, 1.0]]])
        faces = Faces([[0, 1, 2], [0, 2, 3]], 4)
        row = silhouette(points, rasterise(points, faces, 8))[0, 3]
        torch.testing.assert_close(row, (edge - torch.arange(8.0)).clamp(0.0, 1.0), atol=1e-5, rtol=0.0)


@pytest.mark.slow
def test_picture_and_gradients_are_those_of_the_reference(scene):
    points, weights = scene.points[1:], scene.weights[1:]
    picture = torch.rand(weights.shape, generator=torch.Generator().manual_seed(2))
    raster = rasterise(points, scene.faces, scene.size, scene.perspective)
    leaves = [picture.clone().requires_grad_(), points.clone().requires_grad_()]
    blended = antialias(leaves[0], leaves[1], raster)
    (blended * weights).sum().backward()
    exact = [picture.double().requires_grad_(), points.double().requires_grad_()]
    expected = reference.antialias(exact[0], exact[1], raster.triangle, scene.faces, scene.perspective)
    (expected * weights).sum().backward()
    assert int(((expected - picture).abs().amax(-1) > 0.0).sum()) > 200
    torch.testing.assert_close(blended.double(), expected, atol=1e-3, rtol=1e-3)
    for leaf, other in zip(leaves, exact):
        assert cosine(leaf.grad, other.grad) > 0.9999


def moved(points: torch.Tensor, kind: str, amount: torch.Tensor) -> torch.Tensor:
    # Small enough to stay within the picture: what lies outside has no gradient.
    flat = 0.75 * LARGER * (points[..., :2] - 0.5 * PICTURE)
    if kind == "right":
        flat = flat + amount * points.new_tensor([1.0, 0.0])
    elif kind == "down":
        flat = flat + amount * points.new_tensor([0.0, 1.0])
    elif kind == "scale":
        flat = flat * (1.0 + amount)
    else:
        sine, cosine = torch.sin(amount), torch.cos(amount)
        flat = torch.stack(
            [flat[..., 0] * cosine - flat[..., 1] * sine, flat[..., 0] * sine + flat[..., 1] * cosine], -1
        )
    return torch.cat([flat + 0.5 * LARGER * PICTURE, points[..., 2:]], -1)


@pytest.mark.slow
@pytest.mark.parametrize("kind, step", [("right", 0.5), ("down", 0.5), ("scale", 0.02), ("rotation", 0.02)])
def test_gradients_of_a_head_silhouette_are_those_of_finite_differences(scene, kind, step):
    points = scene.points[:1]
    y, x = torch.meshgrid(*2 * [torch.linspace(-1.0, 1.0, LARGER * PICTURE)], indexing="ij")
    # Weights that no motion leaves alone: the slope moves with the head, the saddle turns with it.
    weights = 2.0 * x + 3.0 * y + 10.0 * x * y + 0.5 * torch.sin(5.0 * x)

    def loss(amount: torch.Tensor) -> torch.Tensor:
        there = moved(points, kind, amount)
        raster = rasterise(there, scene.faces, LARGER * PICTURE, scene.perspective)
        return (silhouette(there, raster)[0] * weights).sum()

    # Means over a motion by pixels: what a single step sees depends on where the pixel centres lie.
    amounts = torch.linspace(-step, step, 17)
    slopes = []
    for amount in amounts:
        leaf = amount.clone().requires_grad_()
        loss(leaf).backward()
        slopes.append(float(leaf.grad))
    inner = torch.tensor(slopes)
    mean = float((inner[1:] + inner[:-1]).mean()) / 2.0
    with torch.no_grad():
        difference = float(loss(amounts[-1]) - loss(amounts[0])) / (2.0 * step)
    assert abs(difference) > 50.0
    assert abs(mean / difference - 1.0) < 0.05


def test_a_hidden_edge_moves_nothing_and_an_inner_one_does(square):
    front, faces = square(4.3, 4.3, 8.4, 1.0)
    inner, _ = square(6.2, 6.2, 4.0, 2.0)
    both = Faces(torch.cat([faces.triangles, faces.triangles + 4]), 8)
    picture = torch.rand((1, 16, 16, 3), generator=torch.Generator().manual_seed(0))

    def gradient(first, second):
        points = torch.cat([first, second], 1).requires_grad_()
        antialias(picture, points, rasterise(points, both, 16)).square().sum().backward()
        return points.grad[0]

    hidden = gradient(front, inner)
    assert (hidden[4:] == 0.0).all() and (hidden[:4] != 0.0).any()
    behind, before = front.clone(), inner.clone()
    behind[..., 2], before[..., 2] = 2.0, 1.0
    seen = gradient(behind, before)
    assert (seen[4:] != 0.0).any() and (seen[:4] != 0.0).any()


def test_what_is_flat_stays_as_it_is_and_runs_agree(scene):
    raster = rasterise(scene.points, scene.faces, scene.size, scene.perspective)
    flat = torch.full((*scene.weights.shape[:3], 2), 0.3)
    assert torch.equal(antialias(flat, scene.points, raster), flat)

    def gradient():
        points = scene.points.clone().requires_grad_()
        (silhouette(points, raster) * scene.weights[..., 0]).sum().backward()
        return points.grad

    assert torch.equal(gradient(), gradient())


def test_an_empty_picture_stays_empty_and_has_gradients_of_zero(square):
    points, faces = square(30.0, 30.0, 4.0)
    points.requires_grad_()
    covered = silhouette(points, rasterise(points, faces, 8))
    covered.sum().backward()
    assert (covered == 0.0).all() and (points.grad == 0.0).all()


def test_wrong_pictures_are_refused(square):
    points, faces = square(1.0, 1.0, 4.0)
    raster = rasterise(points, faces, 8)
    with pytest.raises(InputError, match="should have shape"):
        antialias(torch.zeros((1, 8, 9, 3)), points, raster)
    with pytest.raises(InputError, match="not finite"):
        antialias(torch.zeros((1, 8, 8, 3)), points * torch.nan, raster)
