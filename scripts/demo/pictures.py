"""The pictures of one registration: before, after, overlay, heat map and a close-up of the face."""

from __future__ import annotations

import os
import tempfile
from dataclasses import replace
from pathlib import Path

import bpy
import numpy as np
from mathutils import Vector

from . import legend, studio
from .columns import STRIP, TURN, Camera, Column, Frame, frame_around, join
from .jobs import Outcome
from .studio import Exhibit, Studio

_HEAD_PIXELS, _FACE_PIXELS = 520, 600
# A close-up is so wide and high and its centre so far above the nose tip, metres.
_FACE = (0.118, 0.150)
_FACE_ABOVE = 0.010


class Pictures:
    """Renders the pictures of one outcome.

    comparison, heat_map : the add-on's modules of these names; folder : where the files go."""

    def __init__(self, stage: Studio, outcome: Outcome, comparison, heat_map, folder: str):
        self._studio, self._outcome, self._folder = stage, outcome, folder
        self._colours, self._maximum = heat_map.colours, stage.scene.headbridge.heat_map_max
        self._heat = studio.painted("Demo Heat Map", heat_map.COLOUR)
        source, target, result = outcome.source, outcome.target, outcome.result
        self._aligned = Exhibit(source, comparison.similarity_matrix(outcome.answer) @ source.matrix_world)
        self._target = Exhibit(target, target.matrix_world.copy())
        self._result = Exhibit(result, result.matrix_world.copy())
        points = _world_points(self._result)
        self._centre, self._head = frame_around(points, _HEAD_PIXELS)
        # The nose tip is the most forward point of a head that looks along -Y.
        nose = Vector(points[np.argmin(points[:, 1])]) - self._centre
        self._face = Frame(nose + Vector((0.0, 0.0, _FACE_ABOVE)), *_FACE, _FACE_PIXELS)

    def render(self) -> None:
        """Render all pictures and note their files in the outcome."""
        with tempfile.TemporaryDirectory() as parts_folder:
            self._camera = Camera(self._studio, self._centre, parts_folder)
            self._parts: dict[str, list[str]] = {}
            self._render()
            before, after, heat = (self._parts[name] for name in ("before", "after", "heat map"))
            self._put_together("summary", [before[0], before[-1], after[1], heat[0], heat[-1]])

    def _render(self) -> None:
        clay = studio.clay_material()
        blue, orange = studio.two_colours()
        target, result = replace(self._target, material=clay), replace(self._result, material=clay)
        faces = replace(result, wire=True)
        before = [Column("source, aligned", (replace(self._aligned, material=clay),)), Column("target", (target,))]
        if _is_textured(self._target.obj):
            before.append(Column("target with its texture", (self._target,)))
        both = (replace(self._target, material=blue), replace(self._result, material=orange))
        heat = (replace(self._result, material=self._heat),)
        self._take("before", self._head, before)
        self._take(
            "after",
            self._head,
            [Column("result", (result,)), Column("result, its faces", (faces,)), Column("target", (target,))],
        )
        self._take(
            "overlay",
            self._head,
            [Column("", both), Column("target blue, result orange", both, 0.0), Column("", both, -TURN)],
        )
        self._take(
            "heat map",
            self._head,
            [
                Column("distance to the target", heat),
                Column("from the front", heat, 0.0),
                Column("from the left", heat, -TURN),
            ],
            scale=True,
        )
        self._take(
            "close-up",
            self._face,
            [Column("target", (target,), 0.0), Column("result", (result,), 0.0), Column("its faces", (faces,), 0.0)],
        )

    def _take(self, name: str, frame: Frame, columns: list[Column], scale: bool = False) -> None:
        parts = self._camera.take(frame, columns)
        if scale:
            narrow = replace(frame, width=0.34 * frame.height)
            place = narrow.place(-0.30, 0.5 * STRIP)
            props = legend.colour_scale(self._colours, self._maximum, place, 0.7 * frame.height)
            parts.append(self._camera.shoot(narrow, [], props))
        self._parts[name] = parts
        self._put_together(name, parts)

    def _put_together(self, name: str, parts: list[str]) -> None:
        file = os.path.join(self._folder, f"{self._outcome.job.key}-{name.replace(' ', '-')}.png")
        join(parts, file)
        self._outcome.pictures[name] = file


def _world_points(exhibit: Exhibit) -> np.ndarray:
    """(V, 3) world points of a result, registered."""
    registered = exhibit.obj.data.shape_keys.reference_key.data
    local = np.empty(3 * len(registered), np.float32)
    registered.foreach_get("co", local)
    matrix = np.array(exhibit.matrix)
    return local.reshape(-1, 3) @ matrix[:3, :3].T + matrix[:3, 3]


def jpeg(file: str) -> bytes:
    """A picture file as JPEG, which is a fifth as large."""
    image = bpy.data.images.load(file)
    # An image takes its file's format when its pixels are first asked for.
    len(image.pixels)
    image.file_format = "JPEG"
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "picture.jpg")
        image.save(filepath=path, quality=90)
        content = Path(path).read_bytes()
    bpy.data.images.remove(image)
    return content


def _is_textured(obj: bpy.types.Object) -> bool:
    trees = [slot.material.node_tree for slot in obj.material_slots if slot.material]
    return any(node.type == "TEX_IMAGE" for tree in trees for node in tree.nodes)
