"""Parts that the source's layout knows nothing of: beside it, upright, at its scale, in their own charts."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from headbridge.mesh import Mesh
from headbridge.mesh.normals import triangle_areas
from headbridge.mesh.uv_layout import signed_areas, uv_layout
from headbridge.metrics.uv_overlap import covered_texels
from headbridge.uv.separate_parts import place_parts

from .planar_meshes import edges_of

SIDE = 30.0
SHEET = 100.0
# UV per mm of what is placed already.
SCALE = 0.004


def box(corner) -> tuple[np.ndarray, np.ndarray]:
    """(8, 3) vertices and (6, 4) outward faces of a cube."""
    vertices = np.array([[x, y, z] for x in (0, 1) for y in (0, 1) for z in (0, 1)], float) * SIDE + corner
    faces = [[0, 1, 3, 2], [4, 6, 7, 5], [0, 4, 5, 1], [2, 3, 7, 6], [0, 2, 6, 4], [1, 5, 7, 3]]
    return vertices, np.array(faces)


def patch_and_boxes(count=2) -> tuple[Mesh, np.ndarray, np.ndarray]:
    """A square, placed in the lower left of the layout, and cubes that are not; (C, 2) UVs and (T,) placed."""
    vertices = [np.array([[0.0, 0.0, 0.0], [SHEET, 0.0, 0.0], [SHEET, SHEET, 0.0], [0.0, SHEET, 0.0]])]
    faces = [np.array([[0, 1, 2, 3]])]
    for k in range(count):
        cube, sides = box([200.0 + 60.0 * k, 0.0, 0.0])
        faces.append(sides + sum(map(len, vertices)))
        vertices.append(cube)
    mesh = Mesh.from_faces(np.concatenate(vertices), np.concatenate(faces))
    uvs = np.zeros((len(mesh.corners), 2))
    uvs[:4] = SCALE * mesh.vertices[:4, :2] + 0.05
    placed = np.arange(len(mesh.triangles)) < 2
    return mesh, uvs, placed


def source_layout(shift=(0.0, 0.0)):
    square = Mesh.from_faces(np.eye(4, 3), [[0, 1, 2, 3]], uvs=np.array([[0, 0], [1, 0], [1, 1], [0, 1]]) + shift)
    return uv_layout(square)


def check_placement(mesh, before, uvs, placed):
    np.testing.assert_array_equal(uvs[mesh.triangle_corners[placed]], before[mesh.triangle_corners[placed]])
    triangles = uvs[mesh.triangle_corners]
    assert signed_areas(triangles).min() > 0.0
    texels, twice = covered_texels(triangles, 1024, "cpu")
    assert twice == 0
    assert texels == pytest.approx(signed_areas(triangles).sum() * 1024**2, rel=0.05)


def test_without_uvs_every_side_of_a_cube_is_a_square_of_its_own():
    mesh, before, placed = patch_and_boxes()
    uvs, found = place_parts(mesh, before, placed, source_layout(), "cpu")
    assert found
    check_placement(mesh, before, uvs, placed)
    assert uvs.min() >= 0.0 and uvs.max() <= 1.0
    corners = uvs.reshape(-1, 4, 2)[1:]
    sides = np.linalg.norm(np.roll(corners, -1, axis=1) - corners, axis=2)
    np.testing.assert_allclose(sides, SCALE * SIDE, rtol=1e-9)
    layout = uv_layout(replace(mesh, uvs=uvs))
    assert layout.chart_count == 13


def test_own_charts_keep_their_shape_at_the_layouts_scale():
    mesh, before, placed = patch_and_boxes(1)
    # A cross of the six sides in the part's own layout, ten times as wide as the texture.
    cross = np.array([[1, 0], [1, 2], [0, 1], [2, 1], [1, 1], [1, 3]])
    own = np.zeros_like(before)
    square = np.array([[0, 0], [1, 0], [1, 1], [0, 1]])
    own[4:] = 10.0 * (cross[:, None] + square[None]).reshape(-1, 2)
    target = replace(mesh, uvs=own)
    uvs, found = place_parts(target, before, placed, source_layout(), "cpu")
    assert found
    check_placement(target, before, uvs, placed)
    # Six squares of 10 by 10 for six sides of 30 by 30 mm.
    moved = uvs[4:] - SCALE * SIDE / 10.0 * own[4:]
    shift = moved.reshape(6, 4, 2)
    np.testing.assert_allclose(shift - shift[:, :1], 0.0, atol=1e-7)
    areas = signed_areas(uvs[mesh.triangle_corners[~placed]]).sum()
    assert areas == pytest.approx(SCALE**2 * triangle_areas(mesh.vertices, mesh.triangles[~placed]).sum())


def test_mirrored_charts_are_turned_face_up():
    mesh, before, placed = patch_and_boxes(1)
    square = np.array([[0, 0], [1, 0], [1, 1], [0, 1]], float)
    own = np.zeros_like(before)
    # Charts lie on top of each other in the part's own layout; every second is mirrored.
    for side in range(6):
        own[4 + 4 * side : 8 + 4 * side] = square * ([-1.0, 1.0] if side % 2 else [1.0, 1.0]) + 3.0 * (side // 2)
    target = replace(mesh, uvs=own)
    uvs, found = place_parts(target, before, placed, source_layout(), "cpu")
    assert found
    check_placement(target, before, uvs, placed)
    corners = uvs[4:].reshape(-1, 4, 2)
    sides = np.linalg.norm(np.roll(corners, -1, axis=1) - corners, axis=2)
    np.testing.assert_allclose(sides, SCALE * SIDE, rtol=1e-6)
    # Mirrored and nothing else: a square's first side still lies along u.
    np.testing.assert_allclose(corners[:, 0, 1], corners[:, 1, 1], atol=1e-9)


def test_folds_of_a_parts_own_layout_are_mended():
    mesh, before, placed = patch_and_boxes(0)
    steps = np.linspace(0.0, SHEET, 7)
    y, x = np.meshgrid(steps, steps, indexing="ij")
    patch = np.stack([x.reshape(-1) + 300.0, y.reshape(-1), np.zeros(49)], axis=1)
    at = np.arange(49).reshape(7, 7)
    faces = np.stack([at[:-1, :-1], at[:-1, 1:], at[1:, 1:], at[1:, :-1]], axis=2).reshape(-1, 4)
    own = patch[:, :2] / 500.0
    own[24] += 0.09
    target = Mesh.from_faces(
        np.concatenate([mesh.vertices, patch]),
        np.concatenate([mesh.corners.reshape(-1, 4), faces + 4]),
        uvs=np.concatenate([before, own[faces.reshape(-1)]]),
    )
    placed = np.arange(len(target.triangles)) < 2
    assert (signed_areas(target.uvs[target.triangle_corners[~placed]].astype(float)) <= 0.0).any()
    started = np.concatenate([before, np.zeros((4 * 36, 2))])
    uvs, found = place_parts(target, started, placed, source_layout(), "cpu")
    assert found
    check_placement(target, started, uvs, placed)
    # Unfolded it is the plane square again, at one scale.
    shapes = edges_of(uvs, target.triangle_corners[~placed])
    stretch = np.linalg.svd(shapes @ np.linalg.inv(edges_of(target.vertices[:, :2], target.triangles[~placed])))[1]
    np.testing.assert_allclose(stretch, SCALE, rtol=0.02)


def test_parts_go_into_the_layouts_own_tiles():
    mesh, before, placed = patch_and_boxes()
    before[:4] += [2.0, 1.0]
    uvs, found = place_parts(mesh, before, placed, source_layout((2.0, 1.0)), "cpu")
    assert found
    np.testing.assert_array_equal(np.floor(uvs), np.broadcast_to([2.0, 1.0], uvs.shape))


def test_a_full_layout_is_told():
    mesh, before, placed = patch_and_boxes()
    before[:4] = [[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 1.0]]
    uvs, found = place_parts(mesh, before, placed, source_layout(), "cpu")
    assert not found
    np.testing.assert_array_equal(uvs, before)
