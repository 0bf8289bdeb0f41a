# SPDX-License-Identifier: GPL-3.0-or-later
"""Make or update the backend's environment, from the network or from a file."""

import os
import sys

import bpy

from .. import backend_worker, paths, session_report
from ..environment import base_python
from ..environment.bundle import Bundle, read_bundle
from ..environment.pins import CPU, NVIDIA, python_range
from ..environment.setup import EnvironmentSetup, Order
from ..job_client import BackendError
from .timed_operator import TimedOperator

_setup: EnvironmentSetup | None = None


def cancel_running() -> None:
    """Ask a running set-up to end."""
    if _setup is not None:
        _setup.cancel()


def abort_running() -> None:
    """End a running set-up at once."""
    global _setup
    if _setup is not None:
        _setup.cancel()
        _setup.wait()
        _setup = None


def chosen_build() -> str:
    """The build of PyTorch that the preferences ask for; there is no CUDA on macOS."""
    return NVIDIA if paths.preferences().build == "NVIDIA" and sys.platform != "darwin" else CPU


class SetupOperator(TimedOperator):
    """Runs a set-up to its end; the environment in use stays until the new one works."""

    @classmethod
    def poll(cls, context):
        return context.window_manager.headbridge.task == ""

    def _begin(self, context, bundle: Bundle | None) -> set[str]:
        global _setup
        try:
            if bundle is None:
                base, build = base_python.find(*python_range(paths.PROJECT_FILE)), chosen_build()
            else:
                (major, minor), build = bundle.python, bundle.build
                base = base_python.find((major, minor), (major, minor + 1))
        except BackendError as problem:
            return session_report.fail(self, str(problem))
        backend_worker.stop()
        session_report.begin("SETUP")
        log_path = os.path.join(paths.user_folder("logs"), f"setup-{os.getpid()}.log")
        order = Order(paths.EXTENSION_FOLDER, base, build, bundle, replaced=paths.earlier_environment())
        _setup = EnvironmentSetup(paths.environments(), order, log_path)
        return self._run(context)

    def _step(self, context):
        global _setup
        if _setup is None:
            return {"CANCELLED"}
        session_report.progress(_setup.fraction, _setup.message)
        if not _setup.finished:
            return None
        setup, _setup = _setup, None
        session_report.end()
        if setup.error:
            return session_report.fail(self, setup.error, setup.log_path)
        if setup.cancelled:
            self.report({"INFO"}, "Cancelled; the backend is as it was")
            return {"CANCELLED"}
        self.report({"INFO"}, "The backend is installed")
        return {"FINISHED"}


class HEADBRIDGE_OT_setup_backend(SetupOperator, bpy.types.Operator):
    """Make a Python environment for HeadBridge, download the backend's packages into it, and use it when it works"""

    bl_idname = "headbridge.setup_backend"
    bl_label = "Create Backend Environment"

    def execute(self, context):
        if not bpy.app.online_access:
            return session_report.fail(
                self,
                "Blender is offline: allow Online Access in Preferences > System first, or use Install from File.",
            )
        return self._begin(context, None)


class HEADBRIDGE_OT_setup_from_file(SetupOperator, bpy.types.Operator):
    """Make the environment from a file of packages, without a network"""

    bl_idname = "headbridge.setup_from_file"
    bl_label = "Install from File"

    filepath: bpy.props.StringProperty(name="File", description="Zip or folder of wheels", subtype="FILE_PATH")
    filter_glob: bpy.props.StringProperty(default="*.zip;*.whl", options={"HIDDEN"})

    def invoke(self, context, _event):
        context.window_manager.fileselect_add(self)
        return {"RUNNING_MODAL"}

    def execute(self, context):
        try:
            bundle = read_bundle(bpy.path.abspath(self.filepath))
        except BackendError as problem:
            return session_report.fail(self, str(problem))
        return self._begin(context, bundle)


CLASSES = (HEADBRIDGE_OT_setup_backend, HEADBRIDGE_OT_setup_from_file)
