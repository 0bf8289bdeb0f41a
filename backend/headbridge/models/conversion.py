"""Converting heads between the FLAME and HACK topologies by the dense correspondence of one registration."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
import scipy.sparse as sp

from ..errors import InputError
from ..mesh import Mesh
from ..mesh.adjacency import boundary_edges, connected_components
from ..mesh.interpolation import barycentric_rows
from ..mesh.normals import normalized, vertex_normals
from ..mesh.similarity import fit_similarity_robust
from ..spatial import Surface
from ..topologies import Topology, load_builtin, load_topology
from ..topologies.builtin import asset_path
from .smooth_extension import smooth_extension

# A vertex has a counterpart where the other surface is this near (mm; HACK's coarser partner leaves larger gaps) and
# faces the same way.
_FLAME_REACH, _HACK_REACH = 3.0, 6.0
_FACING = 0.5
# HACK's neck reaches some 80 mm below FLAME's: about this many mm below it follows FLAME's lower end unbent.
_FREE_END = 100.0


@dataclass(frozen=True, eq=False)
class Correspondence:
    """The same neutral face in both topologies, and how displacements from it go over. Millimetres, HACK's frame.

    flame_rest : (5023, 3), hack_rest : (14062, 3), both lying on one surface.
    flame_from_hack : (5023, 14062) sparse, hack_from_flame : (14062, 5023) sparse. Rows sum to 1: the matrices transfer
        positions as well as displacements. FLAME's mouth bag and sockets follow smoothly, each eyeball as a whole.
    """

    flame_rest: np.ndarray
    hack_rest: np.ndarray
    flame_from_hack: sp.csr_matrix
    hack_from_flame: sp.csr_matrix


def correspond(
    flame: Mesh,
    flame_topology: Topology,
    registered: np.ndarray,
    hack: Mesh,
    hack_topology: Topology,
    eye_weights: sp.csr_matrix | None = None,
) -> Correspondence:
    """The `Correspondence` that follows from FLAME's vertices `registered` (5023, 3) onto the HACK mesh, mm.

    eye_weights : (2, 5023) sparse, which vertices the left and the right eyeball follow, rows summing to 1; without
        them the eyeballs' rows stay empty.
    Only this direction will do: HACK drawn onto FLAME, whose closed lips pass through each other, exchanges the
    inner lips."""
    registered = np.asarray(registered, np.float64)
    main = connected_components(flame) == 0
    flame_hidden = flame_topology.no_match & ~flame_topology.regions["boundary"]
    hack_hidden = hack_topology.no_match & ~hack_topology.regions["boundary"]
    flame_skin = flame.triangles[~flame_hidden[flame.triangles].any(axis=1)]
    hack_skin = hack.triangles[~hack_hidden[hack.triangles].any(axis=1)]

    onto = flame.with_vertices(registered)
    from_hack, near_hack = _onto(onto, hack, hack_skin, _FLAME_REACH)
    known = near_hack & main & ~flame_hidden
    extension = smooth_extension(registered, flame.triangles[main[flame.triangles].all(axis=1)], known | ~main)
    flame_from_hack = extension @ from_hack.multiply(known[:, None]).tocsr()

    from_flame, near_flame = _onto(hack, onto, flame_skin, _HACK_REACH)
    extension = smooth_extension(hack.vertices, hack.triangles, near_flame & ~hack_hidden, _FREE_END**-2.0)
    hack_from_flame = extension @ from_flame

    # FLAME's vertices lie inside HACK's faces and the reverse, so that there and back averages over a face. One step
    # of Newton's iteration for the inverse takes that out to second order.
    again = flame_from_hack @ hack_from_flame @ flame_from_hack
    flame_from_hack = (2.0 * flame_from_hack - again).tocsr()
    if eye_weights is not None:
        eyeballs = [flame_topology.regions[f"{side}_eyeball"] for side in ("left", "right")]
        flame_from_hack += sp.csr_matrix(np.stack(eyeballs, axis=1).astype(float)) @ (eye_weights @ flame_from_hack)
    return Correspondence(registered, hack.vertices, flame_from_hack, hack_from_flame)


def _onto(mesh: Mesh, other: Mesh, triangles: np.ndarray, reach: float) -> tuple[sp.csr_matrix, np.ndarray]:
    """(N, V) barycentric rows of a mesh's vertices on `triangles` of another, and (N,) whether they belong there."""
    hits = Surface(other.vertices, triangles).closest(mesh.vertices)
    rows = barycentric_rows(triangles[hits.triangles], hits.barycentrics, len(other.vertices))
    facing = normalized(rows @ vertex_normals(other.vertices, triangles))
    agree = (facing * vertex_normals(mesh.vertices, mesh.triangles)).sum(axis=1) > _FACING
    # Beyond the other surface's end the closest point is on the end itself.
    end = np.zeros(len(other.vertices))
    end[boundary_edges(other)] = 1.0
    return rows, agree & (hits.distances < reach) & (rows @ end < 1.0 - 1e-6)


