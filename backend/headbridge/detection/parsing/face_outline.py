"""Where the head itself ends against the background: cheeks, jaw and ears that neither hair nor a hand hides."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np

from .classes import BACKGROUND, PERSON
from .parse import FaceParse

_SIDE = 352
# Pixels of the crop: how smooth the edge is taken, how far beyond it the background has to be, and between points.
_SMOOTH, _BEYOND, _APART = 2.0, 5.0, 6.0
_SURE = 0.6
# The chin's lowest point among the detector's; below it begins the neck.
_CHIN = 152


def face_outline(parse: FaceParse, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(N, 2) pixels of the picture on the outline above the chin and (N, 2) unit normals outwards; N may be 0.

    points : (478, D >= 2) of the detector, pixels."""
    crop = replace(parse.crop, size=_SIDE)
    person, behind = (
        cv2.GaussianBlur(cv2.resize(chance, (_SIDE, _SIDE)), (0, 0), _SMOOTH)
        for chance in (parse.chances[list(PERSON)].sum(axis=0), parse.chances[BACKGROUND])
    )
    contours, _ = cv2.findContours((person > 0.5).astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    if not contours:
        return np.zeros((0, 2)), np.zeros((0, 2))
    along = max(contours, key=cv2.contourArea)[:, 0].astype(np.float64)
    slopes = np.stack([cv2.Sobel(person, cv2.CV_64F, *order) for order in ((1, 0), (0, 1))], axis=2)
    column, row = along.astype(int).T
    outwards = -slopes[row, column]
    length = np.linalg.norm(outwards, axis=1, keepdims=True)
    normals = outwards / np.maximum(length, 1e-9)
    beyond = np.round(along + _BEYOND * normals).astype(int)
    inside = ((beyond >= 0) & (beyond < _SIDE)).all(axis=1)
    beyond = np.clip(beyond, 0, _SIDE - 1)
    chin = points[_CHIN, :2] @ crop.matrix[:, :2].T + crop.matrix[:, 2]
    kept = inside & (behind[beyond[:, 1], beyond[:, 0]] > _SURE) & (along[:, 1] < chin[1]) & (length[:, 0] > 0.0)
    chosen = np.flatnonzero(kept)[:: max(1, round(_APART))]
    # From the pixel whose middle is within to the edge between pixels.
    level = person[row[chosen], column[chosen]] - 0.5
    steep = np.maximum(length[chosen, 0] / 8.0, 1e-3)
    edge = along[chosen] + 0.5 + normals[chosen] * np.clip(level / steep, 0.0, 1.5)[:, None]
    turn = crop.matrix[:, :2] / crop.scale
    return crop.to_picture(edge), normals[chosen] @ turn
