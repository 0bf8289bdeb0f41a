"""The numbers of one registration, by what is known of its target."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import numpy as np

from headbridge.metrics import count_flipped_triangles
from headbridge.spatial.intersections import count_self_intersecting_triangles
from headbridge.topologies import Topology, load_builtin, load_topology

from .depth import depth_difference
from .stranger import Stranger
from .views import frame

_PARTS = ("left_eyeball", "right_eyeball", "teeth", "tongue", "lashes")


def judged(topology: Topology) -> dict[str, np.ndarray]:
    """(V,) masks of the vertices a true error is measured at: the narrow face and the lips, where other heads have
    skin."""
    outer = topology.skin & ~topology.no_match
    return {"face": topology.regions["narrow_face"] & outer, "lips": topology.regions["lips"] & outer}


def measures(stranger: Stranger, registered: np.ndarray, with_depth: bool) -> dict[str, Any]:
    """JSON-able numbers of (V, 3) `registered` positions in the target's frame and units.

    Always flips and self-intersections beside the template's; with a truth the distances to it (mean, p95); with
    landmarks their mean error; with `with_depth` the depth differences from nine sides. Lengths are millimetres.
    """
    template, topology, mm = load_builtin(stranger.source), load_topology(stranger.source), stranger.mm_per_unit
    result = template.with_vertices(mm * registered)
    numbers: dict[str, Any] = {
        "flips": count_flipped_triangles(template.vertices, result.vertices, template.triangles),
        "intersections": count_self_intersecting_triangles(result.vertices, template.triangles),
        "template_intersections": count_self_intersecting_triangles(template.vertices, template.triangles),
    }
    if stranger.registered is not None:
        error = mm * np.linalg.norm(registered - stranger.registered, axis=1)
        for name, mask in judged(topology).items():
            # Where no truth is known (the mirrored partner of none), there is nothing to say.
            known = error[mask & np.isfinite(error)]
            numbers |= {f"{name}_mean": float(known.mean()), f"{name}_p95": float(np.percentile(known, 95.0))}
    if stranger.landmarks is not None:
        marks = topology.landmarks_51.evaluate(registered)
        numbers["landmarks_mean"] = mm * float(np.linalg.norm(marks - stranger.landmarks, axis=1).mean())
    if with_depth and stranger.centre is not None:
        target = stranger.mesh.with_vertices(mm * stranger.mesh.vertices)
        parts = np.any([topology.regions[name] for name in _PARTS if name in topology.regions], axis=0)
        parts = np.broadcast_to(parts, len(registered))
        where = frame(mm * stranger.centre, stranger.front, stranger.up)
        numbers["depth"] = asdict(depth_difference(result, parts, target, where))
    return numbers
