"""Self-intersections: cases with known answers, and the Warp kernel against the plain reference."""

from __future__ import annotations

import numpy as np
import pytest

from headbridge.device import available_devices
from headbridge.spatial.intersections import (
    SelfIntersections,
    count_self_intersecting_triangles,
    self_intersecting_triangles,
)

from . import reference

DEVICES = available_devices()

FLOOR = [[0.0, 0, 0], [4, 0, 0], [0, 4, 0]]

# name: (vertices, triangles, whether the two triangles intersect)
PAIRS = {
    "crossing": (FLOOR + [[1, 1, -1], [1, 1, 1], [2, 1, 1]], [[0, 1, 2], [3, 4, 5]], True),
    "apart": (FLOOR + [[1, 1, 1], [1, 1, 2], [2, 1, 2]], [[0, 1, 2], [3, 4, 5]], False),
    "planes cross, triangles apart": (FLOOR + [[9, 9, -1], [9, 9, 1], [10, 9, 1]], [[0, 1, 2], [3, 4, 5]], False),
    "touching in a corner point": (FLOOR + [[1, 1, 0], [1, 1, 2], [2, 1, 2]], [[0, 1, 2], [3, 4, 5]], False),
    "standing on it with a side": (FLOOR + [[1, 1, 0], [2, 1, 0], [1, 1, 2]], [[0, 1, 2], [3, 4, 5]], True),
    "common vertex": (FLOOR + [[0, 0, 2], [0, -2, 2]], [[0, 1, 2], [0, 3, 4]], False),
    "common vertex, passing through": (FLOOR + [[1, 1, 2], [1, 1, -2]], [[0, 1, 2], [0, 3, 4]], True),
    "common vertex by position only": (FLOOR + [[0, 0, 0], [0, 0, 2], [0, -2, 2]], [[0, 1, 2], [3, 4, 5]], False),
    "common edge": (FLOOR + [[2, 2, 2]], [[0, 1, 2], [0, 3, 1]], False),
    "common edge, flat": (FLOOR + [[4, 4, 0]], [[0, 1, 2], [2, 1, 3]], False),
    "common edge, folded flat": (FLOOR + [[1, 1, 0]], [[0, 1, 2], [1, 0, 3]], True),
    "common edge, nearly folded": (FLOOR + [[1, 1, 1e-3]], [[0, 1, 2], [1, 0, 3]], False),
    "the same twice": (FLOOR, [[0, 1, 2], [0, 2, 1]], True),
    "one plane, overlapping": (FLOOR + [[1, 1, 0], [5, 1, 0], [1, 5, 0]], [[0, 1, 2], [3, 4, 5]], True),
    "one plane, one within the other": (FLOOR + [[1, 1, 0], [1.5, 1, 0], [1, 1.5, 0]], [[0, 1, 2], [3, 4, 5]], True),
    "one plane, apart": (FLOOR + [[4, 4, 0], [5, 4, 0], [4, 5, 0]], [[0, 1, 2], [3, 4, 5]], False),
    "one plane, part of a side in common": (FLOOR + [[1, 0, 0], [3, 0, 0], [2, -2, 0]], [[0, 1, 2], [3, 4, 5]], False),
    "one plane, common vertex, apart": (FLOOR + [[-1, 0, 0], [0, -1, 0]], [[0, 1, 2], [0, 3, 4]], False),
    "one plane, common vertex, overlapping": (FLOOR + [[3, 1, 0], [1, 3, 0]], [[0, 1, 2], [0, 3, 4]], True),
    "without area": (FLOOR + [[1, 1, -1], [1, 1, 0.5], [1, 1, 1]], [[0, 1, 2], [3, 4, 5]], False),
}


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("name", PAIRS)
def test_two_triangles(device, name):
    vertices, triangles, expected = np.array(PAIRS[name][0]), np.array(PAIRS[name][1]), PAIRS[name][2]
    far = np.array([1000.0, -2000.0, 500.0])
    for orders in ((0, 1, 2), (1, 2, 0), (2, 1, 0)):
        for faces in (triangles, triangles[::-1]):
            pairs = self_intersecting_triangles(vertices + far, faces[:, orders], device)
            assert pairs.tolist() == ([[0, 1]] if expected else [])
            assert pairs.shape[1] == 2
            assert reference.triangles_intersect(*(vertices + far)[faces[:, orders]]) == expected


