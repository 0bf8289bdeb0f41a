# SPDX-License-Identifier: GPL-3.0-or-later
"""The one warm worker of this Blender session: started on demand, kept between jobs, ended when idle or at exit."""

from __future__ import annotations

import atexit
import os
import time

import bpy

from . import paths
from .job_client import WorkerClient, worker_environment

IDLE_SECONDS = 900.0
KEPT_DAYS = 3.0

_worker: WorkerClient | None = None
_last_use = 0.0


def worker() -> WorkerClient:
    """The running worker, or a new one when there is none or another interpreter was chosen."""
    global _worker, _last_use
    command = [paths.interpreter(), "-m", "headbridge.worker"]
    if _worker is not None and (not _worker.alive or _worker.command != command):
        stop()
    if _worker is None:
        logs = paths.user_folder("logs")
        for folder in (logs, paths.user_folder("jobs")):
            paths.remove_old(folder, KEPT_DAYS)
        log_path = os.path.join(logs, f"worker-{os.getpid()}.log")
        _worker = WorkerClient(command, worker_environment(paths.BACKEND_FOLDER), log_path)
    _last_use = time.monotonic()
    return _worker


def stop() -> None:
    """End the worker, when there is one."""
    global _worker
    if _worker is not None:
        _worker.shutdown()
        _worker = None


def touch() -> None:
    """Note that the worker is in use, which puts off its idle end."""
    global _last_use
    _last_use = time.monotonic()


def _end_when_idle() -> float:
    if _worker is not None and time.monotonic() - _last_use > IDLE_SECONDS:
        stop()
    return 60.0


def register():
    atexit.register(stop)
    bpy.app.timers.register(_end_when_idle, first_interval=60.0, persistent=True)


def unregister():
    if bpy.app.timers.is_registered(_end_when_idle):
        bpy.app.timers.unregister(_end_when_idle)
    atexit.unregister(stop)
    stop()
