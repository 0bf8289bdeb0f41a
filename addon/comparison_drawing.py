# SPDX-License-Identifier: GPL-3.0-or-later
"""Comparisons drawn over the 3D views: heads in colours of their own, and a legend."""

from __future__ import annotations

from dataclasses import dataclass

import blf
import bpy
import gpu
import numpy as np
from bpy_extras.view3d_utils import location_3d_to_region_2d
from gpu_extras.batch import batch_for_shader
from mathutils import Matrix, Vector

from . import comparison, heat_map, mesh_arrays
from .comparison import Compared

TARGET_COLOUR = (0.16, 0.42, 0.9, 0.4)
RESULT_COLOUR = (0.94, 0.62, 0.25, 1.0)
_PLAIN_COLOUR = (0.8, 0.8, 0.8, 1.0)
_WIRE_COLOUR = (0.05, 0.05, 0.05, 0.35)
# Towards the light that shades the heads: before them, above, from their right.
_LIGHT = np.array([-0.35, -0.8, 0.5]) / np.linalg.norm([-0.35, -0.8, 0.5])
_AMBIENT = 0.55
# What is drawn comes before what stands in the same place by this part of its distance to the eye.
_BEFORE = 0.01
_LEGEND_STEPS = 64


@dataclass(frozen=True, eq=False)
class Shape:
    """A mesh to draw: vertices (V, 3) and normals (V, 3) in the object's space, triangles (T, 3), edges (E, 2), and
    (V, 4) colours of the distance to the target, None where there are no distances."""

    vertices: np.ndarray
    normals: np.ndarray
    triangles: np.ndarray
    edges: np.ndarray
    heat: np.ndarray | None


def shape_of(obj: bpy.types.Object, maximum: float) -> Shape:
    """An object as it is seen in the viewport; maximum : distance in millimetres that is shown in full red."""
    evaluated = obj.evaluated_get(bpy.context.evaluated_depsgraph_get())
    mesh = evaluated.to_mesh()
    try:
        mesh.calc_loop_triangles()
        distance = mesh.attributes.get(heat_map.DISTANCE)
        heat = None
        if distance is not None and distance.domain == "POINT":
            heat = heat_map.display_colours(mesh_arrays.foreach_floats(distance.data, "value", 1), maximum)
        return Shape(
            mesh_arrays.foreach_floats(mesh.vertices, "co", 3),
            mesh_arrays.foreach_floats(mesh.vertices, "normal", 3),
            mesh_arrays.foreach_ints(mesh.loop_triangles, "vertices", 3),
            mesh_arrays.foreach_ints(mesh.edges, "vertices", 2),
            heat,
        )
    finally:
        evaluated.to_mesh_clear()


def shaded(colours: np.ndarray, normals: np.ndarray, matrix: Matrix) -> np.ndarray:
    """(V, 4) float32 colours, one or (V, 4) of them, under a light that is fixed in the world."""
    turned = normals @ np.array(matrix.to_3x3().normalized(), np.float64).T
    brightness = _AMBIENT + (1.0 - _AMBIENT) * np.maximum(turned @ _LIGHT, 0.0)
    lit = np.broadcast_to(np.asarray(colours, np.float32), (len(normals), 4)).copy()
    lit[:, :3] *= brightness[:, None]
    return lit


@dataclass(frozen=True, eq=False)
class _Drawn:
    """What was sent to the graphics card: batches, each with its matrix and whether it is opaque. key : for which
    comparison."""

    key: tuple
    parts: list[tuple[gpu.types.GPUBatch, Matrix, bool]]


_drawn: _Drawn | None = None
_handles: list = []


def forget() -> None:
    """Have the heads read again before they are drawn."""
    global _drawn
    _drawn = None


def forget_changed(depsgraph: bpy.types.Depsgraph) -> None:
    """Have the heads read again when one of them was edited."""
    if _drawn is not None and any(
        update.is_updated_geometry and isinstance(update.id, (bpy.types.Object, bpy.types.Mesh))
        for update in depsgraph.updates
    ):
        forget()


