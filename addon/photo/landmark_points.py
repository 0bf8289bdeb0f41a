# SPDX-License-Identifier: GPL-3.0-or-later
"""Landmarks on a photo as empties: children of its camera on a plane before the head, so that they lie on the photo
where the camera looks. Moving them (G) keeps them on the plane."""

from __future__ import annotations

import functools
import os
from collections.abc import Collection, Iterable

import bpy
import numpy as np
from mathutils import Matrix

from .. import paths
from ..mesh_arrays import MeshError
from ..photo_facts import facts_of, note_facts
from . import photo_camera
from .pinhole import Pinhole

# Object property: which landmark an empty is.
LANDMARK_KEY = "headbridge_landmark"
# Object property: where it was found, in the camera's space; hand-placed ones have none.
FOUND_KEY = "headbridge_found"
LEAST = 4
CONTOUR = 17

# A few points by hand say where a face is, how it is turned and how wide the mouth is open.
_FIRST = (
    "right eye outer corner",
    "right eye inner corner",
    "left eye inner corner",
    "left eye outer corner",
    "nose tip",
    "right ala",
    "left ala",
    "right lip corner",
    "left lip corner",
    "upper lip middle",
    "lower lip middle",
)

# Of the distance to the head.
_PLANE_SHARE = 0.5
_MOVED_PIXELS = 0.1
# Of the photo's longer side.
_CROSS_SHARE = 0.006


@functools.cache
def names() -> tuple[str, ...]:
    """The 68 landmarks in iBUG's order: the contour of the jaw, brows, nose, eyes, lips."""
    path = os.path.join(paths.ASSETS_FOLDER, "flame_topology.npz")
    try:
        with np.load(path, allow_pickle=False) as stored:
            return tuple(stored["landmarks_68_names"].tolist())
    except (OSError, KeyError, ValueError) as problem:
        raise MeshError(f"The landmarks' names cannot be read ({problem}); install the extension again.") from problem


def add(
    camera: bpy.types.Object,
    found: list[str],
    pixels: np.ndarray,
    collection: bpy.types.Collection,
    exact: Collection[str] = (),
) -> list[bpy.types.Object]:
    """Add an empty for each of the landmarks, at (N, 2) pixels of the camera's photo.

    exact : the names of those that were placed by hand; the others are so once they are moved."""
    view = photo_camera.view_of(camera)
    depth = _PLANE_SHARE * _head_distance(camera)
    size = _CROSS_SHARE * max(view.size) * depth / view.focal
    made = []
    for name, place in zip(found, view.to_camera(pixels, depth).tolist()):
        empty = bpy.data.objects.new(name, None)
        empty[LANDMARK_KEY] = name
        if name not in exact:
            empty[FOUND_KEY] = place
        empty.empty_display_type, empty.empty_display_size = "PLAIN_AXES", size
        empty.show_in_front = True
        empty.parent = camera
        empty.location = place
        empty.lock_location[2] = True
        collection.objects.link(empty)
        made.append(empty)
    return made


def _head_distance(camera: bpy.types.Object) -> float:
    """Metres from a camera to the head it looks at."""
    rigged = photo_camera.head_of(camera)
    if rigged is None:
        return photo_camera.HEAD_DISTANCE_MM / 1000.0
    return float(camera.matrix_basis.translation.length)


def of(camera: bpy.types.Object) -> list[bpy.types.Object]:
    """The landmarks on a camera's photo, in iBUG's order."""
    order = {name: index for index, name in enumerate(names())}
    found = [child for child in camera.children if child.get(LANDMARK_KEY) in order]
    return sorted(found, key=lambda empty: order[empty[LANDMARK_KEY]])


def missing(camera: bpy.types.Object) -> list[str]:
    """The landmarks a photo does not have yet: first those that tell most, the contour of the jaw last."""
    there = {empty[LANDMARK_KEY] for empty in of(camera)}
    order = [*_FIRST, *names()[CONTOUR:], *names()[:CONTOUR]]
    return [name for name in dict.fromkeys(order) if name not in there]


def read(camera: bpy.types.Object) -> tuple[list[str], np.ndarray, np.ndarray]:
    """Names, (N, 2) pixels and (N,) whether they were placed or moved by hand, of the landmarks on a camera's photo.

    Raises `MeshError` when one is there twice, or one is behind the camera."""
    empties = of(camera)
    found = [empty[LANDMARK_KEY] for empty in empties]
    twice = next((name for name in found if found.count(name) > 1), None)
    if twice is not None:
        raise MeshError(f"The landmark '{twice}' is on the photo of '{camera.name}' twice; delete one of them.")
    place, turn, _scale = camera.matrix_world.decompose()
    inverse = Matrix.LocRotScale(place, turn, None).inverted()
    points = np.array([inverse @ empty.matrix_world.translation for empty in empties], np.float64)
    behind = np.flatnonzero(points[:, 2] >= 0.0)
    if behind.size:
        raise MeshError(f"The landmark '{found[behind[0]]}' is behind '{camera.name}'; move it onto the photo.")
    view = photo_camera.view_of(camera)
    pixels = view.to_pixels(points)
    return found, pixels, _by_hand(empties, view, pixels)


def moved(camera: bpy.types.Object) -> list[bpy.types.Object]:
    """The landmarks on a camera's photo that were placed or moved by hand."""
    empties, view = of(camera), photo_camera.view_of(camera)
    if not empties:
        return []
    pixels = view.to_pixels(np.array([empty.location for empty in empties], np.float64))
    return [empty for empty, own in zip(empties, _by_hand(empties, view, pixels)) if own]


def _by_hand(empties: list[bpy.types.Object], view: Pinhole, pixels: np.ndarray) -> np.ndarray:
    """(N,) whether landmarks that are seen at (N, 2) pixels now were found elsewhere, or not at all."""
    at_first = np.array([empty.get(FOUND_KEY, (0.0, 0.0, -1e-6)) for empty in empties], np.float64)
    return np.linalg.norm(pixels - view.to_pixels(at_first), axis=1) > _MOVED_PIXELS


def note_all(camera: bpy.types.Object, known: Iterable[str]) -> None:
    """Remember which landmarks a photo has, and which the head was not to follow: what is missing later was deleted."""
    note_facts(camera, {**facts_of(camera), "landmarks": sorted(known)})


def left_out(camera: bpy.types.Object) -> tuple[str, ...]:
    """The landmarks that were found on a camera's photo and deleted since."""
    there = {empty[LANDMARK_KEY] for empty in of(camera)}
    return tuple(name for name in facts_of(camera).get("landmarks", ()) if name not in there)


def were_found(camera: bpy.types.Object) -> bool:
    """Whether a detector has found landmarks on a camera's photo; those it has not found were all placed by hand."""
    return any(FOUND_KEY in empty for empty in of(camera))


def check_enough(camera: bpy.types.Object) -> None:
    """Raise `MeshError` where landmarks placed by hand are too few to fit a head to them alone."""
    count = len(of(camera))
    if count < LEAST:
        raise MeshError(
            f"The photo of '{camera.name}' has {count} landmarks; place at least {LEAST}, or fit without them."
        )


def collection_of(camera: bpy.types.Object, scene: bpy.types.Scene) -> bpy.types.Collection:
    """The collection a camera's landmarks are in: the camera's own, so that the outliner folds them below it."""
    for owner in (*of(camera), camera):
        if owner.users_collection:
            return owner.users_collection[0]
    return scene.collection


def set_hidden(camera: bpy.types.Object, hidden: bool) -> None:
    """Hide a photo's landmarks in all views, or show them."""
    for empty in of(camera):
        empty.hide_viewport = hidden
