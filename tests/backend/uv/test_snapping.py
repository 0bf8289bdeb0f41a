"""Seams of another triangulation go exactly onto the source's, with the same place on both sides."""

from __future__ import annotations

import numpy as np
import pytest

from headbridge.mesh.uv_layout import uv_layout
from headbridge.uv.cut import cut_edges, cut_mesh
from headbridge.uv.edges import shared_edges
from headbridge.uv.labels import vote
from headbridge.uv.patches import build_patches
from headbridge.uv.snapping import snap_seams
from headbridge.uv.surface_mapper import SurfaceMapper

from .tubes import HIGH, LOW, MARGIN, angles_of, normals_of, on_the_back, triangulated, tube, tube_uvs

# The source's seam is looked at in steps of 0.25 mm: half a step of the layout's height.
HALF_STEP = 0.5 * 0.25 * (1.0 - 2.0 * MARGIN) / (HIGH - LOW)


@pytest.fixture(scope="module")
def patches():
    mesh = tube(48, 10)
    return build_patches(mesh, uv_layout(mesh), mesh.vertices, np.ones(len(mesh.triangles), bool))


def cut_and_snap(mesh, patches):
    mapper, edges, normals = SurfaceMapper(patches), shared_edges(mesh), normals_of(mesh)
    faces = np.repeat(np.arange(len(mesh.face_sizes)), mesh.face_sizes)
    centres = np.stack([np.bincount(faces, mesh.vertices[mesh.corners, k]) for k in range(3)], axis=1)
    centres /= mesh.face_sizes[:, None]
    facing = centres * [1.0, 0.0, 1.0] / np.linalg.norm(centres * [1.0, 0.0, 1.0], axis=1)[:, None]
    labels = vote(edges, mesh.vertices, normals, centres, facing, mapper)
    cut = cut_mesh(mesh, edges, cut_edges(edges, labels, mesh.vertices, normals, mapper), labels)
    uvs = mapper.uvs(mesh.vertices[cut.point_vertices], cut.point_patches, normals[cut.point_vertices])
    return cut, uvs, *snap_seams(uvs, cut, mesh.vertices, patches)


@pytest.mark.parametrize("make", [lambda mesh: mesh, triangulated])
def test_a_seam_of_the_target_itself_is_the_formula(patches, make):
    mesh = make(tube(20, 7))
    cut, before, uvs, moved = cut_and_snap(mesh, patches)
    # On the seam already, every point stays on its own side.
    np.testing.assert_allclose(uvs, before, atol=1.01 * HALF_STEP)
    np.testing.assert_array_equal(np.bincount(cut.point_vertices), np.where(on_the_back(mesh), 2, 1))
    np.testing.assert_array_equal(moved, on_the_back(mesh)[cut.point_vertices])
    expected = tube_uvs(angles_of(mesh), mesh.vertices[:, 1])[cut.point_vertices]
    np.testing.assert_allclose(uvs[~moved], expected[~moved], atol=2e-5)
    for vertex in np.flatnonzero(on_the_back(mesh)):
        both = uvs[cut.point_vertices == vertex]
        both = both[np.argsort(both[:, 0])]
        wanted = tube_uvs(np.array([-np.pi, np.pi]), np.repeat(mesh.vertices[vertex, 1], 2))
        np.testing.assert_allclose(both[:, 0], wanted[:, 0], atol=1e-6)
        np.testing.assert_allclose(both[:, 1], wanted[:, 1], atol=1.01 * HALF_STEP)
        assert both[0, 1] == pytest.approx(both[1, 1], abs=1e-7)


@pytest.mark.parametrize("turn", [0.5, 0.3])
def test_a_seam_beside_the_sources_moves_onto_it(patches, turn):
    mesh = tube(20, 7, turn=turn)
    cut, before, uvs, moved = cut_and_snap(mesh, patches)
    seam = np.unique(cut.point_vertices[cut.on_seam])
    # One line from end to end, the nearest column of vertices to the source's seam.
    assert len(seam) == 8
    assert (np.pi - np.abs(angles_of(mesh)[seam])).max() <= min(turn, 1.0 - turn) * 2.0 * np.pi / 20.0 + 1e-9
    np.testing.assert_array_equal(moved, cut.on_seam)
    np.testing.assert_array_equal(uvs[~moved], before[~moved])
    # Half a column at most, so that no point changes sides.
    assert np.abs(uvs - before).max() <= 0.51 * (1.0 - 2.0 * MARGIN) / 20.0
    for vertex in seam:
        both = uvs[cut.point_vertices == vertex]
        np.testing.assert_allclose(np.sort(both[:, 0]), [MARGIN, 1.0 - MARGIN], atol=1e-6)
        expected = tube_uvs(np.zeros(1), mesh.vertices[vertex, 1:2])[0, 1]
        np.testing.assert_allclose(both[:, 1], expected, atol=1.01 * HALF_STEP)
        assert both[0, 1] == pytest.approx(both[1, 1], abs=1e-7)


def test_without_seams_nothing_moves(patches):
    # A third of the tube around its front.
    mesh = tube(24, 6)
    uvs = mesh.uvs.reshape(-1, 4, 2)[..., 0].mean(axis=1)
    front = np.repeat(np.abs(uvs - 0.5) < 0.15, 4)
    part = type(mesh).from_faces(mesh.vertices, mesh.corners[front].reshape(-1, 4))
    cut, before, uvs, moved = cut_and_snap(part, patches)
    assert not moved.any() and not cut.on_seam.any()
    np.testing.assert_array_equal(uvs, before)
