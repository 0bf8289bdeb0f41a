"""The pictures of a UV transfer: checker and texture on the head that wears the layout, from all sides."""

from __future__ import annotations

import math
import os
import tempfile
from dataclasses import dataclass

import bpy
import numpy as np
from mathutils import Matrix, Vector

from . import studio
from .columns import TURN, Camera, Column, Frame, frame_around, join
from .studio import Exhibit, Studio

_HEAD_PIXELS, _FACE_PIXELS = 560, 600
# A close-up is so wide and high and its centre so far above the nose tip, metres.
_FACE = (0.125, 0.150)
_FACE_ABOVE = 0.010
# Turns about the vertical: from the front, from the head's right side, from behind.
_VIEWS = (("front", 0.0), ("side", 0.5 * math.pi), ("back", math.pi))


@dataclass(frozen=True)
class Wearer:
    """A head that wears the layout on one of its UV layers; `matrix` puts all wearers in one place."""

    label: str
    obj: bpy.types.Object
    matrix: Matrix
    layer: str


def render(
    stage: Studio, owner: Wearer, wearer: Wearer, texture: bpy.types.Image, key: str, folder: str
) -> dict[str, str]:
    """Render the pictures; name to file, in `folder` under names that begin with `key`.

    owner : the head whose layout it is, for comparison; wearer : the one that was given it; texture : a picture in the
    layout."""
    points = _world_points(wearer)
    centre, head = frame_around(np.concatenate([points, _world_points(owner)]), _HEAD_PIXELS)
    # The nose tip is the most forward point of a head that looks along -Y.
    nose = Vector(points[np.argmin(points[:, 1])]) - centre
    face = Frame(nose + Vector((0.0, 0.0, _FACE_ABOVE)), *_FACE, _FACE_PIXELS)
    files = {}
    with tempfile.TemporaryDirectory() as parts_folder:
        camera = Camera(stage, centre, parts_folder)
        for name, make in (("checker", studio.checker_material), ("texture", _shown(texture))):
            original, dressed = ((Exhibit(w.obj, w.matrix, make(w.layer)),) for w in (owner, wearer))
            whole = [Column(owner.label, original, 0.0)]
            whole += [Column(f"{wearer.label}, {view}", dressed, turn) for view, turn in _VIEWS]
            near = [Column(owner.label, original, 0.0), Column(wearer.label, dressed, 0.0), Column("", dressed, TURN)]
            for picture, frame, columns in ((name, head, whole), (f"{name} close-up", face, near)):
                files[picture] = os.path.join(folder, f"{key}-{picture.replace(' ', '-')}.png")
                join(camera.take(frame, columns), files[picture])
    return files


def _shown(texture: bpy.types.Image):
    return lambda layer: studio.picture_material(texture, layer)


def _world_points(wearer: Wearer) -> np.ndarray:
    """(V, 3) points of the mesh as `matrix` places it."""
    local = np.empty(3 * len(wearer.obj.data.vertices), np.float32)
    wearer.obj.data.vertices.foreach_get("co", local)
    matrix = np.array(wearer.matrix)
    return local.reshape(-1, 3) @ matrix[:3, :3].T + matrix[:3, 3]
