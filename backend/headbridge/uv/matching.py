"""How much of a counterpart every target vertex has on the source."""

from __future__ import annotations

import numpy as np

from ..mesh import Mesh
from ..mesh.adjacency import connected_components
from ..spatial import Surface
from ..topologies import Topology
from .sheets import Sheets

# Surfaces further apart than about this belong together less and less, mm; beyond three times as far not at all.
_APART = 1.5
# Surfaces whose normals differ by more than about 75 degrees are not each other's counterpart.
_FACING = 0.25


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


def counterpart_weights(
    positions: np.ndarray, normals: np.ndarray, sheets: Sheets, candidates: np.ndarray, device: str
) -> tuple[np.ndarray, np.ndarray]:
    """(V,) weights, 1 where the source's surface lies right at the target vertex and 0 where it has none, and the (V,)
    distances in millimetres.

    positions, normals : (V, 3) of the target; candidates : (V,) bool, vertices that may have a counterpart."""
    triangles = sheets.triangles[sheets.core >= 0]
    used, compact = np.unique(triangles, return_inverse=True)
    surface = Surface(sheets.vertices[used], compact.reshape(-1, 3), device)
    hits = surface.closest(positions)
    facing = np.einsum("nd,nd->n", surface.triangle_normals()[hits.triangles], normals)
    near = np.exp(-((hits.distances / _APART) ** 2))
    weights = near * np.clip((facing - _FACING) / (1.0 - _FACING), 0.0, 1.0)
    weights[~candidates | (hits.distances > 3.0 * _APART)] = 0.0
    return weights, hits.distances
