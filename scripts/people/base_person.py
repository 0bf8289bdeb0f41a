"""One person, MakeHuman's base head, in every topology, and how displacements from it go from one to the others."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import scipy.sparse as sp

from headbridge.mesh import Mesh
from headbridge.mesh.interpolation import barycentric_rows
from headbridge.mesh.normals import normalized, vertex_normals
from headbridge.mesh.similarity import fit_similarity_robust
from headbridge.models.smooth_extension import smooth_extension
from headbridge.registration import Similarity
from headbridge.spatial import Surface
from headbridge.topologies import Topology, load_builtin, load_topology

from .catmull_clark import subdivide
from .fields import biharmonic_rows

# A vertex has a partner where the other surface is this near (mm) and faces the same way.
_REACH, _FACING = 2.5, 0.3
# The bust that MakeHuman's head lacks follows the neck's end, bending out over so many mm.
_FREE_END = 100.0
# Points of the skin, rims apart, that lead what is hidden.
_GUIDES = 900
# Guides lie above this far below the face's lowest point (mm): the bust leads nothing.
_BELOW_FACE = 60.0


@dataclass(frozen=True, eq=False)
class BasePerson:
    """Positions of one person, mm, and how displacements from it go from one topology to the others.

    hack : (14062, 3); parts : (12657, 3), ICT's vertices after HACK's (teeth, tongue, eyes, lashes); makehuman :
    (5124, 3); all in one frame. hidden : HACK's vertices that follow the skin around them. The maps are linear, carry affine motions exactly, and bend eyeballs
    (see `eyeballs.py`).
    """

    hack: np.ndarray
    parts: np.ndarray
    makehuman: np.ndarray
    hidden: np.ndarray
    _skin_rows: sp.csr_matrix
    _guides: np.ndarray
    _hidden_rows: np.ndarray
    _parts_rows: np.ndarray
    _makehuman_rows: sp.csr_matrix
    _without_partner: np.ndarray
    _without_partner_rows: np.ndarray

    def moved(self, motion: Similarity) -> BasePerson:
        """The same person elsewhere, in another size."""
        return replace(
            self,
            hack=motion.apply(self.hack),
            parts=motion.apply(self.parts),
            makehuman=motion.apply(self.makehuman),
        )

    def to_hack(self, makehuman: np.ndarray) -> np.ndarray:
        """(N, 14062, 3) displacements of HACK's vertices of (N, 5124, 3) MakeHuman's."""
        found = _times(self._skin_rows, makehuman)
        found[:, self.hidden] = self.to_hidden(found)
        return found

    def to_hidden(self, hack: np.ndarray) -> np.ndarray:
        """(N, H, 3) displacements of the `hidden` vertices of (N, 14062, 3) HACK's skin."""
        return _times(self._hidden_rows, hack[:, self._guides])

    def to_parts(self, hack: np.ndarray) -> np.ndarray:
        """(N, 12657, 3) displacements of ICT's other parts of (N, 14062, 3) HACK's."""
        return _times(self._parts_rows, hack[:, self._guides])

    def to_makehuman(self, hack: np.ndarray) -> np.ndarray:
        """(N, 5124, 3) displacements of MakeHuman's vertices of (N, 14062, 3) HACK's."""
        found = _times(self._makehuman_rows, hack)
        found[:, self._without_partner] = _times(self._without_partner_rows, hack[:, self._guides])
        return found


def _times(matrix, shapes: np.ndarray) -> np.ndarray:
    """(N, V', 3) of a (V', V) matrix and (N, V, 3) shapes."""
    columns = shapes.transpose(1, 0, 2).reshape(shapes.shape[1], -1)
    return np.ascontiguousarray((matrix @ columns).reshape(-1, len(shapes), 3).transpose(1, 0, 2))


