"""Spherical harmonics and normals against what a sphere is known to look like."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from headbridge.errors import InputError
from headbridge.render import Faces, sh_basis, shade, vertex_normals


def sphere_directions(count: int = 20000) -> torch.Tensor:
    """Directions spread evenly (Fibonacci)."""
    k = torch.arange(count, dtype=torch.float64) + 0.5
    z, turn = 1.0 - 2.0 * k / count, np.pi * (1.0 + 5.0**0.5) * k
    radius = (1.0 - z * z).sqrt()
    return torch.stack([radius * turn.cos(), radius * turn.sin(), z], -1)


def test_bands_are_orthogonal_on_the_sphere_with_the_lobes_norms():
    basis = sh_basis(sphere_directions())
    products = 4.0 * np.pi * (basis.T @ basis) / len(basis)
    # Orthonormal harmonics times 1, 2 pi / 3 and pi / 4 of the cosine lobe (the first divided by pi as well).
    norms = torch.tensor([1.0] + 3 * [(2.0 * np.pi / 3.0) ** 2] + 5 * [(np.pi / 4.0) ** 2])
    torch.testing.assert_close(products.float(), torch.diag(norms), atol=3e-3, rtol=1e-3)


def test_light_from_one_side_shades_by_the_cosine():
    normals = sphere_directions(100)[None]
    white = torch.zeros((1, 9), dtype=torch.float64)
    white[0, 0], white[0, 3] = 1.0, 0.5
    shaded = shade(torch.full((1, 100, 3), 0.8, dtype=torch.float64), normals, white)
    expected = 0.8 * (0.282095 + 0.5 * 1.023327 * normals[..., 2:])
    torch.testing.assert_close(shaded, expected.expand(-1, -1, 3))
    colours = white[..., None] * torch.tensor([1.0, 2.0, 0.0], dtype=torch.float64)
    by_colour = shade(torch.full((1, 100, 3), 0.8, dtype=torch.float64), normals, colours)
    torch.testing.assert_close(by_colour, shaded * torch.tensor([1.0, 2.0, 0.0], dtype=torch.float64))


def test_shading_has_exact_gradients():
    generator = torch.Generator().manual_seed(0)
    inputs = [
        torch.randn(shape, generator=generator, dtype=torch.float64) for shape in ((2, 4, 3), (2, 4, 3), (1, 9, 3))
    ]
    assert torch.autograd.gradcheck(shade, [tensor.requires_grad_() for tensor in inputs])


def test_normals_of_a_sphere_point_outwards_and_turn_with_it(sphere_mesh):
    mesh = sphere_mesh(24, 32)
    faces = Faces(mesh.triangles, len(mesh.vertices))
    vertices = torch.tensor(mesh.vertices, dtype=torch.float32)[None]
    assert float((vertex_normals(vertices, faces) * vertices).sum(-1).min()) > 0.99
    leaf = vertices.clone().requires_grad_()
    weights = torch.randn(vertices.shape, generator=torch.Generator().manual_seed(0))
    (vertex_normals(leaf, faces) * weights).sum().backward()
    # Neither place nor size matter to normals; a turn about z turns them.
    assert float(leaf.grad.sum((0, 1)).abs().max()) < 1e-2
    assert abs(float((leaf.grad * vertices).sum())) < 1e-2
    axis = torch.tensor([0.0, 0.0, 1.0])
    turned = torch.linalg.cross(axis.expand_as(vertices), vertices)
    normals = vertex_normals(vertices, faces)
    expected = (torch.linalg.cross(axis.expand_as(normals), normals) * weights).sum()
    torch.testing.assert_close((leaf.grad * turned).sum(), expected, rtol=1e-3, atol=1e-3)


def test_wrong_light_is_refused():
    albedo = normals = torch.zeros((2, 5, 3))
    for coefficients in (torch.zeros((2, 8)), torch.zeros((3, 9)), torch.zeros((2, 9, 2)), torch.zeros(9)):
        with pytest.raises(InputError, match="Light should have shape"):
            shade(albedo, normals, coefficients)
    with pytest.raises(InputError, match="Normals should have shape"):
        shade(albedo, normals[:, :4], torch.zeros((1, 9)))
