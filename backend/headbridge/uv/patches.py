"""Patches: the uncut parts of a UV layout, within which the UV is continuous over the surface."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
import scipy.sparse as sp
from scipy.sparse.csgraph import dijkstra

from ..mesh import Mesh
from ..mesh.uv_layout import UvLayout
from .edges import SharedEdges, seam_edges, shared_edges

# A patch reaches over the middle between the two sides of its chart's seam up to this share of the way to the other
# side: enough for a target triangle on the middle line to find all its corners on one patch.
_OVERLAP = 0.35


@dataclass(frozen=True, eq=False)
class Patches:
    """The patches of a source head whose vertices lie on the target (or the target's on it).

    A chart that borders on itself along a seam (FLAME's, on the back of the head) has two patches, each with one side of
    that seam; they overlap far from it, where they agree. Every other chart is one patch.

    vertices : (V, 3) source vertices where the two heads lie on each other, mm.
    triangles : (T, 3) int32; triangle_uvs : (T, 3, 2) float64, the source's triangles and their UVs.
    core : (T,) int32, the patch every triangle belongs to; -1 where no target triangle may be mapped to it.
    members : per patch, indices of all its triangles, overlap included.
    seams : (E, 2) int32 source vertices of the seam edges between eligible triangles.
    seam_patches : (E, 2) int32, the core patch on either side; seam_uvs : (E, 2, 2, 2) [edge, side, end, uv].
    """

    vertices: np.ndarray
    triangles: np.ndarray
    triangle_uvs: np.ndarray
    core: np.ndarray
    members: list[np.ndarray]
    seams: np.ndarray
    seam_patches: np.ndarray
    seam_uvs: np.ndarray

    def __len__(self) -> int:
        return len(self.members)


class PointMapper(Protocol):
    """A way to transfer a layout: says which patch a point belongs to, and its UV there."""

    def patch_costs(self, points: np.ndarray, normals: np.ndarray) -> np.ndarray:
        """(P, S) how badly each patch explains each of (P, 3) points with (P, 3) unit normals, in millimetres."""
        ...

    def uvs(self, points: np.ndarray, patches: np.ndarray, normals: np.ndarray) -> np.ndarray:
        """(P, 2) the UV of each point, with its unit normal (P, 3), on the patch (P,) it was given to."""
        ...


def build_patches(mesh: Mesh, layout: UvLayout, vertices: np.ndarray, eligible: np.ndarray) -> Patches:
    """Cut the layout of `mesh` into patches.

    vertices : (V, 3) where the mesh's vertices lie for the mapping; eligible : (T,) bool, the triangles that target
    triangles may be mapped to."""
    edges = shared_edges(mesh)
    seam = seam_edges(edges, layout.corner_points)
    face_charts = np.zeros(len(mesh.face_sizes), np.int32)
    face_charts[mesh.triangle_faces] = layout.charts
    core_of_face, shares = _face_patches(mesh, edges, seam, face_charts)
    core = core_of_face[mesh.triangle_faces]
    keep = np.unique(core[eligible])
    rank = np.full(int(core.max()) + 1, -1, np.int32)
    rank[keep] = np.arange(len(keep))
    members = []
    for patch in keep:
        faces = core_of_face == patch
        if patch in shares:
            faces = shares[patch] > _OVERLAP
        members.append(np.flatnonzero(eligible & faces[mesh.triangle_faces]))
    core = np.where(eligible, rank[core], -1)
    # Of a seam only the parts count whose faces on both sides are eligible.
    face_core = np.full(len(mesh.face_sizes), -1, np.int32)
    face_core[mesh.triangle_faces] = core
    open_seam = seam & (face_core[edges.faces] >= 0).all(axis=1)
    return Patches(
        np.asarray(vertices, np.float64),
        mesh.triangles,
        layout.uvs[layout.triangles],
        core,
        members,
        edges.vertices[open_seam],
        face_core[edges.faces[open_seam]],
        layout.uvs[layout.corner_points[edges.corners[open_seam]]],
    )


def _face_patches(mesh: Mesh, edges: SharedEdges, seam: np.ndarray, charts: np.ndarray):
    """(F,) the core patch of every face, and, for the patches of charts that border on themselves, (F,) the share of
    the way from the other side of the seam to their own at which every face lies."""
    centres = np.add.reduceat(mesh.vertices[mesh.corners], mesh.face_starts) / mesh.face_sizes[:, None]
    inner = edges.faces[~seam]
    length = np.linalg.norm(centres[inner[:, 0]] - centres[inner[:, 1]], axis=1) + 1e-9
    count = len(centres)
    graph = sp.coo_matrix((length, (inner[:, 0], inner[:, 1])), shape=(count, count)).tocsr()
    own = seam & (charts[edges.faces[:, 0]] == charts[edges.faces[:, 1]])
    sides = _sides(edges, own)
    patches = charts.astype(np.int32).copy()
    total = int(charts.max()) + 1 if len(charts) else 0
    shares = {}
    for chart in np.unique(charts[edges.faces[own, 0]]):
        here = own & (charts[edges.faces[:, 0]] == chart)
        distances = []
        for side in (0, 1):
            faces = edges.faces[here][np.arange(here.sum()), np.where(sides[here] == 0, side, 1 - side)]
            distances.append(dijkstra(graph, directed=False, indices=np.unique(faces), min_only=True))
        first, second = distances
        member = charts == chart
        with np.errstate(invalid="ignore"):
            share = np.where(member, second / np.maximum(first + second, 1e-12), 0.0)
        other = member & (share < 0.5)
        patches[other] = total
        shares[int(chart)] = share
        shares[total] = np.where(member, 1.0 - share, 0.0)
        total += 1
    return patches, shares


def _sides(edges: SharedEdges, own: np.ndarray) -> np.ndarray:
    """(E,) 0 or 1: which of an edge's two faces lies on the first side of the self-seam it belongs to.

    Along a path of seam edges the faces on its left make one side; paths are oriented from edge to edge, and where three
    or more meet they are oriented one by one."""
    index = np.flatnonzero(own)
    sides = np.zeros(len(own), np.int8)
    if not len(index):
        return sides
    ends = edges.vertices[index]
    degree = np.bincount(ends.reshape(-1))
    order = np.argsort(ends.reshape(-1), kind="stable")
    starts = np.concatenate([[0], np.cumsum(degree)])
    # The face of side 0 runs along its edge from the lower to the higher vertex or the other way: left or right of it.
    following = edges.corners[index][:, 0, 1] - edges.corners[index][:, 0, 0]
    forward = (following == 1) | (following < -1)
    direction = np.full(len(index), -1, np.int8)
    for seed in range(len(index)):
        if direction[seed] >= 0:
            continue
        direction[seed] = 0
        stack = [seed]
        while stack:
            edge = stack.pop()
            for end in (0, 1):
                vertex = ends[edge, end]
                if degree[vertex] != 2:
                    continue
                pair = order[starts[vertex] : starts[vertex + 1]] // 2
                other = pair[0] if pair[1] == edge else pair[1]
                if direction[other] < 0:
                    # Head to tail keeps the direction; head to head or tail to tail turns it.
                    same = (ends[other, 0] == vertex) != (end == 0)
                    direction[other] = direction[edge] if same else 1 - direction[edge]
                    stack.append(other)
    sides[index] = np.where(forward, direction, 1 - direction)
    return sides
