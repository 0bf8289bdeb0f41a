"""Meshes of a performance: folders of .obj and .ply files in one topology, and arrays of vertices (VOCA, CoMA, FaceFormer,
ICT-FaceKit, HACK and others)."""

from __future__ import annotations

import numpy as np

from ...errors import InputError
from ...mesh import Mesh
from ...mesh.io import read_mesh
from ...models.flame.file import VERTICES
from ...topologies import TOPOLOGY_KEYS, load_builtin, load_topology, recognise
from ...topologies.builtin import shipped
from ...topologies.recognise import has_faces
from ...units import guess_units
from ..sequence import Sequence
from ..teeth import TEETH
from .content import Content
from .reader import Reader, frame_numbers, gap_notes, unknown_notes

_FEWEST_VERTICES = 100
# No unit of length makes a head of more or fewer.
_SMALLEST, _LARGEST = 1e-6, 1e9


def _vertices(content: Content):
    """The array of vertices in a content that is one, or has one of the usual names; else None."""
    value = content.value
    if content.kind == "data" and isinstance(value, dict):
        value = next((value[key] for key in ("vertices", "verts", "vertices_out", "prediction") if key in value), None)
    return value if isinstance(value, np.ndarray) and value.dtype.kind == "f" else None


def _is_array(content: Content) -> bool:
    array = _vertices(content)
    if array is None or array.ndim not in (2, 3):
        return False
    if array.ndim == 3:
        return array.shape[2] == 3 and array.shape[1] >= _FEWEST_VERTICES
    if array.shape[1] == 3:
        return array.shape[0] >= _FEWEST_VERTICES
    return array.shape[1] % 3 == 0 and array.shape[1] // 3 in _known_counts()


def _known_counts() -> dict[int, str]:
    """Vertex count to topology key."""
    counts = {len(load_builtin(key).vertices): key for key in TOPOLOGY_KEYS if shipped(key)}
    return counts | {VERTICES + TEETH: "flame"}


def _read_arrays(contents: list[Content]) -> Sequence:
    parts, names = [], []
    for content in contents:
        array = _vertices(content)
        if array is None:
            raise InputError(f"{content.path}: there is no array of vertices in it.")
        if array.ndim == 2:
            array = array[None] if array.shape[1] == 3 else array.reshape(len(array), -1, 3)
        if not np.isfinite(array).all():
            frame = int(np.argwhere(~np.isfinite(array).all(axis=(1, 2)))[0, 0])
            raise InputError(f"{content.path}: the vertices of frame {frame} hold NaN or infinite values.")
        if parts and array.shape[1] != parts[0].shape[1]:
            raise InputError(
                f"{content.path}: there are {array.shape[1]} vertices, but {parts[0].shape[1]} in {contents[0].path}."
            )
        parts.append(array)
        names += [content.path.stem] if len(array) == 1 else [f"{content.path.stem}_{n:05d}" for n in range(len(array))]
    vertices = np.concatenate(parts)
    several = len(contents) > 1 and len(vertices) == len(contents)
    ids = frame_numbers(names) if several else np.arange(len(vertices))
    key = _known_counts().get(vertices.shape[1], "")
    notes = gap_notes(ids)
    records = [content.value for content in contents if isinstance(content.value, dict)]
    if not key:
        notes.append(
            f"{vertices.shape[1]} vertices are of no known topology, and an array has no faces; import mesh files to have them."
        )
    notes += unknown_notes(
        records, {"vertices", "verts", "vertices_out", "prediction", "faces", "frame_ids", "mm_per_unit"}
    )
    teeth = vertices.shape[1] == VERTICES + TEETH
    return _sequence(ARRAYS.key, vertices, ids, names, key, None, notes, teeth)


def _read_files(contents: list[Content]) -> Sequence:
    first = read_mesh(contents[0].path)
    known = recognise(first)
    key = "" if known is None else known.key
    vertices = np.empty((len(contents), *first.vertices.shape), np.float32)
    for number, content in enumerate(contents):
        mesh = first if number == 0 else read_mesh(content.path)
        same = len(mesh.vertices) == len(first.vertices) and (
            np.array_equal(mesh.corners, first.corners) or (key and has_faces(mesh, key))
        )
        if not same:
            raise InputError(
                f"{content.path}: the mesh has other vertices or faces ({len(mesh.vertices)} vertices) than "
                f"{contents[0].path} ({len(first.vertices)}); import meshes of one topology."
            )
        if not np.isfinite(mesh.vertices).all():
            raise InputError(f"{content.path}: the vertices hold NaN or infinite values; export the mesh again.")
        vertices[number] = mesh.vertices
    names = [content.path.stem for content in contents]
    ids = frame_numbers(names)
    return _sequence(FILES.key, vertices, ids, names, key, first, gap_notes(ids), False)


def _sequence(source, vertices, ids, names, key, mesh: Mesh | None, notes, teeth) -> Sequence:
    unit, said = _unit(vertices[0], key, mesh)
    return Sequence(
        source=source,
        frame_ids=ids,
        frame_names=np.array(names),
        model="",
        topology=key,
        teeth=teeth,
        mm_per_unit=unit,
        vertices=vertices,
        corners=None if key or mesh is None else mesh.corners,
        face_sizes=None if key or mesh is None else mesh.face_sizes,
        notes=(*notes, said),
    )


def _unit(vertices: np.ndarray, key: str, mesh: Mesh | None) -> tuple[float, str]:
    """Millimetres per unit by the size of the head, and what to note."""
    if key:
        template = load_builtin(key)
        mesh = template.with_vertices(vertices[: len(template.vertices)].astype(np.float64))
    if mesh is None:
        return 1.0, "The unit is unknown; one unit is taken for a millimetre."
    extent = float(np.ptp(mesh.vertices, axis=0).max())
    if not _SMALLEST < extent < _LARGEST:
        return 1.0, f"The unit is unknown: the vertices span {extent:.3g} units."
    guessed, said = guess_units(mesh, load_topology(key) if key else None)
    return (1.0, f"The unit is unknown: {said}") if guessed is None else (guessed, f"Unit: {said}")


ARRAYS = Reader("mesh-array", "vertex arrays (VOCA, FaceFormer, CoMA)", _is_array, _read_arrays)
FILES = Reader("mesh-files", "mesh files", lambda content: content.kind == "mesh", _read_files, one_folder=True)
