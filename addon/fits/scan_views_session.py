# SPDX-License-Identifier: GPL-3.0-or-later
"""Pictures of a scan from all sides with their cameras, for other predictors to look at, in a folder of the user's."""

from __future__ import annotations

import os
import shutil
from typing import ClassVar

from .. import job_answer
from ..job_files import JobFolder
from ..job_session import JobSession
from ..mesh_arrays import MeshError
from .seen_scan import SeenScan

_PLACE = "views"


class ScanViewsSession(JobSession):
    """Renders the scan of a name, else the active object, into the folder `path`."""

    task = "render_scan_views"
    answer_kinds: ClassVar[dict[str, type]] = {"files": list}
    changes_scene = False

    def __init__(self, name: str, path: str, settings: dict):
        super().__init__()
        if not os.path.isdir(path):
            raise MeshError(f"The folder '{path}' does not exist; create it first.")
        self.path = path
        self._scan = SeenScan.of(name)
        self._start(settings)

    def _write_inputs(self, folder: JobFolder) -> None:
        options = self._scan.write(folder)
        if options:
            folder.write_arrays("options.npz", options)

    def _finish(self, answer: dict) -> None:
        for name in answer["files"]:
            made = job_answer.path_in(os.path.join(self._folder.path, _PLACE), name)
            shutil.copyfile(made, os.path.join(self.path, os.path.basename(made)))
