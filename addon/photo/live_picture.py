# SPDX-License-Identifier: GPL-3.0-or-later
"""The picture of a running fit, drawn over the 3D views; no data-block of the file."""

from __future__ import annotations

import bpy
import bpy.utils.previews
import gpu
import numpy as np
from gpu_extras.presets import draw_texture_2d

from .. import session_report
from ..image_encoding import srgb_decoded

_NAME = "overlay"
# Of the view's height, and of its margins in pixels.
_HEIGHT_SHARE, _MARGIN = 0.45, 24.0

_previews: bpy.utils.previews.ImagePreviewCollection | None = None
_texture: gpu.types.GPUTexture | None = None
_handle = None


def show(path: str) -> None:
    """Show the picture of a file, which may go away afterwards."""
    global _texture
    if _previews is None:
        return
    if is_shown():
        del _previews[_NAME]
    preview = _previews.load(_NAME, path, "IMAGE", force_reload=True)
    # Files are read when something asks for their pixels.
    tuple(preview.image_size)
    _texture = None
    session_report.redraw()


def clear() -> None:
    """Show no picture."""
    global _texture
    _texture = None
    if _previews is not None:
        _previews.clear()
        session_report.redraw()


def is_shown() -> bool:
    """Whether there is a picture."""
    return _previews is not None and _NAME in _previews


def _draw() -> None:
    global _texture
    if not is_shown():
        return
    width, height = _previews[_NAME].image_size
    if min(width, height) == 0:
        return
    if _texture is None:
        pixels = np.array(_previews[_NAME].image_pixels_float, np.float32)
        # What is drawn is encoded once more for the screen.
        pixels = srgb_decoded(pixels)
        _texture = gpu.types.GPUTexture(
            (width, height), format="RGBA16F", data=gpu.types.Buffer("FLOAT", len(pixels), pixels)
        )
    region, scale = bpy.context.region, bpy.context.preferences.system.ui_scale
    tools = next((other for other in bpy.context.area.regions if other.type == "TOOLS"), None)
    left = (tools.width if tools is not None and tools.width > 1 else 0) + _MARGIN * scale
    tall = _HEIGHT_SHARE * region.height
    gpu.state.blend_set("NONE")
    draw_texture_2d(_texture, (left, _MARGIN * scale + 32.0 * scale), tall * width / height, tall)


def register():
    global _previews, _handle
    _previews = bpy.utils.previews.new()
    _handle = bpy.types.SpaceView3D.draw_handler_add(_draw, (), "WINDOW", "POST_PIXEL")


def unregister():
    global _previews, _handle, _texture
    bpy.types.SpaceView3D.draw_handler_remove(_handle, "WINDOW")
    bpy.utils.previews.remove(_previews)
    _previews = _handle = _texture = None
