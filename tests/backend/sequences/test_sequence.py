"""The data model: what goes into sequence.npz comes out, and what does not fit is refused in one line."""

from __future__ import annotations

from dataclasses import fields

import numpy as np
import pytest

from headbridge.errors import InputError
from headbridge.sequences import Sequence, read_sequence, write_sequence
from headbridge.sequences.gaps import gaps

FRAMES = 3


def full_sequence(**changes) -> Sequence:
    """A sequence in which every field is set."""
    rng = np.random.default_rng(4)
    turn = np.diag([1.0, -1.0, -1.0])[None]
    given = {
        "source": "vhap",
        "frame_ids": np.array([1, 2, 5]),
        "model": "flame",
        "version": "2023",
        "topology": "flame",
        "teeth": True,
        "mm_per_unit": 1000.0,
        "fps": 24.0,
        "video_frames": np.array([2, 3, 6]),
        "frame_names": np.array(["a", "b", "c"]),
        "valid": np.array([True, False, True]),
        "identity": rng.normal(size=(1, 300)),
        "expression": rng.normal(size=(FRAMES, 4)),
        "expression_names": np.array(["w", "x", "y", "z"]),
        "static_offset": rng.normal(size=(7, 3)),
        "dynamic_offset": rng.normal(size=(FRAMES, 7, 3)).astype(np.float32),
        "offsets_move_joints": False,
        "eyelids": rng.normal(size=(FRAMES, 2)),
        "eyelid_stage": "before skinning",
        "joint_names": np.array(["root", "neck", "jaw", "left_eye", "right_eye"]),
        "rotations": rng.normal(size=(FRAMES, 5, 3)),
        "root_pivot": "origin",
        "translation": rng.normal(size=(FRAMES, 3)),
        "scale": np.array([1.0, 1.1, 1.2]),
        "vertices": rng.normal(size=(FRAMES, 7, 3)),
        "corners": np.array([0, 1, 2, 3]),
        "face_sizes": np.array([4]),
        "camera_model": "perspective",
        "camera_K": np.array([[[900.0, 0.0, 256.0], [0.0, 900.0, 250.0], [0.0, 0.0, 1.0]]]),
        "camera_R": np.concatenate([turn, turn, np.eye(3)[None]]),
        "camera_t": rng.normal(size=(FRAMES, 3)),
        "camera_size": np.array([[512, 500]]),
        "pixel_centre": 0.0,
        "crop_to_original": np.eye(3)[None],
        "images": np.array(["1.png", "2.png", "5.png"]),
        "view_names": np.array(["left", "right"]),
        "view_K": np.repeat(np.eye(3)[None], 2, axis=0),
        "view_R": np.repeat(np.eye(3)[None], 2, axis=0),
        "view_t": np.zeros((2, 3)),
        "view_size": np.array([[4, 5], [4, 5]]),
        "texture": rng.normal(size=(1, 50)),
        "texture_space": "flame_texture",
        "texture_image": rng.random((4, 6, 3)),
        "displacement_map": rng.normal(size=(1, 4, 4)),
        "normal_map": rng.normal(size=(1, 4, 4, 3)),
        "light": rng.normal(size=(FRAMES, 9, 3)),
        "detail": rng.normal(size=(FRAMES, 128)),
        "curve_names": np.array(["HeadYaw"]),
        "curves": rng.normal(size=(FRAMES, 1)),
        "notes": ("one", "two"),
    }
    return Sequence(**given | changes)


def test_every_field_comes_back_from_the_file(tmp_path):
    sequence = full_sequence()
    write_sequence(tmp_path / "sequence.npz", sequence)
    read = read_sequence(tmp_path / "sequence.npz")
    for each in fields(Sequence):
        before, after = getattr(sequence, each.name), getattr(read, each.name)
        assert after is not None and before is not None, each.name
        assert np.array_equal(np.asarray(before), np.asarray(after)), each.name
        assert np.asarray(before).dtype.kind == np.asarray(after).dtype.kind, each.name


def test_the_file_has_a_camera_for_every_frame(tmp_path):
    sequence = full_sequence()
    write_sequence(tmp_path / "sequence.npz", sequence)
    with np.load(tmp_path / "sequence.npz") as stored:
        assert stored["camera_K"].shape == (FRAMES, 3, 3) and (stored["camera_K"] == sequence.camera_K).all()
        assert stored["camera_size"].shape == (FRAMES, 2) and stored["crop_to_original"].shape == (FRAMES, 3, 3)
    assert read_sequence(tmp_path / "sequence.npz").camera_K.shape == (1, 3, 3)


