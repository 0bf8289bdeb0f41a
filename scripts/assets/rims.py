"""Closed curves along mesh edges through hand-chosen vertices: nostril rims, lip borders, lid margins."""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp
from scipy.sparse.csgraph import connected_components as sparse_components
from scipy.sparse.csgraph import dijkstra

from headbridge.mesh import Mesh
from headbridge.mesh.adjacency import connected_components, triangle_neighbours, unique_edges, vertex_neighbours


def edge_angles(mesh: Mesh) -> np.ndarray:
    """(E,) signed dihedral angle in degrees at every edge of `unique_edges`: positive on ridges, negative in folds."""
    triangles, vertices = mesh.triangles, mesh.vertices
    a, b, c = (vertices[triangles[:, k]] for k in range(3))
    normals = np.cross(b - a, c - a)
    normals /= np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-12)
    centres = (a + b + c) / 3.0
    across = triangle_neighbours(triangles)
    edges = unique_edges(mesh)
    count = len(vertices)
    keys = edges[:, 0].astype(np.int64) * count + edges[:, 1]
    angles = np.zeros(len(edges))
    for k in range(3):
        here = np.flatnonzero(across[:, k] >= 0)
        there = across[here, k]
        angle = np.degrees(np.arccos(np.clip((normals[here] * normals[there]).sum(axis=1), -1.0, 1.0)))
        angle *= -np.sign(((centres[there] - centres[here]) * normals[here]).sum(axis=1))
        start, end = triangles[here, k].astype(np.int64), triangles[here, (k + 1) % 3].astype(np.int64)
        key = np.minimum(start, end) * count + np.maximum(start, end)
        place = np.minimum(np.searchsorted(keys, key), len(keys) - 1)
        # A diagonal of a triangulated quad is no edge of the mesh.
        real = keys[place] == key
        angles[place[real]] = angle[real]
    return angles


def edge_path(mesh: Mesh, waypoints: list[int], ridge: float) -> np.ndarray:
    """(K,) int32, the edge path through `waypoints` in order, both ends included; closed when they are equal.

    An edge costs its length, less up to the share `ridge` of it where it is a ridge of 60 degrees or more. A closed
    path names its start once. Raises RuntimeError when the path visits a vertex twice.
    """
    edges = unique_edges(mesh)
    length = np.linalg.norm(mesh.vertices[edges[:, 0]] - mesh.vertices[edges[:, 1]], axis=1)
    cost = length * (1.0 - ridge * np.clip(edge_angles(mesh) / 60.0, 0.0, 1.0)) + 1e-6
    count = len(mesh.vertices)
    graph = sp.csr_matrix((cost, (edges[:, 0], edges[:, 1])), shape=(count, count))
    _, before = dijkstra(graph, directed=False, indices=waypoints[:-1], return_predecessors=True)
    path: list[int] = []
    for k, (start, vertex) in enumerate(zip(waypoints[:-1], waypoints[1:])):
        leg = []
        while vertex != start:
            vertex = int(before[k, vertex])
            leg.append(vertex)
        path += leg[::-1]
    if waypoints[-1] != waypoints[0]:
        path.append(int(waypoints[-1]))
    if len(set(path)) != len(path):
        twice = sorted({v for v in path if path.count(v) > 1})
        raise RuntimeError(f"{mesh.name}: the rim through {waypoints} visits {twice} twice")
    return np.array(path, np.int32)


def is_counter_clockwise(points: np.ndarray, outward: np.ndarray) -> bool:
    """Whether a closed curve (K, 3) turns counter-clockwise for an onlooker whom `outward` (3,) points at."""
    area = 0.5 * np.cross(points, np.roll(points, -1, axis=0)).sum(axis=0)
    return bool(area @ outward > 0)


def oriented(mesh: Mesh, path: np.ndarray, outward) -> np.ndarray:
    """The path, reversed if need be to run counter-clockwise about `outward`, with the same start."""
    if is_counter_clockwise(mesh.vertices[path], np.asarray(outward, float)):
        return path
    return np.roll(path[::-1], 1)


def build_rims(mesh: Mesh, mirror: np.ndarray, points: dict[str, list[int]]) -> dict[str, np.ndarray]:
    """All six rims from the left-hand points of `rim_points`, oriented as headbridge.topologies.Topology describes."""
    front, below = (0.0, 0.0, 1.0), (0.0, -1.0, 0.0)
    rims = {}
    for name, outward in (("lids", front), ("nostril", below)):
        left_name = f"left_{name}"
        if left_name in points:
            left = edge_path(mesh, points[left_name] + points[left_name][:1], ridge=0.5)
            rims[left_name] = oriented(mesh, left, outward)
            rims[f"right_{name}"] = oriented(mesh, mirror[left], outward)
    for name in ("lips_outer", "lips_inner"):
        if name in points:
            # From the top centre first to the subject's right: counter-clockwise from the front, also where the closed
            # lips pass through each other and the projected area says nothing.
            half = edge_path(mesh, points[name], ridge=0.3)
            rims[name] = np.concatenate([mirror[half], half[-2:0:-1]])
    return rims


def enclosed(mesh: Mesh, rim: np.ndarray) -> np.ndarray:
    """(V,) bool, what the closed curve cuts off from the largest part of its component; the curve itself is not in."""
    outside = np.ones(len(mesh.vertices), bool)
    outside[rim] = False
    kept = sp.diags(outside.astype(float))
    cut = kept @ vertex_neighbours(mesh).astype(float) @ kept
    _, labels = sparse_components(cut, directed=False)
    component = connected_components(mesh)
    members = outside & (component == component[rim[0]])
    return members & (labels != np.argmax(np.bincount(labels[members])))
