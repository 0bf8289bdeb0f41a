# SPDX-License-Identifier: GPL-3.0-or-later
"""The one warm worker of this Blender session: started on demand, kept between jobs, ended when idle or at exit."""

from __future__ import annotations

import atexit
import os
import time

import bpy

from . import paths
from .environment.file_lock import FileLock
from .job_client import WorkerClient, worker_environment
from .remote_worker import RemoteWorker

IDLE_SECONDS = 900.0
KEPT_DAYS = 3.0

_worker: WorkerClient | RemoteWorker | None = None
_last_use = 0.0
_threads = 0
# Keeps another Blender from removing the environment that the worker runs in.
_in_use: FileLock | None = None


def worker() -> WorkerClient | RemoteWorker:
    """The running worker, or a new one when there is none or another interpreter, number of threads or computer was
    chosen."""
    global _worker, _last_use, _threads, _in_use
    address, token = paths.remote_worker()
    if address:
        if _worker is not None and (not _worker.alive or _worker.command != RemoteWorker.called(address, token)):
            stop()
        if _worker is None:
            paths.remove_old(paths.user_folder("jobs"), KEPT_DAYS)
            _worker = RemoteWorker(address, token)
        _last_use = time.monotonic()
        return _worker
    command = [paths.interpreter(), "-m", "headbridge.worker"]
    threads = paths.preferences().threads
    if _worker is not None and (not _worker.alive or _worker.command != command or _threads != threads):
        stop()
    if _worker is None:
        logs, jobs = paths.user_folder("logs"), paths.user_folder("jobs")
        for folder in (logs, jobs):
            paths.remove_old(folder, KEPT_DAYS)
        log_path = os.path.join(logs, f"worker-{os.getpid()}.log")
        _in_use = paths.use_environment(command[0])
        _worker = WorkerClient(command, worker_environment(paths.BACKEND_FOLDER, threads=threads), log_path, jobs)
        _threads = threads
    _last_use = time.monotonic()
    return _worker


def stop() -> None:
    """End the worker, when there is one."""
    global _worker, _in_use
    if _worker is not None:
        _worker.shutdown()
        _worker = None
    if _in_use is not None:
        _in_use.release()
        _in_use = None


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
