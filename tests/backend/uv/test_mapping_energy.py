"""The energy of a mesh: its Jacobians, derivatives and components."""

from __future__ import annotations

import numpy as np
import pytest

from headbridge.uv.distortion import foldover_free, symmetric_dirichlet
from headbridge.uv.mapping_energy import MappingEnergy, jacobian_slopes

from .planar_meshes import disc, edges_of, grid

MAP = np.array([[1.2, 0.3], [-0.2, 0.8]])


def energy_of(points, triangles, free, seed=0):
    rng = np.random.default_rng(seed)
    return MappingEnergy(
        triangles,
        jacobian_slopes(edges_of(points, triangles)),
        rng.uniform(0.5, 1.0, len(triangles)),
        points @ [1.0, 1j],
        rng.uniform(0.0, 30.0, len(points)),
        free,
    )


def wobbly_disc(folded: bool):
    points, triangles, rim = disc(4)
    rng = np.random.default_rng(1)
    moved = points @ MAP.T + (0.05 if folded else 0.004) * rng.normal(size=points.shape)
    return energy_of(points, triangles, ~rim), moved @ [1.0, 1j]


def test_determinants_are_those_of_the_map():
    points, triangles, rim = disc(4)
    energy = energy_of(points, triangles, ~rim)
    np.testing.assert_allclose(energy.determinants(points @ MAP.T @ [1.0, 1j]), np.linalg.det(MAP))


@pytest.mark.parametrize("folded", [False, True])
def test_derivatives_are_finite_differences(folded):
    energy, positions = wobbly_disc(folded)
    density = foldover_free(np.full(len(energy.chosen), 0.3)) if folded else symmetric_dirichlet
    assert (energy.determinants(positions) < 0.0).any() == folded
    rng = np.random.default_rng(2)
    step = rng.normal(size=len(energy.points)) + 1j * rng.normal(size=len(energy.points))
    along = np.zeros(len(positions), complex)
    along[energy.points] = 1e-7 * step
    gradient, hessian = energy.derivatives(positions, density, project=False)
    slope = (energy.values(positions + along, density) - energy.values(positions - along, density)).sum() / 2e-7
    assert slope == pytest.approx((gradient.conj() * step).real.sum(), rel=1e-6)
    np.testing.assert_array_equal(gradient, energy.gradient(positions, density))
    bend = (energy.gradient(positions + along, density) - energy.gradient(positions - along, density)) / 2e-7
    product = (hessian.tocsr() @ step.view(float)).view(complex)
    np.testing.assert_allclose(product, bend, atol=1e-5 * np.abs(bend).max())


@pytest.mark.parametrize("folded", [False, True])
def test_newton_directions_lead_down(folded):
    energy, positions = wobbly_disc(folded)
    density = foldover_free(np.full(len(energy.chosen), 0.3)) if folded else symmetric_dirichlet
    _, hessian = energy.derivatives(positions, density)
    assert np.linalg.eigvalsh(hessian.toarray()).min() > 0.0
    direction, slope = energy.newton_direction(positions, density)
    assert slope == pytest.approx((energy.gradient(positions, density).conj() * direction).real.sum())
    assert slope < 0.0


def test_separate_components_count_apart():
    points, triangles = grid(9, 5)
    free = np.zeros((5, 9), bool)
    free[1:4, 1:4] = free[1:4, 5:8] = True
    energy = energy_of(points, triangles, free.reshape(-1))
    assert energy.component_count == 2
    positions = points @ [1.0, 1j]
    np.testing.assert_allclose(energy.values(positions, symmetric_dirichlet), 0.0, atol=1e-12)
    positions[2 * 9 + 2] += 0.02
    values = energy.values(positions, symmetric_dirichlet)
    assert values[energy.components[energy.points == 2 * 9 + 2]] > 0.01
    assert values.min() == pytest.approx(0.0, abs=1e-12)
    pulled = energy.tension(positions, symmetric_dirichlet) > 0.01
    assert set(energy.components[pulled]) == set(energy.components[energy.points == 2 * 9 + 2])
