import dataclasses

import numpy as np
import pytest

from headbridge.progress import Progress
from headbridge.uv.neural.samples import sample_patches

from .patch_shapes import RADIUS, seamed_cylinder, unrolled


@pytest.fixture(scope="module")
def sampled():
    return sample_patches(seamed_cylinder(), 20000, np.random.default_rng(0), Progress())


def test_uvs_are_those_of_the_points(sampled):
    """The cylinder's unrolling is linear in the arc; its triangles' chords are within 0.07 mm of it."""
    points = sampled.points.reshape(-1, 3)
    arc = RADIUS * np.arctan2(points[:, 0], points[:, 2])
    right = np.repeat(sampled.patches[:, 1], 2)
    wanted = unrolled(np.stack([arc, points[:, 1]], axis=1), right)
    assert np.abs(sampled.uvs.reshape(-1, 2) - wanted).max() < 2e-4
    assert (right == (arc > 0.0)).mean() > 0.999


def test_normals_are_interpolated_and_offsets_are_the_triangles(sampled):
    points = sampled.points.reshape(-1, 3)
    radial = points * [1.0, 0.0, 1.0]
    radial /= np.linalg.norm(radial, axis=1, keepdims=True)
    inside = np.abs(points[:, 1]) < 40.0
    inside &= np.abs(points[:, 0]) < 60.0
    assert np.einsum("nd,nd->n", sampled.normals.reshape(-1, 3), radial)[inside].min() > 1.0 - 1e-5
    pair = sampled.points[:, 1] - sampled.points[:, 0]
    assert np.abs(np.einsum("nd,nd->n", pair, sampled.offsets)).max() < 1e-9


def test_costs_are_zero_on_the_own_patch_and_the_distance_to_the_other(sampled):
    own = np.repeat(np.argmax(sampled.patches, axis=1), 2)
    costs = sampled.costs.reshape(-1, 2)
    points = sampled.points.reshape(-1, 3)
    rows = np.arange(len(own))
    assert costs[rows, own].max() < 1e-3
    # The other patch's nearest point is on the seam, the line x = 0, z = RADIUS.
    seam = np.hypot(points[:, 0], points[:, 2] - RADIUS)
    assert costs[rows, 1 - own] == pytest.approx(seam, abs=0.1)


def test_small_triangles_get_their_share_of_the_points():
    """A third of the points goes by triangle, however small."""
    patches = seamed_cylinder()
    squeezed = patches.vertices * [1.0, 1e-3, 1.0]
    squeezed[patches.vertices[:, 1] > -20.0] = patches.vertices[patches.vertices[:, 1] > -20.0]
    small = (patches.vertices[patches.triangles][:, :, 1] <= -20.0).all(axis=1)
    uvs = patches.triangle_uvs.copy()
    uvs[small] *= 1e-3
    samples = sample_patches(
        dataclasses.replace(patches, vertices=squeezed, triangle_uvs=uvs), 20000, np.random.default_rng(0), Progress()
    )
    there = np.abs(samples.points[:, 0, 1]) < 0.06
    assert there.mean() == pytest.approx(small.mean() / 3.0, rel=0.15)
