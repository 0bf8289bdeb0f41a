"""Eyes that look where the photo has their irises."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from scipy.spatial.transform import Rotation

from headbridge.fitting.heads import load_head
from headbridge.fitting.photo.gaze import with_gaze
from headbridge.fitting.photo.job import DETECTED, PhotoLandmarks
from headbridge.fitting.photo.state import PhotoState
from headbridge.fitting.posable import Posed

from .posed_faces import exact_face, posed_view


def test_the_gaze_that_put_the_irises_where_they_are_is_found_again():
    head = load_head("hack")
    view = posed_view(head, 5)
    joints, rotations = Posed(head, view.head).joints, view.head.rotations.copy()
    gaze = {"right_eye": (0.1, -0.3), "left_eye": (0.12, -0.26)}
    face, points = exact_face(head, view), []
    for name, (down, aside) in gaze.items():
        joint = head.joint_names.index(name)
        rotations[joint] = Rotation.from_euler("YX", (aside, down)).as_matrix()
        ahead = rotations[0] @ rotations[1] @ rotations[joint] @ (0.0, 0.0, 13.0)
        points.append(face.screen.project((joints[joint] + ahead)[None], view.focal)[0])
    irises = replace(face, landmarks=PhotoLandmarks(np.array(points), np.array([468, 473]), DETECTED))
    state = PhotoState(view.head.coefficients[: head.identity_count], (view,))
    (found,) = with_gaze(head, (irises,), state).views
    np.testing.assert_allclose(found.head.rotations, rotations, atol=1e-6)
    # The 68 landmarks have no irises.
    assert with_gaze(head, (face,), state).views[0] is view
