"""Damaged answers of the task "animated_head" leave the scene as it was."""

from __future__ import annotations

import numpy as np
import pytest

COUNT = 3


@pytest.fixture
def whole():
    """An answer of plain vertices with a camera, and its arrays."""
    answer = {"kind": "mesh", "frames": COUNT, "topology": "", "camera": True, "orthographic": False, "fps": None}
    arrays = {
        "frame_ids": np.arange(COUNT),
        "valid": np.ones(COUNT, bool),
        "frame_names": np.array(["a", "b", "c"]),
        "vertices": np.zeros((COUNT, 3, 3), np.float32),
        "corners": np.array([0, 1, 2]),
        "face_sizes": np.array([3]),
        "camera_matrix": np.tile(np.eye(3), (COUNT, 1, 1)),
        "camera_rotation": np.tile(np.eye(3), (COUNT, 1, 1)),
        "camera_translation": np.zeros((COUNT, 3)),
        "camera_size": np.array([4, 5]),
    }
    return answer, arrays


def test_a_whole_answer_is_taken(whole, addon):
    addon("motion.motion_arrays").check_answer(*whole)


@pytest.mark.parametrize(
    ("answer", "arrays", "told"),
    [
        ({"kind": "opera"}, {}, "its kind is 'opera'"),
        ({"fps": "fast"}, {}, "'fps' is 'fast'"),
        ({"orthographic": 1}, {}, "'orthographic' is 1"),
        ({"frames": 4}, {}, "'vertices' in the performance has the shape"),
        ({}, {"frame_ids": np.array([0, 2, 1])}, "do not rise"),
        ({}, {"corners": np.array([0, 1, 7])}, "names a vertex that is not there"),
        ({}, {"camera_translation": np.full((COUNT, 3), np.nan)}, "NaN"),
        ({}, {"images": np.array(["only one"])}, "'images'"),
        ({"kind": "rig", "version": "x"}, {}, "'names' is missing"),
    ],
)
def test_damaged_answers_are_told(whole, addon, answer, arrays, told):
    given = {**whole[0], **answer}, {**whole[1], **arrays}
    with pytest.raises(addon("job_client").BackendError, match=told):
        addon("motion.motion_arrays").check_answer(*given)
