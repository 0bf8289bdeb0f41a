"""Asking for memory before taking it."""

from __future__ import annotations

import os
import sys

from ..errors import InputError


def check_memory(needed: int, what: str) -> None:
    """Raise `InputError` when `needed` bytes for `what` ("a texture of 8192 x 8192") are more than is free."""
    free = available_memory_bytes()
    if needed > free:
        raise InputError(
            f"{what} does not fit in memory: it needs {needed / 2**30:.1f} GB and {free / 2**30:.1f} GB are free; "
            "choose a smaller size."
        )


def available_memory_bytes() -> int:
    """Memory this process may still take without swapping, in bytes; on macOS all of the machine's."""
    if sys.platform == "win32":
        return _windows_available()
    if sys.platform == "darwin":
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    with open("/proc/meminfo", encoding="ascii") as stream:
        fields = dict(line.split(":", 1) for line in stream)
    return int(fields["MemAvailable"].split()[0]) * 1024


def _windows_available() -> int:
    import ctypes

    class MemoryStatus(ctypes.Structure):
        _fields_ = [("length", ctypes.c_ulong), ("load", ctypes.c_ulong)] + [
            (name, ctypes.c_ulonglong)
            for name in (
                "total_physical",
                "available_physical",
                "total_page_file",
                "available_page_file",
                "total_virtual",
                "available_virtual",
                "available_extended_virtual",
            )
        ]

    status = MemoryStatus()
    status.length = ctypes.sizeof(status)
    if not ctypes.windll.kernel32.GlobalMemoryStatusEx(ctypes.byref(status)):
        raise ctypes.WinError()
    return int(status.available_physical)
