"""How much of a counterpart every target vertex has on the source."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..mesh import Mesh
from ..mesh.adjacency import connected_components, connected_labels, face_neighbours, triangle_neighbours
from ..spatial import Surface
from ..topologies import Topology
from .patches import Patches

# Surfaces further apart than about this belong together less and less, mm; beyond three times as far not at all.
_APART = 1.5
# Surface that ends further than `_FAR` from the source, mm, has its own charts from `_BUST` on.
_BUST = 15.0
_FAR = 45.0
# Surfaces whose normals differ by more than about 75 degrees are not each other's counterpart.
_FACING = 0.25
# A vertex whose nearest place is on the open boundary lies beyond it when it is further away than this, mm.
_OUT = 0.3
# Barycentric coordinates below this are 0.
_ON_EDGE = 1.0e-4


def eligible_triangles(mesh: Mesh, topology: Topology | None, component: np.ndarray) -> np.ndarray:
    """(T,) bool, source triangles that target surface may be mapped to: of the main component, and, where the topology
    is known, no inner part that other heads lack or hide."""
    shown = component if topology is None else component & ~interior_vertices(topology)
    return shown[mesh.triangles].all(axis=1)


def interior_vertices(topology: Topology) -> np.ndarray:
    """(V,) bool, parts that other heads lack or hide: sockets, mouth, nostril interiors. The rings above the lower
    boundary, though never matched by a registration, are surface like any other."""
    return ~topology.skin | (topology.no_match & ~topology.regions.get("boundary", np.zeros(len(topology.skin), bool)))


def main_component(mesh: Mesh, topology: Topology | None) -> np.ndarray:
    """(V,) bool, the vertices that hang together with the skin, or the largest part of an unknown mesh."""
    components = connected_components(mesh)
    if topology is not None:
        return np.isin(components, components[topology.skin])
    return components == np.argmax(np.bincount(components[mesh.triangles[:, 0]], minlength=components.max() + 1))


@dataclass(frozen=True, eq=False)
class Counterparts:
    """What every target vertex finds on the source.

    weights : (V,) 1 where the source's surface lies right at the vertex, 0 where it has none.
    distances : (V,) mm to it. beyond : (V,) bool, vertices that lie beyond the source's open boundary.
    """

    weights: np.ndarray
    distances: np.ndarray
    beyond: np.ndarray


def find_counterparts(
    positions: np.ndarray, normals: np.ndarray, patches: Patches, candidates: np.ndarray, device: str
) -> Counterparts:
    """Look from every target vertex for the source's surface.

    positions, normals : (V, 3) of the target; candidates : (V,) bool, vertices that may have a counterpart."""
    eligible = np.flatnonzero(patches.core >= 0)
    used, compact = np.unique(patches.triangles[eligible], return_inverse=True)
    surface = Surface(patches.vertices[used], compact.reshape(-1, 3), device)
    hits = surface.closest(positions)
    facing = np.einsum("nd,nd->n", surface.triangle_normals()[hits.triangles], normals)
    near = np.exp(-((hits.distances / _APART) ** 2))
    weights = near * np.clip((facing - _FACING) / (1.0 - _FACING), 0.0, 1.0)
    open_edges = triangle_neighbours(patches.triangles) < 0
    rim = np.zeros(len(patches.vertices), bool)
    rim[patches.triangles[open_edges]] = rim[np.roll(patches.triangles, -1, axis=1)[open_edges]] = True
    # A place on the edge opposite a corner has no share of that corner; at a vertex the triangle that was found need
    # not be one with an open edge.
    at_edge = hits.barycentrics[:, [2, 0, 1]] < _ON_EDGE
    at_vertex = hits.barycentrics > 1.0 - 2.0 * _ON_EDGE
    nearest = eligible[hits.triangles]
    on_rim = (at_edge & open_edges[nearest]) | (at_vertex & rim[patches.triangles[nearest]])
    beyond = candidates & on_rim.any(axis=1) & (hits.distances > _OUT)
    weights[~candidates | beyond | (hits.distances > 3.0 * _APART)] = 0.0
    return Counterparts(weights, hits.distances, beyond)


def far_faces(part: Mesh, found: Counterparts) -> np.ndarray:
    """(F,) bool, faces of a bust that goes on so far beyond the source that no layout has room for it."""
    edges = face_neighbours(part)
    count = len(part.face_sizes)
    away = np.minimum.reduceat(found.distances[part.corners], part.face_starts) > _BUST
    regions = connected_labels(count, edges[away[edges].all(axis=1)])
    ends = np.where(found.beyond & (found.distances > _FAR), found.distances, 0.0)
    reaches = np.zeros(count)
    np.maximum.at(reaches, regions, np.maximum.reduceat(ends[part.corners], part.face_starts))
    far = away & (reaches[regions] > 0.0)
    if not far.any():
        return far
    # What the bust cuts off from the head goes with it.
    kept = connected_labels(count, edges[~far[edges].any(axis=1)])
    return far | (kept != np.argmax(np.bincount(kept[~far])))
