"""The same registrations by trimesh: non-rigid ICP of Amberg et al. (2007) and of Sumner and Popovic (2004)."""

from __future__ import annotations

import time
from dataclasses import dataclass

import numpy as np
import trimesh

from headbridge.mesh import Mesh
from headbridge.spatial import Surface

METHODS = {"trimesh amberg": trimesh.registration.nricp_amberg, "trimesh sumner": trimesh.registration.nricp_sumner}


@dataclass(frozen=True)
class Baseline:
    """positions : (V, 3) in the target's frame and unit; seconds : what it took."""

    positions: np.ndarray
    seconds: float


def run(method: str, source: Mesh, target: Mesh, source_points: np.ndarray, target_points: np.ndarray) -> Baseline:
    """`source` onto `target` by one of `METHODS` with trimesh's default parameters, after the similarity that fits the
    (N, 3) landmarks best. Landmarks are given as points and handed on as points of the source's triangles."""
    started = time.perf_counter()
    similarity, _, _ = trimesh.registration.procrustes(source_points, target_points, reflection=False)
    vertices = trimesh.transform_points(source.vertices, similarity)
    hits = Surface(source.vertices, source.triangles).closest(source_points)
    positions = METHODS[method](
        trimesh.Trimesh(vertices, source.triangles, process=False),
        trimesh.Trimesh(target.vertices, target.triangles, process=False),
        source_landmarks=(hits.triangles, hits.barycentrics),
        target_positions=target_points,
    )
    return Baseline(np.asarray(positions), time.perf_counter() - started)
