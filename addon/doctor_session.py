# SPDX-License-Identifier: GPL-3.0-or-later
"""What the backend finds of its environment and of the user's model files."""

from __future__ import annotations

import json

import bpy

from .job_files import JobFolder
from .job_session import JobSession


class DoctorSession(JobSession):
    """Asks the backend to examine itself; the panel's list is what it says."""

    task = "doctor"
    changes_scene = False

    def __init__(self):
        super().__init__()
        bpy.context.window_manager.headbridge.findings = ""
        self._start({})

    def _write_inputs(self, folder: JobFolder) -> None:
        """Nothing is needed."""

    def _finish(self, answer: dict) -> None:
        bpy.context.window_manager.headbridge.findings = json.dumps(answer["findings"])
