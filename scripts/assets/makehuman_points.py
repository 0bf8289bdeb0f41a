"""Places on MakeHuman's topology by those on HACK's: the mean head of all people is one surface in both."""

from __future__ import annotations

import numpy as np

from headbridge.mesh.similarity import Similarity, fit_similarity
from headbridge.models import head_model
from headbridge.spatial import Surface
from headbridge.topologies import load_builtin, load_topology

_STEPS = 30


def makehuman_points(vertices: np.ndarray, weights: np.ndarray) -> dict[str, np.ndarray]:
    """`makehuman_vertices` and `makehuman_weights` (N, 3) for (N, 3) places on HACK's topology."""
    motion, surface = _hack_to_makehuman()
    weights = weights / weights.sum(axis=1, keepdims=True)
    hits = surface.closest(motion.apply(np.einsum("nk,nkd->nd", weights, head_model("hack").mean[vertices])))
    return {
        "makehuman_vertices": surface.triangles[hits.triangles].astype(np.int32),
        "makehuman_weights": hits.barycentrics.astype(np.float32),
    }


def hack_on_makehuman() -> tuple[Similarity, np.ndarray, np.ndarray]:
    """The motion from HACK's frame to MakeHuman's, and the places on HACK's topology, (V, 3) vertices and weights, that are
    nearest to MakeHuman's V vertices."""
    motion, _ = _hack_to_makehuman()
    surface = _skin("hack", motion.apply(head_model("hack").mean))
    hits = surface.closest(head_model("makehuman").mean)
    return motion, surface.triangles[hits.triangles], hits.barycentrics


def _hack_to_makehuman() -> tuple[Similarity, Surface]:
    """The mean head is one surface in both topologies up to a rigid motion, which the faces' own surfaces settle."""
    hack, makehuman = head_model("hack").mean, head_model("makehuman").mean
    one, other = load_topology("hack"), load_topology("makehuman")
    surface = _skin("makehuman", makehuman)
    face = hack[one.regions["narrow_face"] & ~one.no_match]
    motion = fit_similarity(one.landmarks_51.evaluate(hack), other.landmarks_51.evaluate(makehuman))
    for _ in range(_STEPS):
        motion = fit_similarity(face, surface.closest(motion.apply(face)).points)
    return motion, surface


def _skin(key: str, vertices: np.ndarray) -> Surface:
    topology, triangles = load_topology(key), load_builtin(key).triangles
    skin = topology.skin & ~topology.no_match
    return Surface(vertices, triangles[skin[triangles].all(axis=1)])