def grid(n: int):
    """n x n quads in the plane, two triangles each."""
    x, y = np.meshgrid(np.arange(n + 1.0), np.arange(n + 1.0), indexing="ij")
    vertices = np.stack([x, y, np.zeros_like(x)], axis=-1).reshape(-1, 3)
    i = (np.arange(n)[:, None] * (n + 1) + np.arange(n)).reshape(-1)
    return vertices, np.concatenate([np.stack([i, i + n + 1, i + n + 2], 1), np.stack([i, i + n + 2, i + 1], 1)])


def test_a_flat_sheet_and_a_bent_sheet_do_not_intersect():
    vertices, triangles = grid(12)
    assert count_self_intersecting_triangles(vertices, triangles) == 0
    angle = vertices[:, 0] / 12 * np.pi
    bent = np.stack([np.sin(angle), vertices[:, 1], np.cos(angle)], axis=1)
    assert count_self_intersecting_triangles(bent, triangles) == 0


def test_a_folded_sheet_intersects_in_every_triangle():
    vertices, triangles = grid(8)
    folded = vertices * [1.0, 1.0, 1.0]
    folded[:, 0] = np.abs(folded[:, 0] - 4.0)  # the halves come to lie on each other
    assert count_self_intersecting_triangles(folded, triangles) == len(triangles)


def test_two_crossing_sheets_intersect_along_the_line_they_share():
    vertices, triangles = grid(6)
    upright = vertices[:, [2, 1, 0]] + [2.5, 0.25, -2.5]
    both = np.concatenate([vertices, upright])
    faces = np.concatenate([triangles, triangles + len(vertices)])
    pairs = self_intersecting_triangles(both, faces)
    corners = both[faces]
    in_floor = np.flatnonzero(
        (corners[: len(triangles), :, 0].min(1) < 2.5) & (corners[: len(triangles), :, 0].max(1) > 2.5)
    )
    in_wall = len(triangles) + np.flatnonzero(
        (corners[len(triangles) :, :, 2].min(1) < 0) & (corners[len(triangles) :, :, 2].max(1) > 0)
    )
    assert set(pairs[:, 0]) <= set(in_floor) and set(pairs[:, 1]) <= set(in_wall)
    # The wall runs from y = 0.25 to 6.25 and the floor ends at 6: all triangles along the line meet.
    assert set(pairs[:, 0]) == set(in_floor)
    assert set(pairs[:, 1]) == set(in_wall)


@pytest.mark.slow
@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("noise", [0.5, 1.0])
def test_kernel_agrees_with_the_reference_on_a_crumpled_sheet(device, noise):
    rng = np.random.default_rng(7)
    vertices, triangles = grid(16)
    crumpled = vertices + rng.normal(0, noise, vertices.shape)
    expected = reference.self_intersecting_pairs(crumpled, triangles)
    assert len(expected) > 50
    np.testing.assert_array_equal(self_intersecting_triangles(crumpled, triangles, device), expected)
    np.testing.assert_array_equal(self_intersecting_triangles(crumpled + 5000.0, triangles, device), expected)


@pytest.mark.slow
@pytest.mark.parametrize("device", DEVICES)
def test_moving_equals_starting_afresh_and_more_pairs_than_room_are_all_found(device):
    rng = np.random.default_rng(8)
    vertices, triangles = grid(9)
    crumpled = rng.normal(0, 1.0, vertices.shape)  # every triangle crosses most others
    found = SelfIntersections(vertices, triangles, device)
    assert len(found.pairs()) == 0
    found.move(crumpled)
    expected = reference.self_intersecting_pairs(crumpled, triangles)
    assert len(expected) > 20 * len(triangles)
    np.testing.assert_array_equal(found.pairs(), expected)
    found.move(vertices)
    assert len(found.pairs()) == 0


def test_a_mesh_without_triangles_has_no_intersections():
    assert self_intersecting_triangles(np.zeros((0, 3)), np.zeros((0, 3), np.int32)).shape == (0, 2)
