# SPDX-License-Identifier: GPL-3.0-or-later
"""The picture of a running fit that the panel shows; no data-block of the file."""

from __future__ import annotations

import bpy.utils.previews

from .. import session_report

_NAME = "overlay"

_previews: bpy.utils.previews.ImagePreviewCollection | None = None


def show(path: str) -> None:
    """Show the picture of a file, which may go away afterwards."""
    if _previews is None:
        return
    if is_shown():
        del _previews[_NAME]
    preview = _previews.load(_NAME, path, "IMAGE", force_reload=True)
    # Files are read when something asks for their pixels.
    tuple(preview.image_size)
    session_report.redraw()


def clear() -> None:
    """Show no picture."""
    if _previews is not None:
        _previews.clear()


def is_shown() -> bool:
    """Whether there is a picture."""
    return _previews is not None and _NAME in _previews


def icon() -> int:
    """The number of the picture's icon."""
    return _previews[_NAME].icon_id


def register():
    global _previews
    _previews = bpy.utils.previews.new()


def unregister():
    global _previews
    bpy.utils.previews.remove(_previews)
    _previews = None
