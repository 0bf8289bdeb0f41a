"""Landmark pair files, written by hand or by the add-on.

JSON: ``{"pairs": [{"name": "nose tip", "source": [x, y, z], "target": {"vertex": 5}}, ...]}``; each side is a point
in that mesh's own frame and units, or one of its vertices. Any other landmark file (`fitting.landmark_files`) gives
points of the target alone, whose counterparts a source of known topology has by their names or numbers.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

import numpy as np
from scipy.spatial import cKDTree

from ..errors import InputError
from ..fitting.landmark_files import is_place, read_landmarks
from ..fitting.landmark_orders import LEAST_POINTS, likeliest_order, possible_orders
from ..mesh import Mesh
from ..mesh.io.files import read_file
from ..registration.job import LandmarkPairs
from ..topologies import load_builtin, recognise_relative
from ..topologies.builtin import HEAD_TOPOLOGIES

_HALF_TURN = (-1.0, -1.0, 1.0)
_SHAPE = '{"pairs": [{"name": "nose tip", "source": [x, y, z], "target": {"vertex": 5}}]}'


def read_landmark_pairs(path: str | os.PathLike, source: Mesh, target: Mesh) -> LandmarkPairs:
    """The pairs of a landmark file as points in the meshes' own frames.

    Raises `InputError`, naming the pair, when the file is missing, no landmark file, or names a vertex that is not
    there, and when it has the target's points alone and the source's topology has no landmarks."""
    if Path(path).suffix.lower() != ".json":
        return _target_pairs(path, source, target)
    try:
        document = json.loads(read_file(path))
    except (ValueError, RecursionError) as problem:
        raise InputError(f"{path}: the file is no JSON ({problem}); it should look like {_SHAPE}.") from None
    if not isinstance(document, dict) or "pairs" not in document:
        return _target_pairs(path, source, target)
    pairs = document["pairs"]
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


def _target_pairs(path: str | os.PathLike, source: Mesh, target: Mesh) -> LandmarkPairs:
    """The points of a list on the target with the source's landmarks of the same names or numbers, the jaw contour's
    left out: it is another one on every topology."""
    points = read_landmarks(path)
    relative = recognise_relative(source)
    known = None if relative is None else relative.known_landmarks()
    if known is None:
        raise InputError(
            f"{path}: the file has points of one head alone, and '{source.name}' is no head with known landmarks "
            f"({', '.join(HEAD_TOPOLOGIES)}); give pairs: {_SHAPE}."
        )
    table = relative.topology.landmarks_68
    orders = possible_orders(len(points.points), points.names, table, points.source)
    active = np.ones(len(points.points), bool) if points.active is None else points.active
    active &= np.isfinite(points.points).all(axis=1)
    if active.sum() < LEAST_POINTS:
        raise InputError(f"{path}: there are {active.sum()} points to use; give at least {LEAST_POINTS}, better 51.")
    reference = table.evaluate(load_builtin(relative.topology.key).vertices)
    order, notes = likeliest_order(points.points, active, orders, reference, points.source)
    active, placed = order.all_of(active), order.points(points.points)
    if _lies_in_slicers_other_frame(placed[active], target):
        placed = placed * _HALF_TURN
        notes.append(
            f"{path}: the points lie on '{target.name}' after half a turn about Z (3D Slicer's LPS and RAS frames), which "
            "was made."
        )
    place = {name: row for row, name in enumerate(known.names)}
    names = [table.names[index] for index in order.indices]
    used = [row for row, name in enumerate(names) if active[row] and name in place]
    known = known.subset([place[names[row]] for row in used])
    return LandmarkPairs(known.evaluate(source.vertices), placed[used], known.names, tuple(notes))


def _lies_in_slicers_other_frame(points: np.ndarray, target: Mesh) -> bool:
    """Whether points are off the target as they are and on it after half a turn about Z: 3D Slicer writes points and
    meshes in either of two frames."""
    # It loads what computes, which a command's help does without.
    from ..spatial.landmark_checks import LANDMARK_REACH

    vertices = target.vertices[np.unique(target.corners)]
    allowed = LANDMARK_REACH * float(np.linalg.norm(np.ptp(vertices, axis=0)))
    near = cKDTree(vertices)
    given, turned = (near.query(places)[0].max(initial=0.0) for places in (points, points * _HALF_TURN))
    return bool(turned <= allowed < given)


def _point(value, mesh: Mesh, where: str) -> np.ndarray:
    # True and false are whole numbers to Python.
    if isinstance(value, dict) and type(value.get("vertex")) is int:
        vertex = value["vertex"]
        if not 0 <= vertex < len(mesh.vertices):
            raise InputError(f"{where}: there is no vertex {vertex}; '{mesh.name}' has {len(mesh.vertices)}.")
        return mesh.vertices[vertex]
    numbers = isinstance(value, list) and len(value) == 3 and all(map(is_place, value))
    if not numbers:
        raise InputError(f'{where}: give [x, y, z] or {{"vertex": index}}, not {json.dumps(value)[:60]}.')
    return np.array(value, dtype=np.float64)
