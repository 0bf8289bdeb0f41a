"""Colours of a scan's vertices in the head's layout."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from headbridge.detection.on_meshes.own_colours import VertexColours
from headbridge.fitting.scan.texture import transferred_vertex_colours
from headbridge.mesh import Mesh
from headbridge.mesh.similarity import Similarity
from headbridge.mesh.subdivide import split_edges
from headbridge.spatial import SurfaceHits
from headbridge.texture.atlas.layout import HeadLayout
from headbridge.texture.atlas.surface_texels import SurfaceTexels
from headbridge.topologies import load_builtin, load_topology

HEAD, TOPOLOGY = load_builtin("flame"), load_topology("flame")
POSE = Similarity(0.1, Rotation.from_euler("xyz", [20, 50, -30], degrees=True).as_matrix(), np.array([3.0, 4.0, 5.0]))


def colour(points: np.ndarray) -> np.ndarray:
    """Smooth colours by the place on the head, mm."""
    return (0.5 + 0.3 * np.sin(points / 25.0 + [0.0, 1.0, 2.0])).astype(np.float32)


@pytest.fixture(scope="module")
def coloured() -> VertexColours:
    """The head, cut finer, in a frame and unit of its own."""
    vertices, triangles = HEAD.vertices, HEAD.triangles
    for _ in range(2):
        sides = np.concatenate([triangles[:, [0, 1]], triangles[:, [1, 2]], triangles[:, [2, 0]]])
        edges = np.unique(np.sort(sides, axis=1), axis=0)
        vertices, triangles = split_edges(vertices, triangles, edges, vertices[edges].mean(axis=1))
    return VertexColours(Mesh.from_faces(POSE.apply(vertices), triangles), colour(vertices))


def test_texels_have_the_colour_of_their_place(coloured):
    scan = coloured.mesh.with_vertices(POSE.inverse().apply(coloured.mesh.vertices))
    layout = HeadLayout(HEAD, 256)
    picture, known = transferred_vertex_colours(scan, POSE, coloured, TOPOLOGY, HEAD.vertices, layout)
    assert known.sum() > 0.6 * layout.covered.sum() and not known[~layout.covered].any()
    off = np.abs(picture[known] - colour(SurfaceTexels(layout, known).interpolated(HEAD.vertices)))
    assert np.percentile(off, 99) < 0.01 and off.max() < 0.1
    # Away from the scan there is no counterpart.
    half = Mesh.from_faces(scan.vertices, scan.triangles[(scan.vertices[scan.triangles, 0] > 0.0).all(axis=1)])
    _, known = transferred_vertex_colours(half, POSE, coloured, TOPOLOGY, HEAD.vertices, layout)
    assert SurfaceTexels(layout, known).interpolated(HEAD.vertices)[:, 0].min() > -6.0


def test_a_mesh_in_another_frame_shows_the_same_colours(coloured):
    """Of places in the middle of triangles."""
    colours = coloured.of(HEAD, POSE)
    triangles = np.arange(0, len(HEAD.triangles), 97)
    weights = np.full((len(triangles), 3), 1.0 / 3.0)
    points = HEAD.vertices[HEAD.triangles[triangles]].mean(axis=1)
    shown = colours(SurfaceHits(points, triangles, weights, np.zeros(len(triangles))))
    assert np.abs(shown - colour(points)).max() < 0.03
