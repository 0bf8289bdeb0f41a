"""Reading head.npz: a head by its coefficients."""

from __future__ import annotations

import os
from dataclasses import replace

import numpy as np

from ..errors import InputError
from ..fitting.heads import load_head
from ..fitting.posable import PosableHead, Posed
from ..fitting.result import head_of, state_of
from ..mesh import Mesh
from ..mesh.io.files import read_file
from ..mesh.io.npz import read_arrays
from ..mesh.similarity import Similarity
from ..models.catalogue import ADULTS_ON_FLAME, HEADS, OPEN_FLAME, of_all_people
from ..reading import reading
from ..topologies import load_builtin
from .fit_output import DETAIL

_TEXT = ("model", "version", "label", "units")


def is_head_file(path: str | os.PathLike) -> bool:
    """Whether an existing file is an .npz archive of a head and not of a mesh."""
    if not str(path).lower().endswith(".npz"):
        return False
    arrays = read_arrays(read_file(path), str(path))
    return "model" in arrays and "corners" not in arrays


def read_head_mesh(path: str | os.PathLike, model_file: str = "") -> Mesh:
    """The head of a head.npz as a mesh in the frame and unit of the data it was fitted to.

    Without the arrays `detail` or `vertices`, which fits write, the head follows from the coefficients: they need
    a model of the same version, `model_file` or the one found. Raises `InputError` for a file that is no head,
    coefficients that are not finite or too many, and a model of another version."""
    source = str(path)
    arrays = read_arrays(read_file(path), source)
    with reading(source, "fit the head again"):
        return _mesh_of(arrays, source, model_file)


def _mesh_of(arrays: dict[str, np.ndarray], source: str, model_file: str) -> Mesh:
    key = _text(arrays, "model", source)
    if key not in HEADS:
        raise InputError(
            f"{source}: the head is of the model '{key}', which is unknown; flame, hack and ict are known."
        )
    template = load_builtin(key)
    vertices = arrays.get(DETAIL, arrays.get("vertices"))
    if vertices is None:
        version = _text(arrays, "version", source)
        head = _head(key, version, model_file)
        if head.version != version and not (of_all_people(head.version) and of_all_people(version, ever=True)):
            raise InputError(
                f"{source}: the coefficients are of version {version}, but the model is {head.label}; codes of one "
                "version mean other faces in another: name the right model file."
            )
        coefficients = {name: array for name, array in arrays.items() if array.dtype.kind in "fiu"}
        try:
            vertices = Posed(head_of(head, coefficients), state_of(head, coefficients)).vertices()
        except InputError as problem:
            # It knows the coefficients, but not whose they are.
            raise InputError(f"{source}: {problem}") from problem
    if vertices.shape != template.vertices.shape or vertices.dtype.kind not in "fiu":
        raise InputError(
            f"{source}: a {key} head has vertices {template.vertices.shape}, not {vertices.shape} {vertices.dtype}."
        )
    if not np.isfinite(vertices).all():
        raise InputError(f"{source}: the head has vertices that are NaN or infinite; fit it again.")
    similarity = Similarity(1.0, np.eye(3), np.zeros(3))
    if "similarity_scale" in arrays:
        similarity = Similarity(
            float(_floats(arrays, "similarity_scale", (), source)),
            _floats(arrays, "similarity_rotation", (3, 3), source),
            _floats(arrays, "similarity_translation", (3,), source),
        )
    return replace(template, vertices=similarity.apply(vertices), name=os.path.basename(source))


def _head(key: str, version: str, model_file: str) -> PosableHead:
    """The model at hand that is likeliest of that version."""
    if of_all_people(version, ever=True) and not model_file:
        return load_head(key, identities="people")
    return load_head(OPEN_FLAME if version == ADULTS_ON_FLAME else key, model_file)


def _text(arrays: dict[str, np.ndarray], name: str, source: str) -> str:
    if name not in arrays or arrays[name].dtype.kind != "U" or arrays[name].ndim:
        raise InputError(f"{source}: the text '{name}' is missing; a head file holds {', '.join(_TEXT)}.")
    return str(arrays[name])


def _floats(arrays: dict[str, np.ndarray], name: str, shape: tuple[int, ...], source: str) -> np.ndarray:
    array = arrays.get(name)
    if array is None or array.dtype.kind not in "fiu" or array.shape != shape or not np.isfinite(array).all():
        raise InputError(f"{source}: '{name}' should be numbers of the shape {shape}; fit the head again.")
    return array.astype(np.float64)
