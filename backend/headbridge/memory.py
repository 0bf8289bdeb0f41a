"""Asking for memory before taking it: what is free, and what a file may ask for."""

from __future__ import annotations

import os
import sys

from .errors import InputError


def check_memory(needed: int, what: str) -> None:
    """Raise `InputError` when `needed` bytes for `what` ("a texture of 8192 x 8192") are more than is free."""
    free = available_memory_bytes()
    if needed > free:
        raise InputError(
            f"{what} does not fit in memory: it needs {needed / 2**30:.1f} GB and {free / 2**30:.1f} GB are free; "
            "choose a smaller size."
        )


class FileBudget:
    """What the content of one file may take in memory: many times the file's own size, and never more than is free.

    A few damaged or hostile bytes can name gigabytes (a count, a stride of zero, one array used a thousand times); every
    reader asks here before it makes an array.

    size : of the file in bytes. source : names it in errors.
    """

    # Text and packed numbers grow about tenfold, zip files of equal numbers a thousandfold, but these are small.
    SMALLEST, GROWTH = 128 * 2**20, 32

    def __init__(self, size: int, source: str):
        self._size, self._source = size, source
        self._left = max(self.SMALLEST, self.GROWTH * size)

    def take(self, needed: int, what: str) -> None:
        """Count `needed` more bytes for `what` ("the array 'mean'"), to be made at once; `InputError` when the file may
        not have them, or when as many are not free."""
        self.count(needed, what)
        # Looking at what is free takes longer than reading a small array.
        if needed > self.SMALLEST:
            check_memory(needed, f"{self._source}: {what}")

    def count(self, needed: int, what: str) -> None:
        """The same for what is read part by part: whether all of it is free does not matter."""
        self._left -= needed
        if self._left < 0:
            raise InputError(
                f"{self._source}: {what} would take {needed / 2**20:.0f} MB of memory, far more than a file of "
                f"{self._size / 2**20:.2g} MB can hold; it is damaged, export it again."
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
