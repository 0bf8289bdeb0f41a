"""Pictures of two heads in one texture: none differ where the UVs are right, and the network learns by them."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
import torch

from headbridge.errors import InputError
from headbridge.uv.neural import NeuralSettings, train_mapper
from headbridge.uv.neural.losses import PIXELS
from headbridge.uv.neural.rendering import RenderingLoss, picture_difference, seen_pixels

from .patch_shapes import on_cylinder, seamed_cylinder, unrolled, wall

VIEWS = ((-20.0, 0.0), (0.0, 0.0), (20.0, 10.0))


def target() -> tuple[np.ndarray, np.ndarray]:
    """The cylinder in other triangles."""
    places, triangles, _ = wall(15)
    return on_cylinder(places), triangles


def true_uvs(points: torch.Tensor, _normals: torch.Tensor) -> torch.Tensor:
    """(P, 2, 2) of both patches."""
    points = points.double().numpy()
    places = np.stack([80.0 * np.arctan2(points[:, 0], points[:, 2]), points[:, 1]], axis=1)
    both = [unrolled(places, np.full(len(places), side)) for side in (0.0, 1.0)]
    return torch.from_numpy(np.stack(both, axis=1))


def test_pixels_see_both_heads_at_one_place_and_know_the_patch():
    points, normals, patches, uvs = seen_pixels(seamed_cylinder(), *target(), VIEWS)
    assert len(points) > 5000
    places = np.stack([80.0 * np.arctan2(points[:, 0], points[:, 2]), points[:, 1]], axis=1)
    clear = np.abs(places[:, 0]) > 1.0
    assert ((places[:, 0] > 0.0) == (patches == 1))[clear].all()
    # Facets of two sizes: half a millimetre between them, seen from the side.
    assert np.quantile(np.abs(PIXELS * (unrolled(places, patches.astype(float)) - uvs))[clear], 0.95) < 1.0
    np.testing.assert_allclose(np.linalg.norm(normals, axis=1), 1.0, atol=1e-6)


def test_the_loss_is_that_of_the_uvs_in_square_pixels():
    wanted = torch.rand(500, 2, dtype=torch.float64)
    offset = torch.tensor([0.6, -0.8], dtype=torch.float64) / PIXELS
    assert float(picture_difference(wanted + offset, wanted)) == pytest.approx(1.0, rel=0.01)
    assert float(picture_difference(wanted, wanted)) == 0.0
    loss = RenderingLoss(seamed_cylinder(), *target(), 2.0, views=VIEWS)
    right = float(loss(true_uvs))
    assert right < 0.1
    moved = float(loss(lambda points, normals: true_uvs(points, normals) + 3.0 / PIXELS))
    assert moved == pytest.approx(2.0 * 18.0, rel=0.2)


def test_its_gradient_is_that_of_finite_differences():
    torch.manual_seed(0)
    wanted = torch.rand(6, 2, dtype=torch.float64)
    found = (wanted + 0.1 * (torch.rand(6, 2, dtype=torch.float64) - 0.5)).requires_grad_(True)
    assert torch.autograd.gradcheck(lambda uvs: picture_difference(uvs, wanted), (found,), eps=1e-7)


def test_colours_lead_to_the_right_place_or_nowhere():
    wanted = torch.full((400, 2), 0.5, dtype=torch.float64)
    wanted[:, 1] = 0.25
    found = wanted.clone()
    found[:, 0] += torch.linspace(-0.45, 0.45, 400, dtype=torch.float64)
    found.requires_grad_(True)
    picture_difference(found, wanted).backward()
    towards = (found.grad * (found.detach() - wanted))[:, 0]
    assert (towards >= 0.0).all() and (towards[140:260] > 0.0).any()
    assert float(found.grad[:40].abs().max()) == 0.0


def test_heads_that_lie_apart_are_told():
    vertices, triangles = target()
    with pytest.raises(InputError, match="do not lie on each other from any side"):
        RenderingLoss(seamed_cylinder(), vertices + (0.0, 500.0, 0.0), triangles, 1.0)


@pytest.mark.slow
def test_a_network_that_is_trained_little_else_learns_by_it():
    few = NeuralSettings(steps=150, batch=32, samples=64, width=32, layers=2, frequencies=16, chart_weight=1000.0)
    patches, vertices_triangles = seamed_cylinder(), target()
    points, normals, chosen, uvs = seen_pixels(patches, *vertices_triangles, ((10.0, -10.0), (-35.0, 5.0)))
    errors = []
    for terms in ((), (RenderingLoss(patches, *vertices_triangles, 1.0, views=VIEWS),)):
        found = train_mapper(patches, settings=dataclasses.replace(few), terms=terms).uvs(points, chosen, normals)
        errors.append(PIXELS * np.median(np.linalg.norm(found - uvs, axis=1)))
    assert errors[1] < 0.7 * errors[0]
