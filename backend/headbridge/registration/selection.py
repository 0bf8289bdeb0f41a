"""What takes part: the source component that moves by data, its data weights, and the matched part of the target."""

from __future__ import annotations

import numpy as np

from ..errors import InputError
from ..mesh import Mesh
from ..mesh.adjacency import connected_components
from ..mesh.normals import triangle_areas
from ..topologies import Topology
from .job import RegisterInput


def moving_vertices(inputs: RegisterInput, topology: Topology | None) -> tuple[np.ndarray, np.ndarray]:
    """(K,) vertices of the part that moves by data, and (V,) labels of the parts, 0 for that one.

    It is what hangs together with the skin, or the largest part of an unknown mesh."""
    source = inputs.source
    components = connected_components(source)
    if topology is not None:
        moving = np.isin(components, components[topology.skin])
    else:
        areas = triangle_areas(source.vertices, source.triangles)
        moving = components == np.argmax(np.bincount(components[source.triangles[:, 0]], areas))
    return np.flatnonzero(moving), np.where(moving, 0, components + 1)


def data_weights(inputs: RegisterInput, topology: Topology | None) -> np.ndarray:
    """(V,) weight of every source vertex in the data terms; 0 where it is not matched."""
    weights = np.ones(len(inputs.source.vertices))
    if topology is not None:
        weights[topology.no_match | ~topology.skin] = 0.0
    if inputs.source_weights is not None:
        weights = weights * np.asarray(inputs.source_weights, float)
    if inputs.source_exclude is not None:
        weights[np.asarray(inputs.source_exclude, bool)] = 0.0
    if not weights.any():
        raise InputError(
            "Nothing of the source is left to match; shrink its 'do not match' group or raise its weights."
        )
    return weights


def matched_vertices(target: Mesh, exclude: np.ndarray | None, topology: Topology | None) -> np.ndarray:
    """(Vt,) bool, target vertices whose surface is matched; exclude : (Vt,) bool or None; topology : the target's own."""
    matched = np.ones(len(target.vertices), bool)
    if topology is not None:
        # The lowest rings end differently on every head, so a source's are not matched; on a target they are surface.
        matched = topology.skin & (~topology.no_match | topology.regions.get("boundary", False))
    if exclude is not None:
        matched = matched & ~np.asarray(exclude, bool)
    if not matched[target.triangles].all(axis=1).any():
        raise InputError("Nothing of the target is left to match; shrink its 'do not match' group.")
    return matched


def compact_triangles(triangles: np.ndarray, vertices: np.ndarray) -> np.ndarray:
    """(T', 3) int32, the triangles among some (K,) vertices, renumbered to their order."""
    place = np.full(int(triangles.max()) + 1, -1, np.int64)
    place[vertices] = np.arange(len(vertices))
    renumbered = place[triangles]
    return np.ascontiguousarray(renumbered[(renumbered >= 0).all(axis=1)], dtype=np.int32)
