# SPDX-License-Identifier: GPL-3.0-or-later
"""How much room an environment takes and how much there is."""

from __future__ import annotations

import os
import shutil

from ..job_client import BackendError
from .pins import CPU, NVIDIA

# Bytes: on the disk, and what is downloaded for it.
SIZES = {CPU: (1.7e9, 0.5e9), NVIDIA: (6.0e9, 3.0e9)}


def needed(build: str) -> float:
    """Bytes that making an environment takes at most: the packages, what is downloaded, and pip's copy of that."""
    size, download = SIZES[build]
    return size + 2.0 * download


def free(folder: str) -> float:
    """Free bytes on the disk of a folder that may not exist yet."""
    while not os.path.isdir(folder) and os.path.dirname(folder) != folder:
        folder = os.path.dirname(folder)
    return float(shutil.disk_usage(folder).free)


def check_room(folder: str, build: str) -> None:
    """Raise `BackendError` when an environment of this build does not fit."""
    room = free(folder)
    if room < needed(build):
        raise BackendError(
            f"The disk of {folder} has {gigabytes(room)} free, and {gigabytes(needed(build))} are needed while "
            "installing: make room there."
        )


def gigabytes(count: float) -> str:
    """A size for people, as in "1.7 GB"."""
    return f"{count / 1e9:.1f} GB"
