"""A flat face with a mouth whose shape is known."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

UP = np.array([0.0, 1.0, 0.0])
_AROUND = 64
_SKIN = np.concatenate([np.arange(0.0, 4.0, 0.5), np.arange(4.0, 21.0, 1.0)])
_DEPTHS = np.arange(0.5, 8.0, 0.75)


@dataclass(frozen=True)
class Mouth:
    """vertices (V, 3), triangles (T, 3), has_data (V,) on the skin, curve (K,) the lips' rim."""

    vertices: np.ndarray
    triangles: np.ndarray
    has_data: np.ndarray
    curve: np.ndarray


def mouth(half_width: float = 12.0, half_height: float = 3.0, lining: bool = True) -> Mouth:
    """Skin in the plane z = 0, which faces +Z, around an elliptical opening; its lining goes back from the rim and widens.

    With a negative half height the lips lie on each other's places."""
    angles = 2.0 * np.pi * np.arange(_AROUND) / _AROUND
    c, s = np.cos(angles), np.sin(angles)
    rings = [np.stack([(half_width + away) * c, (half_height + away) * s, 0.0 * c], axis=1) for away in _SKIN[::-1]]
    if lining:
        rings += [
            np.stack([(half_width + 0.4 * d) * c, (half_height + 0.6 * d) * s, 0.0 * c - d], axis=1) for d in _DEPTHS
        ]
    start = _AROUND * np.arange(len(rings) - 1)[:, None]
    here, after = start + np.arange(_AROUND), start + (np.arange(_AROUND) + 1) % _AROUND
    a, b, c, d = (x.ravel() for x in (here, after, after + _AROUND, here + _AROUND))
    triangles = np.concatenate([np.stack([a, b, c], axis=1), np.stack([a, c, d], axis=1)]).astype(np.int32)
    vertices = np.concatenate(rings)
    rim = _AROUND * (len(_SKIN) - 1) + np.arange(_AROUND)
    return Mouth(vertices, triangles, np.arange(len(vertices)) <= rim[-1], rim)
