"""Faces in pictures: MediaPipe's face mesh behind one door.

The model is the 478-point attention mesh (Grishchenko et al. 2020) that the mediapipe wheel carries; nothing is
downloaded.
"""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator
from typing import Self

import numpy as np

from ..errors import HeadBridgeError

POINT_COUNT = 478
"""Points of a face: 468 on the skin, then 5 of the subject's right iris and 5 of the left."""

# Below this the box finder's answer is noise; what passes is judged again by who asked for it.
_LEAST_CONFIDENCE = 0.3


class FaceDetector:
    """Finds faces in pictures, at most `most` in each; a context manager.

    Raises `HeadBridgeError` when MediaPipe is not installed.
    """

    def __init__(self, most: int = 1):
        # MediaPipe's libraries announce themselves on stderr, where a command's errors belong.
        os.environ.setdefault("GLOG_minloglevel", "3")
        os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
        try:
            with _no_native_messages():
                from mediapipe.python.solutions.face_mesh import FaceMesh

                self._mesh = FaceMesh(
                    static_image_mode=True,
                    max_num_faces=most,
                    refine_landmarks=True,
                    min_detection_confidence=_LEAST_CONFIDENCE,
                )
                # The networks are loaded beside this thread; they are there once a picture has gone through.
                self._mesh.process(np.zeros((64, 64, 3), np.uint8))
        except ImportError as problem:
            raise HeadBridgeError(
                "Finding faces needs the package mediapipe, which cannot be loaded; install HeadBridge's backend again "
                "(headbridge doctor says what is missing).",
                str(problem),
            ) from problem
        self._announced = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exception) -> None:
        self.close()

    def close(self) -> None:
        """Let the networks go."""
        self._mesh.close()

    def detect(self, image: np.ndarray) -> np.ndarray | None:
        """The `POINT_COUNT` points of the most prominent face of an (H, W, 3) uint8 sRGB picture, or None.

        Returns (478, 3) float64: column and row in pixels from the upper left corner of the picture (the first pixel's
        centre is at 0.5), and a depth in pixels, smaller nearer, which is a guess of the network."""
        return next(iter(self.detect_all(image)), None)

    def detect_all(self, image: np.ndarray) -> list[np.ndarray]:
        """What `detect` returns, of every face that was found, the most prominent first."""
        if image.dtype != np.uint8 or image.ndim != 3 or image.shape[2] != 3:
            raise ValueError(f"a picture is (H, W, 3) uint8, not {image.dtype} {image.shape}")
        # Native code speaks once more with the first face.
        with contextlib.nullcontext() if self._announced else _no_native_messages():
            found = self._mesh.process(np.ascontiguousarray(image)).multi_face_landmarks or []
        self._announced |= bool(found)
        height, width = image.shape[:2]
        sizes = (width, height, width)
        return [np.array([(point.x, point.y, point.z) for point in face.landmark]) * sizes for face in found]


@contextlib.contextmanager
def _no_native_messages() -> Iterator[None]:
    """Sends what native code writes to stderr nowhere: TensorFlow Lite's greeting cannot be switched off."""
    sys.stderr.flush()
    kept = os.dup(2)
    try:
        with open(os.devnull, "wb") as nowhere:
            os.dup2(nowhere.fileno(), 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
