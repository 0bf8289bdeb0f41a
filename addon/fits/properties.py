# SPDX-License-Identifier: GPL-3.0-or-later
"""What scenes remember of the panel "Fit" (`.headbridge.fits`)."""

import bpy

from .. import settings
from .scan_session import RESULTS

TASKS = ("fit_mesh", "fit_landmarks3d", "fit_scan", "convert", "sample")

# One group of settings per task.
_GROUPS = {
    task: type(
        f"HEADBRIDGE_PG_{task}_settings", (bpy.types.PropertyGroup,), {"__annotations__": settings.properties(task)}
    )
    for task in TASKS
}


class HEADBRIDGE_PG_fits(bpy.types.PropertyGroup):
    __annotations__ = {
        **{task: bpy.props.PointerProperty(type=group) for task, group in _GROUPS.items()},
        "scan_result": bpy.props.EnumProperty(items=RESULTS, name="Result", description="What Fit Scan adds"),
    }


CLASSES = (*_GROUPS.values(), HEADBRIDGE_PG_fits)
