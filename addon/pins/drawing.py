# SPDX-License-Identifier: GPL-3.0-or-later
"""Points drawn over the 3D views with their numbers, and what a point that is dragged does to the surface."""

from __future__ import annotations

from dataclasses import dataclass

import bpy
import gpu
import numpy as np
from bpy_extras.view3d_utils import location_3d_to_region_2d
from gpu_extras.batch import batch_for_shader
from mathutils import Vector

from .. import view_text
from . import pairs

# Of the two sides of a pair, of one whose partner is missing, and of points that nobody has moved.
COLOURS = {
    "source": (0.94, 0.62, 0.25),
    "target": (0.3, 0.62, 1.0),
    "waiting": (1.0, 0.35, 0.3),
    "moved": (0.94, 0.62, 0.25),
    "found": (0.45, 0.8, 0.95),
}
_NEAR_COLOUR = (1.0, 1.0, 1.0)
_SIZE, _NEAR_SIZE = 7.0, 11.0
# A number is drawn where no other point is nearer, pixels.
_ROOM = 14.0
_PULL_COLOUR = (1.0, 0.75, 0.2, 0.55)


@dataclass(frozen=True, eq=False)
class Mark:
    """A point to draw. place : in the world. kind : a key of `COLOURS`. start : where it pulls from, if anywhere.
    near : whether the mouse is on it."""

    place: Vector
    label: str
    kind: str
    start: Vector | None = None
    near: bool = False


# Of the tool that runs: its marks, and (L, 2, 3) the lines of the surface it pulls.
_marks: list[Mark] | None = None
_pulled: np.ndarray | None = None
_handles: list = []


def show(marks: list[Mark], pulled: np.ndarray | None = None) -> None:
    """Draw a tool's marks in place of the scene's own, until `clear`."""
    global _marks, _pulled
    _marks, _pulled = marks, pulled


def clear() -> None:
    """Draw the scene's own marks again."""
    global _marks, _pulled
    _marks = _pulled = None


def pair_marks(scene: bpy.types.Scene, near: str = "", starts: dict[str, Vector] | None = None) -> list[Mark]:
    """The pairs of a scene. near : the name of the empty under the mouse. starts : where a result has the pairs' points of
    the source, by the pairs' names."""
    marks = []
    for name, sides in pairs.by_name(scene).items():
        for side, empty in sides.items():
            kind = side if len(sides) == 2 else "waiting"
            start = (starts or {}).get(name) if side == "target" else None
            marks.append(Mark(pairs.place_of(empty), pairs.label_of(name), kind, start, empty.name == near))
    return marks


def _draw_pulled() -> None:
    if _pulled is None or not len(_pulled):
        return
    shader = gpu.shader.from_builtin("UNIFORM_COLOR")
    gpu.state.blend_set("ALPHA")
    shader.uniform_float("color", _PULL_COLOUR)
    batch_for_shader(shader, "LINES", {"pos": _pulled.reshape(-1, 3).astype(np.float32)}).draw(shader)
    gpu.state.blend_set("NONE")


def _draw_marks() -> None:
    scene, space = bpy.context.scene, bpy.context.space_data
    marks = _marks
    if marks is None:
        if scene.headbridge.landmarks != "EMPTIES" or not space.overlay.show_overlays:
            return
        marks = pair_marks(scene)
    scale, seen = bpy.context.preferences.system.ui_scale, []
    for mark in marks:
        place, start = (_on_screen(point) for point in (mark.place, mark.start))
        if place is not None:
            seen.append((mark, place, start))
    gpu.state.blend_set("ALPHA")
    for mark, place, start in seen:
        if start is not None:
            _lines([start, place], (*COLOURS[mark.kind], 0.9))
    for mark, place, _start in seen:
        size = (_NEAR_SIZE if mark.near else _SIZE) * scale
        _disc(place, 0.5 * size + 1.5 * scale, (0.0, 0.0, 0.0, 0.6))
        _disc(place, 0.5 * size, (*(_NEAR_COLOUR if mark.near else COLOURS[mark.kind]), 1.0))
    crowded = _crowded(np.array([place for _mark, place, _start in seen]).reshape(-1, 2), _ROOM * scale)
    for (mark, place, _start), hidden in zip(seen, crowded):
        if mark.near or not hidden:
            view_text.draw(mark.label, place.x + 8.0 * scale, place.y + 4.0 * scale, scale, _NEAR_COLOUR)
    gpu.state.blend_set("NONE")


def _crowded(places: np.ndarray, room: float) -> np.ndarray:
    """(N,) which of (N, 2) places have another one nearer than so many pixels."""
    apart = np.linalg.norm(places[:, None] - places[None], axis=2)
    np.fill_diagonal(apart, np.inf)
    return apart.min(axis=1, initial=np.inf) < room


def _on_screen(point: Vector | None) -> Vector | None:
    if point is None:
        return None
    return location_3d_to_region_2d(bpy.context.region, bpy.context.region_data, point)


def _lines(points: list[Vector], colour: tuple[float, float, float, float]) -> None:
    shader = gpu.shader.from_builtin("UNIFORM_COLOR")
    shader.uniform_float("color", colour)
    batch_for_shader(shader, "LINES", {"pos": [tuple(point) for point in points]}).draw(shader)


def _disc(centre: Vector, radius: float, colour: tuple[float, float, float, float]) -> None:
    turns = np.linspace(0.0, 2.0 * np.pi, 16, endpoint=False)
    ring = np.stack([centre.x + radius * np.cos(turns), centre.y + radius * np.sin(turns)], axis=1)
    shader = gpu.shader.from_builtin("UNIFORM_COLOR")
    shader.uniform_float("color", colour)
    batch_for_shader(shader, "TRI_FAN", {"pos": ring.astype(np.float32)}).draw(shader)


def register():
    for draw, kind in ((_draw_pulled, "POST_VIEW"), (_draw_marks, "POST_PIXEL")):
        _handles.append(bpy.types.SpaceView3D.draw_handler_add(draw, (), "WINDOW", kind))


def unregister():
    clear()
    while _handles:
        bpy.types.SpaceView3D.draw_handler_remove(_handles.pop(), "WINDOW")
