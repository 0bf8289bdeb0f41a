"""A small picture of a result for the report."""

from __future__ import annotations

import base64
import traceback
from pathlib import Path

import numpy as np

from ..errors import HeadBridgeError
from ..mesh import Mesh
from ..mesh.io import READABLE, read_mesh

SIZE = 112
"""Pixels along a side."""

# Of what a job writes, the first that is there: a photo with the head over it, or the mesh that says most.
_PICTURES = ("overlay.png", "view_01_overlay.png")
_MESHES = ("head_detail.obj", "head.obj")
_IMAGE_SUFFIXES = (".png", ".tif", ".tiff")
# The picture's half height, in those of the head.
_MARGIN = 1.08
# Looked at a little from the side, a face shows its depth.
_YAW = 25.0
_QUALITY = 75


def thumbnail_of(folder: Path, rotation: list[list[float]] | None) -> str:
    """The result in a folder as a WebP picture in base64; "" where nothing of it can be shown.

    rotation : (3, 3) from a head that looks along +Z with +Y up to the result's frame; None when it is not known."""
    try:
        return _thumbnail(folder, rotation)
    except Exception:
        # A result without a picture is a result. The log tells why there is none.
        traceback.print_exc()
        return ""


def _thumbnail(folder: Path, rotation: list[list[float]] | None) -> str:
    files = {path.name: path for path in sorted(folder.iterdir())}
    picture = next((files[name] for name in _PICTURES if name in files), None)
    if picture is not None:
        return _encoded(_reduced(picture))
    meshes = [files[name] for name in _MESHES if name in files]
    meshes += [path for path in files.values() if path.suffix.lower() in READABLE]
    for path in meshes:
        try:
            return _encoded(_rendered(read_mesh(path), rotation))
        except HeadBridgeError:
            # An .npz may hold other things than a mesh.
            continue
    image = next((path for path in files.values() if path.suffix.lower() in _IMAGE_SUFFIXES), None)
    return "" if image is None else _encoded(_reduced(image))


def _rendered(mesh: Mesh, rotation: list[list[float]] | None) -> np.ndarray:
    """(SIZE, SIZE, 3) uint8 sRGB of a mesh that looks along +Z of its frame before `rotation`."""
    from ..detection.on_meshes.camera import Camera, looking
    from ..detection.on_meshes.scene import Scene

    axes = looking(_YAW, 0.0) if rotation is None else looking(_YAW, 0.0) @ np.asarray(rotation, np.float64).T
    used = mesh.vertices[np.unique(mesh.corners)]
    low, high = (used @ axes.T).min(axis=0), (used @ axes.T).max(axis=0)
    middle = 0.5 * (low + high) @ axes
    half_height = max(0.5 * _MARGIN * float((high - low).max()), 1e-12)
    return Scene(mesh).render(Camera(axes, middle, half_height, SIZE))


def _reduced(path: Path) -> np.ndarray | None:
    import cv2

    picture = cv2.imdecode(np.fromfile(path, np.uint8), cv2.IMREAD_REDUCED_COLOR_2)
    if picture is None:
        return None
    scale = SIZE / max(picture.shape[:2])
    size = [max(1, round(scale * length)) for length in picture.shape[1::-1]]
    return cv2.resize(picture, size, interpolation=cv2.INTER_AREA)[..., ::-1]


def _encoded(picture: np.ndarray | None) -> str:
    """Of (H, W, 3) uint8 sRGB."""
    import cv2

    if picture is None:
        return ""
    written, content = cv2.imencode(".webp", picture[..., ::-1], [cv2.IMWRITE_WEBP_QUALITY, _QUALITY])
    return base64.b64encode(content.tobytes()).decode("ascii") if written else ""
