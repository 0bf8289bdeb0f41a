"""What happens to scans: crops, holes, noise, other densities, weathered stone. The truth stays what it was."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import scipy.sparse as sp

from headbridge.mesh import Mesh
from headbridge.mesh.adjacency import connected_components, vertex_neighbours
from headbridge.mesh.normals import triangle_cross

from .parts import kept_faces, kept_part
from .remesh import collapsed, remesh
from .stranger import Stranger


def face_mask(stranger: Stranger) -> Stranger:
    """Only the face: an ellipse 68 mm to the sides and 92 mm up and down, no deeper than 45 mm behind its centre."""
    mesh, mm = stranger.mesh, stranger.mm_per_unit
    offset = mm * (mesh.vertices - stranger.centre)
    side, up, front = _coordinates(stranger, offset)
    kept = (side**2 / 68.0**2 + up**2 / 92.0**2 < 1.0) & (front > -45.0)
    return replace(stranger, mesh=_largest(kept_part(mesh, kept)))


def half(stranger: Stranger) -> Stranger:
    """The subject's left half of the head, and 8 mm beyond the middle."""
    offset = stranger.mm_per_unit * (stranger.mesh.vertices - stranger.centre)
    return replace(stranger, mesh=_largest(kept_part(stranger.mesh, _coordinates(stranger, offset)[0] > -8.0)))


def with_holes(stranger: Stranger, seed: int, count: int = 12) -> Stranger:
    """Round holes of 4 to 14 mm radius anywhere on the skin."""
    rng = np.random.default_rng([seed, 3])
    mesh = stranger.mesh
    centres = mesh.vertices[rng.choice(len(mesh.vertices), count, replace=False)]
    radii = rng.uniform(4.0, 14.0, count) / stranger.mm_per_unit
    distances = np.linalg.norm(mesh.vertices[:, None] - centres, axis=2)
    return replace(stranger, mesh=kept_part(mesh, (distances > radii).all(axis=1)))


def noisy(stranger: Stranger, mm: float, seed: int) -> Stranger:
    """Independent normal noise of `mm` on every coordinate."""
    rng = np.random.default_rng([seed, 4])
    mesh = stranger.mesh
    shift = rng.normal(0.0, mm / stranger.mm_per_unit, mesh.vertices.shape)
    return replace(stranger, mesh=mesh.with_vertices(mesh.vertices + shift))


def with_triangles(stranger: Stranger, count: int, seed: int) -> Stranger:
    """About `count` triangles: collapsed at random where there are more, triangulated anew where there are fewer."""
    mesh = stranger.mesh
    if len(mesh.triangles) > count:
        return replace(stranger, mesh=collapsed(mesh, count // 2, seed))
    area = 0.5 * np.linalg.norm(triangle_cross(mesh.vertices, mesh.triangles), axis=1).sum()
    # An equilateral triangle's area is sqrt(3) / 4 of its edge's square.
    return replace(stranger, mesh=remesh(mesh, float(np.sqrt(area / count / (0.25 * np.sqrt(3.0)))), seed))


def stone(stranger: Stranger, seed: int, steps: int = 25) -> Stranger:
    """Weathered stone: smoothed, its ears chipped off, with small dents and grain of 0.1 mm.

    The truth is that of the head before, which the weathering leaves within a few millimetres.
    """
    rng = np.random.default_rng([seed, 5])
    mesh = stranger.mesh
    neighbours = vertex_neighbours(mesh).astype(np.float64)
    mean = sp.diags(1.0 / np.maximum(np.asarray(neighbours.sum(axis=1)).ravel(), 1.0)) @ neighbours
    vertices = mesh.vertices.copy()
    offset = stranger.mm_per_unit * (vertices - stranger.centre)
    side, up, front = _coordinates(stranger, offset)
    ears = (np.abs(side) > 58.0) & (front < -30.0) & (np.abs(up) < 55.0)
    for step in range(20 * steps):
        smooth = mean @ vertices
        moving = ears if step >= steps else np.ones(len(vertices), bool)
        vertices[moving] = 0.5 * (vertices[moving] + smooth[moving])
    centres = vertices[rng.choice(len(vertices), 40, replace=False)]
    depth = rng.uniform(0.3, 1.2, 40) / stranger.mm_per_unit
    weights = np.exp(-0.5 * (np.linalg.norm(vertices[:, None] - centres, axis=2) * stranger.mm_per_unit / 4.0) ** 2)
    inward = stranger.centre - stranger.front * 80.0 / stranger.mm_per_unit - vertices
    inward /= np.linalg.norm(inward, axis=1, keepdims=True)
    dented = vertices + (weights @ depth)[:, None] * inward
    return noisy(replace(stranger, mesh=mesh.with_vertices(dented)), 0.1, seed)


def _coordinates(stranger: Stranger, offset: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """To the subject's left, up and front of (N, 3) offsets from the face's centre."""
    side = np.cross(stranger.up, stranger.front)
    return offset @ side, offset @ stranger.up, offset @ stranger.front


def _largest(mesh: Mesh) -> Mesh:
    """The piece of a mesh that has the most vertices, and pieces inside the face (eyeballs) of at least 3 % of it."""
    component = connected_components(mesh)
    sizes = np.bincount(component)
    return kept_faces(mesh, sizes[component[mesh.corners[mesh.face_starts]]] >= 0.03 * sizes.max())
