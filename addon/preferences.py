# SPDX-License-Identifier: GPL-3.0-or-later
"""The add-on's preferences: which interpreter runs the backend, creating one, and what it has."""

import json
import os
import textwrap

import bpy

from .. import __package__ as base_package
from . import paths

# The width of an average character of the interface's font at scale 1.
CHARACTER_PIXELS = 6.2


class HEADBRIDGE_AP_preferences(bpy.types.AddonPreferences):
    bl_idname = base_package

    interpreter: bpy.props.StringProperty(
        name="Interpreter",
        subtype="FILE_PATH",
        description="A Python that has the backend's packages; empty uses the environment HeadBridge creates",
    )

    def draw(self, context):
        layout = self.layout
        session = context.window_manager.headbridge
        path, origin = paths.interpreter_choice()

        box = layout.box()
        row = box.row()
        row.label(text="Backend", icon="CONSOLE")
        row.operator("headbridge.check_backend", icon="FILE_REFRESH")
        if path:
            box.label(text=f"{path}  ({origin})", icon="CHECKMARK" if os.path.isfile(path) else "ERROR")
        else:
            box.label(text="Not installed", icon="ERROR")
        draw_backend_info(box, session, path)

        box = layout.box()
        if session.task == "SETUP":
            draw_progress(box, session)
        else:
            row = box.row()
            row.enabled = bpy.app.online_access
            row.operator("headbridge.setup_backend", icon="IMPORT")
            if not bpy.app.online_access:
                box.label(text="Allow Online Access in Preferences > System to install packages", icon="INFO")
        column = box.column()
        column.use_property_split = True
        column.prop(self, "interpreter", text="Or Use Interpreter")
        if os.environ.get(paths.INTERPRETER_VARIABLE):
            box.label(text=f"The environment variable {paths.INTERPRETER_VARIABLE} decides at present", icon="INFO")
        draw_model_files(layout.box(), context)
        draw_error(layout, context)


def draw_model_files(layout, context) -> None:
    """The model files users own: found, or where to get them and where to put them, as the last search has it."""
    session = context.window_manager.headbridge
    row = layout.row()
    row.label(text="Model Files", icon="FILE_FOLDER")
    row.operator("headbridge.find_models", icon="VIEWZOOM")
    if session.task == "MODELS":
        layout.label(text=session.message)
    for finding in json.loads(session.model_files or "[]"):
        column = layout.column(align=True)
        column.label(text=finding["subject"], icon="CHECKMARK" if finding["state"] == "ok" else "REMOVE")
        for line in wrapped(finding["text"], line_characters(context)):
            column.label(text=line, icon="BLANK1")


def draw_backend_info(layout, session, interpreter: str) -> None:
    """What the backend said of itself when it was last checked, unless another interpreter was chosen since."""
    info = json.loads(session.backend_info or "{}")
    if info.get("interpreter") != interpreter:
        return
    column = layout.column(align=True)
    column.label(text=f"HeadBridge {info.get('version', '?')}, Python {info.get('python', '?')}", icon="INFO")
    packages = ", ".join(f"{name} {version}" for name, version in info.get("packages", {}).items())
    if packages:
        column.label(text=packages, icon="PACKAGE")
    devices = ", ".join({"cpu": "CPU", "cuda": "CUDA"}.get(name, name) for name in info.get("devices", []))
    in_use = bpy.context.scene.headbridge.settings.device.upper()
    column.label(text=f"Devices: {devices}; in use: {in_use}", icon="MEMORY")


def draw_progress(layout, session) -> None:
    """The progress bar of what runs, with a button to stop it."""
    row = layout.row(align=True)
    row.progress(factor=session.fraction, text=session.message)
    row.operator("headbridge.cancel", text="", icon="X")


def draw_error(layout, context) -> None:
    """The last error, with its log at hand."""
    session = context.window_manager.headbridge
    if not session.error:
        return
    box = layout.box()
    column = box.column(align=True)
    column.alert = True
    for number, line in enumerate(wrapped(session.error, line_characters(context))):
        column.label(text=line, icon="ERROR" if number == 0 else "BLANK1")
    row = box.row(align=True)
    if session.error_log:
        row.operator("headbridge.open_log", icon="TEXT")
    row.operator("headbridge.dismiss_error", icon="X")


def line_characters(context) -> int:
    """How many characters a label in a box of the present region holds."""
    return max(int(context.region.width / context.preferences.system.ui_scale / CHARACTER_PIXELS) - 11, 20)


def wrapped(text: str, width: int) -> list[str]:
    """Text broken into lines for labels, which do not break by themselves."""
    lines = [part for line in text.splitlines() for part in (textwrap.wrap(line, width) or [""])]
    return lines[:14]


CLASSES = (HEADBRIDGE_AP_preferences,)


register, unregister = bpy.utils.register_classes_factory(CLASSES)
