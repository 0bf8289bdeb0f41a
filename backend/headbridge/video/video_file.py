"""A video file as footage, decoded by FFmpeg's libraries (PyAV)."""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Callable, Iterator
from pathlib import Path

import av
import cv2
import numpy as np

from ..errors import InputError
from ..memory import check_memory
from ..reading import reading
from .frame import Frame, every_one

# A playlist, or a file that names others, may open nothing else: no network, and no files but the one that was named.
_OPTIONS = {"protocol_whitelist": "none"}
# Of a file's content so many bytes at each end tell it from others.
_TOLD_BY = 1 << 20
# Transfer characteristics of television with high dynamic range, PQ and HLG (ITU-T H.273, table 3).
_BRIGHTER_THAN_WHITE = (16, 18)
# A file that says that it has more frames than these shares of them was cut off: what it says is often rough.
_WHOLE = 0.95
# A frame and its copies, bytes per pixel.
_DECODED_BYTES = 24
_DECODER = "the file is damaged or cut off"


class VideoFile:
    """A file of any container and codec that FFmpeg knows; see `frame.Footage`. The rotation that phones note is applied,
    pixels that are not square become so, and frames keep their own time stamps.

    Raises `InputError` for files that are no video, have no pictures, or of which not one picture can be decoded."""

    def __init__(self, path: Path, fps: float = 0.0):
        self.name, self._path, self._fps, self.notes = path.name, path, fps, []
        with self._opened() as (container, stream):
            self._pixel_shape = float(stream.sample_aspect_ratio or 1.0)
            self.fps = fps or float(stream.average_rate or stream.guessed_rate or 0.0) or None
            self.count = stream.frames or self._estimated_count(container, stream)
            first = next(self._decoded(container, stream), None)
            if first is None:
                raise InputError(
                    f"{path}: not one picture of the video can be decoded ({_DECODER}, or its codec is not known); "
                    "convert it to H.264."
                )
            self.height, self.width = self._upright(first).shape[:2]
            if first.color_trc in _BRIGHTER_THAN_WHITE:
                self.notes.append(
                    "The video has a high dynamic range; its colours are only roughly those of the screen."
                )
        with path.open("rb") as file:
            start = file.read(_TOLD_BY)
            size = file.seek(0, 2)
            file.seek(max(size - _TOLD_BY, 0))
            self.identity = f"{size} {fps} {hashlib.sha256(start + file.read()).hexdigest()}"

    def frames(self, wanted: Callable[[int], bool] = every_one, end: int | None = None) -> Iterator[Frame]:
        """See `Footage.frames`. Where the file is damaged the frames end, which is noted."""
        with self._opened() as (container, stream):
            start, before, number = None, -1.0, -1
            for number, picture in enumerate(self._decoded(container, stream)):
                if end is not None and number >= end:
                    return
                seconds = picture.time if self._fps == 0.0 else None
                if seconds is not None:
                    start = seconds if start is None else start
                    seconds -= start
                if seconds is None or seconds <= before:
                    # Without a time stamp, or with one that goes back.
                    seconds = number / (self.fps or 25.0) if seconds is None else before + 1.0 / (self.fps or 25.0)
                before = seconds
                if wanted(number):
                    yield Frame(number, seconds, self._of_one_size(self._upright(picture)))
        if number + 1 < _WHOLE * self.count - 2:
            self._note(f"The video ends after {number + 1} of about {self.count} frames: {_DECODER}.")

    def file(self, number: int) -> str:
        """See `Footage.file`."""
        return ""

    @contextlib.contextmanager
    def _opened(self):
        try:
            # By its content: FFmpeg takes some paths for addresses.
            file = self._path.open("rb")
        except OSError as problem:
            raise InputError(f"{self._path}: the video cannot be read ({problem.strerror or problem}).") from problem
        with file:
            try:
                container = av.open(file, options=_OPTIONS)
            except (av.FFmpegError, OSError, ValueError) as problem:
                raise InputError(
                    f"{self._path}: the file is no video that can be read, or it is cut off; export it again as MP4 (H.264)."
                ) from problem
            with container:
                if not container.streams.video:
                    raise InputError(f"{self._path}: the file has sound but no pictures; name a video.")
                stream = container.streams.video[0]
                if stream.codec_context is None:
                    raise InputError(
                        f"{self._path}: the video's codec is not known, or the file is damaged; convert it to H.264."
                    )
                stream.thread_type = "AUTO"
                check_memory(_DECODED_BYTES * stream.width * stream.height, f"{self._path}: a frame")
                yield container, stream

    def _decoded(self, container, stream) -> Iterator[av.VideoFrame]:
        count = 0
        try:
            for picture in container.decode(stream):
                yield picture
                count += 1
        except (av.FFmpegError, OSError, ValueError) as problem:
            if count:
                self._note(f"The video ends after {count} frames: {_DECODER} there ({problem.strerror or problem}).")

    def _of_one_size(self, pixels: np.ndarray) -> np.ndarray:
        if pixels.shape[:2] == (self.height, self.width):
            return pixels
        self._note("Some frames have another size than the first; they were brought to its size.")
        return cv2.resize(pixels, (self.width, self.height), interpolation=cv2.INTER_AREA)

    def _upright(self, picture: av.VideoFrame) -> np.ndarray:
        with reading(self._path, "export it again as MP4 (H.264)"):
            pixels = picture.to_ndarray(format="rgb24")
        if self._pixel_shape != 1.0:
            size = max(round(pixels.shape[1] * self._pixel_shape), 1), pixels.shape[0]
            pixels = cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)
        turns = round(picture.rotation / 90.0) % 4
        return np.ascontiguousarray(np.rot90(pixels, turns)) if turns else pixels

    def _estimated_count(self, container, stream) -> int:
        duration = float(stream.duration * stream.time_base) if stream.duration else (container.duration or 0) / 1e6
        return round(duration * (self.fps or 0.0))

    def _note(self, text: str) -> None:
        if text not in self.notes:
            self.notes.append(text)
