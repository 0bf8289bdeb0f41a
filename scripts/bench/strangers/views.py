"""Orthographic views of heads by ray casting: depth and shading, from any side."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from headbridge.mesh.normals import normalized
from headbridge.spatial import Surface

_DISTANCE = 1000.0


@dataclass(frozen=True)
class Frame:
    """Where a face is, in millimetres: its centre (3,), and unit vectors to the subject's left, up and front as the
    rows of `axes` (3, 3)."""

    centre: np.ndarray
    axes: np.ndarray


@dataclass(frozen=True)
class View:
    """What one side of a mesh shows on an N x N grid; flat arrays, row by row from the upper left.

    depth : (N * N,) millimetres towards the eye from the centre's plane, NaN where nothing is seen.
    triangles : (N * N,) the triangle seen, -1 for none.
    facing : (N * N,) cosine between the triangle's normal and the direction to the eye, negative on back sides.
    """

    depth: np.ndarray
    triangles: np.ndarray
    facing: np.ndarray


def frame(centre: np.ndarray, front: np.ndarray, up: np.ndarray) -> Frame:
    """The frame of a face that looks along `front`; `up` need not be perpendicular to it."""
    side = normalized(np.cross(up, front)[None])[0]
    front = front / np.linalg.norm(front)
    return Frame(np.asarray(centre, dtype=np.float64), np.stack([side, np.cross(front, side), front]))


def turned(yaw: float, pitch: float) -> np.ndarray:
    """(3, 3) rotation of the eye about the face: `yaw` degrees to the subject's left, then `pitch` degrees (positive
    looks from below)."""
    y, p = np.radians([yaw, pitch])
    about_y = np.array([[np.cos(y), 0.0, np.sin(y)], [0.0, 1.0, 0.0], [-np.sin(y), 0.0, np.cos(y)]])
    about_x = np.array([[1.0, 0.0, 0.0], [0.0, np.cos(p), -np.sin(p)], [0.0, np.sin(p), np.cos(p)]])
    return about_y @ about_x


def grid(radius: float, pixel: float) -> tuple[np.ndarray, np.ndarray]:
    """Pixel centres of a square of half-width `radius`, millimetres: (N * N,) to the right and up, row by row."""
    count = int(round(2.0 * radius / pixel))
    places = (np.arange(count) + 0.5 - 0.5 * count) * pixel
    right, up = np.meshgrid(places, -places)
    return right.ravel(), up.ravel()


def look(surface: Surface, where: Frame, turn: np.ndarray, right: np.ndarray, up: np.ndarray) -> View:
    """Parallel rays through the pixel centres onto a surface in millimetres; `turn` (3, 3) as from `turned`."""
    axes = where.axes.T @ turn
    origins = where.centre + np.stack([right, up, np.full(len(right), _DISTANCE)], axis=1) @ axes.T
    towards_eye = axes[:, 2]
    hits = surface.cast(origins, np.broadcast_to(-towards_eye, origins.shape))
    facing = surface.triangle_normals()[np.maximum(hits.triangles, 0)] @ towards_eye
    return View(
        np.where(hits.hit, _DISTANCE - hits.distances, np.nan), hits.triangles, np.where(hits.hit, facing, np.nan)
    )
