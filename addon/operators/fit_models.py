# SPDX-License-Identifier: GPL-3.0-or-later
"""Which model files of the user the backend finds."""

import bpy

from .. import paths, session_report
from ..fits.model_files import ModelFileSearch
from ..job_client import BackendError
from .timed_operator import TimedOperator

_search: ModelFileSearch | None = None


def abort_running() -> None:
    """End a running search at once."""
    global _search
    if _search is not None:
        _search.cancel()
        _search = None


class HEADBRIDGE_OT_find_models(TimedOperator, bpy.types.Operator):
    """Look for the model files you have, read their versions, and list where to get the others and where to put them"""

    bl_idname = "headbridge.find_models"
    bl_label = "Look for Model Files"

    @classmethod
    def poll(cls, context):
        return context.window_manager.headbridge.task == ""

    def execute(self, context):
        global _search
        session_report.begin("MODELS")
        context.window_manager.headbridge.model_files = ""
        try:
            _search = ModelFileSearch(paths.interpreter())
        except BackendError as problem:
            session_report.end()
            return session_report.fail(self, str(problem))
        session_report.progress(0.0, "Looking for model files")
        return self._run(context)

    def _step(self, context):
        global _search
        if _search is None:
            return {"CANCELLED"}
        if not _search.finished:
            return None
        search, _search = _search, None
        session_report.end()
        try:
            context.window_manager.headbridge.model_files = search.answer()
        except BackendError as problem:
            return session_report.fail(self, str(problem))
        return {"FINISHED"}


CLASSES = (HEADBRIDGE_OT_find_models,)
