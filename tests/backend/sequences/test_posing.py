"""What trackers do beside FLAME's own head: eyelids, offsets, roots and scales in their order."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from headbridge.errors import InputError
from headbridge.models.flame import read_flame_file
from headbridge.sequences import Sequence
from headbridge.sequences.posing import SequencePoser
from headbridge.sequences.teeth import teeth_faces

from ..models.flame.reference import reference_head

pytestmark = pytest.mark.slow

RANDOM = np.random.default_rng(17)
IDENTITY, EXPRESSION = RANDOM.normal(size=300), RANDOM.normal(size=100)
JOINTS = RANDOM.normal(0.0, 0.3, (5, 3))
MOVED = np.array([0.1, -0.2, 0.3])


@pytest.fixture(scope="module")
def data(models_folder):
    return read_flame_file(models_folder / "FLAME2020" / "generic_model.pkl")


def posed(data, shapes=None, **changes) -> np.ndarray:
    given = {
        "source": "test",
        "frame_ids": np.array([0]),
        "model": "flame",
        "mm_per_unit": 1000.0,
        "identity": IDENTITY[None],
        "expression": EXPRESSION[None],
        "rotations": JOINTS[None],
        "translation": MOVED[None],
    }
    return SequencePoser(Sequence(**given | changes), data, shapes).vertices(slice(None))[0]


def head(model, joints=JOINTS, moved=MOVED) -> np.ndarray:
    return reference_head(model, IDENTITY, EXPRESSION, joints, moved)[0]


def off(found, wanted) -> float:
    """Millimetres."""
    return float(1000.0 * np.linalg.norm(found - wanted, axis=1).max())


def test_the_root_turns_about_its_joint_or_the_origin(data, published):
    model = published["2020"]
    assert off(posed(data), head(model)) < 1e-6
    still = JOINTS.copy()
    still[0] = 0.0
    turn = Rotation.from_rotvec(JOINTS[0]).as_matrix()
    about_origin = 1.5 * head(model, still, np.zeros(3)) @ turn.T + MOVED
    assert off(posed(data, root_pivot="origin", scale=np.array([1.5])), about_origin) < 1e-6


def test_offsets_move_the_joints_or_leave_them(data, published):
    model, offset = published["2020"], RANDOM.normal(0.0, 3e-3, (5023, 3))
    moving = {**model, "v_template": model["v_template"] + offset}
    assert off(posed(data, static_offset=offset), head(moving)) < 1e-6
    # The reference has no such offset; pose correctives, which move no joint either, can be made to give it.
    unmoved = {**model, "posedirs": model["posedirs"].copy()}
    feature = (Rotation.from_rotvec(JOINTS[1:]).as_matrix() - np.eye(3)).reshape(-1)
    unmoved["posedirs"] += offset[..., None] * (feature / (feature @ feature))
    assert off(posed(data, static_offset=offset, offsets_move_joints=False), head(unmoved)) < 1e-6
    assert off(posed(data, dynamic_offset=offset[None]), head(moving)) < 1e-6
    assert off(head(unmoved), head(moving)) > 0.1


def test_eyelids_before_and_after_skinning(data, published):
    model, shapes = published["2020"], RANDOM.normal(0.0, 2e-3, (2, 5023, 3))
    lids = np.array([[0.7, -0.2]])
    offset = 0.7 * shapes[0] - 0.2 * shapes[1]
    after = posed(data, 1000.0 * shapes, eyelids=lids)
    assert off(after, head(model) + offset) < 1e-6
    before = posed(data, 1000.0 * shapes, eyelids=lids, eyelid_stage="before skinning")
    assert off(before, posed(data, static_offset=offset, offsets_move_joints=False)) < 1e-6
    with pytest.raises(InputError, match="no eyelid shapes"):
        posed(data, eyelids=lids)
    assert off(posed(data, eyelids=0.0 * lids), head(model)) < 1e-6


def test_a_head_without_jaw_does_not_turn_it(data, published):
    model = published["2020"]
    shut = JOINTS.copy()
    shut[2] = 0.0
    assert off(posed(replace(data, version="2023 no-jaw")), head(model, shut)) < 1e-6


def test_teeth_are_closed_bands_that_mirror_each_other():
    faces = teeth_faces()
    assert faces.shape == (168, 3) and sorted(set(faces.ravel().tolist())) == list(range(120))
    # Of each edge inside a band both directions are there once: all faces of a band look to one side.
    directed = np.concatenate([faces[:, [0, 1]], faces[:, [1, 2]], faces[:, [2, 0]]])
    assert len({tuple(edge) for edge in directed.tolist()}) == len(directed)
    # The first and the last triangles of the front of the upper teeth, as VHAP has them.
    known = {(0, 31, 30), (0, 1, 31), (6, 7, 37), (7, 8, 37), (8, 38, 37), (14, 44, 43)}
    turned = {tuple(np.roll(face, -int(np.argmin(face))).tolist()) for face in faces}
    assert known <= turned
    # And one of each other band: back and edge of the upper teeth, front, back and edge of the lower.
    assert {(60, 75, 76), (30, 76, 75), (15, 45, 46), (90, 106, 105), (45, 105, 106)} <= turned
