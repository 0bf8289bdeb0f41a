"""Meshes that are a known topology but for what tools did to it: cut, closed, cropped, split at seams, reordered."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache, cached_property

import numpy as np

from ..mesh import Mesh
from ..mesh.half_edges import HalfEdges
from ..mesh.io.distinct import distinct_rows
from ..mesh.matching import matching_vertices
from .builtin import HEAD_TOPOLOGIES, load_builtin, load_topology, shipped
from .recognise import faces_in_place, recognise
from .topology import Landmarks, Topology

# A mesh is a relative when this share of its faces, and at least so many, are the topology's.
_LEAST_SHARE, _FEWEST = 0.5, 500
# The largest relatives: a body with its head, or a head split at seams, with hair.
_MOST_VERTICES = 40_000
_INSIDE_OUT = "turned inside out"


@dataclass(frozen=True, eq=False)
class Relative:
    """A mesh that has faces of a known topology.

    topology : the known one. vertex_of : (V,) int32, which of its vertices every vertex of the mesh is, -1 for others;
        where the mesh is split at seams several are the same. description : what differs, for messages."""

    topology: Topology
    vertex_of: np.ndarray
    description: str

    @cached_property
    def mesh_vertex(self) -> np.ndarray:
        """(Vt,) int32, the first vertex of the mesh that is each vertex of the topology, -1 where it has none."""
        found = np.full(len(self.topology.skin), -1, np.int32)
        known = np.flatnonzero(self.vertex_of >= 0)[::-1]
        found[self.vertex_of[known]] = known
        return found

    @property
    def exact(self) -> bool:
        """Whether the mesh has the topology's vertices in its order and nothing else."""
        return len(self.vertex_of) == len(self.mesh_vertex) and self.in_order and self.complete

    @property
    def complete(self) -> bool:
        """Whether every vertex of the topology is there."""
        return bool((self.mesh_vertex >= 0).all())

    @property
    def in_order(self) -> bool:
        """Whether the vertices come in the topology's order."""
        known = self.mesh_vertex[self.mesh_vertex >= 0]
        return bool((np.diff(known) > 0).all())

    def positions(self, mesh: Mesh) -> tuple[np.ndarray, np.ndarray]:
        """(Vt, 3) where the topology's vertices are on the mesh, and (Vt,) bool which of them are; the others at 0."""
        there = self.mesh_vertex >= 0
        return np.where(there[:, None], mesh.vertices[self.mesh_vertex], 0.0), there

    def partial(self) -> Topology:
        """The tables for the mesh's own vertices: regions, landmarks whose three vertices are there, whole rims.

        Vertices that the topology has not are neither skin nor matched. Landmarks of 68 and 51 are None when any is
        missing: they are known by their number. The key is the topology's with " relative" behind it: templates and
        models have other vertices. Where the mesh has the topology's own vertices it is the topology itself."""
        if self.exact:
            return self.topology
        known, at = self.vertex_of >= 0, np.maximum(self.vertex_of, 0)
        full = self.topology
        mirror = None
        if full.mirror is not None:
            partner = full.mirror[at]
            there = known & (partner >= 0)
            mirror = np.where(there, self.mesh_vertex[np.maximum(partner, 0)], -1).astype(np.int32)
        rims = {name: self.mesh_vertex[rim] for name, rim in full.rims.items()}
        return Topology(
            key=f"{full.key} relative",
            label=self.description,
            landmarks_68=self._landmarks(full.landmarks_68),
            landmarks_51=self._landmarks(full.landmarks_51),
            regions={name: known & mask[at] for name, mask in full.regions.items()},
            mirror=mirror,
            no_match=~known | full.no_match[at],
            skin=known & full.skin[at],
            rims={name: rim for name, rim in rims.items() if (rim >= 0).all()},
        )

    def known_landmarks(self) -> Landmarks | None:
        """Those of the 51 whose vertices are all there, by their names."""
        table = self.topology.landmarks_51
        if table is None:
            return None
        vertices = self.mesh_vertex[table.vertices]
        there = ((vertices >= 0) | (table.weights == 0.0)).all(axis=1)
        return replace(table.subset(there), vertices=np.maximum(vertices[there], 0)) if there.any() else None

    def _landmarks(self, table: Landmarks | None) -> Landmarks | None:
        if table is None:
            return None
        vertices = self.mesh_vertex[table.vertices]
        there = (vertices >= 0) | (table.weights == 0.0)
        return replace(table, vertices=np.maximum(vertices, 0)) if there.all() else None


