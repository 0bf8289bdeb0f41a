"""Cuts along label borders: how many UV points every vertex gets, and on which patch they are."""

from __future__ import annotations

import numpy as np

from headbridge.mesh import Mesh
from headbridge.uv.cut import cut_edges, cut_mesh
from headbridge.uv.edges import shared_edges

from .tubes import on_the_back, tube


class Apart:
    """Patches whose UVs differ by a multiple of what is given, in the upper half of space only."""

    def __init__(self, gap, everywhere=True):
        self.gap, self.everywhere = gap, everywhere

    def uvs(self, points, patches, normals):
        upper = np.ones(len(points)) if self.everywhere else points[:, 1] > 1.0
        return points[:, :2] + (self.gap * patches * upper)[:, None]


def halves(mesh):
    """(F,) 0 for faces left of the front and 1 right of it: the border runs down front and back."""
    return (mesh.vertices[mesh.corners].reshape(-1, 4, 3).mean(axis=1)[:, 0] > 0.0).astype(np.int32)


def cut_of(mesh, labels, mapper):
    edges = shared_edges(mesh)
    return edges, cut_edges(edges, labels, mesh.vertices, np.zeros_like(mesh.vertices), mapper)


def test_a_border_is_cut_where_the_patches_disagree():
    mesh = tube(12, 4)
    edges, cut = cut_of(mesh, halves(mesh), Apart(1.0))
    np.testing.assert_array_equal(cut, (np.abs(mesh.vertices[edges.vertices, 0]) < 1e-6).all(axis=1))
    assert cut.sum() == 8
    assert not cut_of(mesh, halves(mesh), Apart(1e-4))[1].any()
    assert not cut_of(mesh, np.zeros(48, np.int32), Apart(1.0))[1].any()


def test_vertices_on_the_cut_have_a_point_per_side():
    mesh = tube(12, 4)
    labels = halves(mesh)
    edges, cut = cut_of(mesh, labels, Apart(1.0))
    result = cut_mesh(mesh, edges, cut, labels)
    on_cut = np.abs(mesh.vertices[:, 0]) < 1e-6
    np.testing.assert_array_equal(np.bincount(result.point_vertices), np.where(on_cut, 2, 1))
    np.testing.assert_array_equal(result.point_vertices[result.corner_points], mesh.corners)
    np.testing.assert_array_equal(result.on_seam, on_cut[result.point_vertices])
    # Every corner's point is on the patch of its face.
    np.testing.assert_array_equal(result.point_patches[result.corner_points], np.repeat(labels, 4))
    assert len(result.seam_pairs) == 2 * cut.sum()
    # The two points of a pair are on one side, their vertices the ends of a cut edge.
    patches = result.point_patches[result.seam_pairs]
    np.testing.assert_array_equal(patches[:, 0], patches[:, 1])
    pairs = np.unique(np.sort(result.point_vertices[result.seam_pairs], axis=1), axis=0, return_counts=True)
    np.testing.assert_array_equal(pairs[0], edges.vertices[cut])
    assert (pairs[1] == 2).all()


def test_a_cut_that_ends_inside_leaves_its_last_vertex_whole():
    mesh = tube(12, 4)
    labels = halves(mesh)
    edges, cut = cut_of(mesh, labels, Apart(1.0, everywhere=False))
    result = cut_mesh(mesh, edges, cut, labels)
    # Rows of vertices at -100, -50, 0, 50, 100: edges count with their farther end, so the cut starts at 0.
    on_cut = np.abs(mesh.vertices[:, 0]) < 1e-6
    parted = on_cut & (mesh.vertices[:, 1] > 1.0)
    np.testing.assert_array_equal(np.bincount(result.point_vertices), np.where(parted, 2, 1))
    ends = on_cut & (np.abs(mesh.vertices[:, 1]) < 1.0)
    np.testing.assert_array_equal(result.on_seam, (parted | ends)[result.point_vertices])


def test_three_patches_meet_in_three_points():
    angle = 2.0 * np.pi * np.arange(6) / 6.0
    vertices = np.concatenate([[[0.0, 0.0, 0.0]], np.stack([np.cos(angle), np.sin(angle), 0.0 * angle], axis=1)])
    mesh = Mesh.from_faces(vertices, [[0, k + 1, (k + 1) % 6 + 1] for k in range(6)])
    labels = np.array([0, 0, 1, 1, 2, 2], np.int32)
    edges, cut = cut_of(mesh, labels, Apart(1.0))
    result = cut_mesh(mesh, edges, cut, labels)
    np.testing.assert_array_equal(np.bincount(result.point_vertices), [3, 2, 1, 2, 1, 2, 1])
    np.testing.assert_array_equal(np.sort(result.point_patches[result.point_vertices == 0]), [0, 1, 2])
    # Two cuts from the middle do not part what the third would: without it the middle has two points.
    two = cut & ~(edges.vertices == [0, 5]).all(axis=1)
    assert (cut_mesh(mesh, edges, two, labels).point_vertices == 0).sum() == 2


def test_a_point_on_patches_that_agree_takes_that_of_most_of_its_faces():
    mesh = tube(12, 4)
    labels = halves(mesh)
    corner_face = 20
    labels[:] = 0
    labels[corner_face] = 1
    edges = shared_edges(mesh)
    result = cut_mesh(mesh, edges, np.zeros(len(edges), bool), labels)
    assert len(result.point_vertices) == len(mesh.vertices) and not result.on_seam.any()
    np.testing.assert_array_equal(result.point_patches, 0)
    assert on_the_back(mesh).any() and len(result.seam_pairs) == 0
