"""Where eyes look that are no part of a head's topology: their joints turn until the irises lie where the photo has
them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from scipy.spatial.transform import Rotation

from ..posable import PosableHead, Posed
from .job import DETECTED
from .seen_face import SeenFace
from .state import PhotoState, ViewState

# Joints by the detector's middle of their iris.
_JOINTS = {468: "right_eye", 473: "left_eye"}
# From the middle of ICT-FaceKit's eyeballs to the iris' plane, mm.
_TO_IRIS = 13.0
# No eye turns farther than this, radians.
_MOST = 0.7


def with_gaze(head: PosableHead, faces: tuple[SeenFace, ...], state: PhotoState) -> PhotoState:
    """The state with eye joints that follow the irises, where the head has such joints and irises were found."""
    views = zip(faces, state.views, strict=True)
    return replace(state, views=tuple(_with_gaze(head, face, view) for face, view in views))


def _with_gaze(head: PosableHead, face: SeenFace, view: ViewState) -> ViewState:
    if face.landmarks.order != DETECTED or not set(_JOINTS.values()) <= set(head.joint_names):
        return view
    joints, rotations = Posed(head, view.head).joints, view.head.rotations.copy()
    for number, name in _JOINTS.items():
        found = np.flatnonzero(face.landmarks.numbers == number)
        if not len(found):
            continue
        joint = head.joint_names.index(name)
        across, down = (face.landmarks.points[found[0]] - face.screen.centre) / view.focal
        towards = _onto_ball(np.array([across, -down, -1.0]), joints[joint]) @ _turn_of_parent(head, rotations, joint)
        turn = np.array([-np.arcsin(np.clip(towards[1], -1.0, 1.0)), np.arctan2(towards[0], towards[2]), 0.0])
        turn = np.clip(turn, -_MOST, _MOST)
        rotations[joint] = Rotation.from_euler("YX", turn[[1, 0]]).as_matrix()
    return replace(view, head=replace(view.head, rotations=rotations))


def _onto_ball(ray: np.ndarray, middle: np.ndarray) -> np.ndarray:
    """(3,) unit vector from the middle of a ball to where a ray from the origin meets it, or passes it nearest."""
    ray = ray / np.linalg.norm(ray)
    along = ray @ middle
    beside = along * ray - middle
    back = np.sqrt(max(_TO_IRIS**2 - float(beside @ beside), 0.0))
    found = beside - back * ray
    return found / np.linalg.norm(found)


def _turn_of_parent(head: PosableHead, rotations: np.ndarray, joint: int) -> np.ndarray:
    """(3, 3) from the frame of a joint's parent to the camera's."""
    turn, parent = np.eye(3), int(head.parents[joint])
    while parent >= 0:
        turn = rotations[parent] @ turn
        parent = int(head.parents[parent])
    return turn