def recognise_relative(mesh: Mesh) -> Relative | None:
    """The known topology that a mesh was made from, or None.

    By faces alone, wherever vertices are: those of the topology under their own numbers, or connected alike in any
    order, after vertices at the same place were joined where the mesh is split at seams. Of where vertices are only the
    handedness counts: a symmetric head turned inside out is connected as its mirror image."""
    exact = recognise(mesh)
    if exact is not None:
        return Relative(exact, np.arange(len(mesh.vertices), dtype=np.int32), exact.label)
    if len(mesh.triangles) < _FEWEST or len(mesh.vertices) > _MOST_VERTICES:
        return None
    return _in_place(mesh, "") or _in_place(mesh.flipped(), _INSIDE_OUT) or _connected_alike(mesh)


def _in_place(mesh: Mesh, remark: str) -> Relative | None:
    """The topology whose faces are there under their own vertex numbers; of several the smallest with the most."""
    best, most = None, 0
    for key in filter(shipped, HEAD_TOPOLOGIES):
        faces, triangles = faces_in_place(mesh, key)
        if triangles > most and _enough(triangles, len(mesh.triangles), len(load_builtin(key).triangles)):
            best, most, found = key, triangles, faces
    if best is None:
        return None
    reference = load_builtin(best)
    there = np.zeros(max(len(mesh.vertices), len(reference.vertices)), bool)
    there[reference.corners[np.repeat(found, reference.face_sizes)]] = True
    vertex_of = np.where(there, np.arange(len(there)), -1)[: len(mesh.vertices)].astype(np.int32)
    return _described(mesh, best, vertex_of, len(mesh.vertices), remark)


def _connected_alike(mesh: Mesh) -> Relative | None:
    first, which = distinct_rows(mesh.vertices)
    joined, distinct = np.arange(len(mesh.vertices)), len(mesh.vertices)
    if len(first) < len(mesh.vertices):
        # The spatial package brings Warp, which takes a while to load.
        from ..spatial.preparation.faces import Faces
        from ..spatial.preparation.welding import weld

        joined = weld(mesh.vertices, Faces(np.arange(len(mesh.triangles)), mesh.triangles), first[which])
        distinct = len(np.unique(joined))
    welded = replace(mesh, corners=joined[mesh.corners], uvs=None)
    key, vertex_of = _best_match(welded)
    remark = ""
    if key is not None and _mirrored(welded, vertex_of, load_builtin(key)):
        key, vertex_of = _best_match(welded.flipped())
        remark = _INSIDE_OUT
    return None if key is None else _described(mesh, key, vertex_of[joined].astype(np.int32), distinct, remark)


def _best_match(mesh: Mesh) -> tuple[str | None, np.ndarray | None]:
    """The topology with the most faces of the mesh, and (V,) which of its vertices each one is."""
    ours, triangulated = HalfEdges.of(mesh), int(mesh.face_sizes.max()) == 3
    best, found, most = None, None, 0
    for key in filter(shipped, HEAD_TOPOLOGIES):
        vertex_of = matching_vertices(ours, _half_edges(key, triangulated))
        triangles = 0 if vertex_of is None else int((vertex_of[mesh.triangles] >= 0).all(axis=1).sum())
        # Of HACK and ICT, whose first vertices these are, the smaller one that has as much.
        if triangles > most and _enough(triangles, len(mesh.triangles), len(load_builtin(key).triangles)):
            best, found, most = key, vertex_of, triangles
    return best, found


def _mirrored(mesh: Mesh, vertex_of: np.ndarray, reference: Mesh) -> bool:
    """Whether the vertices are where a mirror image of the reference has them."""
    known = vertex_of >= 0
    ours, theirs = mesh.vertices[known], reference.vertices[vertex_of[known]]
    return bool(np.linalg.det((ours - ours.mean(axis=0)).T @ (theirs - theirs.mean(axis=0))) < 0.0)


def _enough(triangles: int, own: int, reference: int) -> bool:
    return triangles >= _FEWEST and triangles >= _LEAST_SHARE * min(own, reference)


@cache
def _half_edges(key: str, triangulated: bool) -> HalfEdges:
    mesh = load_builtin(key)
    return HalfEdges.of(Mesh.from_faces(mesh.vertices, mesh.triangles) if triangulated else mesh)


def _described(mesh: Mesh, key: str, vertex_of: np.ndarray, distinct: int, remark: str) -> Relative:
    topology = load_topology(key)
    relative = Relative(topology, vertex_of, "")
    missing, more = int((relative.mesh_vertex < 0).sum()), int((vertex_of < 0).sum())
    differences = [f"split at {len(mesh.vertices) - distinct:,} seam vertices"] if distinct < len(mesh.vertices) else []
    if missing:
        differences.append(f"without {missing:,} of its {len(topology.skin):,} vertices")
    if more:
        differences.append(f"with {more:,} other vertices")
    faces = len(mesh.triangles) - len(load_builtin(key).triangles)
    if not missing and not more and faces > 0:
        differences.append(f"with {faces:,} more triangles")
    if not relative.in_order:
        differences.append("in another vertex order")
    if remark:
        differences.append(remark)
    return replace(relative, description=f"{topology.label} {', '.join(differences)}".strip())