def base_person(consensus: np.ndarray) -> BasePerson:
    """consensus : (14062, 3), HACK's vertices on MakeHuman's base head, mm in its frame."""
    hack, hack_table = load_builtin("hack"), load_topology("hack")
    other, other_table = load_builtin("makehuman"), load_topology("makehuman")
    skin = hack_table.skin & ~hack_table.no_match
    aligned = fit_similarity_robust(hack.vertices[skin], consensus[skin])

    rows, known = _rows_on_makehuman(consensus, hack, skin, other, other_table)
    template = aligned.apply(hack.vertices)
    on_skin = hack.triangles[skin[hack.triangles].all(axis=1)]
    apart = np.ones(len(skin), bool)
    apart[on_skin] = False
    extension = smooth_extension(template, on_skin, known | apart, _FREE_END**-2.0)
    positions = template + extension @ (known[:, None] * (rows @ other.vertices - template))

    guides = _guides(template, hack, hack_table, skin, known)
    hidden = np.flatnonzero(~skin)
    shift = (positions - template)[guides]
    positions[hidden] = template[hidden] + biharmonic_rows(template[guides], template[hidden]) @ shift
    parts = aligned.apply(load_builtin("ict").vertices[len(skin) :])
    parts += biharmonic_rows(template[guides], parts) @ shift

    facing = vertex_normals(other.vertices, other.triangles[other_table.skin[other.triangles].all(axis=1)])
    back, near = _rows_on(other.vertices, facing, positions, on_skin)
    partner = near & other_table.skin & (~other_table.no_match | other_table.regions["boundary"])
    leads = positions[guides]
    return BasePerson(
        positions,
        parts,
        np.array(other.vertices),
        hidden,
        (extension @ sp.diags(known.astype(float)) @ rows).tocsr(),
        guides,
        biharmonic_rows(leads, positions[hidden]),
        biharmonic_rows(leads, parts),
        back,
        np.flatnonzero(~partner),
        biharmonic_rows(leads, other.vertices[~partner]),
    )


def _rows_on_makehuman(
    consensus: np.ndarray, hack: Mesh, skin: np.ndarray, other: Mesh, table: Topology
) -> tuple[sp.csr_matrix, np.ndarray]:
    """(14062, 5124) rows on MakeHuman's vertices, and which HACK vertices have a partner there.

    The flat quads say where on the surface a vertex lies; two steps of Catmull-Clark carry what happens there, because
    the coarse quads would print their ridges into the finer mesh."""
    quads = other.corners.reshape(-1, 4)
    outer = table.skin & ~(table.no_match & ~table.regions["boundary"])
    quads = quads[outer[quads].all(axis=1)]
    flat = smooth = sp.eye(len(other.vertices)).tocsr()
    flat_quads = smooth_quads = quads
    for _ in range(2):
        step, finer = subdivide(flat_quads, flat.shape[0], smooth=False)
        flat, flat_quads = (step @ flat).tocsr(), finer
        step, smooth_quads = subdivide(smooth_quads, smooth.shape[0], smooth=True)
        smooth = (step @ smooth).tocsr()
    triangles = np.concatenate([flat_quads[:, [0, 1, 2]], flat_quads[:, [0, 2, 3]]])
    fine = flat @ other.vertices
    on, near = _rows_on(consensus, vertex_normals(consensus, hack.triangles), fine, triangles)
    end = np.asarray(on @ (flat @ table.regions["boundary"].astype(float))) > 1e-6
    return (on @ smooth).tocsr(), near & skin & ~end


def _rows_on(points: np.ndarray, normals: np.ndarray, vertices: np.ndarray, triangles: np.ndarray):
    """(N, V) rows of the closest points of a surface, and (N,) whether they are near and face the same way."""
    hits = Surface(vertices, triangles).closest(points)
    rows = barycentric_rows(triangles[hits.triangles], hits.barycentrics, len(vertices))
    facing = (normalized(rows @ vertex_normals(vertices, triangles)) * normals).sum(axis=1)
    return rows, (hits.distances < _REACH) & (facing > _FACING)


def _guides(template: np.ndarray, hack: Mesh, table: Topology, skin: np.ndarray, known: np.ndarray) -> np.ndarray:
    """Skin vertices that lead what is hidden: all at the edge to it (lips, lids, nostrils), and some of the others."""
    mixed = hack.triangles[skin[hack.triangles].any(axis=1) & ~skin[hack.triangles].all(axis=1)]
    edge = np.zeros(len(skin), bool)
    edge[mixed] = True
    edge &= skin
    lowest = template[table.regions["narrow_face"], 1].min() - _BELOW_FACE
    edge &= template[:, 1] > lowest
    free = np.flatnonzero(skin & known & ~edge & (template[:, 1] > lowest))
    chosen = np.concatenate([np.flatnonzero(edge), np.random.default_rng(0).choice(free, _GUIDES, replace=False)])
    _, single = np.unique(np.round(template[chosen], 2), axis=0, return_index=True)
    return np.sort(chosen[single])
