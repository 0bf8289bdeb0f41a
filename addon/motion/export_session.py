# SPDX-License-Identifier: GPL-3.0-or-later
"""A head's motion as a table of ARKit's blendshapes."""

from __future__ import annotations

import os
import shutil

import bpy
import numpy as np

from .. import settings
from ..job_files import JobFolder
from ..job_session import JobSession
from ..mesh_arrays import MeshError
from ..rig import export
from . import arkit_motion, timing

_SEQUENCE, _TABLE = "sequence.npz", os.path.join("files", "arkit.csv")


class ExportTableSession(JobSession):
    """Reads how a head's ARKit keys and bones play, and has the backend write the table."""

    task = "export_sequence"
    answer_kinds = {"files": list, "notes": list}

    def __init__(self, obj: bpy.types.Object, path: str, scene: bpy.types.Scene):
        super().__init__()
        head = arkit_motion.head_to_export(obj)
        if not os.path.isdir(os.path.dirname(os.path.abspath(path))):
            raise MeshError(f"The folder '{os.path.dirname(path)}' does not exist; create it first.")
        self.path, self.notes = path, []
        first, last = export.action_range(head) or (scene.frame_start, scene.frame_end)
        self._arrays = arkit_motion.read(head, np.arange(first, last + 1), scene)
        self.frame_count = last + 1 - first
        chosen = {**settings.defaults(self.task), "format": "arkit-csv", "fps": timing.scene_rate(scene)}
        self._start(chosen)

    def _write_inputs(self, folder: JobFolder) -> None:
        folder.write_arrays(_SEQUENCE, self._arrays)

    def _finish(self, answer: dict) -> None:
        shutil.copyfile(os.path.join(self._folder.path, _TABLE), self.path)
        self.notes = answer["notes"]
