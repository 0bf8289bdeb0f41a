"""Reading the photos of a fit, each with its landmarks and mask."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import numpy as np

from ..errors import InputError
from ..fitting.photo.job import PhotoView
from ..fitting.photo_landmark_files import read_left_out, read_photo_landmarks, read_photo_pins
from ..mesh.io.files import read_file
from ..mesh.io.npz import read_arrays

if TYPE_CHECKING:
    # OpenCV and SciPy take a moment to load, so naming the job does without.
    from ..fitting.dense_images import DenseImage
    from ..fitting.photo.kept_fit import KeptFit
    from ..images import Photo


def read_view(
    photo_file: str | os.PathLike,
    landmark_file: str | os.PathLike | None = None,
    mask_file: str | os.PathLike | None = None,
    pin_file: str | os.PathLike | None = None,
    dense_file: str | os.PathLike | None = None,
    normal_file: str | os.PathLike | None = None,
) -> PhotoView:
    """A photo; landmarks and pins, in pixels of the upright photo, and which landmarks the pins' file leaves out; a mask, an
    image that is white where the skin is; and another predictor's images of UVs and normals (`fitting.dense_images`).

    Raises `InputError` for files that are none of these, and for images of another size than the photo's."""
    from ..images import read_photo

    photo = read_photo(photo_file)
    landmarks = None if landmark_file is None else read_photo_landmarks(landmark_file, photo)
    pins = None if pin_file is None else read_photo_pins(pin_file, photo)
    partly = landmarks is not None and landmarks.exact is not None and 0 < landmarks.exact.sum() < len(landmarks.exact)
    if pins is None and partly:
        # The others were found, by a detector that knows its own noise and finds more of them again.
        pins, landmarks = landmarks.subset(landmarks.exact), None
    mask = None if mask_file is None else _read_mask(mask_file, photo)
    left_out = None if pin_file is None else read_left_out(pin_file)
    return PhotoView(photo, landmarks, mask, pins, left_out, read_dense_image(dense_file, normal_file))


def read_kept(path: str | os.PathLike) -> KeptFit:
    """What an earlier fit to photos left to fit again from; `InputError` when the file is none."""
    from ..fitting.photo.kept_fit import kept_fit

    return kept_fit(read_arrays(read_file(path), str(path)), str(path))


def read_dense_image(
    dense_file: str | os.PathLike | None, normal_file: str | os.PathLike | None = None
) -> DenseImage | None:
    """The image of files of UVs and of normals, or None without either; the numbers are those that are stored.

    Raises `InputError` for files that are no such."""
    if dense_file is None and normal_file is None:
        return None
    from ..fitting.dense_images import dense_image
    from ..images import read_image

    images = [None if path is None else read_image(path, holes=True) for path in (dense_file, normal_file)]
    name = next(image.name for image in images if image is not None)
    return dense_image(name, *(None if image is None else image.pixels for image in images))


def _read_mask(path: str | os.PathLike, photo: Photo) -> np.ndarray:
    """(H, W) bool, where the image is nearer to white than to black."""
    from ..images import read_photo

    image = read_photo(path)
    if image.pixels.shape != photo.pixels.shape or image.scale != photo.scale:
        raise InputError(
            f"{path}: the mask is of {image.width} x {image.height} pixels, the photo {photo.name} of {photo.width} x "
            f"{photo.height}; give a mask of the photo's size."
        )
    mask = image.pixels.mean(axis=2) > 0.5
    if not mask.any():
        raise InputError(f"{path}: the mask is black everywhere; paint white where the skin is.")
    return mask
