# SPDX-License-Identifier: GPL-3.0-or-later
"""A file that one process holds. The system lets go of it when the process ends, however it ends: no lock is left by a
Blender that was killed."""

from __future__ import annotations

import os
import sys

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl


class FileLock:
    """A lock at a path; made held or not held by `acquire`."""

    def __init__(self, path: str):
        self.path = path
        self._handle: int | None = None

    def acquire(self) -> bool:
        """Take the lock; False when another process, or another lock of this one, holds it."""
        if self._handle is not None:
            return True
        os.makedirs(os.path.dirname(self.path), exist_ok=True)
        handle = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600)
        if not _locked(handle):
            os.close(handle)
            return False
        self._handle = handle
        return True

    def release(self) -> None:
        """Let go of the lock."""
        if self._handle is not None:
            os.close(self._handle)
            self._handle = None


def _locked(handle: int) -> bool:
    try:
        if sys.platform == "win32":
            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        else:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as problem:
        # Windows says "permission denied". Any other answer is a file system without locks, on which going on is
        # better than never setting up.
        return not isinstance(problem, (BlockingIOError, PermissionError))
    return True
