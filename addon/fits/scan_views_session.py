# SPDX-License-Identifier: GPL-3.0-or-later
"""Pictures of a scan from all sides with their cameras, for other predictors to look at, in a folder of the user's."""

from __future__ import annotations

import os
import re
import shutil
from typing import ClassVar

from .. import job_answer
from ..job_files import JobFolder
from ..job_session import JobSession
from ..mesh_arrays import MeshError
from .seen_scan import SeenScan

_PLACE = "views"
# The names that the backend gives its files.
_WRITTEN = re.compile(r"(view_\d+\.png|cameras\.json|transforms\.json)", re.IGNORECASE)


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
        self._check_free()
        self._scan = SeenScan.of(name)
        self._start(settings)

    def _check_free(self) -> None:
        """Raise `MeshError` where files of the views' names lie in the folder already, which may be anybody's."""
        try:
            taken = sorted(name for name in os.listdir(self.path) if _WRITTEN.fullmatch(name))
        except OSError as problem:
            raise MeshError(
                f"The folder '{self.path}' cannot be read ({problem.strerror}); choose another."
            ) from problem
        if taken:
            raise MeshError(
                f"There is a '{taken[0]}' in '{self.path}', which the views would overwrite; choose another folder, or "
                "delete or rename it first."
            )

    def _write_inputs(self, folder: JobFolder) -> None:
        options = self._scan.write(folder)
        if options:
            folder.write_arrays("options.npz", options)

    def _finish(self, answer: dict) -> None:
        for name in answer["files"]:
            made = job_answer.path_in(os.path.join(self._folder.path, _PLACE), name)
            shutil.copyfile(made, os.path.join(self.path, os.path.basename(made)))
