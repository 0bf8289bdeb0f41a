"""The memory that worker processes hold."""

from __future__ import annotations

import os
import subprocess
import sys


def resident_memory_bytes(process: int | None = None) -> int:
    """Resident memory of the process with that id, by default of this one; 0 when it has ended (Linux, macOS,
    Windows)."""
    process = os.getpid() if process is None else process
    try:
        if sys.platform == "win32":
            from ..metrics.memory import windows_memory_counters

            return int(windows_memory_counters(process).WorkingSetSize)
        if sys.platform == "darwin":
            shown = subprocess.run(["ps", "-o", "rss=", "-p", str(process)], capture_output=True, text=True)
            return int(shown.stdout.strip() or 0) * 1024
        with open(f"/proc/{process}/statm", encoding="ascii") as stream:
            return int(stream.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except OSError:
        return 0
