# SPDX-License-Identifier: GPL-3.0-or-later
"""The add-on's preferences: which interpreter runs the backend, creating one, and what it has."""

import functools
import json
import os
import shutil
import sys
import textwrap

import bpy

from .. import __package__ as base_package
from . import paths
from .environment import disk
from .environment.pins import build_of

# The width of an average character of the interface's font at scale 1.
CHARACTER_PIXELS = 6.2

FINDING_ICONS = {"ok": "CHECKMARK", "warning": "REMOVE", "problem": "ERROR"}
BUILD_ITEMS = [
    ("CPU", "CPU", "PyTorch for the processor; runs everywhere"),
    ("NVIDIA", "NVIDIA", "PyTorch with CUDA, which needs an NVIDIA graphics card and its driver"),
]


class HEADBRIDGE_AP_preferences(bpy.types.AddonPreferences):
    bl_idname = base_package

    interpreter: bpy.props.StringProperty(
        name="Interpreter",
        subtype="FILE_PATH",
        description="A Python that has the backend's packages; empty uses the environment HeadBridge creates",
    )
    build: bpy.props.EnumProperty(items=BUILD_ITEMS, name="For", description="What the environment computes with")
    accepted_terms: bpy.props.StringProperty(
        description="Keys of the models whose terms were accepted", options={"HIDDEN"}
    )
    threads: bpy.props.IntProperty(
        name="Threads", min=0, max=256, description="Threads of a job; 0 is one for every core of the processor"
    )

    remote_address: bpy.props.StringProperty(
        name="Address",
        description="HOST:PORT of a worker on another computer, where its SSH tunnel ends here, such as 127.0.0.1:8765; "
        "jobs run there. Empty runs them here",
    )
    remote_token: bpy.props.StringProperty(
        name="Token", subtype="PASSWORD", description="What headbridge worker --listen shows on the other computer"
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
        draw_backend_info(box, session, paths.remote_worker()[0] or path)

        box = layout.box()
        if session.task == "SETUP":
            draw_progress(box, session)
        else:
            self._draw_setup(box, context)
        column = box.column()
        column.use_property_split = True
        column.prop(self, "interpreter", text="Or Use Interpreter")
        column.prop(self, "threads")
        if os.environ.get(paths.INTERPRETER_VARIABLE):
            box.label(text=f"The environment variable {paths.INTERPRETER_VARIABLE} decides at present", icon="INFO")
        # What goes wrong here is mostly the set-up, and further down nobody sees it.
        draw_error(layout, context)
        self._draw_remote(layout.box())
        draw_findings(layout.box(), context)

    def _draw_remote(self, layout) -> None:
        """A worker on another computer."""
        layout.label(text="Worker on Another Computer", icon="NETWORK_DRIVE")
        column = layout.column()
        column.use_property_split = True
        column.prop(self, "remote_address")
        row = column.row()
        row.enabled = bool(self.remote_address)
        row.prop(self, "remote_token")
        if self.remote_address:
            layout.label(
                text="Jobs run there; Import and Track read files of this computer and need a backend here", icon="INFO"
            )

    def _draw_setup(self, layout, context) -> None:
        """What is about to be made, its size and the room there is, and the buttons that make it."""
        outdated = paths.needs_update()
        if outdated:
            layout.label(text="The environment is of another version of HeadBridge; update it", icon="INFO")
        if sys.platform != "darwin":
            row = layout.row()
            row.use_property_split = True
            row.prop(self, "build", expand=True)
            if has_nvidia_driver() and self.build == "CPU":
                layout.label(text="This computer has an NVIDIA driver", icon="INFO")
        for line in wrapped(room_text(self.build), line_characters(context)):
            layout.label(text=line)
        row = layout.row()
        online = row.row()
        online.enabled = bpy.app.online_access
        online.operator(
            "headbridge.setup_backend", icon="IMPORT", **({"text": "Update Environment"} if outdated else {})
        )
        row.operator("headbridge.setup_from_file", icon="FILE_FOLDER")
        if not bpy.app.online_access:
            layout.label(text="Allow Online Access in Preferences > System to install packages", icon="INFO")


def room_text(choice: str) -> str:
    """What an environment takes, and what the disk has; choice : of BUILD_ITEMS."""
    build = build_of(choice)
    folder = paths.environments().folder
    size, download = (disk.gigabytes(count) for count in disk.SIZES[build])
    return (
        f"About {size} on the disk, {download} to download; {disk.gigabytes(disk.needed(build))} are needed meanwhile. "
        f"{disk.gigabytes(disk.free(folder))} are free for {folder}"
    )


@functools.cache
def has_nvidia_driver() -> bool:
    """Whether the driver's own program is there."""
    return shutil.which("nvidia-smi") is not None


def draw_findings(layout, context) -> None:
    """What the backend found when it examined itself last, each line with what mends it: packages that are missing, model
    files users own, and where to get them."""
    session = context.window_manager.headbridge
    row = layout.row()
    row.label(text="Health and Model Files", icon="FILE_FOLDER")
    row.operator("headbridge.examine", text="Examine", icon="VIEWZOOM")
    if session.task == "doctor":
        draw_progress(layout, session)
    for finding in json.loads(session.findings or "[]"):
        column = layout.column(align=True)
        row = column.row()
        row.alert = finding["state"] == "problem"
        row.label(text=finding["subject"], icon=FINDING_ICONS[finding["state"]])
        if finding["fix"] == "environment":
            row.operator("headbridge.setup_backend", text=setup_text(), icon="IMPORT")
        elif finding["fix"] == "folder":
            row.operator("headbridge.open_folder", icon="FILE_FOLDER").folder = finding["folder"]
        for line in wrapped(finding["text"], line_characters(context)):
            column.label(text=line, icon="BLANK1")


def setup_text() -> str:
    """What to call the button that makes an environment."""
    return "Update Environment" if paths.interpreter_choice()[0] else "Create Environment"


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
