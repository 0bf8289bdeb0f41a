"""Pictures of a target and what was registered onto it, side by side, and sheets of many targets."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

from headbridge.spatial import Surface

from .views import Frame, View, frame, grid, look, turned

_BACKGROUND, _BACK = (0.10, 0.11, 0.13), (0.55, 0.16, 0.10)
_LIGHTS = ((np.array([-0.5, 0.6, 0.65]), 0.75), (np.array([0.7, 0.1, 0.6]), 0.30))
_HEAD_DEPTH = 60.0
CLOSE_UPS = (
    ("front", 0.0, 0.0, 0, 125.0),
    ("left", 75.0, 0.0, 0, 125.0),
    ("quarter", -35.0, 10.0, 0, 110.0),
    ("right eye", 0.0, 0.0, 1, 24.0),
    ("left eye", 0.0, 0.0, 2, 24.0),
    ("lips", 0.0, 0.0, 3, 34.0),
    ("nose", 0.0, 35.0, 4, 26.0),
)
"""Name, yaw, pitch, what is in the middle (0 centre, 1 and 2 eyes, 3 lips, 4 nose) and half-width in millimetres."""


def shade(surface: Surface, where: Frame, turn: np.ndarray, radius: float, size: int) -> np.ndarray:
    """(size, size, 3) float RGB picture; back sides are red."""
    right, up = grid(radius, 2.0 * radius / size)
    view = look(surface, where, turn, right, up)
    return _picture(surface, where.axes.T @ turn, view, size)


def _picture(surface: Surface, axes: np.ndarray, view: View, size: int) -> np.ndarray:
    normals = surface.triangle_normals()[np.maximum(view.triangles, 0)] @ axes
    normals *= np.where(view.facing < 0.0, -1.0, 1.0)[:, None]
    light = 0.12 + sum(
        amount * np.clip(normals @ (direction / np.linalg.norm(direction)), 0.0, 1.0) for direction, amount in _LIGHTS
    )
    colour = light[:, None] * np.where(view.facing[:, None] < 0.0, _BACK, (0.95, 0.90, 0.85))
    colour[view.triangles < 0] = _BACKGROUND
    return np.clip(colour, 0.0, 1.0).reshape(size, size, 3)


def comparison(
    target: Surface, result: Surface, where: Frame, landmarks: np.ndarray | None, size: int = 280
) -> np.ndarray:
    """Target above result in every view of `CLOSE_UPS`, uint8 RGB; both in millimetres.

    landmarks : (51, 3) millimetres, which place the close-ups; without them only whole heads are shown.
    """
    columns = []
    for name, yaw, pitch, what, radius in CLOSE_UPS:
        if what and landmarks is None:
            continue
        # A face's centre lies far in front of its head's.
        behind = where.centre - _HEAD_DEPTH * where.axes[2]
        middle = behind if not what else landmarks[_PLACES[what]].mean(axis=0)
        place = Frame(middle, where.axes)
        columns.append(
            np.concatenate(
                [_labelled(shade(s, place, turned(yaw, pitch), radius, size), name) for s in (target, result)]
            )
        )
    return np.concatenate(columns, axis=1)


# Rows of the 51 landmarks: right eye, left eye, mouth, nose.
_PLACES = {1: slice(19, 25), 2: slice(25, 31), 3: slice(31, 51), 4: slice(10, 19)}


def heads_sheet(targets: list[tuple[str, Surface, Frame, float]], size: int = 260, columns: int = 6) -> np.ndarray:
    """uint8 RGB sheet of targets, front and left side each: (name, surface, frame, half-width), in millimetres."""
    tiles = []
    for name, surface, where, radius in targets:
        sides = [shade(surface, where, turned(yaw, 0.0), radius, size) for yaw in (0.0, 70.0)]
        tiles.append(_labelled(np.concatenate(sides, axis=1), name))
    blank = np.zeros_like(tiles[0])
    tiles += [blank] * (-len(tiles) % columns)
    return np.concatenate([np.concatenate(tiles[k : k + columns], axis=1) for k in range(0, len(tiles), columns)])


def _labelled(picture: np.ndarray, text: str) -> np.ndarray:
    image = (255.0 * picture).astype(np.uint8).copy()
    cv2.putText(image, text, (6, 16), cv2.FONT_HERSHEY_SIMPLEX, 0.45, (255, 230, 120), 1, cv2.LINE_AA)
    return image


def write_picture(path: Path, picture: np.ndarray) -> None:
    """Write a uint8 RGB picture; the name ends in .png or .jpg."""
    cv2.imwrite(str(path), picture[:, :, ::-1])


def surface_in_mm(vertices: np.ndarray, triangles: np.ndarray, mm_per_unit: float) -> Surface:
    """A surface in millimetres from one in a target's units."""
    return Surface(mm_per_unit * vertices, triangles)


def frame_in_mm(centre: np.ndarray, front: np.ndarray, up: np.ndarray, mm_per_unit: float) -> Frame:
    """A face's frame in millimetres from a place in a target's units."""
    return frame(mm_per_unit * np.asarray(centre), front, up)
