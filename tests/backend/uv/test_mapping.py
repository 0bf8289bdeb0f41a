"""The target's skin in the source's layout, before repair."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from headbridge.errors import InputError
from headbridge.mesh import Mesh
from headbridge.mesh.uv_layout import uv_layout
from headbridge.uv.mapping import map_layout
from headbridge.uv.overlay import Overlay
from headbridge.uv.patches import build_patches
from headbridge.uv.surface_mapper import SurfaceMapper

from .tubes import HIGH, LOW, MARGIN, angles_of, on_the_back, tube, tube_uvs


def map_of(source, target, *, given=True, symmetry=True):
    overlay = Overlay(source, target, None, None, source.vertices, target.vertices, 0.0, given, ())
    patches = build_patches(source, uv_layout(source), source.vertices, np.ones(len(source.triangles), bool))
    return map_layout(overlay, patches, SurfaceMapper(patches), symmetry=symmetry, device="cpu")


@pytest.fixture(scope="module")
def source():
    return tube(48, 10)


def test_a_target_on_the_source_is_the_formula(source):
    target = tube(20, 7)
    mapping = map_of(source, target)
    vertices = mapping.cut.point_vertices
    seam = on_the_back(target)[vertices]
    expected = tube_uvs(angles_of(target), target.vertices[:, 1])[vertices]
    np.testing.assert_allclose(mapping.uvs[~seam], expected[~seam], atol=2e-5)
    np.testing.assert_allclose(np.abs(mapping.uvs[seam, 0] - 0.5), 0.5 - MARGIN, atol=1e-6)
    np.testing.assert_array_equal(mapping.held, seam)
    assert (mapping.weights > 0.95).all() and not mapping.pinned.any() and mapping.part_corners.all()
    np.testing.assert_array_equal(mapping.triangles, mapping.cut.corner_points[mapping.part.triangle_corners])


def test_parts_that_hang_on_nothing_are_left_out(source):
    target, ball = tube(20, 7), tube(8, 3)
    both = Mesh.from_faces(
        np.concatenate([0.1 * ball.vertices, target.vertices]),
        np.concatenate([ball.corners, target.corners + len(ball.vertices)]).reshape(-1, 4),
    )
    mapping = map_of(source, both)
    np.testing.assert_array_equal(mapping.part_corners, np.arange(len(both.corners)) >= len(ball.corners))
    assert len(mapping.part.face_sizes) == len(target.face_sizes)
    assert mapping.cut.point_vertices.min() == len(ball.vertices)


def test_a_bust_is_left_to_be_packed(source):
    target = tube(20, 32, low=LOW - 120.0)
    mapping = map_of(source, target)
    lowest = target.vertices[mapping.part.corners, 1].min()
    assert LOW - 25.0 <= lowest <= LOW - 15.0
    assert 0 < mapping.pinned.sum() < len(mapping.uvs)


@pytest.mark.parametrize(
    ("given", "fix"),
    [(True, "give the mesh as a registration wrote it"), (False, "register the two with landmark pairs")],
)
def test_heads_that_do_not_lie_on_each_other_are_told(source, given, fix):
    far = tube(20, 7)
    with pytest.raises(InputError, match=f"^Only 0 % of tube lies on tube after registration; {fix}"):
        map_of(source, far.with_vertices(far.vertices + [0.0, 500.0, 0.0]), given=given)
    # A fifth of the target is enough.
    map_of(source, far.with_vertices(far.vertices + [0.0, 0.7 * (HIGH - LOW), 0.0]), given=given)


def test_points_past_the_last_seam_stay_on_it():
    # The 7.5 degrees on either side of the back have charts of their own.
    source = tube(48, 10)
    narrow = np.repeat(np.isin(np.tile(np.arange(48), 10), (0, 47)), 4)
    source = replace(source, uvs=source.uvs + 3.0 * narrow[:, None])
    # The target is open around the back: its last column of faces goes from 157 to 175 degrees.
    target = tube(20, 7)
    kept = np.repeat(np.isin(np.tile(np.arange(20), 7), (0, 19), invert=True), 4)
    turn = np.radians(13.0)
    rotation = np.array([[np.cos(turn), 0.0, np.sin(turn)], [0.0, 1.0, 0.0], [-np.sin(turn), 0.0, np.cos(turn)]])
    target = Mesh.from_faces(target.vertices @ rotation.T, target.corners[kept].reshape(-1, 4))
    mapping = map_of(source, target)
    points = mapping.cut.point_vertices
    past = angles_of(target)[points] > np.radians(172.5)
    assert past.sum() == 8 and mapping.weights[past].all()
    np.testing.assert_array_equal(mapping.held, past)
    wanted = tube_uvs(np.full(8, np.radians(172.5)), target.vertices[points[past], 1])
    np.testing.assert_allclose(mapping.uvs[past], wanted, atol=1e-5)
