"""FLAME's published model files: read without running them, checked, converted to millimetres, and cached."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np
import scipy.sparse

from ...cache import Cache, content_key
from ...errors import InputError
from ...mesh import Mesh
from ...mesh.io.files import read_file
from ...topologies import check_topology, load_builtin
from ..safe_pickle import parse_pickle
from .data import MILLIMETRES, FlameData
from .version import flame_version

VERTICES, FACES, JOINTS = 5023, 9976, 5
IDENTITIES, EXPRESSIONS = 300, 100
CORRECTIVES = 9 * (JOINTS - 1)
PARENTS = (-1, 0, 1, 1, 1)

# The names of SMPL's tools for the same arrays.
_ALIASES = {
    "v_template": ("default_v",),
    "shapedirs": ("blendshapes",),
    "J_regressor": ("joint_regressor",),
}
_SHAPES = {
    "v_template": (VERTICES, 3),
    "f": (FACES, 3),
    "shapedirs": (VERTICES, 3, IDENTITIES + EXPRESSIONS),
    "posedirs": (VERTICES, 3, CORRECTIVES),
    "J_regressor": (JOINTS, VERTICES),
    "weights": (VERTICES, JOINTS),
    "kintree_table": (2, JOINTS),
}
_CACHE_KIND = "flame"
# Adult heads differ from the published mean by less; another unit, frame or vertex order by far more.
_FARTHEST_VERTEX = 100.0
_WEIGHT_SUM_ERROR = 1e-2
# Its rows are learned and need not sum to 1 exactly.
_REGRESSOR_SUM_ERROR = 1e-1


def read_flame_file(path: str | os.PathLike, cache: Cache | None = None) -> FlameData:
    """A FLAME model from its published pickle (2017, 2019, 2020, 2023, 2023 no-jaw, 2023 Open).

    The arrays are read-only and of the file's precision (float32 or float64). cache : where the checked arrays are kept
    by the file's content, the user's cache by default.

    Raises `InputError`, naming the array, what was expected and what was found, when the file is no FLAME model."""
    path = Path(path)
    content = read_file(path)
    cache = Cache.of_user() if cache is None else cache
    key = content_key("flame", content)
    arrays = cache.get(_CACHE_KIND, key)
    if arrays is None or set(arrays) != _ARRAYS:
        arrays = _checked(parse_pickle(content, str(path)), str(path))
        cache.put(_CACHE_KIND, key, arrays)
    for array in arrays.values():
        array.setflags(write=False)
    return FlameData(**arrays, version=flame_version(path, arrays), name=path.name)


_ARRAYS = {field.name for field in fields(FlameData)} - {"version", "name", "expression_names", "identity_names"}


def _checked(model: Any, source: str) -> dict[str, np.ndarray]:
    """The arrays of `FlameData` from a file's dictionary."""
    if not isinstance(model, Mapping):
        raise InputError(
            f"{source}: this is no FLAME model (no dictionary of arrays); choose a file such as flame2023.pkl."
        )
    found = {key: _array(model, key, source) for key in _SHAPES}
    for key in ("v_template", "shapedirs", "posedirs", "J_regressor", "weights"):
        _check_finite(found[key], key, source)
    faces, template = (
        _whole_numbers(found["f"], "f", source),
        found["v_template"].astype(_precision(found["v_template"])),
    )
    template = template * MILLIMETRES
    _check_faces(faces, source)
    _check_template(template, source)
    _check_parents(found["kintree_table"], source)
    regressor, weights = found["J_regressor"], found["weights"]
    _check_rows(regressor, "J_regressor", source, _REGRESSOR_SUM_ERROR)
    _check_rows(weights, "weights", source, _WEIGHT_SUM_ERROR)
    _check_joints(regressor @ template, template, source)
    if weights.min() < -_WEIGHT_SUM_ERROR:
        raise InputError(
            f"{source}: 'weights' should not be negative, but has {weights.min():.3g}; get the file again."
        )
    shapes = _as_bases(found["shapedirs"])
    return {
        "template": template,
        "faces": faces.astype(np.int32),
        "identity": shapes[:IDENTITIES],
        "expression": shapes[IDENTITIES:],
        "pose_correctives": _as_bases(found["posedirs"]),
        "joint_regressor": regressor.astype(_precision(regressor)),
        "weights": weights.astype(_precision(weights)),
        "parents": np.array(PARENTS, dtype=np.int64),
    }


def _array(model: Mapping, key: str, source: str) -> np.ndarray:
    value = next((model[name] for name in (key, *_ALIASES.get(key, ())) if name in model), None)
    wanted = _SHAPES[key]
    if value is None:
        have = ", ".join(sorted(map(str, model))[:12])
        raise InputError(f"{source}: '{key}' is missing (there are {have}); this is no complete FLAME model.")
    if scipy.sparse.issparse(value):
        _check_shape(value.shape, key, wanted, source)
        value = value.toarray()
    if not isinstance(value, np.ndarray) or value.dtype.kind not in "fiu":
        kind = value.dtype if isinstance(value, np.ndarray) else type(value).__name__
        raise InputError(f"{source}: '{key}' should hold numbers of the shape {wanted}, but is {kind}.")
    _check_shape(value.shape, key, wanted, source)
    return value


