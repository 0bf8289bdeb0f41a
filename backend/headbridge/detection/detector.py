"""Faces in pictures: where they are, then the points of each, by the two networks that ship with HeadBridge.

They are MediaPipe's (`networks`), and so is the way from one to the other: the points are its own to a few hundredths of
a pixel.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Self

import numpy as np

POINT_COUNT = 478
"""Points of a face: 468 on the skin, then 5 of the subject's right iris and 5 of the left."""

LOOKS_AT_ONCE = 8
"""Pictures to look at together where there are many; a job can be stopped between them."""

# Below this the box finder's answer is noise; what passes is judged again by who asked for it.
_LEAST_CONFIDENCE = 0.3
# What the mesh network itself calls a face.
_LEAST_PRESENCE = 0.5


class FaceDetector:
    """Finds faces in pictures, at most `most` in each; a context manager.

    device : "cpu" or "cuda", where the networks run. Raises `HeadBridgeError` when their weights are not there."""

    def __init__(self, most: int = 1, device: str = "cpu"):
        # PyTorch takes longer to load than many jobs that only name a detector run.
        from .looking import Looking

        self._most, self._looking = most, Looking(device)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exception) -> None:
        self.close()

    def close(self) -> None:
        """Let the networks go."""
        self._looking = None

    def detect(self, image: np.ndarray) -> np.ndarray | None:
        """The `POINT_COUNT` points of the most prominent face of an (H, W, 3) uint8 sRGB picture, or None.

        Returns (478, 3) float64: column and row in pixels from the upper left corner of the picture (the first pixel's
        centre is at 0.5), and a depth in pixels, smaller nearer, which is a guess of the network."""
        return next(iter(self.detect_all(image)), None)

    def detect_all(self, image: np.ndarray) -> list[np.ndarray]:
        """What `detect` returns, of every face that was found, the most prominent first."""
        return self.detect_each([image])[0]

    def detect_each(self, images: Sequence[np.ndarray], most: int | None = None) -> list[list[np.ndarray]]:
        """What `detect_all` returns for each of several pictures, of any sizes; faster than one after the other.

        most : faces in each, instead of the detector's own number."""
        from . import face_boxes
        from .crops import network_cut

        for image in images:
            if image.dtype != np.uint8 or image.ndim != 3 or image.shape[2] != 3:
                raise ValueError(f"a picture is (H, W, 3) uint8, not {image.dtype} {image.shape}")
        found: list[list[np.ndarray]] = [[] for _ in images]
        if not found:
            return found
        images = [np.ascontiguousarray(image) for image in images]
        searched = [network_cut(image, face_boxes.whole_picture(image.shape), repeat=False) for image in images]
        scores, values = self._looking.boxes(np.stack(searched))
        crops = [
            (number, crop)
            for number, image in enumerate(images)
            for crop in face_boxes.face_crops(
                scores[number], values[number], image.shape, most or self._most, _LEAST_CONFIDENCE
            )
        ]
        if crops:
            cuts = np.stack([network_cut(images[number], crop, repeat=True) for number, crop in crops])
            for (number, crop), points, presence in zip(crops, *self._looking.points(cuts), strict=True):
                if presence > _LEAST_PRESENCE:
                    found[number].append(crop.to_picture(points))
        return found

    def points_in(self, cuts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The points of the faces that (N, 192, 192, 3) uint8 cuts show upright, without looking for them first.

        Returns (N, 478, 3) in pixels of the cuts, and (N,) how likely there is a face at all."""
        return self._looking.points(cuts)
