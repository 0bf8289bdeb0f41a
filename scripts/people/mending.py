"""Heads without triangles that turn over: where small triangles of ears and lips would, the skin follows its surroundings.

What moves a handful of slivers differently from the skin around them is no feature of a face, but the noise of a
correspondence. There, moving least squares (Levin 1998) carry the displacements of the skin around on."""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp

from headbridge.mesh import Mesh
from headbridge.mesh.adjacency import vertex_rings
from headbridge.metrics.flips import FlipTest
from headbridge.models.people.handles import Handles
from headbridge.models.people.person import random_person
from headbridge.topologies import load_builtin, load_topology

_HEADS, _SPREAD, _LIMIT, _SEED = 300, 0.8, 2.5, 5
_ROUNDS = 12
# The surroundings: vertices over so many edges, those within this many mm before others.
_EDGES, _REACH = 4, 3.0
# How little slopes are held flat, and where the surroundings lie in a line they are.
_FLAT = 1e-3


def mended(key: str, mean: np.ndarray, shapes: np.ndarray, handles: Handles) -> tuple[np.ndarray, int]:
    """(K, V, 3) shapes of a topology's mean head (V, 3) that flip no triangle of the outer skin in random heads of all
    ages, and how many vertices changed.

    Raises RuntimeError where they still do after the last round."""
    table, triangles = load_topology(key), load_builtin(key).triangles
    outer = table.skin & ~table.no_match
    triangles = triangles[outer[triangles].all(axis=1)]
    test = FlipTest(mean, triangles)
    around = vertex_rings(Mesh.from_faces(mean, triangles), _EDGES).tocsr()
    changed = np.zeros(len(mean), bool)
    result = shapes
    for _ in range(_ROUNDS):
        flipped = np.zeros(len(triangles), bool)
        for coefficients in _coefficients(handles):
            flipped |= test.flipped(mean + np.tensordot(coefficients, result, 1))
        if not flipped.any():
            return result, int(changed.sum())
        changed[triangles[flipped]] = True
        if table.mirror is not None:
            changed |= changed[table.mirror]
        rows = _following(mean, around, np.flatnonzero(changed), ~changed & outer)
        result = shapes.copy()
        result[:, changed] = np.einsum("xv,kvd->kxd", rows.toarray()[:, _used(rows)], shapes[:, _used(rows)])
    raise RuntimeError(f"After {_ROUNDS} rounds {np.count_nonzero(flipped)} triangles of {key} still turn over.")


def _coefficients(handles: Handles):
    random = np.random.default_rng(_SEED)
    for _ in range(_HEADS):
        yield handles.random_shape(random_person(random), random, _SPREAD, _LIMIT)[:-1]


def _used(rows: sp.csr_matrix) -> np.ndarray:
    return np.unique(rows.indices)


def _following(mean: np.ndarray, around: sp.csr_matrix, moved: np.ndarray, leads: np.ndarray) -> sp.csr_matrix:
    """(X, V) rows, summing to 1, by which the `moved` vertices follow the leading ones around them."""
    rows, columns, values = [], [], []
    for row, vertex in enumerate(moved):
        near = around.indices[around.indptr[vertex] : around.indptr[vertex + 1]]
        near = near[leads[near]]
        offsets = (mean[near] - mean[vertex]) / _REACH
        weights = np.exp(-0.5 * (offsets**2).sum(axis=1)) + 1e-6
        design = np.column_stack([np.ones(len(near)), offsets])
        system = (design * weights[:, None]).T @ design + _FLAT * weights.sum() * np.diag([0.0, 1.0, 1.0, 1.0])
        share = np.linalg.solve(system, (design * weights[:, None]).T)[0]
        rows.append(np.full(len(near), row))
        columns.append(near)
        values.append(share)
    shape = (len(moved), len(mean))
    return sp.csr_matrix((np.concatenate(values), (np.concatenate(rows), np.concatenate(columns))), shape=shape)
