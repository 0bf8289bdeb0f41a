"""Dense images of other predictors: for every pixel its place on FLAME's head, and which way the surface faces.

A dense UV image has u and v of FLAME's layout in red and green, 0..1 with v upwards, and in alpha where it is valid; a
normal image the unit normal (x, y, z) in the camera's frame as (n + 1) / 2: x to the right, y up, z towards the camera.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from ..errors import InputError
from ..mesh.normals import normalized
from ..texture.atlas.layout import HeadLayout
from ..topologies import Landmarks, load_builtin, load_topology

# Texels of the layout in which places are looked up.
_TABLE = 1024
# Of an image of a head at least this share is valid, and of what is valid at least this share lies on FLAME's charts.
_LEAST_VALID, _LEAST_ON_CHARTS = 0.005, 0.6
# Of the normals that a camera sees most look at it.
_LEAST_FACING, _LENGTH = 0.8, (0.5, 1.5)
# Grey within this, more than a step of 8 bits, stands for no normal.
_NO_LENGTH = 1.1 / 255.0


@dataclass(frozen=True, eq=False)
class DenseImage:
    """name : for messages. uvs : (H, W, 2) of FLAME's layout, or None. normals : (H, W, 3) unit vectors in the camera's
    frame (right, up, towards the camera), or None. valid : (H, W) bool, where there is something."""

    name: str
    valid: np.ndarray
    uvs: np.ndarray | None = None
    normals: np.ndarray | None = None

    def check_size(self, width: int, height: int, whose: str) -> None:
        """Raise `InputError` where the image is not of width x height pixels, those of `whose`."""
        if self.valid.shape != (height, width):
            raise InputError(
                f"{self.name} has {self.valid.shape[1]} x {self.valid.shape[0]} pixels, {whose} {width} x {height}; give one "
                "of the same size."
            )


def dense_image(name: str, uv_pixels: np.ndarray | None, normal_pixels: np.ndarray | None = None) -> DenseImage:
    """An image of stored values (H, W, C), 0..1: of UVs, of normals, or of both, in one size.

    Valid are pixels that alpha has as such, and that are not black, not NaN or infinite, and no normals of no length: what
    backgrounds are filled with. Raises `InputError` for images that are no such, saying what speaks against them."""
    given = [pixels for pixels in (uv_pixels, normal_pixels) if pixels is not None]
    if len({pixels.shape[:2] for pixels in given}) != 1:
        raise InputError(f"{name}: the images of UVs and normals are of different sizes; give both of one view.")
    valid = np.ones(given[0].shape[:2], bool)
    for pixels in given:
        if pixels.shape[2] < 2 + (pixels is normal_pixels):
            raise InputError(f"{name}: has {pixels.shape[2]} channels; UVs are in red and green, normals in three.")
        # Neither a chart nor a normal is black.
        valid &= (pixels[..., :3] > 0.0).any(axis=-1) & np.isfinite(pixels).all(axis=-1)
        if pixels.shape[2] == 4:
            valid &= pixels[..., 3] > 0.5
        if pixels is normal_pixels:
            valid &= (np.abs(pixels[..., :3] - 0.5) > _NO_LENGTH).any(axis=-1)
    if valid.mean() < _LEAST_VALID:
        raise InputError(
            f"{name}: only {valid.mean():.1%} of it is valid (alpha, or not black); see that it shows a head."
        )
    uvs = None if uv_pixels is None else np.where(valid[..., None], uv_pixels[..., :2], 0.0).astype(np.float64)
    if uvs is not None:
        on_charts = surface_places(uvs[valid])[1].mean()
        if on_charts < _LEAST_ON_CHARTS:
            raise InputError(
                f"{name}: {1.0 - on_charts:.0%} of its UVs lie beside the charts of FLAME's layout; it is of another layout, or "
                "was stored with another curve or upside down (red is u, green is v upwards, not encoded as colours), or its "
                "background counts (make it black, or alpha 0 there)."
            )
    return DenseImage(name, valid, uvs, None if normal_pixels is None else _normals(name, normal_pixels, valid))


def _normals(name: str, pixels: np.ndarray, valid: np.ndarray) -> np.ndarray:
    vectors = 2.0 * np.where(valid[..., None], pixels[..., :3], 0.5).astype(np.float64) - 1.0
    lengths = np.linalg.norm(vectors[valid], axis=-1)
    if not _LENGTH[0] < np.median(lengths) < _LENGTH[1]:
        raise InputError(
            f"{name}: its normals are {np.median(lengths):.2g} long; they should be stored as (n + 1) / 2."
        )
    facing = (vectors[valid][:, 2] > 0.0).mean()
    if facing < _LEAST_FACING:
        raise InputError(
            f"{name}: {1.0 - facing:.0%} of its normals look away from the camera; blue is towards the camera, red to the "
            "right and green up."
        )
    return normalized(vectors.reshape(-1, 3)).reshape(vectors.shape)


@lru_cache(maxsize=1)
def _layout() -> HeadLayout:
    return HeadLayout(load_builtin("flame"), _TABLE)


def surface_places(uvs: np.ndarray) -> tuple[Landmarks, np.ndarray]:
    """Places on FLAME's head of (N, 2) UVs, and (N,) bool, which of these lie on its charts (others mean nothing)."""
    layout = _layout()
    column = np.clip((uvs[:, 0] * _TABLE).astype(np.int64), 0, _TABLE - 1)
    row = np.clip(((1.0 - uvs[:, 1]) * _TABLE).astype(np.int64), 0, _TABLE - 1)
    triangle = layout.raster.triangle[row, column]
    there = layout.covered[row, column]
    mesh = layout.packed
    a, b, c = np.moveaxis(mesh.uvs[mesh.triangle_corners].astype(np.float64)[triangle], 1, 0)
    # Exactly there, and not in the middle of the texel.
    edges = np.stack([b - a, c - a], axis=2)
    determinant = edges[:, 0, 0] * edges[:, 1, 1] - edges[:, 0, 1] * edges[:, 1, 0]
    flat = np.abs(determinant) < 1e-14
    edges[flat] = np.eye(2)
    weights = np.linalg.solve(edges, (uvs - a)[..., None])[..., 0]
    weights = np.clip(np.column_stack([1.0 - weights.sum(axis=1), weights]), 0.0, 1.0)
    weights /= np.maximum(weights.sum(axis=1, keepdims=True), 1e-12)
    skin = load_topology("flame").skin[mesh.triangles[triangle]].all(axis=1)
    return Landmarks(mesh.triangles[triangle], weights, ("",) * len(uvs)), there & ~flat & skin
