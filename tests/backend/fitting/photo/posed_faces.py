"""Random heads before a camera, and the pixels of their landmarks without any noise."""

from __future__ import annotations

import numpy as np
from scipy.spatial.transform import Rotation

from headbridge.fitting.photo.job import IBUG, PhotoLandmarks
from headbridge.fitting.photo.landmark_places import landmark_places
from headbridge.fitting.photo.landmark_term import landmark_points
from headbridge.fitting.photo.seen_face import SeenFace
from headbridge.fitting.photo.state import ViewState
from headbridge.fitting.photo.view import Screen
from headbridge.fitting.posable import HeadState, PosableHead, Posed

SCREEN = Screen.whole(640, 480)


def posed_view(
    head: PosableHead, seed: int, yaw: float = 20.0, roll: float = 10.0, distance: float = 900.0, focal: float = 1500.0
) -> ViewState:
    """A random head with some expression, `yaw` and `roll` in degrees."""
    random = np.random.default_rng(seed)
    state = head.neutral()
    state.coefficients[head.parts["identity"]] = random.normal(size=head.identity_count)
    state.coefficients[head.parts["expression"]] = 0.1 * random.random(head.expression_count)
    turns = 0.05 * random.normal(size=(len(head.joint_names), 3))
    rotations = Rotation.from_rotvec(turns).as_matrix()
    rotations[0] = Rotation.from_euler("ZXY", (roll, 5.0, yaw), degrees=True).as_matrix()
    place = np.array([10.0, -20.0, -distance])
    return ViewState(HeadState(state.coefficients, rotations, place, 0.0), float(np.log(focal)))


def exact_face(head: PosableHead, view: ViewState, focal: float | None = None, order: str = IBUG) -> SeenFace:
    """The face of a view by those landmarks that have a place on the head."""
    places = landmark_places(head.key, order)
    numbers = np.flatnonzero(places.fixed)
    points = landmark_points(Posed(head, view.head), places.landmarks.subset(numbers))
    return SeenFace(
        "photo",
        np.zeros((SCREEN.height, SCREEN.width, 3), np.float32),
        SCREEN,
        PhotoLandmarks(SCREEN.project(points, view.focal), numbers, order),
        focal,
    )
