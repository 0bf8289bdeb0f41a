"""Edges between two faces: counted, with the right corners on either side."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from headbridge.mesh import Mesh
from headbridge.mesh.uv_layout import uv_layout
from headbridge.uv.edges import seam_edges, shared_edges

from .tubes import on_the_back, tube


def check_incidence(mesh):
    edges = shared_edges(mesh)
    faces = np.repeat(np.arange(len(mesh.face_sizes)), mesh.face_sizes)
    np.testing.assert_array_equal(mesh.corners[edges.corners], np.stack([edges.vertices] * 2, axis=1))
    np.testing.assert_array_equal(faces[edges.corners], np.stack([edges.faces] * 2, axis=2))
    assert (edges.vertices[:, 0] < edges.vertices[:, 1]).all() and (edges.faces[:, 0] != edges.faces[:, 1]).all()
    assert len(np.unique(edges.vertices, axis=0)) == len(edges)
    return edges


def test_every_edge_of_a_closed_prism_is_shared(seamed_prism):
    # 5 at the bottom, 5 upright, 5 around the top, 5 to its middle.
    edges = check_incidence(seamed_prism)
    assert len(edges) == 20
    assert seam_edges(edges, uv_layout(seamed_prism).corner_points).all()


def test_a_tubes_ends_are_not_shared_and_its_seam_is_one_line():
    mesh = tube(12, 5)
    edges = check_incidence(mesh)
    assert len(edges) == 12 * 5 + 12 * 4
    seam = seam_edges(edges, uv_layout(mesh).corner_points)
    np.testing.assert_array_equal(seam, on_the_back(mesh)[edges.vertices].all(axis=1))
    assert seam.sum() == 5
    shifted = replace(mesh, uvs=mesh.uvs + np.repeat(np.arange(60) == 30, 4)[:, None])
    assert seam_edges(edges, uv_layout(shifted).corner_points).sum() == 5 + 4


def test_edges_of_three_faces_are_left_out():
    fan = Mesh.from_faces(np.eye(5, 3), [[0, 1, 2], [1, 0, 3], [0, 1, 4], [1, 3, 2]])
    # 0-1 has three faces; 1-2 and 1-3 have two.
    np.testing.assert_array_equal(check_incidence(fan).vertices, [[1, 2], [1, 3]])
