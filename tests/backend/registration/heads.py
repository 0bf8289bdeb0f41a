"""Heads with a known answer: shapes of the HACK head model, disguised as scans."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.spatial.transform import Rotation

from headbridge.mesh import Mesh
from headbridge.mesh.similarity import Similarity
from headbridge.models import head_model
from headbridge.registration.job import LandmarkPairs
from headbridge.topologies import load_builtin, load_topology


def modelled_head(seed: int, identity: float = 1.0, expression: float = 0.4) -> np.ndarray:
    """(14062, 3) mm: the HACK template with a random identity and expression. `identity` is the standard deviation of
    the coefficients; every fourth expression takes part with a coefficient up to `expression`."""
    model, rng = head_model("hack", "ict"), np.random.default_rng(seed)
    count = int(np.count_nonzero(model.lower < 0))
    expressions = len(model.names) - count
    coefficients = np.concatenate(
        [identity * rng.standard_normal(count), expression * rng.random(expressions) * (rng.random(expressions) < 0.25)]
    )
    return load_builtin("hack").vertices + np.tensordot(coefficients, model.basis.astype(np.float64), axes=1)


def other_diagonals(mesh: Mesh) -> np.ndarray:
    """(T, 3) triangles of a mesh of quads, cut along the diagonals that its own triangulation does not use."""
    assert (mesh.face_sizes == 4).all()
    a, b, c, d = mesh.corners.reshape(-1, 4).T
    return np.concatenate([np.stack([a, b, d], axis=1), np.stack([b, c, d], axis=1)])


@dataclass(frozen=True)
class KnownTruth:
    """A target in its own frame and units, and where every HACK vertex belongs: `truth` (14062, 3); `pairs` of the 51
    landmarks; `placed` from millimetres to the target's frame and units."""

    target: Mesh
    truth: np.ndarray
    pairs: LandmarkPairs
    placed: Similarity


def known_truth(seed: int, scale: float, keep: np.ndarray | None = None) -> KnownTruth:
    """A random head, re-triangulated, with its vertices shuffled so that nothing recognises it, turned and scaled.

    keep : (14062,) bool, the vertices that the scan has; all of them when None."""
    hack, topology = load_builtin("hack"), load_topology("hack")
    rng = np.random.default_rng(seed)
    turn = Rotation.random(random_state=seed).as_matrix()
    placed = Similarity(scale, turn, scale * rng.uniform(-300, 300, 3))
    truth = placed.apply(modelled_head(seed))
    triangles = other_diagonals(hack)
    if keep is not None:
        triangles = triangles[keep[triangles].all(axis=1)]
    used = rng.permutation(np.unique(triangles))
    place = np.full(len(truth), -1)
    place[used] = np.arange(len(used))
    target = Mesh.from_faces(truth[used], place[triangles], name="scan")
    marks = topology.landmarks_51
    pairs = LandmarkPairs(marks.evaluate(hack.vertices), marks.evaluate(truth), marks.names)
    return KnownTruth(target, truth, pairs, placed)
