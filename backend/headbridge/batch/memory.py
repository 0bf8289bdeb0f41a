"""The memory that worker processes hold."""

from __future__ import annotations

import ctypes
import gc
import os
import subprocess
import sys


def own_memory_bytes(process: int | None = None) -> int:
    """Memory that the process with that id, by default this one, has for itself: resident on Linux, without the
    libraries' files that workers share; committed on Windows; all that is resident on macOS. 0 when it has ended."""
    process = os.getpid() if process is None else process
    try:
        if sys.platform == "win32":
            from ..metrics.memory import windows_memory_counters

            return int(windows_memory_counters(process).PagefileUsage)
        if sys.platform == "darwin":
            shown = subprocess.run(["ps", "-o", "rss=", "-p", str(process)], capture_output=True, text=True)
            return int(shown.stdout.strip() or 0) * 1024
        with open(f"/proc/{process}/statm", encoding="ascii") as stream:
            resident, shared = stream.read().split()[1:3]
        return (int(resident) - int(shared)) * os.sysconf("SC_PAGE_SIZE")
    except OSError:
        return 0


def give_memory_back() -> None:
    """Return what is free inside this process to the system, where the allocator keeps it (glibc): workers that did
    large heads would stay large."""
    gc.collect()
    if sys.platform == "linux":
        trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
        if trim is not None:
            trim(0)
