"""The pictures of one registration: before, after, overlay, heat map and a close-up of the face."""

from __future__ import annotations

import math
import os
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path

import bpy
import numpy as np
from mathutils import Matrix, Vector

from . import legend, studio
from .jobs import Outcome
from .studio import Exhibit, Studio

# Half profile: the head's right side toward the camera.
TURN = math.radians(32.0)
_HEAD_PIXELS, _FACE_PIXELS = 520, 600
# Height of a caption and of the strip it stands in, as a part of the column's height.
_CAPTION, _STRIP = 0.036, 0.075
# A close-up is so wide and high and its centre so far above the nose tip, metres.
_FACE = (0.118, 0.150)
_FACE_ABOVE = 0.010
# Captions stand farther from the heads than the lights do, so that they throw no shadow.
_IN_FRONT = Vector((0.0, -2.0, 0.0))


@dataclass(frozen=True)
class Column:
    """Shapes in one place, turned about the vertical, with a caption."""

    caption: str
    exhibits: tuple[Exhibit, ...]
    turn: float = TURN


@dataclass(frozen=True)
class Frame:
    """The rectangle a column shows: its centre in the studio, width and height in metres, pixels high."""

    centre: Vector
    width: float
    height: float
    pixels: int

    def place(self, x: float, z: float) -> Vector:
        """A point by its part of the width and height from the centre."""
        return self.centre + Vector((x * self.width, 0.0, z * self.height))


class Pictures:
    """Renders the pictures of one outcome.

    Columns are taken one by one and put side by side, so that all are lit alike and wide shoulders do not meet.
    comparison, heat_map : the add-on's modules of these names; folder : where the files go."""

    def __init__(self, stage: Studio, outcome: Outcome, comparison, heat_map, folder: str):
        self._studio, self._outcome, self._folder = stage, outcome, folder
        self._colours, self._maximum = heat_map.colours, stage.scene.headbridge.heat_map_max
        self._heat = heat_map.material(self._maximum)
        source, target, result = outcome.source, outcome.target, outcome.result
        self._aligned = Exhibit(source, comparison.similarity_matrix(outcome.answer) @ source.matrix_world)
        self._target = Exhibit(target, target.matrix_world.copy())
        self._result = Exhibit(result, result.matrix_world.copy())
        points = _world_points(self._result)
        low, high = points.min(axis=0), points.max(axis=0)
        self._centre = Vector((low + high) / 2.0)
        size = high - low
        height = float(size[2]) * 1.06 / (1.0 - _STRIP)
        middle = Vector((0.0, 0.0, -0.5 * _STRIP * height))
        self._head = Frame(middle, float(max(size[0], size[1])) * 1.20, height, _HEAD_PIXELS)
        # The nose tip is the most forward point of a head that looks along -Y.
        nose = Vector(points[np.argmin(points[:, 1])]) - self._centre
        self._face = Frame(nose + Vector((0.0, 0.0, _FACE_ABOVE)), *_FACE, _FACE_PIXELS)

    def render(self) -> None:
        """Render all pictures and note their files in the outcome."""
        with tempfile.TemporaryDirectory() as self._parts_folder:
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
        parts = [self._part(frame, column, f"{name}-{number}") for number, column in enumerate(columns)]
        if scale:
            narrow = replace(frame, width=0.34 * frame.height)
            place = narrow.place(-0.30, 0.5 * _STRIP)
            props = legend.colour_scale(self._colours, self._maximum, place, 0.7 * frame.height)
            parts.append(self._shoot(narrow, [], props, f"{name}-scale"))
        self._parts[name] = parts
        self._put_together(name, parts)

    def _put_together(self, name: str, parts: list[str]) -> None:
        file = os.path.join(self._folder, f"{self._outcome.job.key}-{name.replace(' ', '-')}.png")
        _join(parts, file)
        self._outcome.pictures[name] = file

    def _part(self, frame: Frame, column: Column, name: str) -> str:
        stand = Matrix.Rotation(column.turn, 4, "Z") @ Matrix.Translation(-self._centre)
        exhibits = [replace(exhibit, matrix=stand @ exhibit.matrix) for exhibit in column.exhibits]
        low = frame.place(0.0, -0.5) + _IN_FRONT
        props = legend.strip(column.caption, low, frame.width, _STRIP * frame.height, _CAPTION * frame.height)
        return self._shoot(frame, exhibits, props, name)

    def _shoot(self, frame: Frame, exhibits: list[Exhibit], props: list[bpy.types.Object], name: str) -> str:
        pixels = (round(frame.pixels * frame.width / frame.height / 2) * 2, frame.pixels)
        self._studio.frame(frame.centre, frame.width, frame.height, pixels)
        file = os.path.join(self._parts_folder, f"{name}.png")
        self._studio.render(exhibits, props, file)
        return file


def _world_points(exhibit: Exhibit) -> np.ndarray:
    """(V, 3) world points of a result, registered."""
    registered = exhibit.obj.data.shape_keys.key_blocks["Registered"].data
    local = np.empty(3 * len(registered), np.float32)
    registered.foreach_get("co", local)
    matrix = np.array(exhibit.matrix)
    return local.reshape(-1, 3) @ matrix[:3, :3].T + matrix[:3, 3]


def _join(files: list[str], file: str) -> None:
    """Put pictures of one height side by side."""
    parts = []
    for path in files:
        image = bpy.data.images.load(path)
        pixels = np.empty(len(image.pixels), np.float32)
        image.pixels.foreach_get(pixels)
        parts.append(pixels.reshape(image.size[1], image.size[0], 4))
        bpy.data.images.remove(image)
    rows = np.concatenate(parts, axis=1)
    joined = bpy.data.images.new("Joined", rows.shape[1], rows.shape[0])
    joined.pixels.foreach_set(rows.ravel())
    joined.filepath_raw, joined.file_format = file, "PNG"
    joined.save()
    bpy.data.images.remove(joined)


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
