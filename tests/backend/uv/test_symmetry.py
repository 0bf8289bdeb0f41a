"""Mirrored UV points: partners across the midline, the layout's axis, and averages that are exactly symmetric."""

from __future__ import annotations

import numpy as np
import pytest

from headbridge.mesh.uv_layout import uv_layout
from headbridge.uv.symmetry import Reflections, symmetric_labels

from .tubes import mirror_of, on_the_back, tube


@pytest.fixture(scope="module")
def mesh():
    return tube(12, 5)


@pytest.fixture(scope="module")
def layout(mesh):
    return uv_layout(mesh)


def reflections_of(mesh, layout, uvs=None, trusted=None, mirror=None):
    return Reflections(
        mesh,
        layout.corner_points,
        layout.triangles,
        layout.uvs if uvs is None else uvs,
        mirror_of(mesh) if mirror is None else mirror,
        np.ones(len(layout.uvs), bool) if trusted is None else trusted,
    )


def mirrored(uvs):
    return np.array([1.0, 0.0]) + np.array([-1.0, 1.0]) * uvs


def test_partners_lie_at_the_mirrored_place_on_the_seam_too(mesh, layout):
    found = reflections_of(mesh, layout)
    assert found and (found.partner >= 0).all()
    np.testing.assert_allclose(layout.uvs[found.partner], mirrored(layout.uvs), atol=1e-6)
    seam = np.flatnonzero(on_the_back(mesh)[layout.point_vertices])
    # The other side of the same vertex.
    np.testing.assert_array_equal(layout.point_vertices[found.partner[seam]], layout.point_vertices[seam])
    assert (found.partner[seam] != seam).all()
    np.testing.assert_allclose(found.image(layout.uvs), layout.uvs, atol=1e-6)


def test_averages_are_exactly_symmetric(mesh, layout):
    rng = np.random.default_rng(0)
    uvs = layout.uvs + rng.normal(scale=0.002, size=layout.uvs.shape)
    found = reflections_of(mesh, layout, uvs)
    for weights in (np.ones(len(uvs)), np.zeros(len(uvs)), rng.random(len(uvs))):
        result = found.average(uvs, weights)
        np.testing.assert_allclose(found.image(result), result, atol=1e-12)
    plain = found.average(uvs, np.ones(len(uvs)))
    np.testing.assert_allclose(plain, 0.5 * (uvs + found.image(uvs)), atol=1e-12)
    np.testing.assert_allclose(plain.mean(axis=0)[1], uvs.mean(axis=0)[1], atol=1e-12)


def test_the_side_with_a_counterpart_is_followed(mesh, layout):
    left = layout.uvs[:, 0] < 0.45
    uvs = layout.uvs + np.where(left, 0.004, 0.0)[:, None]
    # Half of the points may be off: the axis is that of the others.
    found = reflections_of(mesh, layout, uvs, trusted=np.abs(layout.uvs[:, 0] - 0.5) < 0.01)
    result = found.average(uvs, np.where(left, 0.0, 1.0))
    np.testing.assert_allclose(result, layout.uvs, atol=1e-6)


def test_displacements_are_mirrored_without_the_axis_place(mesh, layout):
    found = reflections_of(mesh, layout)
    moves = np.random.default_rng(1).normal(size=layout.uvs.shape)
    np.testing.assert_array_equal(found.offset(moves), moves[found.partner] * [-1.0, 1.0])
    np.testing.assert_allclose(
        found.offset(moves), found.image(layout.uvs + moves) - found.image(layout.uvs), atol=1e-12
    )


def test_an_axis_along_v(mesh, layout):
    found = reflections_of(mesh, layout, layout.uvs[:, ::-1])
    moves = np.random.default_rng(1).normal(size=layout.uvs.shape)
    np.testing.assert_array_equal(found.offset(moves), moves[found.partner] * [1.0, -1.0])


def test_a_layout_that_is_not_symmetric_has_no_reflections(mesh, layout):
    sheared = layout.uvs + np.stack([0.2 * layout.uvs[:, 1] ** 2, 0.3 * layout.uvs[:, 0]], axis=1)
    assert not reflections_of(mesh, layout, sheared)
    assert not reflections_of(mesh, layout, trusted=np.zeros(len(layout.uvs), bool))
    assert not reflections_of(mesh, layout, mirror=np.full(len(mesh.vertices), -1))


def test_points_without_partner_keep_their_uv(mesh, layout):
    mirror = mirror_of(mesh)
    mirror[mesh.vertices[:, 1] > 50.0] = -1
    found = reflections_of(mesh, layout, mirror=mirror)
    alone = mesh.vertices[layout.point_vertices, 1] > 50.0
    np.testing.assert_array_equal(found.partner < 0, alone)
    uvs = layout.uvs + np.random.default_rng(2).normal(scale=0.002, size=layout.uvs.shape)
    result = found.average(uvs, np.ones(len(uvs)))
    np.testing.assert_allclose(result[alone], uvs[alone], atol=1e-15)
    np.testing.assert_array_equal(found.image(uvs)[alone], uvs[alone])
    np.testing.assert_array_equal(found.offset(uvs)[alone], uvs[alone])


def test_labels_of_the_second_side_follow_the_first():
    mesh = tube(12, 6)
    centres = np.add.reduceat(mesh.vertices[mesh.corners], mesh.face_starts) / 4.0
    # Two patches that mirror each other, and a third on both sides above them.
    even = np.where(centres[:, 1] > 60.0, 2, np.where(centres[:, 0] > 0.0, 1, 0)).astype(np.int32)
    mirror = mirror_of(mesh)
    own, across = np.sort(mesh.corners.reshape(-1, 4)), np.sort(mirror[mesh.corners].reshape(-1, 4))
    partner = (across[:, None] == own[None]).all(axis=2).argmax(axis=1)
    uneven = even.copy()
    uneven[np.flatnonzero((np.arange(len(even)) > partner) & (even != 2))[0]] = 2
    assert (uneven != even).any()
    np.testing.assert_array_equal(symmetric_labels(uneven, mesh, mirror), even)


def test_labels_of_a_layout_without_symmetry_stay():
    mesh = tube(12, 6)
    labels = (np.arange(len(mesh.face_sizes)) % 3).astype(np.int32)
    labels[: len(labels) // 2] = 0
    np.testing.assert_array_equal(symmetric_labels(labels, mesh, mirror_of(mesh)), labels)
