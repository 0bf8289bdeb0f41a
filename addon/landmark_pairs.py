# SPDX-License-Identifier: GPL-3.0-or-later
"""Landmark pairs as users give them: empties, vertex groups or a file; canonical world millimetres come out."""

from __future__ import annotations

import json
import os
import re
from dataclasses import dataclass

import bpy
import numpy as np
from mathutils import Matrix

from . import mesh_arrays, paths, seen_meshes
from .mesh_arrays import MeshError

MINIMUM_PAIRS = 3

LANDMARK_ITEMS = [
    ("AUTO", "Automatic", "The landmarks of the topology tables when both heads are recognised, else none"),
    ("EMPTIES", "Empties", "Pairs of empties in two collections, matched by name; Edit Points makes them by mouse"),
    (
        "VERTEX_GROUPS",
        "Vertex Groups",
        "Every vertex group with the prefix that both objects have; its weighted centre is the point",
    ),
    ("FILE", "File", "A landmark pair file (.json)"),
]


@dataclass(frozen=True)
class LandmarkPairs:
    """source, target: (N, 3) canonical world millimetres; names: N names."""

    source: np.ndarray
    target: np.ndarray
    names: tuple[str, ...]


HEAD_KEY = "headbridge_head"
# Object property of an empty: its pair was dragged off a result, which it corrects.
PULLED_KEY = "headbridge_pulled"
DEMO_PAIRS_FILE = os.path.join(paths.ASSETS_FOLDER, "lee_perry_smith_pairs.json")

_SIDE = re.compile(r"[\s._-]*\(?(source|target)\)?$", re.IGNORECASE)
_NUMBER = re.compile(r"\.\d{3,}$")


def pair_name(name: str) -> str:
    """What a landmark empty is called apart from its side: "nose tip (source)", "nose tip.target.001" -> "nose tip"."""
    return _SIDE.sub("", _NUMBER.sub("", name))


def from_empties(
    source: bpy.types.Collection | None, target: bpy.types.Collection | None, least: int = MINIMUM_PAIRS
) -> LandmarkPairs:
    """Pairs of the two collections' empties, matched by `pair_name`; `MeshError` where they are fewer than `least`."""
    if source is None or target is None:
        raise MeshError("Choose two collections of empties, or press Edit Points to make them.")
    by_side = [{pair_name(o.name): o for o in c.objects if o.type == "EMPTY"} for c in (source, target)]
    for here, there, collection in ((0, 1, target), (1, 0, source)):
        alone = sorted(set(by_side[here]) - set(by_side[there]))
        if alone:
            raise MeshError(f"Landmark '{alone[0]}' has no partner in '{collection.name}'; add it there or delete it.")
    names = sorted(by_side[0])
    points = [np.array([side[name].matrix_world.translation for name in names]).reshape(-1, 3) for side in by_side]
    here, there = (mesh_arrays.to_canonical(p) for p in points)
    return _checked(here, there, names, least=least)


def are_pulled(collection: bpy.types.Collection | None) -> bool:
    """Whether points of a collection were dragged off a result, which they correct."""
    return collection is not None and any(PULLED_KEY in obj for obj in collection.objects)


def from_vertex_groups(source: bpy.types.Object, target: bpy.types.Object, prefix: str) -> LandmarkPairs:
    """One pair per vertex group that begins with `prefix` on both objects; the weighted centres are the points."""
    names = [g.name for g in source.vertex_groups if g.name.startswith(prefix) and g.name in target.vertex_groups]
    return _checked(
        _group_centres(source, names), _group_centres(target, names), names, f"vertex groups named '{prefix}...'"
    )


def _group_centres(obj: bpy.types.Object, names: list[str]) -> np.ndarray:
    vertices = seen_meshes.seen_vertices(obj)
    centres = []
    for name in names:
        weights = seen_meshes.seen_group_weights(obj, name)
        if weights.sum() == 0.0:
            raise MeshError(f"Vertex group '{name}' of '{obj.name}' is empty.")
        centres.append(weights @ vertices / weights.sum())
    return np.array(centres).reshape(-1, 3)


