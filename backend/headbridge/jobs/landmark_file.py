"""Landmark pair files, written by hand or by the add-on.

JSON: ``{"pairs": [{"name": "nose tip", "source": [x, y, z], "target": {"vertex": 5}}, ...]}``; each side is a point
in that mesh's own frame and units, or one of its vertices.
"""

from __future__ import annotations

import json
import os

import numpy as np

from ..errors import InputError
from ..mesh import Mesh
from ..mesh.io.files import read_file
from ..registration.job import LandmarkPairs

_SHAPE = '{"pairs": [{"name": "nose tip", "source": [x, y, z], "target": {"vertex": 5}}]}'


def read_landmark_pairs(path: str | os.PathLike, source: Mesh, target: Mesh) -> LandmarkPairs:
    """The pairs of a landmark file as points in the meshes' own frames.

    Raises `InputError`, naming the pair, when the file is missing, no such JSON, or names a vertex that is not
    there."""
    try:
        document = json.loads(read_file(path))
    except ValueError as problem:
        raise InputError(f"{path}: the file is no JSON ({problem}); it should look like {_SHAPE}.") from None
    pairs = document.get("pairs") if isinstance(document, dict) else None
    if not isinstance(pairs, list):
        raise InputError(f"{path}: there is no list 'pairs'; the file should look like {_SHAPE}.")
    points: dict[str, list[np.ndarray]] = {"source": [], "target": []}
    names = []
    for number, pair in enumerate(pairs, start=1):
        if not isinstance(pair, dict):
            raise InputError(f"{path}: pair {number} is no object; the file should look like {_SHAPE}.")
        names.append(str(pair.get("name", number)))
        for side, mesh in (("source", source), ("target", target)):
            points[side].append(_point(pair.get(side), mesh, f"{path}: pair {number} ('{names[-1]}'), {side}"))
    both = {side: np.array(rows, dtype=np.float64).reshape(-1, 3) for side, rows in points.items()}
    return LandmarkPairs(**both, names=tuple(names))


def _point(value, mesh: Mesh, where: str) -> np.ndarray:
    if isinstance(value, dict) and isinstance(value.get("vertex"), int):
        vertex = value["vertex"]
        if not 0 <= vertex < len(mesh.vertices):
            raise InputError(f"{where}: there is no vertex {vertex}; '{mesh.name}' has {len(mesh.vertices)}.")
        return mesh.vertices[vertex]
    numbers = isinstance(value, list) and len(value) == 3 and all(type(item) in (int, float) for item in value)
    if not numbers:
        raise InputError(f'{where}: give [x, y, z] or {{"vertex": index}}, not {json.dumps(value)}.')
    return np.array(value, dtype=np.float64)
