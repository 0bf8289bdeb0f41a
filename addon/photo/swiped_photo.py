# SPDX-License-Identifier: GPL-3.0-or-later
"""The photo right of a line, the head left of it, in views that look through the photo's camera."""

from __future__ import annotations

import bpy
import gpu
import numpy as np
from bpy_extras.view3d_utils import location_3d_to_region_2d
from gpu_extras.batch import batch_for_shader
from mathutils import Vector

from .. import swipe
from . import photo_camera

_handle = None


def frame_of(context: bpy.types.Context, camera: bpy.types.Object) -> np.ndarray | None:
    """(2, 2) pixels of the region at which the photo's lower left and upper right corner are seen."""
    view = photo_camera.view_of(camera)
    width, height = view.size
    corners = view.to_camera(np.array([(0.0, height), (width, 0.0)]), 1.0)
    seen = [
        location_3d_to_region_2d(context.region, context.region_data, camera.matrix_world @ Vector(corner))
        for corner in corners
    ]
    return None if None in seen else np.array(seen, np.float64)


def right_of(frame: np.ndarray, line: float) -> tuple[np.ndarray, np.ndarray]:
    """(2, 2) corners of the part of a frame, lower left and upper right, that is right of x = `line`, and (2, 2) where
    these are in the picture, from 0 to 1."""
    (left, bottom), (right, top) = frame
    start = min(max(line, left), right)
    share = (start - left) / (right - left)
    return np.array([(start, bottom), (right, top)]), np.array([(share, 0.0), (1.0, 1.0)])


def _draw() -> None:
    context = bpy.context
    if not context.window_manager.headbridge.swipe_photo:
        return
    camera = photo_camera.looked_through(context)
    image = camera.headbridge.photo if camera is not None else None
    frame = frame_of(context, camera) if image is not None else None
    if frame is None or frame[1][0] <= frame[0][0]:
        return
    (low, high), (start, end) = right_of(frame, swipe.line_of(context))
    shader = gpu.shader.from_builtin("IMAGE")
    shader.uniform_sampler("image", gpu.texture.from_image(image))
    places = [(low[0], low[1]), (high[0], low[1]), (low[0], high[1]), (high[0], high[1])]
    parts = [(start[0], start[1]), (end[0], start[1]), (start[0], end[1]), (end[0], end[1])]
    batch_for_shader(shader, "TRI_STRIP", {"pos": places, "texCoord": parts}).draw(shader)


def register():
    global _handle
    _handle = bpy.types.SpaceView3D.draw_handler_add(_draw, (), "WINDOW", "POST_PIXEL")


def unregister():
    global _handle
    bpy.types.SpaceView3D.draw_handler_remove(_handle, "WINDOW")
    _handle = None