def test_what_is_left_out_stays_out_and_what_every_sequence_has_is_filled_in(tmp_path):
    write_sequence(tmp_path / "s.npz", Sequence(source="mica", frame_ids=np.array([0]), model="flame"))
    read = read_sequence(tmp_path / "s.npz")
    assert (read.fps, read.vertices, read.camera_K, read.eyelids) == (None, None, None, None)
    assert read.rotations.shape == (1, 5, 3) and not read.rotations.any() and read.scale.tolist() == [1.0]
    assert read.valid.tolist() == [True] and read.frame_names.tolist() == ["0"]
    assert np.array_equal(read.joint("jaw"), np.zeros((1, 3)))


def test_chosen_frames_keep_what_all_frames_share():
    sequence = full_sequence()
    chosen = sequence.of_frames(np.array([0, 2]))
    assert chosen.frame_ids.tolist() == [1, 5] and chosen.fps == 24.0
    assert np.array_equal(chosen.camera_K, sequence.camera_K) and np.array_equal(chosen.identity, sequence.identity)
    assert np.array_equal(chosen.camera_t, sequence.camera_t[[0, 2]])
    assert np.array_equal(chosen.joint("jaw"), sequence.rotations[[0, 2], 2])


NOT_FINITE = np.zeros((FRAMES, 3))
NOT_FINITE[1, 2] = np.nan


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"expression": np.zeros((4, 4))}, r"'expression' should have the shape \(3, 4\), but has \(4, 4\)"),
        ({"translation": NOT_FINITE}, r"'translation' has NaN or infinite values \(first at \(1, 2\)\)"),
        ({"frame_ids": np.array([1, 5, 5])}, "the frame numbers should rise, but 5"),
        ({"frame_ids": np.array([1.0, 2.0, 3.0])}, "'frame_ids' should hold whole numbers"),
        ({"fps": 0.0}, "the frames a second should be above 0, not 0"),
        ({"mm_per_unit": -1.0}, "the millimetres per unit"),
        ({"root_pivot": "neck"}, "'root_pivot' should be one of 'joint', 'origin', not 'neck'"),
        ({"camera_K": None}, "a camera needs its model, K, R, t and size together"),
        ({"camera_model": ""}, "a camera needs its model, K, R, t and size together"),
        ({"camera_R": -np.eye(3)[None]}, "a camera's R is no rotation"),
        ({"camera_size": np.array([[0, 5]])}, "a camera's size and focal length"),
        ({"vertices": np.zeros((FRAMES, 8, 3))}, r"'vertices' should have the shape \(3, 7, 3\)"),
        ({"joint_names": np.array(["root"])}, r"5 joint rotations for 1 joints|'rotations' should have the shape"),
        ({"expression_names": np.array(["x"])}, "1 names for 4 expression coefficients"),
        ({"corners": None}, "polygons need corners and face sizes"),
        ({"face_sizes": np.array([3])}, "the face sizes add up to 3, but there are 4 corners"),
        ({"images": np.array([1, 2, 3])}, "'images' should hold text"),
    ],
)
def test_what_does_not_fit_is_told_in_one_line(changes, said):
    with pytest.raises(InputError, match=said) as told:
        full_sequence(**changes)
    assert "\n" not in str(told.value)


def test_other_files_are_refused(tmp_path):
    np.savez(tmp_path / "other.npz", source=np.array("x"), frame_ids=np.arange(3))
    with pytest.raises(InputError, match="this is no sequence that can be read"):
        read_sequence(tmp_path / "other.npz")
    np.savez(tmp_path / "later.npz", format=np.array("headbridge sequence 9"))
    with pytest.raises(InputError, match="a later version"):
        read_sequence(tmp_path / "later.npz")
    write_sequence(tmp_path / "s.npz", full_sequence())
    stored = dict(np.load(tmp_path / "s.npz"))
    np.savez(tmp_path / "s.npz", **stored, surprise=np.zeros(2))
    with pytest.raises(InputError, match="the array 'surprise' is no part of a sequence"):
        read_sequence(tmp_path / "s.npz")
    stored.pop("frame_ids")
    np.savez(tmp_path / "s.npz", **stored)
    with pytest.raises(InputError, match="'frame_ids' is missing"):
        read_sequence(tmp_path / "s.npz")


@pytest.mark.parametrize(
    ("frames", "places", "step"),
    [
        ([1, 2, 3, 5, 6], [2], 1),
        ([0, 5, 10, 20], [2], 5),
        ([0, 2, 3, 4, 5], [0], 1),
        ([7, 30], [], 1),
        ([4], [], 1),
        ([0, 1, 3, 5, 7], [], 2),
    ],
)
def test_gaps_are_where_frames_go_on_by_more_than_usual(frames, places, step):
    """A step that is smaller than usual is no gap, nor makes one of all others."""
    found, usual = gaps(np.array(frames))
    assert found.tolist() == places and usual == step
