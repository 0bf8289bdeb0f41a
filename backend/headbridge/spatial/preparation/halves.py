"""Halves of heads: what a straight cut took away, guessed by mirroring what it left."""

from __future__ import annotations

import numpy as np

from ...mesh import Mesh
from ...mesh.adjacency import boundary_edges

# A cut is straight where its edges lie this near to one plane, as a share of the mesh's radius: jagged edges of triangles
# are part of it.
_STRAIGHT = 0.03
# It has at least this share of all boundary edges' length, and reaches this far along two directions (shares of the radius).
_LEAST_LENGTH, _LEAST_REACH = 0.25, 0.5
# This share of the mesh lies on one side of it.
_ONE_SIDE = 0.97
_TRIALS, _MOST = 400, 3
# Percentile of the edge's places that the cut is taken at, from outside.
_OUTERMOST = 2.0


def completed_halves(mesh: Mesh) -> list[Mesh]:
    """The mesh joined with its mirror image in every plane that it may have been cut along, the longest cut first.

    The first triangles of each are the mesh's own, in their order. None for a mesh without a straight, long edge."""
    edges = boundary_edges(mesh)
    if len(edges) < 3:
        return []
    used = mesh.vertices[np.unique(mesh.corners)]
    middle = 0.5 * (used.min(axis=0) + used.max(axis=0))
    radius = float(np.linalg.norm(used - middle, axis=1).max())
    ends = (mesh.vertices[edges] - middle) / radius
    places, lengths = ends.mean(axis=1), np.linalg.norm(ends[:, 1] - ends[:, 0], axis=1)
    left = np.ones(len(places), bool)
    found = []
    while left.sum() > 2 and len(found) < _MOST:
        plane = _straight_cut(places, np.where(left, lengths, 0.0), (used - middle) / radius)
        if plane is None:
            break
        normal, offset = plane
        left &= np.abs(places @ normal - offset) > _STRAIGHT
        found.append(_with_mirror_image(mesh, normal, radius * offset + middle @ normal))
    return found


def _straight_cut(places: np.ndarray, lengths: np.ndarray, points: np.ndarray) -> tuple[np.ndarray, float] | None:
    """The plane (unit normal, offset) that most of the (N,) edge lengths lie in, with (V, 3) points on one side of it."""
    rng = np.random.default_rng(0)
    picks = rng.choice(len(places), (_TRIALS, 3), p=lengths / lengths.sum())
    normals = np.cross(places[picks[:, 1]] - places[picks[:, 0]], places[picks[:, 2]] - places[picks[:, 0]])
    sizes = np.linalg.norm(normals, axis=1)
    picks, normals = picks[sizes > 1e-3], normals[sizes > 1e-3] / sizes[sizes > 1e-3, None]
    best: tuple[float, np.ndarray, float] | None = None
    for normal, offset in zip(normals, np.einsum("nd,nd->n", normals, places[picks[:, 0]])):
        inside = np.abs(places @ normal - offset) < _STRAIGHT
        length = float(lengths[inside].sum())
        if length > (best[0] if best else _LEAST_LENGTH * lengths.sum()):
            best = (length, normal, float(offset))
    if best is None:
        return None
    inside = np.abs(places @ best[1] - best[2]) < _STRAIGHT
    weights = lengths * inside
    centre = weights @ places / weights.sum()
    arms = (places - centre)[weights > 0.0]
    _, axes = np.linalg.eigh((arms * weights[weights > 0.0, None]).T @ arms)
    normal, offset = axes[:, 0], float(axes[:, 0] @ centre)
    reach = np.ptp(arms @ axes[:, 1:], axis=0)
    side = np.mean(points @ normal - offset > -_STRAIGHT), np.mean(points @ normal - offset < _STRAIGHT)
    if reach.min() < _LEAST_REACH or max(side) < _ONE_SIDE:
        return None
    # Whole triangles were left, so that the edge lies behind the cut here and there, and nowhere before it.
    beyond = places[weights > 0.0] @ normal
    return normal, float(np.percentile(beyond, _OUTERMOST if side[0] >= side[1] else 100.0 - _OUTERMOST))


def _with_mirror_image(mesh: Mesh, normal: np.ndarray, offset: float) -> Mesh:
    triangles = mesh.triangles
    mirrored = mesh.vertices - 2.0 * (mesh.vertices @ normal - offset)[:, None] * normal
    return Mesh.from_faces(
        np.concatenate([mesh.vertices, mirrored]),
        np.concatenate([triangles, triangles[:, ::-1] + len(mesh.vertices)]),
        name=mesh.name,
    )
