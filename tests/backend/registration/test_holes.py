from __future__ import annotations

import numpy as np

from headbridge.progress import Progress
from headbridge.registration.holes import directed, hole_edges, mean_width, rims_at_holes
from headbridge.registration.nonrigid import NonRigid, Stage
from headbridge.registration.target_surface import TargetSurface


def sheet(spacing: float, hole: tuple[float, float], waves: float = 0.0):
    """A square sheet of 60 mm, counter-clockwise, with an elliptic hole whose half axes are given: polar rows about the hole.

    Returns vertices, triangles and the hole's edge (K,), counter-clockwise. waves : mm, how the edge waves up and down."""
    count = int(2 * np.pi * 15 / spacing)
    angle = 2 * np.pi * np.arange(count) / count
    rows = int(25 / spacing)
    inner = np.stack([hole[0] * np.cos(angle), hole[1] * np.sin(angle)], axis=1)
    inner[:, 1] += waves * np.cos(6 * angle)
    outer = 30.0 * np.stack([np.cos(angle), np.sin(angle)], axis=1)
    share = np.linspace(0.0, 1.0, rows)[:, None, None]
    points = ((1 - share) * inner + share * outer).reshape(-1, 2)
    vertices = np.pad(points, ((0, 0), (0, 1)))
    grid = np.arange(rows * count).reshape(rows, count)
    a, b, c, d = grid[:-1], grid[1:], np.roll(grid[1:], -1, axis=1), np.roll(grid[:-1], -1, axis=1)
    triangles = np.concatenate([np.stack([a, b, c], -1).reshape(-1, 3), np.stack([a, c, d], -1).reshape(-1, 3)])
    return vertices, triangles.astype(np.int32), grid[0]


def surface(vertices: np.ndarray, triangles: np.ndarray) -> TargetSurface:
    return TargetSurface(vertices, triangles, np.ones(len(vertices), bool))


def test_a_slit_is_as_wide_as_its_area_over_its_length():
    assert abs(mean_width(np.array([[0.0, 0, 0], [40, 0, 0], [40, 1, 0], [0, 1, 0]])) - 40.0 / 41.0) < 1e-12


def test_a_rim_runs_as_the_skin_beside_it():
    vertices, triangles, edge = sheet(2.0, (15.0, 1.0))
    forward = directed(edge, triangles.astype(np.int64))
    np.testing.assert_array_equal(directed(edge[::-1], triangles.astype(np.int64)), forward)
    # The hole of a target runs the same way: clockwise about a sheet's front.
    hole = min(hole_edges(surface(vertices, triangles)), key=lambda loop: np.ptp(loop[:, 1]))
    for curve in (vertices[forward], hole):
        assert np.cross(curve, np.roll(curve, -1, axis=0)).sum(axis=0)[2] < 0.0


def test_a_slit_no_wider_than_its_edge_is_rough_is_none():
    vertices, triangles, edge = sheet(1.0, (15.0, 0.5))
    outer = len(hole_edges(surface(vertices, triangles))) - 1
    noisy = vertices.copy()
    noisy[edge] += np.random.default_rng(0).normal(0.0, 0.4, (len(edge), 3))
    assert outer == 1 and len(hole_edges(surface(noisy, triangles))) == 1


def test_a_rim_belongs_to_the_hole_that_it_lies_along_and_to_no_other():
    vertices, triangles, edge = sheet(1.5, (15.0, 1.5))
    edges = hole_edges(surface(vertices, triangles))
    rim = {"lips_inner": directed(edge, triangles.astype(np.int64))}
    near, far = vertices + [0.0, 1.2, 0.0], vertices + [0.0, 4.0, 0.0]
    assert set(rims_at_holes(near, rim, edges)) == {"lips_inner"}
    assert rims_at_holes(far, rim, edges) == {}
    # Vertices that coincide are no edge.
    collapsed = np.repeat(near[edge[:1]], 3, axis=0)
    assert rims_at_holes(near, rim, (collapsed,)) == {}
    # Half of the edge is not all of it.
    assert rims_at_holes(vertices * [0.5, 1.0, 1.0], rim, edges) == {}


def test_a_rim_comes_to_lie_on_the_edge_of_a_slit_of_a_millimetre():
    target, faces, _ = sheet(1.0, (15.0, 0.5))
    source, triangles, edge = sheet(1.3, (14.0, 1.5), waves=0.4)
    held = directed(edge, triangles.astype(np.int64))
    goal = surface(target, faces)
    ended = {}
    for holes in ((), hole_edges(goal)):
        solver = NonRigid(source, triangles, np.ones(len(source)), goal, openings={"lips_inner": held}, holes=holes)
        solver.run([Stage(2.0, 3, 6.0, 0.0, 1.0), Stage(0.5, 3, 4.0, 0.0, 0.3)], Progress())
        x, y, _ = solver.positions[edge].T
        inside = np.abs(x) < 12.0
        ended[bool(holes)] = np.abs(np.abs(y) - 0.5 * np.sqrt(1.0 - (x / 15.0).clip(-1, 1) ** 2))[inside].max()
    assert ended[True] < 0.15 < 0.5 < ended[False]
