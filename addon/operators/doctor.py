# SPDX-License-Identifier: GPL-3.0-or-later
"""Let the backend examine itself, and open the folders it speaks of."""

import json
import os

import bpy

from .. import session_report
from ..job_session import JobSession
from .job_operator import JobOperator


class DoctorSession(JobSession):
    """Asks the backend to examine itself; the panel's list is what it says."""

    task = "doctor"
    changes_scene = False

    def __init__(self):
        super().__init__()
        bpy.context.window_manager.headbridge.findings = ""
        self._start({})

    def _finish(self, answer: dict) -> None:
        bpy.context.window_manager.headbridge.findings = json.dumps(answer["findings"])


class HEADBRIDGE_OT_examine(JobOperator, bpy.types.Operator):
    """Check packages, devices and built-in heads, look for the model files you have and read their versions, and list
    what can be mended and how"""

    bl_idname = "headbridge.examine"
    bl_label = "Examine Backend and Model Files"
    task = DoctorSession.task
    doing = "Examining the backend"

    def _session(self, _context) -> DoctorSession:
        return DoctorSession()

    def _complete(self, context, _session) -> str:
        findings = json.loads(context.window_manager.headbridge.findings)
        problems = sum(finding["state"] == "problem" for finding in findings)
        return f"{problems} problems were found" if problems else "Jobs can run"


class HEADBRIDGE_OT_open_folder(bpy.types.Operator):
    """Open this folder, made when it is not there, to put files into it"""

    bl_idname = "headbridge.open_folder"
    bl_label = "Open Folder"
    bl_options = {"INTERNAL"}

    folder: bpy.props.StringProperty(name="Folder", subtype="DIR_PATH")

    def execute(self, _context):
        try:
            os.makedirs(self.folder, exist_ok=True)
        except OSError as problem:
            text = f"The folder '{self.folder}' cannot be made: {problem.strerror or problem}."
            return session_report.fail(self, text)
        return bpy.ops.wm.path_open(filepath=self.folder)


CLASSES = (HEADBRIDGE_OT_examine, HEADBRIDGE_OT_open_folder)
