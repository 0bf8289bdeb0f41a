"""Where a photo's landmarks lie on a head model."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np

from ...detection.detector import POINT_COUNT
from ...detection.ibug import ibug_weights
from ...detection.surface_points import SurfacePoints, surface_points
from ...spatial import Surface
from ...topologies import Landmarks, load_builtin, load_topology
from ..landmark_orders import CONTOUR, TOTAL
from .job import CALIBRATED, DETECTED

IRISES = {468: "right_eyeball", 473: "left_eyeball"}
"""The middles of the irises among the detector's points, and the regions of the eyes."""

# The detector's outline of the face, from the forehead over the subject's left side to the chin and back.
_OVAL = (
    *(10, 338, 297, 332, 284, 251, 389, 356, 454, 323, 361, 288, 397, 365, 379, 378, 400, 377, 152),
    *(148, 176, 149, 150, 136, 172, 58, 132, 93, 234, 127, 162, 21, 54, 103, 67, 109),
)
# Compared to a usual point: irises are found well, brows of other detectors are placed at their hair.
_IRIS_SPREAD, _IBUG_SPREAD, _IBUG_BROW_SPREAD = 0.6, 1.0, 2.5
_IBUG_BROWS = slice(17, 27)


@dataclass(frozen=True, eq=False)
class LandmarkPlaces:
    """How one order of landmarks lies on a topology.

    landmarks : N places, where there are any. fixed : (N,) bool, points with a place. spread : (N,) how far they are
    off compared to a usual one. oval : numbers of the points on the face's outline, in the order around it.
    closed : whether the outline is.
    """

    landmarks: Landmarks
    fixed: np.ndarray
    spread: np.ndarray
    oval: np.ndarray
    closed: bool


@cache
def landmark_places(key: str, order: str) -> LandmarkPlaces:
    """The places of an order ("detected", "calibrated", "ibug") on "flame", "hack" or "ict"."""
    return _detected_places(key) if order in (DETECTED, CALIBRATED) else _ibug_places(key)


def outer_eye_distance(key: str) -> float:
    """Millimetres between the outer corners of the mean head's eyes."""
    corners = load_topology(key).landmarks_68.subset([36, 45]).evaluate(load_builtin(key).vertices)
    return float(np.linalg.norm(corners[1] - corners[0]))


def number_count(order: str) -> int:
    """How many points an order of landmarks has."""
    return POINT_COUNT if order in (DETECTED, CALIBRATED) else TOTAL


def _detected_places(key: str) -> LandmarkPlaces:
    known = surface_points(key)
    places = _meeting_the_table(key, known)
    vertices, weights = places.vertices.copy(), places.weights.copy()
    fixed = np.isfinite(known.spread)
    spread = np.where(fixed, known.spread / np.median(known.spread[fixed]), 1.0)
    regions, template = load_topology(key).regions, load_builtin(key).vertices
    for number, region in IRISES.items():
        if region not in regions:
            continue
        # The pupil is the foremost point of an eye that looks straight ahead.
        eyeball = np.flatnonzero(regions[region])
        vertices[number] = eyeball[np.argmax(template[eyeball, 2])]
        weights[number] = (1.0, 0.0, 0.0)
        fixed[number], spread[number] = True, _IRIS_SPREAD
    return LandmarkPlaces(Landmarks(vertices, weights, known.landmarks.names), fixed, spread, np.array(_OVAL), True)


def _meeting_the_table(key: str, known: SurfacePoints) -> Landmarks:
    """The detector's points, those that make up iBUG's landmarks moved on the skin as little as lets them do so.

    Where the detector sees its points was measured on renders, and features of renders are as much as 5 mm off what people
    mean by them (brows without hair); which of its points a landmark is made of is known (`detection.ibug`), and where the
    landmark lies is in the topology's table."""
    mesh, topology = load_builtin(key), load_topology(key)
    landmarks, placed, weights = known.landmarks, np.isfinite(known.spread), ibug_weights()
    whole = ~weights[:, ~placed].any(axis=1)
    weights = weights[whole]
    chosen = np.flatnonzero(weights.any(axis=0))
    places = landmarks.evaluate(mesh.vertices)
    missing = topology.landmarks_51.subset(whole).evaluate(mesh.vertices) - weights @ places
    wanted = places[chosen] + np.linalg.lstsq(weights[:, chosen], missing)[0]
    skin = mesh.triangles[topology.skin[mesh.triangles].all(axis=1)]
    hits = Surface(mesh.vertices, skin).closest(wanted)
    corners, shares = landmarks.vertices.copy(), landmarks.weights.copy()
    corners[chosen], shares[chosen] = skin[hits.triangles], hits.barycentrics
    return Landmarks(corners, shares, landmarks.names)


def _ibug_places(key: str) -> LandmarkPlaces:
    landmarks = load_topology(key).landmarks_68
    spread = np.full(len(landmarks), _IBUG_SPREAD)
    spread[_IBUG_BROWS] = _IBUG_BROW_SPREAD
    fixed = np.arange(len(landmarks)) >= CONTOUR
    return LandmarkPlaces(landmarks, fixed, spread, np.arange(CONTOUR), False)
