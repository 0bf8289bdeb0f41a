"""The detector's points on MakeHuman's topology: where the mean head of all people has them in HACK's."""

from __future__ import annotations

import numpy as np

from headbridge.mesh.similarity import fit_similarity
from headbridge.models import head_model
from headbridge.spatial import Surface
from headbridge.topologies import load_builtin, load_topology

_STEPS = 30


def makehuman_points(vertices: np.ndarray, weights: np.ndarray) -> dict[str, np.ndarray]:
    """`makehuman_vertices` and `makehuman_weights` (478, 3) for places on HACK's topology.

    The mean head is one surface in both topologies up to a rigid motion, which the faces' own surfaces settle."""
    hack, makehuman = head_model("hack").mean, head_model("makehuman").mean
    one, other = load_topology("hack"), load_topology("makehuman")
    skin = other.skin & ~other.no_match
    triangles = load_builtin("makehuman").triangles
    triangles = triangles[skin[triangles].all(axis=1)]
    surface = Surface(makehuman, triangles)
    face = hack[one.regions["narrow_face"] & ~one.no_match]
    motion = fit_similarity(one.landmarks_51.evaluate(hack), other.landmarks_51.evaluate(makehuman))
    for _ in range(_STEPS):
        motion = fit_similarity(face, surface.closest(motion.apply(face)).points)
    weights = weights / weights.sum(axis=1, keepdims=True)
    hits = surface.closest(motion.apply(np.einsum("nk,nkd->nd", weights, hack[vertices])))
    return {
        "makehuman_vertices": triangles[hits.triangles].astype(np.int32),
        "makehuman_weights": hits.barycentrics.astype(np.float32),
    }