def from_file(path: str, source: bpy.types.Object, target: bpy.types.Object) -> LandmarkPairs:
    """Pairs of a JSON file `{"pairs": [{"name", "source", "target"}]}`, each point `[x, y, z]` or `{"vertex": index}`.

    Positions are in the object's own space (an imported OBJ keeps its file's there); for a head made by Add Head they
    are the built-in's millimetres, Y up. So the same file serves the command line."""
    try:
        with open(bpy.path.abspath(path), encoding="utf-8") as file:
            pairs = json.load(file)["pairs"]
        names = [str(pair.get("name", index)) for index, pair in enumerate(pairs)]
        points = [
            _points_of_file(obj, [pair[side] for pair in pairs])
            for side, obj in (("source", source), ("target", target))
        ]
    except OSError as problem:
        raise MeshError(f"The landmark file cannot be read: {problem}.") from problem
    except MeshError:
        raise
    except (ValueError, KeyError, TypeError, AttributeError) as problem:
        raise MeshError(f"'{path}' is not a landmark pair file ({type(problem).__name__}: {problem}).") from problem
    return _checked(*points, names)


def demo_pairs_fit(source: bpy.types.Object | None, target: bpy.types.Object | None) -> bool:
    """True for the heads the shipped pair file is made for: HACK (or ICT, which begins with it) and the demo scan."""
    keys = [obj.get(HEAD_KEY) if obj is not None else None for obj in (source, target)]
    return keys[0] in {"hack", "ict"} and keys[1] == "lee-perry-smith"


def _points_of_file(obj: bpy.types.Object, values: list) -> np.ndarray:
    seen = seen_meshes.seen_vertices(obj)
    points = np.empty((len(values), 3))
    for row, value in enumerate(values):
        if not isinstance(value, dict):
            position = np.array(value, np.float64).reshape(1, 3)
            local = mesh_arrays.from_canonical(position) if HEAD_KEY in obj else position
            points[row] = mesh_arrays.to_canonical(mesh_arrays.transform_points(obj.matrix_world, local))[0]
        elif len(seen) != len(obj.data.vertices):
            raise MeshError(
                f"The landmark file names vertices of '{obj.name}', but its modifiers change them; give positions, or "
                "switch the modifiers off in the viewport."
            )
        elif 0 <= int(value["vertex"]) < len(seen):
            points[row] = seen[int(value["vertex"])]
        else:
            raise MeshError(
                f"The landmark file names vertex {value['vertex']}, but '{obj.name}' has {len(seen)} vertices."
            )
    return points


def _checked(
    source: np.ndarray, target: np.ndarray, names: list[str], kind: str = "landmark pairs", least: int = MINIMUM_PAIRS
) -> LandmarkPairs:
    if len(names) < least:
        raise MeshError(f"There are {len(names)} {kind} on both objects; at least {least} are needed.")
    return LandmarkPairs(source, target, tuple(names))


def write_file(path: str, pairs: LandmarkPairs, source: bpy.types.Object, target: bpy.types.Object) -> None:
    """Write pairs so that `from_file` and the command line read them; `OSError` when the file cannot be written."""
    sides = [_file_points(obj, points).tolist() for obj, points in ((source, pairs.source), (target, pairs.target))]
    listed = [{"name": name, "source": s, "target": t} for name, s, t in zip(pairs.names, *sides)]
    with open(path, "w", encoding="utf-8") as file:
        json.dump({"pairs": listed}, file, indent=1)


def _file_points(obj: bpy.types.Object, canonical: np.ndarray) -> np.ndarray:
    local = mesh_arrays.transform_points(obj.matrix_world.inverted(), mesh_arrays.from_canonical(canonical))
    return mesh_arrays.to_canonical(local) if HEAD_KEY in obj else local


def add_empty(name: str, location, owner: bpy.types.Object, collection: bpy.types.Collection) -> bpy.types.Object:
    """A landmark empty at a world location that moves with its owner."""
    empty = bpy.data.objects.new(name, None)
    empty.empty_display_type = "SPHERE"
    empty.empty_display_size = 0.012 * max(owner.dimensions)
    empty.show_in_front = True
    empty.show_name = True
    collection.objects.link(empty)
    empty.parent = owner
    empty.matrix_parent_inverse = owner.matrix_world.inverted()
    empty.matrix_world = Matrix.Translation(location)
    return empty
