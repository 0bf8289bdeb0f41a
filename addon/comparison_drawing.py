# SPDX-License-Identifier: GPL-3.0-or-later
"""Comparisons drawn over the 3D views: heads in colours of their own, and a legend."""

from __future__ import annotations

from dataclasses import dataclass

import bpy
import gpu
import numpy as np
from bpy.app.translations import pgettext_iface as iface_
from bpy_extras.view3d_utils import location_3d_to_region_2d
from gpu_extras.batch import batch_for_shader
from mathutils import Matrix, Vector

from . import comparison, heat_map, mesh_arrays, swipe, view_text
from .comparison import Compared

TARGET_COLOUR = (0.16, 0.42, 0.9, 0.4)
# Result and target where both are opaque.
_SWIPED_COLOURS = (0.86, 0.68, 0.5, 1.0), (0.58, 0.68, 0.84, 1.0)
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
        distance = heat_map.distances(mesh)
        heat = None if np.isnan(distance).all() else heat_map.display_colours(distance, maximum)
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
    region = bpy.context.region_data
    if mode == "SWIPE":
        _draw_background()
    with gpu.matrix.push_pop_projection():
        gpu.matrix.load_projection_matrix(nearer(region.window_matrix, region.view_distance))
        gpu.state.depth_test_set("LESS_EQUAL")
        if mode == "SWIPE":
            _draw_halves(parts)
        else:
            _draw_parts(parts)
    gpu.state.depth_mask_set(False)
    gpu.state.depth_test_set("NONE")
    gpu.state.blend_set("NONE")


def _draw_parts(parts: list) -> None:
    shader = gpu.shader.from_builtin("SMOOTH_COLOR")
    for batch, matrix, opaque in parts:
        gpu.state.depth_mask_set(opaque)
        gpu.state.blend_set("NONE" if opaque else "ALPHA")
        with gpu.matrix.push_pop():
            gpu.matrix.multiply_matrix(matrix)
            batch.draw(shader)


def _draw_halves(parts: list) -> None:
    """All parts but the last left of the line of "SWIPE", the last right of it."""
    region, line = bpy.context.region, int(swipe.line_of(bpy.context))
    gpu.state.scissor_test_set(True)
    for shown, left, right in ((parts[:-1], 0, line), (parts[-1:], line, region.width)):
        gpu.state.scissor_set(left, 0, max(right - left, 0), region.height)
        _draw_parts(shown)
    gpu.state.scissor_test_set(False)


def _draw_background() -> None:
    """Cover all that is in the view: nothing else is to be seen beside the halves of "SWIPE"."""
    colour = bpy.context.preferences.themes[0].view_3d.space.gradients.high_gradient
    shader = gpu.shader.from_builtin("UNIFORM_COLOR")
    gpu.state.depth_test_set("ALWAYS")
    gpu.state.depth_mask_set(True)
    with gpu.matrix.push_pop(), gpu.matrix.push_pop_projection():
        gpu.matrix.load_identity()
        gpu.matrix.load_projection_matrix(Matrix.Identity(4))
        shader.uniform_float("color", (*colour, 1.0))
        # As far away as the view shows.
        corners = [(-1.0, -1.0, 1.0), (1.0, -1.0, 1.0), (-1.0, 1.0, 1.0), (1.0, 1.0, 1.0)]
        batch_for_shader(shader, "TRI_STRIP", {"pos": corners}).draw(shader)


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
    elif mode in {"OVERLAY", "SWIPE"}:
        colours = _SWIPED_COLOURS if mode == "SWIPE" else (RESULT_COLOUR, TARGET_COLOUR)
        matrix, shape = found.result.matrix_world.copy(), shape_of(found.result, maximum)
        yield _batch(shape, shaded(colours[0], shape.normals, matrix)), matrix, True
        yield _wire(shape), matrix, False
        matrix, shape = found.target.matrix_world.copy(), shape_of(found.target, maximum)
        yield _batch(shape, shaded(colours[1], shape.normals, matrix)), matrix, mode == "SWIPE"
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
        "HEAT_MAP": iface_("Distance of '{result}' to '{target}'"),
        "SIDE_BY_SIDE": iface_("Side by side: '{result}'"),
        "SWIPE": iface_("Drag the line"),
        "OVERLAY": iface_("Orange: '{result}', blue: '{target}'"),
        "RESULT": iface_("'{result}' alone"),
        "TARGET": iface_("'{target}' alone"),
    }
    line = lines[mode].format(result=found.result.name, target=found.target.name)
    view_text.draw(f"{line}      {iface_('Esc ends the view')}", left, bottom, scale)
    if mode in {"HEAT_MAP", "SIDE_BY_SIDE"}:
        _scale_bar(left, bottom + 22.0 * scale, scale, scene.headbridge.heat_map_max)
    if mode == "SIDE_BY_SIDE":
        _labels(found, region, scale)
    if mode == "SWIPE":
        swipe.draw_line(bpy.context, found.result.name, found.target.name)


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
        view_text.draw(f"{sign}{share * maximum:g}", left + width * share - 3.0 * scale, bottom, scale)
    view_text.draw(iface_("mm (grey: not measured)"), left + width + 40.0 * scale, bottom, scale)


def _labels(found: Compared, region: bpy.types.Region, scale: float) -> None:
    for place in comparison.row(found):
        low, high = comparison.bounds(place.obj, place.matrix)
        below = Vector(((low.x + high.x) / 2.0, (low.y + high.y) / 2.0, low.z))
        seen = location_3d_to_region_2d(region, bpy.context.region_data, below)
        if seen is not None:
            view_text.draw(iface_(place.label), seen.x, seen.y - 18.0 * scale, scale, centred=True)


def register():
    for draw, kind in ((_draw_heads, "POST_VIEW"), (_draw_legend, "POST_PIXEL")):
        _handles.append(bpy.types.SpaceView3D.draw_handler_add(draw, (), "WINDOW", kind))


def unregister():
    forget()
    while _handles:
        bpy.types.SpaceView3D.draw_handler_remove(_handles.pop(), "WINDOW")