def _check_shape(shape: tuple[int, ...], key: str, wanted: tuple[int, ...], source: str) -> None:
    if tuple(shape) == wanted:
        return
    known = {6890: "SMPL", 10475: "SMPL-X", 778: "MANO"}
    other = next((name for size, name in known.items() if size in shape), None)
    hint = f"this is {other}, a model of another kind" if other else "this is no FLAME head"
    raise InputError(f"{source}: '{key}' should have the shape {wanted}, but has {tuple(shape)}; {hint}.")


def _check_finite(array: np.ndarray, key: str, source: str) -> None:
    bad = array.size - int(np.isfinite(array).sum())
    if bad:
        raise InputError(
            f"{source}: '{key}' has {bad} values that are no numbers (NaN or infinite); get the file again."
        )


def _whole_numbers(array: np.ndarray, key: str, source: str) -> np.ndarray:
    whole = array if array.dtype.kind in "iu" else np.rint(array)
    if array.dtype.kind == "f" and not np.array_equal(whole, array):
        raise InputError(f"{source}: '{key}' should hold whole numbers, but is {array.dtype}; get the file again.")
    return whole.astype(np.int64)


def _check_faces(faces: np.ndarray, source: str) -> None:
    low, high = int(faces.min()), int(faces.max())
    if low < 0 or high >= VERTICES:
        raise InputError(f"{source}: 'f' should name vertices 0 to {VERTICES - 1}, but names {low} to {high}.")
    mesh = Mesh(load_builtin("flame").vertices, faces.reshape(-1), np.full(len(faces), 3), name=f"'f' of {source}")
    check_topology(mesh, "flame")


def _check_template(template: np.ndarray, source: str) -> None:
    """`template` in millimetres, if the file is in metres."""
    reference = load_builtin("flame").vertices
    farthest = np.linalg.norm(template - reference, axis=1).max()
    if farthest <= _FARTHEST_VERTEX:
        return
    size, wanted = np.ptp(template, axis=0), np.ptp(reference, axis=0)
    ratio = np.linalg.norm(size) / np.linalg.norm(wanted)
    extent = " x ".join(f"{side / MILLIMETRES:.4g}" for side in size)
    expected = " x ".join(f"{side / MILLIMETRES:.4g}" for side in wanted)
    units = {1000.0: "millimetres", 100.0: "centimetres", 10.0: "decimetres", 39.37: "inches"}
    unit = next((name for factor, name in units.items() if 0.7 < ratio / factor < 1.4), None)
    if unit is not None:
        cause = f"it is in {unit}"
    elif 0.7 < ratio < 1.4:
        cause = f"its vertices lie up to {farthest:.0f} mm off FLAME's (another orientation, position or vertex order)"
    else:
        cause = "it is in another unit"
    raise InputError(
        f"{source}: 'v_template' should be a head of {expected} metres, Y up, facing +Z, but is {extent}: {cause}; "
        "use the file as published."
    )


def _check_parents(table: np.ndarray, source: str) -> None:
    parents = _whole_numbers(table, "kintree_table", source)[0]
    # The root's parent is -1, written into an unsigned type.
    if tuple(parents[1:]) != PARENTS[1:] or parents[0] not in (-1, 2**32 - 1, 2**64 - 1):
        raise InputError(
            f"{source}: 'kintree_table' should give the parents {PARENTS}, but gives {tuple(map(int, parents))}; "
            "this is another skeleton."
        )


def _check_rows(rows: np.ndarray, key: str, source: str, tolerance: float) -> None:
    sums = rows.sum(axis=1)
    worst = sums[np.argmax(np.abs(sums - 1.0))]
    if abs(worst - 1.0) > tolerance:
        raise InputError(
            f"{source}: the rows of '{key}' should sum to 1, but one sums to {worst:.4g}; get the file again."
        )


def _check_joints(joints: np.ndarray, template: np.ndarray, source: str) -> None:
    outside = (joints < template.min(axis=0)) | (joints > template.max(axis=0))
    if outside.any():
        number = int(np.argmax(outside.any(axis=1)))
        place = ", ".join(f"{side / MILLIMETRES:.4g}" for side in joints[number])
        raise InputError(
            f"{source}: 'J_regressor' should place its joints inside the head, but joint {number} is at ({place}) "
            "metres; get the file again."
        )


def _precision(array: np.ndarray) -> np.dtype:
    return np.dtype(np.float32 if array.dtype in (np.float16, np.float32) else np.float64)


def _as_bases(directions: np.ndarray) -> np.ndarray:
    """(K, V, 3) millimetres of the file's (V, 3, K) metres."""
    count = directions.shape[2]
    bases = directions.reshape(-1, count).T.astype(_precision(directions), order="C").reshape(count, -1, 3)
    bases *= MILLIMETRES
    return bases
