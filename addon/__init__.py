# SPDX-License-Identifier: GPL-3.0-or-later
"""The Blender side of HeadBridge: objects, operators and panels around jobs that the backend process runs."""

from . import (
    backend_worker,
    command,
    comparison_drawing,
    handlers,
    job_panels,
    languages,
    operators,
    panels,
    preferences,
    properties,
    register_panels,
    swipe,
    uv_panels,
)
from .batch import panel as batch_panel
from .fits import panel as fit_panel
from .manual import pages as manual
from .motion import panel as motion_panel
from .photo import live_picture, swiped_photo
from .pins import drawing as point_drawing
from .rig import panel as rig_panel
from .texture import panel as texture_panel

_MODULES = (
    preferences,
    properties,
    operators,
    live_picture,
    panels,
    texture_panel,
    uv_panels,
    rig_panel,
    register_panels,
    fit_panel,
    job_panels,
    motion_panel,
    batch_panel,
    comparison_drawing,
    swiped_photo,
    swipe,
    point_drawing,
    handlers,
    languages,
    manual,
    backend_worker,
    command,
)


def register():
    for module in _MODULES:
        module.register()


def unregister():
    for module in reversed(_MODULES):
        module.unregister()
