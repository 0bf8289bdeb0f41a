"""What a fit to photos follows from, in short: whether another may go on from it."""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import asdict
from pathlib import Path

import numpy as np

from .job import FitPhotoSettings, PhotoLandmarks, PhotoView

# Settings that shape, camera and light do not depend on.
_PAINT_ONLY = ("size", "latents", "hair", "detail", "inner_parts", "completion", "device", "seed")


def digest(views: tuple[PhotoView, ...], settings: FitPhotoSettings) -> str:
    """Of all that shape, camera and light follow from, but for the pins."""
    made = hashlib.sha256()
    used = {name: value for name, value in asdict(settings).items() if name not in _PAINT_ONLY}
    # Files that settings name count by their content: it may have changed, and another computer has it elsewhere.
    files = {
        name: used.pop(name) for name in sorted(used) if isinstance(used[name], str) and os.path.isfile(used[name])
    }
    made.update(json.dumps([used, list(files)], sort_keys=True).encode())
    for path in files.values():
        made.update(Path(path).read_bytes())
    for view in views:
        photo = view.photo
        made.update(json.dumps([photo.pixels.shape, photo.focal_pixels]).encode())
        arrays = [photo.pixels, photo.alpha, view.mask, *_arrays(view.landmarks)]
        if view.left_out is not None:
            arrays.append(np.unique(view.left_out))
        if view.dense is not None:
            arrays += [view.dense.valid, view.dense.uvs, view.dense.normals]
        for array in arrays:
            made.update(b"-" if array is None else np.ascontiguousarray(array).tobytes())
    return made.hexdigest()


def _arrays(landmarks: PhotoLandmarks | None) -> list[np.ndarray | None]:
    if landmarks is None:
        return [None]
    return [landmarks.points, landmarks.numbers, landmarks.exact, np.array(landmarks.order)]
