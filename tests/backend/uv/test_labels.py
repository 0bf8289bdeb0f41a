"""Labels by minimum cut: against straight borders, every labelling tried, and patches that agree."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from headbridge.mesh import Mesh
from headbridge.uv.edges import shared_edges
from headbridge.uv.labels import FREE_CUT, disagreement, vote

UP = np.array([0.0, 0.0, 1.0])


def strip(columns: int, rows: int, wobble: float = 0.0) -> Mesh:
    """Unit squares in the plane z = 0, face after face along x; with wobble their vertices are off the grid."""
    y, x = np.mgrid[: rows + 1, : columns + 1]
    vertices = np.stack([x, y, np.zeros_like(x)], axis=2).reshape(-1, 3).astype(float)
    vertices[:, :2] += np.random.default_rng(5).uniform(-wobble, wobble, (len(vertices), 2))
    at = np.arange(len(vertices)).reshape(rows + 1, columns + 1)
    faces = np.stack([at[:-1, :-1], at[:-1, 1:], at[1:, 1:], at[1:, :-1]], axis=2).reshape(-1, 4)
    return Mesh.from_faces(vertices, faces)


class Given:
    """A mapper with given costs per face, whose patches give a point the patch's own shift."""

    def __init__(self, costs, shifts):
        self.costs, self.shifts = np.asarray(costs), np.asarray(shifts)

    def patch_costs(self, points, normals):
        return self.costs

    def uvs(self, points, patches, normals):
        return points[:, :2] + self.shifts[patches][:, None]


def labels_of(mesh, mapper):
    edges = shared_edges(mesh)
    centres = mesh.vertices[mesh.corners].reshape(-1, 4, 3).mean(axis=1)
    up, facing = np.tile(UP, (len(mesh.vertices), 1)), np.tile(UP, (len(centres), 1))
    return vote(edges, mesh.vertices, up, centres, facing, mapper), edges


def test_the_border_between_two_patches_is_the_shortest_one():
    mesh = strip(20, 8)
    column = np.arange(160) % 20
    rng = np.random.default_rng(0)
    # Four columns around the middle hardly mind; all of them together less than one edge costs.
    better = np.where(np.abs(column - 9.5) < 2.0, rng.choice([-0.01, 0.01], 160), np.where(column < 9.5, 9.0, -9.0))
    mapper = Given(np.stack([-better, better], axis=1), [0.0, 1.0])
    ragged = np.argmin(mapper.costs, axis=1)
    labels, edges = labels_of(mesh, mapper)
    np.testing.assert_array_equal(labels[np.abs(column - 9.5) > 2.0], (column > 9.5)[np.abs(column - 9.5) > 2.0])
    assert (ragged[edges.faces[:, 0]] != ragged[edges.faces[:, 1]]).sum() > 20
    # No line across the strip is shorter than one edge a row.
    assert (labels[edges.faces[:, 0]] != labels[edges.faces[:, 1]]).sum() == 8


@pytest.mark.parametrize("seed", range(6))
def test_no_other_labelling_costs_less(seed):
    mesh = strip(4, 3, wobble=0.3)
    rng = np.random.default_rng(seed)
    edges = shared_edges(mesh)
    ends = mesh.vertices[edges.vertices]
    lengths = np.linalg.norm(ends[:, 0] - ends[:, 1], axis=1)
    # The swap argues about faces whose costs differ by less than two mean edge lengths: here all.
    costs = rng.uniform(0.0, 1.5, (12, 2)) * lengths.mean()
    labels, _ = labels_of(mesh, Given(costs, [0.0, 1.0]))
    every = np.array(list(itertools.product((0, 1), repeat=12)))
    explained = np.where(every == 0, costs[:, 0], costs[:, 1]).sum(axis=1)
    totals = explained + (every[:, edges.faces[:, 0]] != every[:, edges.faces[:, 1]]) @ lengths
    own = np.flatnonzero((every == labels).all(axis=1))[0]
    # Capacities are rounded to thousandths of an edge.
    assert totals[own] <= totals.min() + 0.01 * lengths.mean()
    assert totals.max() > totals.min() + 5.0 * lengths.mean()


def test_where_patches_agree_every_face_takes_the_better_one():
    mesh = strip(6, 4)
    costs = np.random.default_rng(1).uniform(0.0, 1.0, (24, 2))
    labels, edges = labels_of(mesh, Given(costs, [0.0, 0.0]))
    np.testing.assert_array_equal(labels, np.argmin(costs, axis=1))
    smoother, _ = labels_of(mesh, Given(costs, [0.0, 1.0]))
    assert (smoother[edges.faces[:, 0]] != smoother[edges.faces[:, 1]]).sum() < (
        labels[edges.faces[:, 0]] != labels[edges.faces[:, 1]]
    ).sum()


def test_three_patches_keep_what_is_certainly_theirs():
    mesh = strip(12, 4)
    column = np.arange(48) % 12
    costs = np.stack([np.abs(column - middle) * 4.0 for middle in (1.5, 5.5, 9.5)], axis=1)
    labels, _ = labels_of(mesh, Given(costs, [0.0, 1.0, 2.0]))
    np.testing.assert_array_equal(labels, column // 4)


def test_disagreement_is_that_of_the_farther_end():
    class Opening:
        """Two patches that agree at x = 0 and part from there."""

        def uvs(self, points, patches, normals):
            return np.stack([points[:, 0] * patches, points[:, 1]], axis=1)

    positions = np.array([[0.0, 5.0, 0.0], [0.25, 1.0, 0.0], [-2.0, 0.0, 0.0]])
    found = disagreement(np.array([[0, 1], [2, 1], [0, 0]]), positions, np.tile(UP, (3, 1)), Opening(), 0, 1)
    np.testing.assert_allclose(found, [0.25, 2.0, 0.0])
    assert 0.0 < FREE_CUT < 0.25
