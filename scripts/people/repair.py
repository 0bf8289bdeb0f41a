"""Heads without triangles that turn over: where small triangles of ears and lips would, the skin follows its surroundings.

What moves a handful of slivers differently from the skin around them is no feature of a face, but the noise of a
correspondence. There, biharmonic splines carry the displacements of the skin around on."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import scipy.sparse as sp
from scipy.sparse.csgraph import connected_components

from headbridge.mesh import Mesh
from headbridge.mesh.adjacency import vertex_rings
from headbridge.metrics.flips import FlipTest
from headbridge.models.people.handles import Handles
from headbridge.models.people.person import AGE_KNOTS, random_person
from headbridge.topologies import load_builtin, load_topology

from .fields import biharmonic_rows

_HEADS, _SPREAD, _LIMIT, _SEED = 300, 0.8, 2.5, 5
# Every third head is that of a child of at most so many years: they are farthest from the mean.
_YOUNG = 8.0
# Coordinates are stored in these steps (mm): coarser ones turn the smallest triangles over by themselves.
STEP = 0.002
_ROUNDS = 25
# What these many heads flip is repaired before others are looked at.
_AT_A_TIME = 50
# The surroundings: vertices over so many edges.
_EDGES = 5


def repaired(key: str, mean: np.ndarray, shapes: np.ndarray, handles: Handles) -> tuple[np.ndarray, int]:
    """(K, V, 3) shapes of a topology's mean head (V, 3) that flip no triangle of the outer skin in random heads of all
    ages, and how many vertices changed.

    Raises RuntimeError where they still do after the last round."""
    table, triangles = load_topology(key), load_builtin(key).triangles
    outer = table.skin & ~table.no_match
    triangles = triangles[outer[triangles].all(axis=1)]
    test = FlipTest(mean, triangles)
    mesh = Mesh.from_faces(mean, triangles)
    ring, around = vertex_rings(mesh, 1), vertex_rings(mesh, _EDGES)
    changed = np.zeros(len(mean), bool)
    result, times = shapes, np.zeros(len(mean), np.int64)
    for _ in range(_ROUNDS):
        flipped = np.zeros(len(triangles), bool)
        for number, coefficients in enumerate(_coefficients(handles), start=1):
            flipped |= test.flipped(mean + np.tensordot(coefficients, result, 1))
            if number % _AT_A_TIME == 0 and flipped.any():
                break
        if not flipped.any():
            return result, int(changed.sum())
        corners = np.zeros(len(mean), bool)
        corners[triangles[flipped]] = True
        # What flips again is not held enough by what is near it: ever more around it follows, too.
        times[corners] += 1
        for number in range(2, times[corners].max() + 1):
            spread = corners & (times == number)
            for _ in range(number - 1):
                spread = np.asarray(ring @ spread.astype(float) > 0.0).ravel()
            changed |= spread & outer
        changed |= corners
        changed |= changed[table.mirror] & outer
        result = shapes.copy()
        for members, leads in _places(changed, outer, ring, around):
            rows = biharmonic_rows(mean[leads], mean[members])
            followed = np.einsum("xv,kvd->kxd", rows, shapes[:, leads])
            result[:, members] = STEP * np.round(followed / STEP)
    raise RuntimeError(f"After {_ROUNDS} rounds {np.count_nonzero(flipped)} triangles of {key} still turn over.")


def _places(changed: np.ndarray, outer: np.ndarray, ring: sp.csr_matrix, around: sp.csr_matrix):
    """Pairs of the vertices that follow, place by place, and of those around that lead."""
    moved = np.flatnonzero(changed)
    _, labels = connected_components(ring[moved][:, moved], directed=False)
    for label in range(labels.max() + 1):
        members = moved[labels == label]
        near = np.asarray(around[members].sum(axis=0)).ravel() > 0.0
        yield members, np.flatnonzero(near & outer & ~changed)


def _coefficients(handles: Handles):
    random = np.random.default_rng(_SEED)
    for number in range(_HEADS):
        person = random_person(random)
        if number % 3 == 0:
            person = replace(person, years=float(random.uniform(AGE_KNOTS[0], _YOUNG)))
        yield handles.random_shape(person, random, _SPREAD, _LIMIT)[:-1]
