"""Landmarks of FLAME heads: the built-in 51 and 68, users' embedding files, and the contour that follows the yaw."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ...errors import InputError
from ...mesh.io.files import read_file
from ...mesh.io.npz import read_arrays
from ...topologies import Landmarks, load_builtin, load_topology
from ..safe_pickle import parse_npy, parse_pickle
from ..torch_pickle import TENSOR_NAMES

YAW_LIMIT = 39
CONTOUR_POINTS = 17
MEDIAPIPE_POINTS = 478
_ROWS = 2 * YAW_LIMIT + 1
_WEIGHT_ERROR = 1e-3
_FACES, _WEIGHTS = ("lmk_face_idx", "lmk_faces_idx"), ("lmk_b_coords", "lmk_bary_coords")


@dataclass(frozen=True, eq=False)
class DynamicContour:
    """The 17 points of the visible jaw contour, for 79 degrees of yaw.

    vertices : (79, 17, 3) int32 and weights : (79, 17, 3), rows sum to 1; row by yaw as `contour_row` says.
    """

    vertices: np.ndarray
    weights: np.ndarray

    def landmarks(self, yaw: float) -> Landmarks:
        """The contour at `yaw` degrees, positive where the nose points toward +X (the subject's left)."""
        row = int(contour_row(np.asarray(yaw)))
        return Landmarks(self.vertices[row], self.weights[row], contour_names())


@dataclass(frozen=True, eq=False)
class LandmarkEmbedding:
    """The embeddings of a landmark file; None where it has none.

    static : the 51 (brows, nose, eyes, lips). full : the 68. dynamic : the contour by yaw.
    mediapipe : 105 points, and mediapipe_indices : (105,) which of MediaPipe's 478 they are.
    """

    static: Landmarks | None = None
    full: Landmarks | None = None
    dynamic: DynamicContour | None = None
    mediapipe: Landmarks | None = None
    mediapipe_indices: np.ndarray | None = None


def static_landmarks(count: int) -> Landmarks:
    """TF_FLAME's 51 or 68 landmarks, in iBUG's order, which ship with HeadBridge.

    Raises `InputError` for another count."""
    topology = load_topology("flame")
    if count not in (51, 68):
        raise InputError(f"FLAME has 51 or 68 static landmarks, not {count}.")
    return topology.landmarks_51 if count == 51 else topology.landmarks_68


def contour_names() -> tuple[str, ...]:
    """The names of the 17 contour points, those of the 68's first 17."""
    return static_landmarks(68).names[:CONTOUR_POINTS]


def contour_row(yaw: np.ndarray) -> np.ndarray:
    """The row of the dynamic contour for yaw angles in degrees: whole degrees up to 39; 0..39, then -1..-39."""
    degrees = np.clip(np.rint(yaw), -YAW_LIMIT, YAW_LIMIT).astype(np.int64)
    return np.where(degrees >= 0, degrees, YAW_LIMIT - degrees)


def read_landmark_embedding(path: str | os.PathLike) -> LandmarkEmbedding:
    """A landmark file by its content: flame_static_embedding.pkl and its kind, landmark_embedding.npy (MICA, DECA),
    flame_dynamic_embedding.npy, mediapipe_landmark_embedding.npz.

    MICA's 51 differ from TF_FLAME's in the brows by up to 13 mm: pair them with the FAN detector's points, TF_FLAME's
    with hand-picked ones. Raises `InputError` when the file holds no embedding in FLAME's faces."""
    path, content = Path(path), read_file(path)
    source = str(path)
    if path.suffix == ".npz":
        values: Any = read_arrays(content, source)
    elif content.startswith(np.lib.format.MAGIC_PREFIX):
        array = parse_npy(content, source, TENSOR_NAMES)
        values = array.item() if array.shape == () else None
    else:
        values = parse_pickle(content, source)
    if not isinstance(values, Mapping):
        raise InputError(f"{source}: this is no landmark embedding (no dictionary of arrays).")
    if "landmark_indices" in values:
        points = _points(values, "", source)
        return LandmarkEmbedding(mediapipe=points, mediapipe_indices=_mediapipe_indices(values, len(points), source))
    if _key(values, "static_", _FACES) is None and _key(values, "full_", _FACES) is None:
        return _plain(values, source)
    embedding = {name: _points(values, f"{name}_", source) for name in ("static", "full") if _has(values, name)}
    for name, count in (("static", 51), ("full", 68)):
        if name in embedding and len(embedding[name]) != count:
            raise InputError(f"{source}: '{name}' should have {count} landmarks, but has {len(embedding[name])}.")
    dynamic = _contour(values, "dynamic_", source) if _has(values, "dynamic") else None
    return LandmarkEmbedding(dynamic=dynamic, **embedding)


def _plain(values: Mapping, source: str) -> LandmarkEmbedding:
    """A file with one embedding: 51, 68 or the contour, told by its size."""
    faces = _key(values, "", _FACES)
    if faces is not None and np.asarray(values[faces]).ndim > 1 and len(values[faces]) == _ROWS:
        return LandmarkEmbedding(dynamic=_contour(values, "", source))
    points = _points(values, "", source)
    if len(points) == 51:
        return LandmarkEmbedding(static=points)
    if len(points) == 68:
        return LandmarkEmbedding(full=points)
    raise InputError(f"{source}: holds {len(points)} landmarks; 51 or 68 are known.")


def _has(values: Mapping, kind: str) -> bool:
    return _key(values, f"{kind}_", _FACES) is not None


def _key(values: Mapping, prefix: str, names: tuple[str, ...]) -> str | None:
    return next((prefix + name for name in names if prefix + name in values), None)


def _embedded(values: Mapping, prefix: str, source: str) -> tuple[np.ndarray, np.ndarray]:
    """(..., 3) vertices and weights of the faces and barycentric coordinates under `prefix`."""
    keys = _key(values, prefix, _FACES), _key(values, prefix, _WEIGHTS)
    if None in keys:
        have = ", ".join(sorted(map(str, values))[:12])
        wanted = f"'{prefix}{_FACES[0]}' and '{prefix}{_WEIGHTS[0]}'"
        raise InputError(f"{source}: {wanted} are not both there (there are {have}); this is no landmark embedding.")
    faces, weights = (np.asarray(values[key]) for key in keys)
    if faces.dtype.kind not in "iuf" or weights.dtype.kind != "f" or weights.shape not in ((*faces.shape, 3),):
        raise InputError(
            f"{source}: '{keys[0]}' {faces.shape} should name faces and '{keys[1]}' {weights.shape} have three weights "
            "for each; get the file again."
        )
    triangles = load_builtin("flame").triangles
    if faces.size == 0 or not 0 <= faces.min() <= faces.max() < len(triangles):
        raise InputError(
            f"{source}: '{keys[0]}' should name FLAME's faces 0 to {len(triangles) - 1}; it is no FLAME file."
        )
    if not np.abs(weights.sum(axis=-1) - 1.0).max() < _WEIGHT_ERROR:
        raise InputError(f"{source}: the weights '{keys[1]}' do not sum to 1; get the file again.")
    return triangles[faces.astype(np.int64)].astype(np.int32), weights.astype(np.float64)


def _points(values: Mapping, prefix: str, source: str) -> Landmarks:
    vertices, weights = _embedded(values, prefix, source)
    vertices, weights = vertices.reshape(-1, 3), weights.reshape(-1, 3)
    count = len(vertices)
    known = count in (51, 68) and "landmark_indices" not in values
    names = static_landmarks(count).names if known else tuple(f"landmark {i}" for i in range(count))
    return Landmarks(vertices, weights, names)


def _contour(values: Mapping, prefix: str, source: str) -> DynamicContour:
    vertices, weights = _embedded(values, prefix, source)
    if vertices.shape != (_ROWS, CONTOUR_POINTS, 3):
        raise InputError(
            f"{source}: the dynamic contour should have {_ROWS} rows of {CONTOUR_POINTS} points, but has the shape "
            f"{vertices.shape[:-1]}."
        )
    return DynamicContour(vertices, weights)


def _mediapipe_indices(values: Mapping, count: int, source: str) -> np.ndarray:
    indices = np.asarray(values["landmark_indices"]).reshape(-1)
    fits = indices.dtype.kind in "iu" and len(indices) == count
    if not fits or indices.min() < 0 or indices.max() >= MEDIAPIPE_POINTS:
        raise InputError(
            f"{source}: 'landmark_indices' should name {count} of MediaPipe's {MEDIAPIPE_POINTS} points; get it again."
        )
    return indices.astype(np.int64)


def read_masks(path: str | os.PathLike) -> dict[str, np.ndarray]:
    """FLAME_masks.pkl: region name to (K,) int64 vertices, also from a checkout that changed its line ends.

    Raises `InputError` when it holds anything but vertices of FLAME."""
    source = str(path)
    values = parse_pickle(read_file(path), source)
    if not isinstance(values, Mapping) or not values:
        raise InputError(f"{source}: these are no vertex masks (no dictionary of regions).")
    count, masks = len(load_builtin("flame").vertices), {}
    for name, vertices in values.items():
        array = np.asarray(vertices)
        proper = array.ndim == 1 and array.size > 0 and array.dtype.kind in "iu"
        if not proper or array.min() < 0 or array.max() >= count:
            raise InputError(f"{source}: the region '{name}' should name vertices 0 to {count - 1} of FLAME.")
        masks[str(name)] = array.astype(np.int64)
    return masks
