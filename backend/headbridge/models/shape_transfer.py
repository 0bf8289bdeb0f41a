"""Displacements of one head on another head, whatever their topologies."""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp

from ..errors import InputError
from ..linalg.cholesky import SparseCholesky
from ..mesh import Mesh
from ..mesh.interpolation import barycentric_rows
from ..mesh.laplacian import cotangent_laplacian
from ..mesh.normals import vertex_areas
from ..mesh.similarity import fit_similarity_robust
from ..progress import Progress
from ..spatial import Surface
from ..topologies import load_builtin, load_topology, recognise
from .catalogue import HEADS
from .conversion import flame_hack_correspondence, flame_to_hack, hack_to_flame
from .deformation_transfer import transfer_deformations

# A vertex this near (mm of the source) to the registered surface moves with it, one beyond the second distance stays;
# in between, the movement fades.
_NEAR, _FAR = 5.0, 15.0
# So deep (mm) inside the head a movement of the skin has faded to a third.
_DEPTH = 15.0


def transfer_shapes(
    source: Mesh, deltas: np.ndarray, target: Mesh, registered: Mesh | None = None, progress: Progress | None = None
) -> np.ndarray:
    """(K, Vt, 3) float32, what the displacements `deltas` (K, Vs, 3) of the neutral head `source` (millimetres) are on
    the neutral head `target`, in the target's frame and unit.

    Heads of one topology, and of FLAME, HACK and ICT, find each other by their vertices; for others `registered` is
    the source's mesh lying on the target, or the target's lying on the source. Eyeballs stay, and so do inner parts
    that the source does not have.

    Raises `InputError` when there is no way from one to the other, and for displacements that are not finite."""
    progress = progress or Progress()
    deltas = np.asarray(deltas)
    if deltas.shape[1:] != source.vertices.shape:
        expected = ("K", *source.vertices.shape)
        raise InputError(f"The source's displacements should have the shape {expected}, not {deltas.shape}.")
    if not np.isfinite(deltas).all():
        raise InputError("The source has shape keys that are not finite (NaN or infinite); remove those.")
    if _same_faces(source, target):
        return transfer_deformations(source.vertices, deltas, target.vertices, target.triangles, progress)
    if registered is not None:
        if _same_faces(registered, source):
            return _through_registered_source(source, deltas, target, registered, progress)
        transferred = _rows_onto(registered.vertices, source)[0] @ _columns(deltas)
        return transfer_deformations(
            registered.vertices, _shapes(transferred, len(deltas)), target.vertices, target.triangles, progress
        )
    keys = [topology.key if (topology := recognise(mesh)) is not None else None for mesh in (source, target)]
    if not set(keys) <= set(HEADS):
        raise InputError(
            "The two heads have different topologies, and not both of FLAME, HACK and ICT; register one onto the other "
            "first."
        )
    return _between_topologies(source, deltas, target, *keys, progress)


def _same_faces(one: Mesh, other: Mesh) -> bool:
    return len(one.vertices) == len(other.vertices) and (
        np.array_equal(one.corners, other.corners)
        or np.array_equal(np.unique(one.triangles, axis=0), np.unique(other.triangles, axis=0))
    )


def _through_registered_source(source, deltas, target, registered, progress) -> np.ndarray:
    worn = transfer_deformations(
        source.vertices, deltas, registered.vertices, registered.triangles, progress.part(0.0, 0.9)
    )
    rows, distances = _rows_onto(target.vertices, registered)
    unit = fit_similarity_robust(source.vertices, registered.vertices).scale
    fading = np.clip((_FAR - distances / unit) / (_FAR - _NEAR), 0.0, 1.0)
    return _shapes(sp.diags(fading) @ (rows @ _columns(worn)), len(deltas)).astype(np.float32)


def _rows_onto(points: np.ndarray, mesh: Mesh) -> tuple[sp.csr_matrix, np.ndarray]:
    """(N, V) barycentric rows of the closest places on a mesh, and (N,) how far these are."""
    hits = Surface(mesh.vertices, mesh.triangles).closest(points)
    rows = barycentric_rows(mesh.triangles[hits.triangles], hits.barycentrics, len(mesh.vertices))
    return rows, hits.distances


def _columns(deltas: np.ndarray) -> np.ndarray:
    """(V, 3 K) of (K, V, 3)."""
    return deltas.transpose(1, 0, 2).reshape(deltas.shape[1], -1)


def _shapes(columns: np.ndarray, count: int) -> np.ndarray:
    """(K, V, 3) of (V, 3 K)."""
    return columns.reshape(len(columns), count, 3).transpose(1, 0, 2)


def _between_topologies(source, deltas, target, source_key: str, target_key: str, progress) -> np.ndarray:
    """Deformed on the target's face in the source's topology, then transferred: the other way round, deformations
    would be read off a face whose inner parts only follow."""
    both = flame_hack_correspondence()
    count, progress = len(both.hack_rest), progress.part(0.0, 0.9)
    if source_key == "flame":
        worn = transfer_deformations(
            source.vertices, deltas, hack_to_flame(target.vertices), source.triangles, progress
        )
        transferred = both.hack_from_flame @ _columns(worn)
    else:
        # ICT's first vertices are HACK's.
        face = flame_to_hack(target.vertices) if target_key == "flame" else target.vertices[:count]
        triangles = load_builtin("hack").triangles
        worn = transfer_deformations(source.vertices[:count], deltas[:, :count], face, triangles, progress)
        transferred = both.flame_from_hack @ _columns(worn) if target_key == "flame" else _columns(worn)
    topology = load_topology(target_key)
    shapes = np.zeros((len(deltas), *target.vertices.shape))
    shapes[:, : len(transferred)] = _shapes(transferred, len(deltas))
    hidden = topology.no_match & ~topology.regions["boundary"]
    return _with_hidden_parts(shapes, hidden, target, target_key)


def _with_hidden_parts(shapes: np.ndarray, hidden: np.ndarray, target: Mesh, key: str) -> np.ndarray:
    """The shapes with the hidden vertices following the skin at their rim, the less the deeper inside they are.

    The correspondence continues the skin's movement there along its slope: good for faces, but a blink would turn the
    socket inside out. Parts without skin, such as eyeballs, stay."""
    template = load_builtin(key).vertices
    vertices = target.vertices / fit_similarity_robust(template[~hidden], target.vertices[~hidden]).scale
    laplacian = cotangent_laplacian(vertices, target.triangles)
    areas = vertex_areas(vertices, target.triangles)
    energy = (laplacian + sp.diags(areas / _DEPTH**2)).tocsr()[hidden]
    pull = energy[:, ~hidden] @ _columns(shapes[:, ~hidden])
    shapes[:, hidden] = _shapes(-SparseCholesky(energy[:, hidden]).solve(pull), len(shapes))
    return shapes.astype(np.float32)
