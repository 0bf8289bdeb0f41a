"""A tube longer than the source's: its end lies on the source's, and what lies between has room."""

from __future__ import annotations

import numpy as np
import pytest

from headbridge.mesh.uv_layout import uv_layout
from headbridge.uv.cut import CutMesh
from headbridge.uv.matching import Counterparts
from headbridge.uv.overhang import make_room
from headbridge.uv.patches import build_patches

from .tubes import LOW, MARGIN, angles_of, on_the_back, tube, tube_uvs

# The tubes are narrower above, so that of their two ends the lower is the longer, as a neck's is the only one.
TAPER = 0.1


@pytest.fixture(scope="module")
def patches():
    mesh = tube(48, 10, taper=TAPER)
    return build_patches(mesh, uv_layout(mesh), mesh.vertices, np.ones(len(mesh.triangles), bool))


def room_of(mesh, patches, *, beyond=True, off=0.0):
    """The room of a tube that is already cut along the seam and whose points have the formula's UVs.

    off : how far from the source the vertices of the lower end are said to be, mm."""
    layout = uv_layout(mesh)
    right = layout.uvs[:, 0] > 0.5
    right_patch = patches.core[np.argmax(patches.triangle_uvs[:, :, 0].mean(axis=1) > 0.5)]
    point_patches = np.where(right, right_patch, 1 - right_patch).astype(np.int32)
    on_seam = on_the_back(mesh)[layout.point_vertices]
    height = mesh.vertices[layout.point_vertices, 1]
    seam = [np.flatnonzero(on_seam & (right == side)) for side in (False, True)]
    seam = [points[np.argsort(height[points])] for points in seam]
    pairs = np.concatenate([np.stack([points[:-1], points[1:]], axis=1) for points in seam])
    cut = CutMesh(layout.corner_points, layout.point_vertices, point_patches, on_seam, pairs)
    depth = np.maximum(LOW - mesh.vertices[:, 1], 0.0)
    lower_end = mesh.vertices[:, 1] < mesh.vertices[:, 1].min() + 1e-6
    depth = np.where(lower_end & (off > 0.0), off, depth)
    matched = (depth == 0.0).astype(float)
    found = Counterparts(matched, depth, (depth > 0.0) & beyond)
    weights = matched[layout.point_vertices]
    uvs = np.array(layout.uvs)
    uvs[:, 1] = np.maximum(uvs[:, 1], MARGIN)
    return (
        layout,
        cut,
        uvs,
        weights,
        make_room(uvs, weights, cut, layout.triangles, mesh, mesh.vertices, found, patches),
    )


def test_the_end_of_a_longer_tube_is_pinned_to_the_sources(patches):
    mesh = tube(20, 12, low=LOW - 20.0, taper=TAPER)
    layout, _, _, _, room = room_of(mesh, patches)
    end = (mesh.vertices[:, 1] < LOW - 19.0)[layout.point_vertices]
    assert end.sum() == 21 and room.pinned[end].all()
    points = layout.point_vertices[end]
    sides = np.sign(layout.uvs[end, 0] - 0.5) * np.pi
    angles = np.where(on_the_back(mesh)[points], sides, angles_of(mesh)[points])
    # On a chord of the source's end at the point's own direction: a chord is not quite its arc.
    np.testing.assert_allclose(room.uvs[end], tube_uvs(angles, np.full(21, LOW)), atol=1e-4)
    assert not room.weights[end].any()


def test_surface_next_to_the_overhang_is_freed_by_its_depth(patches):
    mesh = tube(20, 24, low=LOW - 20.0, taper=TAPER)
    layout, _, _, weights, room = room_of(mesh, patches)
    height = mesh.vertices[layout.point_vertices, 1]
    along = (height - (LOW - 20.0)) * np.sqrt(1.0 + TAPER**2)
    # The points of the rim lie 20 mm beyond and ask for six times as much.
    np.testing.assert_array_equal(room.weights == 0.0, along < 6.0 * 20.0)
    np.testing.assert_array_equal(room.weights[along > 120.0], weights[along > 120.0])


def test_the_seam_in_between_is_spread_evenly(patches):
    mesh = tube(20, 24, low=LOW - 20.0, taper=TAPER)
    layout, cut, uvs, _, room = room_of(mesh, patches)
    height = mesh.vertices[layout.point_vertices, 1]
    for side in (False, True):
        seam = np.flatnonzero(cut.on_seam & ((layout.uvs[:, 0] > 0.5) == side))
        seam = seam[np.argsort(height[seam])]
        free = np.flatnonzero(room.weights[seam] == 0.0)
        assert room.pinned[seam[free]].all()
        line = room.uvs[seam[: free[-1] + 2]]
        steps = np.diff(line, axis=0)
        np.testing.assert_allclose(steps, np.broadcast_to(steps.mean(axis=0), steps.shape), atol=1e-9)
        np.testing.assert_allclose(line[:, 0], 1.0 - MARGIN if side else MARGIN, atol=1e-6)
        assert line[0, 1] == pytest.approx(MARGIN, abs=1e-6)
    others = ~cut.on_seam & (height > LOW - 19.0)
    np.testing.assert_array_equal(room.uvs[others], uvs[others])
    assert not room.pinned[others].any()


def test_a_tube_that_ends_within_the_source_is_left_alone(patches):
    mesh = tube(20, 12, low=LOW + 30.0, taper=TAPER)
    _, _, uvs, weights, room = room_of(mesh, patches)
    np.testing.assert_array_equal(room.uvs, uvs)
    np.testing.assert_array_equal(room.weights, weights)
    assert not room.pinned.any()


def test_an_end_that_stands_off_the_source_is_held_where_it_is(patches):
    mesh = tube(20, 12, low=LOW + 30.0, taper=TAPER)
    layout, _, uvs, weights, room = room_of(mesh, patches, beyond=False, off=8.0)
    end = (mesh.vertices[:, 1] < LOW + 31.0)[layout.point_vertices]
    np.testing.assert_array_equal(room.pinned, end)
    np.testing.assert_array_equal(room.uvs, uvs)
    np.testing.assert_array_equal(room.weights, weights)
