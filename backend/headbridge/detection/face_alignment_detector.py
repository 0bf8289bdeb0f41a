"""iBUG's 68 landmarks by the package face-alignment (Bulat and Tzimiropoulos 2017), where the user has installed it.

Its points are those that MICA, DECA and their kind are fitted to. Nothing is downloaded: its networks are the user's to
put in place.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ..errors import HeadBridgeError, InputError
from ..progress import Progress

if TYPE_CHECKING:
    # OpenCV takes a moment to load.
    from ..images import Photo

_NETWORKS = ("s3fd-619a316812.pth", "2DFAN4-11f355bf06.pth.tar")
_SOURCE = "https://www.adrianbulat.com/downloads/python-fan/"
_COUNT = 68


def find_face_68(photo: Photo, number: int = 1, device: str = "cpu", progress: Progress = Progress()) -> np.ndarray:
    """(68, 2) columns and rows in pixels of one face of a photo; number 1 is the largest.

    Raises `HeadBridgeError` when the package cannot be loaded or its networks are not there, `InputError` when the face
    is not."""
    progress.report(0.0, "Loading face-alignment")
    try:
        import face_alignment
    except ImportError as problem:
        raise HeadBridgeError(
            "The package face-alignment cannot be loaded; install it into HeadBridge's environment (pip install "
            '"headbridge[face-alignment]"), or choose the detector mediapipe.',
            str(problem),
        ) from problem
    _check_networks()
    kind = face_alignment.LandmarksType.TWO_D
    aligner = face_alignment.FaceAlignment(kind, device=device, flip_input=False, compile=False)
    progress.report(0.5, "Looking for faces")
    picture = np.rint(255.0 * np.clip(photo.pixels, 0.0, 1.0)).astype(np.uint8)
    found = aligner.get_landmarks_from_image(picture) or []
    progress.report(1.0, "Found the faces")
    faces = [np.asarray(points, np.float64)[:, :2] for points in found if np.shape(points)[0] == _COUNT]
    # Largest first.
    faces.sort(key=lambda points: -float(np.prod(np.ptp(points, axis=0))))
    if not faces:
        raise InputError(
            f"{photo.name}: face-alignment found no face; try the detector mediapipe, or give the face's landmarks."
        )
    if not 1 <= number <= len(faces):
        raise InputError(
            f"{photo.name}: there is no face {number} among the {len(faces)} that face-alignment found (1 is the largest)."
        )
    return faces[number - 1]


def _check_networks() -> None:
    import torch

    folder = Path(torch.hub.get_dir()) / "checkpoints"
    missing = [name for name in _NETWORKS if not (folder / name).is_file()]
    if missing:
        raise HeadBridgeError(
            f"face-alignment's networks are not there: get {' and '.join(missing)} from {_SOURCE} and put them into "
            f"{folder}, or choose the detector mediapipe."
        )
