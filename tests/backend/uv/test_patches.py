"""Charts that border on themselves become two overlapping patches, within which the UV is continuous."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from headbridge.mesh.uv_layout import uv_layout
from headbridge.topologies import load_builtin, load_topology
from headbridge.uv.edges import seam_edges, shared_edges
from headbridge.uv.matching import eligible_triangles, main_component
from headbridge.uv.patches import build_patches

from .tubes import on_the_back, tube, tube_uvs


def patches_of(mesh, eligible=None):
    eligible = np.ones(len(mesh.triangles), bool) if eligible is None else eligible
    return build_patches(mesh, uv_layout(mesh), mesh.vertices, eligible)


def triangle_sides(patches):
    """(T,) -1 for triangles on the left half of a tube's layout, 1 on the right."""
    return np.sign(patches.triangle_uvs[:, :, 0].mean(axis=1) - 0.5)


def assert_continuous(patches, members):
    """Wherever two of the triangles meet at a vertex they have the same UV."""
    vertices = patches.triangles[members].reshape(-1)
    uvs = patches.triangle_uvs[members].reshape(-1, 2)
    order = np.argsort(vertices, kind="stable")
    same = np.diff(vertices[order]) == 0
    assert np.abs(np.diff(uvs[order], axis=0))[same].max() < 1e-6


def test_a_tube_has_two_patches_that_overlap_at_its_front():
    mesh = tube(24, 6)
    patches = patches_of(mesh)
    assert len(patches) == 2
    for patch, members in enumerate(patches.members):
        core = np.flatnonzero(patches.core == patch)
        assert np.isin(core, members).all()
        assert len(np.unique(triangle_sides(patches)[core])) == 1
        assert_continuous(patches, members)
    np.testing.assert_array_equal(np.bincount(patches.core), [144, 144])
    shared = np.intersect1d(*patches.members)
    middle = patches.triangle_uvs[shared, :, 0].mean(axis=1)
    assert len(shared) and np.abs(middle - 0.5).max() < 0.25
    # The overlap goes to both sides of the front.
    assert middle.min() < 0.45 and middle.max() > 0.55


def test_each_patch_has_one_side_of_every_seam_edge():
    mesh = tube(24, 6)
    layout, edges, patches = uv_layout(mesh), shared_edges(mesh), patches_of(mesh)
    seam = seam_edges(edges, layout.corner_points)
    # Two triangles a face, in the order of the faces.
    inside = np.stack([np.isin(2 * edges.faces[seam], members) for members in patches.members], axis=2)
    assert seam.sum() == 6
    np.testing.assert_array_equal(inside.sum(axis=1), np.ones((6, 2)))
    np.testing.assert_array_equal(inside.sum(axis=2), np.ones((6, 2)))


def test_seams_name_the_uv_on_either_side():
    mesh = tube(24, 6)
    patches = patches_of(mesh)
    assert len(patches.seams) == 6 and on_the_back(mesh)[patches.seams].all()
    sides = triangle_sides(patches)
    for edge, pair, uvs in zip(patches.seams, patches.seam_patches, patches.seam_uvs):
        assert sorted(pair) == [0, 1]
        for patch, side_uvs in zip(pair, uvs):
            angle = sides[np.flatnonzero(patches.core == patch)[0]] * np.pi
            np.testing.assert_allclose(side_uvs, tube_uvs(np.full(2, angle), mesh.vertices[edge, 1]), atol=1e-6)


def test_separate_charts_are_patches_without_overlap():
    mesh = tube(24, 6)
    front = np.abs(np.arange(24) - 11.5) < 6.0
    uvs = mesh.uvs + np.repeat(np.tile(front, 6), 4)[:, None] * np.float32([0.0, 3.0])
    # The back is one chart with the seam, the front another without.
    patches = patches_of(replace(mesh, uvs=uvs))
    assert np.intersect1d(*patches.members[:2]).size == 0
    for members in patches.members:
        assert_continuous(patches, members)
    of_front = np.repeat(np.tile(front, 6), 2)
    assert len(np.unique(patches.core[of_front])) == 1
    assert not np.isin(patches.core[~of_front], patches.core[of_front]).any()


def test_a_slit_leaves_the_patches_whole_below_its_end():
    mesh = tube(24, 8)
    slit = np.array(mesh.uvs)
    # Below half height the two sides are joined: the layout goes on over the right edge, as a ring would.
    joined = on_the_back(mesh)[mesh.corners] & (mesh.vertices[mesh.corners, 1] < -1.0)
    slit[joined] = tube_uvs(np.full(joined.sum(), np.pi), mesh.vertices[mesh.corners[joined], 1])
    patches = patches_of(replace(mesh, uvs=slit))
    assert len(patches) == 2 and len(patches.seams) == 5
    for members in patches.members:
        assert_continuous(patches, members)
    # Every triangle is on some patch, and those beside the slit on one only.
    assert np.isin(np.arange(len(mesh.triangles)), np.concatenate(patches.members)).all()
    shared = np.intersect1d(*patches.members)
    beside = (on_the_back(mesh)[patches.triangles] & (mesh.vertices[patches.triangles, 1] > 1.0)).any(axis=1)
    assert not beside[shared].any()


def test_only_eligible_triangles_make_patches():
    mesh = tube(24, 6)
    upper = mesh.vertices[mesh.triangles, 1].min(axis=1) > -1.0
    patches = patches_of(mesh, upper)
    np.testing.assert_array_equal(patches.core >= 0, upper)
    assert upper[np.concatenate(patches.members)].all()
    assert len(patches.seams) == 3 and mesh.vertices[patches.seams, 1].min() > -1.0
    left = patches_of(mesh, uv_layout(mesh).uvs[uv_layout(mesh).triangles][:, :, 0].max(axis=1) < 0.4)
    assert len(left) == 1 and len(left.seams) == 0


def test_positions_of_the_mapping_are_kept_apart_from_the_layouts_own():
    mesh = tube(24, 6)
    moved = mesh.vertices * [1.0, 1.0, 0.5] + 7.0
    patches = build_patches(mesh, uv_layout(mesh), moved, np.ones(len(mesh.triangles), bool))
    np.testing.assert_array_equal(patches.vertices, moved)
    np.testing.assert_array_equal(patches.core, patches_of(mesh).core)


@pytest.mark.parametrize(("key", "count"), [("flame", 2), ("hack", 3), ("makehuman", 4)])
def test_the_patches_of_the_built_in_heads(key, count):
    """FLAME's one chart of skin borders on itself; HACK's scalp does, its face does not; MakeHuman has two that do."""
    mesh, topology = load_builtin(key), load_topology(key)
    patches = patches_of(mesh, eligible_triangles(mesh, topology, main_component(mesh, topology)))
    assert len(patches) == count
    for members in patches.members:
        assert_continuous(patches, members)
