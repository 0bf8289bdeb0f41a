"""Small videos whose every frame is known."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import numpy as np


def write_film(
    path: Path,
    pictures: list[np.ndarray],
    fps: float = 25.0,
    *,
    turned: int = 0,
    stamps: list[int] | None = None,
    shape: Fraction | None = None,
    codec: str = "libx264",
) -> Path:
    """(H, W, 3) uint8 pictures as a video. turned : degrees counter-clockwise by which players are told to turn it.
    stamps : milliseconds of the pictures, in place of even ones. shape : width of a pixel by its height."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=Fraction(fps).limit_denominator(1001))
        stream.height, stream.width = pictures[0].shape[:2]
        stream.pix_fmt = "yuv420p"
        if codec == "libx264":
            stream.options = {"crf": "12"}
        if shape is not None:
            stream.sample_aspect_ratio = shape
        if turned:
            stream.set_display_rotation(turned)
        if stamps is not None:
            stream.time_base = stream.codec_context.time_base = Fraction(1, 1000)
        for number, pixels in enumerate(pictures):
            frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(pixels), "rgb24")
            if stamps is not None:
                frame.pts, frame.time_base = stamps[number], Fraction(1, 1000)
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return path


def numbered(count: int, height: int = 48, width: int = 64) -> list[np.ndarray]:
    """Pictures that are all different: brighter and brighter, the upper left corner red, the upper right green."""
    pictures = []
    for number in range(count):
        picture = np.full((height, width, 3), 20 + 10 * number, np.uint8)
        picture[: height // 4, : width // 4] = (250, 10, 10)
        picture[: height // 4, -width // 4 :] = (10, 250, 10)
        pictures.append(picture)
    return pictures
