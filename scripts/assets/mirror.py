"""Bilateral symmetry of a mesh: which vertex is the mirror partner of which."""

from __future__ import annotations

from collections import deque

import numpy as np
import scipy.sparse as sp
from scipy.sparse.linalg import splu
from scipy.spatial import cKDTree

from headbridge.mesh import Mesh
from headbridge.mesh.adjacency import connected_components, unique_edges, vertex_neighbours


def mirror_map(mesh: Mesh) -> np.ndarray:
    """(V,) int32, the partner of every vertex across x = 0, itself on the midline, -1 without partner.

    First the exact way: positions (symmetric up to millimetres) only choose where to start, from there the partner
    follows from the faces: the face left of the directed edge a -> b belongs to the face left of b' -> a', corners in
    reverse order. Where the faces contradict that everywhere (FLAME's quads were cut along diagonals that are not
    mirrored), the mirrored vertices are drawn smoothly onto the vertices until the pairing is an involution, and what
    remains open is settled by the neighbours' partners.
    """
    partner = np.full(len(mesh.vertices), -1, np.int32)
    distance, nearest = cKDTree(mesh.vertices).query(mesh.vertices * [-1.0, 1.0, 1.0])
    faces = [face.tolist() for face in mesh.faces_as_lists()]
    side = {(face[k], face[(k + 1) % len(face)]): i for i, face in enumerate(faces) for k in range(len(face))}
    component = connected_components(mesh)
    by_component: dict[int, list] = {}
    for a, b in side:
        if (nearest[b], nearest[a]) in side:
            by_component.setdefault(int(component[a]), []).append((max(distance[a], distance[b]), a, b))
    for label, starts in sorted(by_component.items()):
        members = np.flatnonzero(component == label)
        if partner[members[0]] >= 0:
            continue
        for _, a, b in sorted(starts)[:20]:
            found = _follow(faces, side, (a, b), (int(nearest[b]), int(nearest[a])))
            if found is not None and len(found) == len(members):
                for vertex, other in found.items():
                    partner[vertex], partner[other] = other, vertex
                break
    if np.all(partner < 0):
        partner = _drawn_pairs(mesh)
    return partner


def _follow(faces, side, edge, image) -> dict[int, int] | None:
    """Vertex partners reached from one pair of directed edges, or None where they contradict."""
    partner: dict[int, int] = {}
    queue, seen = deque([(edge, image)]), set()
    while queue:
        (a, b), (b_image, a_image) = queue.popleft()
        face, face_image = side.get((a, b)), side.get((b_image, a_image))
        if face is None and face_image is None:
            continue
        if face is None or face_image is None or len(faces[face]) != len(faces[face_image]):
            return None
        if face in seen:
            continue
        seen.add(face)
        ring, ring_image = faces[face], faces[face_image]
        here, there = ring.index(a), ring_image.index(a_image)
        size = len(ring)
        for k in range(size):
            vertex, other = ring[(here + k) % size], ring_image[(there - k) % size]
            if partner.setdefault(vertex, other) != other:
                return None
        for k in range(size):
            one, two = ring[(here + k) % size], ring[(here + k + 1) % size]
            queue.append(((two, one), (partner[one], partner[two])))
    if len(set(partner.values())) != len(partner):
        return None
    return partner


def _drawn_pairs(mesh: Mesh) -> np.ndarray:
    """Partners from positions: nearest vertices of the mirrored mesh after a smooth displacement onto the mesh."""
    vertices, count = mesh.vertices, len(mesh.vertices)
    neighbours = vertex_neighbours(mesh).astype(float)
    laplacian = sp.diags(np.asarray(neighbours.sum(axis=1)).ravel()) - neighbours
    tree, mirrored = cKDTree(vertices), vertices * [-1.0, 1.0, 1.0]
    moved, own = mirrored, np.arange(count)
    for stiffness in [1000.0] * 5 + [100.0] * 5 + [10.0] * 10 + [2.0] * 10:
        _, nearest = tree.query(moved)
        _, back = cKDTree(moved).query(vertices)
        sure = ((back[nearest] == own) & (nearest[nearest] == own)).astype(float)
        system = (stiffness * laplacian + sp.diags(sure + 1e-6)).tocsc()
        moved = mirrored + splu(system).solve(sure[:, None] * (vertices[nearest] - mirrored))
    _, nearest = tree.query(moved)
    partner = np.where(nearest[nearest] == own, nearest, -1).astype(np.int32)
    return _settle(mesh, partner)


def _settle(mesh: Mesh, partner: np.ndarray) -> np.ndarray:
    """Pair the open vertices, and those whose edges have no image, by how many of their neighbours agree."""
    neighbours = vertex_neighbours(mesh)
    edges = unique_edges(mesh)
    rings = [set(neighbours.indices[neighbours.indptr[v] : neighbours.indptr[v + 1]]) for v in range(len(partner))]

    def agreement(vertex, other):
        return sum(int(partner[n]) in rings[other] for n in rings[vertex])

    def torn(vertex):
        return partner[vertex] < 0 or 2 * agreement(vertex, partner[vertex]) <= len(rings[vertex])

    open_vertices = {int(v) for v in np.unique(edges) if torn(v)}
    open_vertices |= {int(partner[v]) for v in open_vertices if partner[v] >= 0}
    partner = partner.copy()
    partner[list(open_vertices)] = -1
    while open_vertices:
        score, vertex, other = max(
            (agreement(a, b) + agreement(b, a), -a, -b) for a in open_vertices for b in open_vertices
        )
        if score < 4:
            break
        partner[-vertex], partner[-other] = -other, -vertex
        open_vertices -= {-vertex, -other}
    return partner
