"""A job's progress as notifications, not more of them than a viewport can show."""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np

from ..jobs.folder import JobFolder
from .channel import Channel

PREVIEW_INTERVAL = 0.125
"""Least seconds between two previews of the vertices."""

MESSAGE_INTERVAL = 0.05
"""Least seconds between two notifications."""


class ProgressListener:
    """Sends `progress` notifications of one job and writes its preview files."""

    def __init__(self, channel: Channel, job: str, folder: JobFolder, clock: Callable[[], float] = time.monotonic):
        self._channel = channel
        self._job = job
        self._folder = folder
        self._clock = clock
        self._last_message = self._last_preview = -np.inf
        self._previews = 0

    def __call__(self, fraction: float, message: str, vertices: np.ndarray | None) -> None:
        now = self._clock()
        preview = None
        if vertices is not None and now - self._last_preview >= PREVIEW_INTERVAL:
            self._last_preview = now
            preview = f"preview_{self._previews:05d}.npz"
            self._previews += 1
            self._folder.write_arrays(preview, vertices=np.asarray(vertices, dtype=np.float32))
        elif now - self._last_message < MESSAGE_INTERVAL and fraction < 1.0:
            return
        self._last_message = now
        self._channel.notify(
            "progress", {"job": self._job, "fraction": fraction, "message": message, "vertices": preview}
        )
