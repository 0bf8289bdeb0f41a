# SPDX-License-Identifier: GPL-3.0-or-later
"""Make or update the backend's environment, from the network or from a file."""

import os

import bpy

from .. import backend_worker, paths, session_report
from ..environment import base_python
from ..environment.bundle import Bundle, read_bundle
from ..environment.pins import build_of, python_range
from ..environment.setup import EnvironmentSetup, Order
from ..job_client import BackendError
from ..job_session import Session
from .job_operator import FileJobOperator, JobOperator


class SetupSession(Session):
    """A running set-up; the environment in use stays until the new one works."""

    def __init__(self, bundle: Bundle | None):
        if bundle is None:
            base, build = base_python.find(*python_range(paths.PROJECT_FILE)), build_of(paths.preferences().build)
        else:
            (major, minor), build = bundle.python, bundle.build
            base = base_python.find((major, minor), (major, minor + 1))
        backend_worker.stop()
        self.log_path = os.path.join(paths.user_folder("logs"), f"setup-{os.getpid()}.log")
        order = Order(paths.EXTENSION_FOLDER, base, build, bundle, replaced=paths.earlier_environment())
        self._setup = EnvironmentSetup(paths.environments(), order, self.log_path)

    @property
    def state(self) -> str:
        if not self._setup.finished:
            return "running"
        return "failed" if self._setup.error else "cancelled" if self._setup.cancelled else "done"

    @property
    def fraction(self) -> float:
        return self._setup.fraction

    @property
    def message(self) -> str:
        return self._setup.message

    def step(self, show_preview: bool = True) -> bool:
        self.error = self._setup.error if self._setup.finished else ""
        return self._setup.finished

    def cancel(self) -> None:
        self._setup.cancel()

    def abort(self) -> None:
        self._setup.cancel()
        self._setup.wait()


class SetupOperator(JobOperator):
    """Runs a set-up."""

    task = "SETUP"
    doing = "Making the environment"
    needs = ()
    cancelled = "Cancelled; the backend is as it was"
    # It goes on beside the user's work.
    watches_keys = False

    def _say_ended(self) -> None:
        session_report.note(
            self,
            "The set-up ended when another file was opened or its window closed; the backend is as it was. Start it again.",
            stays=True,
        )

    def _complete(self, _context, _session) -> str:
        return "The backend is installed"


class HEADBRIDGE_OT_setup_backend(SetupOperator, bpy.types.Operator):
    """Make a Python environment for HeadBridge, download the backend's packages into it, and use it when it works"""

    bl_idname = "headbridge.setup_backend"
    bl_label = "Create Backend Environment"

    def _session(self, _context) -> SetupSession:
        if not bpy.app.online_access:
            raise BackendError(
                "Blender is offline: allow Online Access in Preferences > System first, or use Install from File."
            )
        return SetupSession(None)


class HEADBRIDGE_OT_setup_from_file(FileJobOperator, SetupOperator, bpy.types.Operator):
    """Make the environment from a file of packages, without a network"""

    bl_idname = "headbridge.setup_from_file"
    bl_label = "Install from File"

    filepath: bpy.props.StringProperty(name="File", description="Zip or folder of wheels", subtype="FILE_PATH")
    filter_glob: bpy.props.StringProperty(default="*.zip;*.whl", options={"HIDDEN"})

    def _session(self, _context) -> SetupSession:
        return SetupSession(read_bundle(bpy.path.abspath(self.filepath)))


CLASSES = (HEADBRIDGE_OT_setup_backend, HEADBRIDGE_OT_setup_from_file)