@cache
def flame_hack_correspondence() -> Correspondence:
    """The correspondence of the built-in heads. The arrays are shared; do not change them."""
    with np.load(asset_path("flame_open.npz"), allow_pickle=False) as stored:
        registered = stored["registered"].astype(np.float64)
        eyes = sp.csr_matrix(stored["eye_weights"])
    flame, hack = load_builtin("flame"), load_builtin("hack")
    return correspond(flame, load_topology("flame"), registered, hack, load_topology("hack"), eyes)


def flame_to_hack(vertices: np.ndarray) -> np.ndarray:
    """The HACK head (14062, 3) of the face of a FLAME head (5023, 3), lying where that lies, in its units.

    What FLAME does not have (sockets, mouth bag, the lower neck) keeps the shape of HACK's template and follows.
    Raises InputError for another number of vertices or values that are not finite."""
    both = flame_hack_correspondence()
    vertices = _checked(vertices, (len(both.flame_rest),), "FLAME")
    skin = load_topology("flame").skin
    to_rest = fit_similarity_robust(vertices[skin], both.flame_rest[skin])
    moved = both.hack_rest + both.hack_from_flame @ (to_rest.apply(vertices) - both.flame_rest)
    return to_rest.inverse().apply(moved)


def hack_to_flame(vertices: np.ndarray) -> np.ndarray:
    """The FLAME head (5023, 3) of the face of a HACK (14062, 3) or ICT (26719, 3) head, where that lies, in its units.

    Mouth bag and sockets follow smoothly, the eyeballs as wholes with the skin around the eyes.
    Raises InputError for another number of vertices or values that are not finite."""
    both = flame_hack_correspondence()
    count = len(both.hack_rest)
    vertices = _checked(vertices, (count, len(load_topology("ict").skin)), "HACK or ICT")[:count]
    skin = load_topology("hack").skin
    to_rest = fit_similarity_robust(vertices[skin], both.hack_rest[skin])
    moved = both.flame_rest + both.flame_from_hack @ (to_rest.apply(vertices) - both.hack_rest)
    return to_rest.inverse().apply(moved)


def _checked(vertices: np.ndarray, counts: tuple[int, ...], label: str) -> np.ndarray:
    vertices = np.asarray(vertices, np.float64)
    if vertices.ndim != 2 or vertices.shape[1] != 3 or len(vertices) not in counts:
        expected = " or ".join(f"({count}, 3)" for count in counts)
        raise InputError(
            f"A {label} head has vertices of shape {expected}, not {vertices.shape}; "
            "register other meshes onto one of these topologies first."
        )
    if not np.isfinite(vertices).all():
        raise InputError(f"The {label} head has vertices that are not finite (NaN or infinite); export it again.")
    return vertices