def _draw_heads() -> None:
    found = comparison.shown(bpy.context.scene)
    mode = bpy.context.scene.headbridge.compare_mode
    if found is None or mode in {"RESULT", "TARGET"}:
        return
    parts = _parts(found, mode, bpy.context.scene.headbridge.heat_map_max)
    shader = gpu.shader.from_builtin("SMOOTH_COLOR")
    region = bpy.context.region_data
    with gpu.matrix.push_pop_projection():
        gpu.matrix.load_projection_matrix(nearer(region.window_matrix, region.view_distance))
        gpu.state.depth_test_set("LESS_EQUAL")
        for batch, matrix, opaque in parts:
            gpu.state.depth_mask_set(opaque)
            gpu.state.blend_set("NONE" if opaque else "ALPHA")
            with gpu.matrix.push_pop():
                gpu.matrix.multiply_matrix(matrix)
                batch.draw(shader)
    gpu.state.depth_mask_set(False)
    gpu.state.depth_test_set("NONE")
    gpu.state.blend_set("NONE")


def nearer(projection: Matrix, distance: float) -> Matrix:
    """A projection that puts all a little nearer to the eye than it is, and in the same pixels.

    distance : of what a view without perspective looks at."""
    moved = projection.copy()
    if projection[3][2] != 0.0:
        # Depth in the frame is (p22 z + p23) / -z: this scales z.
        moved[2][3] /= 1.0 - _BEFORE
    else:
        moved[2][3] += projection[2][2] * _BEFORE * distance
    return moved


def _parts(found: Compared, mode: str, maximum: float) -> list:
    global _drawn
    objects = (found.source, found.target, found.result)
    key = (mode, maximum, tuple((obj.name, tuple(map(tuple, obj.matrix_world))) for obj in objects))
    if _drawn is None or _drawn.key != key:
        _drawn = _Drawn(key, list(_made_parts(found, mode, maximum)))
    return _drawn.parts


def _made_parts(found: Compared, mode: str, maximum: float):
    """The batches of a comparison, each with its matrix and whether it is opaque, in the order to be drawn in."""
    if mode == "HEAT_MAP":
        yield _heat_part(found.result, found.result.matrix_world, maximum)
    elif mode == "OVERLAY":
        matrix, shape = found.result.matrix_world.copy(), shape_of(found.result, maximum)
        yield _batch(shape, shaded(RESULT_COLOUR, shape.normals, matrix)), matrix, True
        yield _wire(shape), matrix, False
        matrix, shape = found.target.matrix_world.copy(), shape_of(found.target, maximum)
        yield _batch(shape, shaded(TARGET_COLOUR, shape.normals, matrix)), matrix, False
    else:
        for place in comparison.row(found):
            if place.heat:
                yield _heat_part(place.obj, place.matrix, maximum)
            else:
                shape = shape_of(place.obj, maximum)
                yield _batch(shape, shaded(_PLAIN_COLOUR, shape.normals, place.matrix)), place.matrix, True


def _heat_part(obj: bpy.types.Object, matrix: Matrix, maximum: float) -> tuple:
    shape = shape_of(obj, maximum)
    colours = _PLAIN_COLOUR if shape.heat is None else shape.heat
    return _batch(shape, shaded(colours, shape.normals, matrix)), matrix.copy(), True


def _batch(shape: Shape, colours: np.ndarray) -> gpu.types.GPUBatch:
    shader = gpu.shader.from_builtin("SMOOTH_COLOR")
    return batch_for_shader(shader, "TRIS", {"pos": shape.vertices, "color": colours}, indices=shape.triangles)


def _wire(shape: Shape) -> gpu.types.GPUBatch:
    colours = np.broadcast_to(np.float32(_WIRE_COLOUR), (len(shape.vertices), 4)).copy()
    shader = gpu.shader.from_builtin("SMOOTH_COLOR")
    return batch_for_shader(shader, "LINES", {"pos": shape.vertices, "color": colours}, indices=shape.edges)


