"""Meshes with the same faces: UVs go over corner by corner, whatever the order of the faces."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from headbridge.mesh import Mesh
from headbridge.topologies import load_builtin, load_topology
from headbridge.uv.copying import copied_uvs

from .tubes import triangulated, tube


def shuffled(mesh):
    """Faces in another order, each starting at another corner."""
    rng = np.random.default_rng(1)
    order = rng.permutation(len(mesh.face_sizes))
    corners = np.concatenate(
        [
            np.roll(np.arange(mesh.face_starts[f], mesh.face_starts[f] + mesh.face_sizes[f]), rng.integers(4))
            for f in order
        ]
    )
    return Mesh(mesh.vertices, mesh.corners[corners], mesh.face_sizes[order], mesh.uvs[corners], name=mesh.name)


def test_the_same_mesh_gets_the_very_uvs():
    source = tube(12, 5)
    target = replace(source, vertices=source.vertices + 3.0, uvs=None)
    copied = copied_uvs(source, target, None, None)
    np.testing.assert_array_equal(copied, source.uvs)
    assert copied is not source.uvs


@pytest.mark.slow
@pytest.mark.parametrize("key", ["flame", "hack", "makehuman"])
@pytest.mark.parametrize("change", [shuffled, triangulated])
def test_known_heads_in_another_order_or_triangulated(key, change):
    source, topology = load_builtin(key), load_topology(key)
    expected = change(source)
    target = replace(expected, uvs=None)
    np.testing.assert_array_equal(copied_uvs(source, target, topology, topology), expected.uvs)
    # And back: polygons take their corners from the triangles they were cut into.
    np.testing.assert_array_equal(copied_uvs(expected, replace(source, uvs=None), topology, topology), source.uvs)


def test_other_meshes_are_not_copied():
    source = tube(12, 5)
    assert copied_uvs(source, tube(12, 6), None, None) is None
    # Of unknown meshes only the same order tells that they are the same.
    assert copied_uvs(source, shuffled(source), None, None) is None
    flame, hack = load_topology("flame"), load_topology("hack")
    assert copied_uvs(load_builtin("flame"), load_builtin("hack"), flame, hack) is None
    assert copied_uvs(source, shuffled(source), flame, hack) is None
