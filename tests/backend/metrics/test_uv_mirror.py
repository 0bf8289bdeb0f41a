"""Mirror asymmetry of layouts moved by known amounts."""

from __future__ import annotations

import numpy as np
import pytest

from headbridge.mesh import Mesh
from headbridge.metrics.uv_mirror import mirror_asymmetry, mirror_corners
from headbridge.topologies import load_builtin, load_topology

from .uv_shapes import grid, grid_mirror


def everything(mesh: Mesh) -> np.ndarray:
    return np.ones(len(mesh.vertices), bool)


def test_corners_are_paired_across_the_midline():
    mesh = grid(4, 3)
    mirror = grid_mirror(mesh)
    partner = mirror_corners(mesh, mirror)
    np.testing.assert_array_equal(mesh.corners[partner], mirror[mesh.corners])
    np.testing.assert_array_equal(partner[partner], np.arange(len(partner)))
    # A quad beside the midline is paired with the one on the other side, not with itself.
    faces = np.arange(len(partner)) // 4
    assert (faces[partner] % 4 == 3 - faces % 4).all()


def test_a_vertex_without_partner_leaves_its_faces_unpaired():
    mesh = grid(4, 1)
    mirror = grid_mirror(mesh)
    mirror[0] = mirror[4] = -1
    np.testing.assert_array_equal(
        (mirror_corners(mesh, mirror) < 0).reshape(-1, 4).all(axis=1), [True, False, False, True]
    )


@pytest.mark.parametrize("axis", ["u", "v"])
def test_a_symmetric_layout_has_none_wherever_its_axis_is(axis):
    mesh = grid(6, 5)
    uvs = 0.5 * mesh.uvs.astype(np.float64) * (1.0, 0.6) + (0.2, 0.1)
    if axis == "v":
        uvs = uvs[:, ::-1]
    distances, found = mirror_asymmetry(mesh, uvs, grid_mirror(mesh), everything(mesh))
    assert "uv"[found.coordinate] == axis
    assert found.value == pytest.approx(0.45)
    assert len(distances) == len(mesh.vertices)
    assert distances.max() < 1e-7


def test_one_moved_vertex_counts_with_its_partner():
    mesh = grid(6, 5)
    mirror = grid_mirror(mesh)
    uvs = mesh.uvs.astype(np.float64)
    uvs[mesh.corners == 8] += (0.003, 0.004)
    distances, _ = mirror_asymmetry(mesh, uvs, mirror, everything(mesh))
    np.testing.assert_allclose(np.sort(distances)[-3:], [0.0, 0.005, 0.005], atol=1e-6)


def test_both_sides_of_a_seam_on_the_midline_are_compared():
    mesh = grid(2, 4)
    # The chart is cut down the midline and its halves drawn apart; each midline vertex has a corner on both sides.
    uvs = mesh.uvs.astype(np.float64)
    right = np.repeat(np.arange(len(mesh.face_sizes)) % 2 == 1, 4)
    uvs[right] += (0.5, 0.0)
    distances, axis = mirror_asymmetry(mesh, uvs, grid_mirror(mesh), everything(mesh))
    assert axis.value == pytest.approx(0.75)
    assert distances.max() < 1e-6


def test_a_chart_of_its_own_has_an_axis_of_its_own():
    first, second = grid(8, 8), grid(4, 4)
    mesh = Mesh(
        np.concatenate([first.vertices, second.vertices + (0.0, 2.0, 0.0)]),
        np.concatenate([first.corners, second.corners + len(first.vertices)]),
        np.concatenate([first.face_sizes, second.face_sizes]),
    )
    mirror = np.concatenate([grid_mirror(first), grid_mirror(second) + len(first.vertices)])
    # The large chart is symmetric about v = 0.25, the small one about u = 0.8.
    uvs = np.concatenate([0.5 * first.uvs[:, ::-1], 0.2 * second.uvs + (0.7, 0.7)])
    distances, axis = mirror_asymmetry(mesh, uvs, mirror, everything(mesh))
    assert (axis.coordinate, axis.value) == (1, pytest.approx(0.25))
    assert len(distances) == len(mesh.vertices)
    assert distances.max() < 1e-6


def test_a_layout_that_differs_on_both_sides_has_no_axis():
    mesh = grid(6, 5)
    uvs = mesh.uvs.astype(np.float64)
    uvs = np.stack([uvs[:, 0] ** 3 + uvs[:, 1], uvs[:, 1] - 2.0 * uvs[:, 0] ** 2], axis=1)
    assert mirror_asymmetry(mesh, uvs, grid_mirror(mesh), everything(mesh)) is None


def test_only_chosen_vertices_are_compared():
    mesh = grid(6, 5)
    uvs = mesh.uvs.astype(np.float64)
    uvs[mesh.corners == 0] -= 0.04
    distances, _ = mirror_asymmetry(mesh, uvs, grid_mirror(mesh), mesh.vertices[:, 1] > 0.1)
    assert len(distances) == 5 * 7
    assert distances.max() < 1e-6


@pytest.mark.parametrize("key,axis", [("flame", "u"), ("hack", "u"), ("makehuman", "v")])
def test_real_layouts_are_symmetric(key, axis):
    mesh, topology = load_builtin(key), load_topology(key)
    distances, found = mirror_asymmetry(mesh, mesh.uvs, topology.mirror, topology.skin)
    assert "uv"[found.coordinate] == axis
    assert np.median(distances) < 1.0 / 1024.0
