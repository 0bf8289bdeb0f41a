"""What an eyeball looks like: pupil, iris, limbus and white, by the angle from the direction it looks in."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

# Degrees from the eye's axis to where the pupil ends, and how soft ends are; the iris darkens towards both.
_PUPIL, _SOFT, _LIMBUS = 9.0, 2.0, 5.0
_PUPIL_COLOUR = np.array([0.04, 0.035, 0.035])
# At the limbus so much of the iris' colour is left; around the pupil it is so much lighter; fibres differ by so much.
_RING, _GLOW, _FIBRES = 0.45, 0.18, 0.10
# Away from the iris the white gets redder, by this share of these factors, about an angle and over a width.
_VEINS, _VEINS_SHARE, _VEINS_BETWEEN = np.array([0.80, 0.55, 0.50]), 0.35, (60.0, 40.0)


@dataclass(frozen=True)
class EyeColours:
    """iris, white : sRGB. iris_radius : mm."""

    iris: tuple[float, float, float] = (0.36, 0.26, 0.18)
    white: tuple[float, float, float] = (0.88, 0.86, 0.84)
    iris_radius: float = 5.9


def eye_picture(offsets: np.ndarray, colours: EyeColours) -> np.ndarray:
    """(N, 3) sRGB at (N, 3) offsets, mm, from the middle of an eye that looks along +z."""
    distance = np.maximum(np.linalg.norm(offsets, axis=1), 1e-9)
    angle = np.degrees(np.arccos(np.clip(offsets[:, 2] / distance, -1.0, 1.0)))[:, None]
    around = np.arctan2(offsets[:, 1], offsets[:, 0])[:, None]
    end = np.degrees(np.arcsin(np.clip(colours.iris_radius / np.median(distance), 0.0, 1.0)))
    # A few waves of different lengths look like fibres, and are the same on every machine.
    fibres = sum(np.sin(waves * around + phase) for waves, phase in ((23, 0.3), (41, 1.7), (67, 4.1), (97, 2.9))) / 4.0
    along = np.clip((angle - _PUPIL) / (end - _PUPIL), 0.0, 1.0)
    lightness = 1.0 + _GLOW * (1.0 - 2.0 * along) + _FIBRES * fibres * np.sin(np.pi * along)
    ring = _ramp(angle, end - 0.5 * _LIMBUS, _LIMBUS)
    iris = np.array(colours.iris) * lightness * (1.0 - (1.0 - _RING) * ring)
    own = np.array(colours.white)
    white = own + _VEINS_SHARE * _ramp(angle, *_VEINS_BETWEEN) * (_VEINS - 1.0) * own
    inner = _PUPIL_COLOUR + _ramp(angle, _PUPIL, _SOFT) * (iris - _PUPIL_COLOUR)
    return np.clip(inner + _ramp(angle, end, _SOFT) * (white - inner), 0.0, 1.0).astype(np.float32)


def _ramp(values: np.ndarray, middle: float, width: float) -> np.ndarray:
    """0 below, 1 above, linear over `width` about the middle."""
    return np.clip((values - middle) / width + 0.5, 0.0, 1.0)