def _draw_legend() -> None:
    scene, region = bpy.context.scene, bpy.context.region
    found, mode = comparison.shown(scene), scene.headbridge.compare_mode
    if found is None:
        return
    scale = bpy.context.preferences.system.ui_scale
    tools = next((other for other in bpy.context.area.regions if other.type == "TOOLS"), None)
    left = (tools.width if tools is not None and tools.width > 1 else 0) + 24.0 * scale
    # Above the panel of the last operation.
    bottom = 56.0 * scale
    lines = {
        "HEAT_MAP": f"Distance of '{found.result.name}' to '{found.target.name}'",
        "SIDE_BY_SIDE": f"Side by side: '{found.result.name}'",
        "OVERLAY": f"Orange: '{found.result.name}', blue: '{found.target.name}'",
        "RESULT": f"'{found.result.name}' alone",
        "TARGET": f"'{found.target.name}' alone",
    }
    _text(f"{lines[mode]}      Esc ends the view", left, bottom, scale)
    if mode in {"HEAT_MAP", "SIDE_BY_SIDE"}:
        _scale_bar(left, bottom + 22.0 * scale, scale, scene.headbridge.heat_map_max)
    if mode == "SIDE_BY_SIDE":
        _labels(found, region, scale)


def _scale_bar(left: float, bottom: float, scale: float, maximum: float) -> None:
    """The colours from 0 to the maximum with their numbers, and the grey of what has no counterpart."""
    width, height = 220.0 * scale, 14.0 * scale
    part = np.linspace(0.0, 1.0, _LEGEND_STEPS)
    x = np.repeat(left + width * part, 2)
    y = bottom + np.tile([16.0 * scale, 16.0 * scale + height], _LEGEND_STEPS)
    colours = np.repeat(heat_map.display_colours(part * maximum, maximum), 2, axis=0)
    shader = gpu.shader.from_builtin("SMOOTH_COLOR")
    points = np.stack([x, y, np.zeros_like(x)], axis=1).astype(np.float32)
    batch_for_shader(shader, "TRI_STRIP", {"pos": points, "color": colours}).draw(shader)
    for share in (0.0, 0.5, 1.0):
        sign = "\u2265 " if share == 1.0 else ""
        _text(f"{sign}{share * maximum:g}", left + width * share - 3.0 * scale, bottom, scale)
    _text("mm   (grey: not measured)", left + width + 40.0 * scale, bottom, scale)


def _labels(found: Compared, region: bpy.types.Region, scale: float) -> None:
    for place in comparison.row(found):
        low, high = comparison.bounds(place.obj, place.matrix)
        below = Vector(((low.x + high.x) / 2.0, (low.y + high.y) / 2.0, low.z))
        seen = location_3d_to_region_2d(region, bpy.context.region_data, below)
        if seen is not None:
            _text(place.label, seen.x, seen.y - 18.0 * scale, scale, centred=True)


def _text(words: str, x: float, y: float, scale: float, centred: bool = False) -> None:
    blf.size(0, 12.0 * scale)
    blf.color(0, 0.92, 0.92, 0.92, 1.0)
    blf.enable(0, blf.SHADOW)
    blf.shadow(0, 3, 0.0, 0.0, 0.0, 0.8)
    blf.position(0, x - (blf.dimensions(0, words)[0] / 2.0 if centred else 0.0), y, 0.0)
    blf.draw(0, words)
    blf.disable(0, blf.SHADOW)


def register():
    for draw, kind in ((_draw_heads, "POST_VIEW"), (_draw_legend, "POST_PIXEL")):
        _handles.append(bpy.types.SpaceView3D.draw_handler_add(draw, (), "WINDOW", kind))


def unregister():
    forget()
    while _handles:
        bpy.types.SpaceView3D.draw_handler_remove(_handles.pop(), "WINDOW")
