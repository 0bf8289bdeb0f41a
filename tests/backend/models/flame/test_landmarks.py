"""Landmarks, the contour by yaw, embedding files in all their forms, masks and eyelids."""

from __future__ import annotations

import io
import pickle

import numpy as np
import pytest
import torch
from scipy.spatial.transform import Rotation

from headbridge.errors import InputError
from headbridge.models.flame.eyelids import read_eyelids
from headbridge.models.flame.landmarks import (
    DynamicContour,
    contour_row,
    read_landmark_embedding,
    read_masks,
    static_landmarks,
)
from headbridge.topologies import load_builtin

from .forge import python2_text_pickle
from .landmark_positions import contour_positions, landmark_positions, yaw_degrees

TRIANGLES = load_builtin("flame").triangles
TEMPLATE = load_builtin("flame").vertices


def embedding(*shape, seed=0):
    """Random faces of FLAME and barycentric coordinates in them."""
    random = np.random.default_rng(seed)
    return random.integers(0, len(TRIANGLES), shape), random.dirichlet(np.ones(3), shape)


def places(faces, weights):
    return (TEMPLATE[TRIANGLES[faces]] * weights[..., None]).sum(-2)


def npy(value) -> bytes:
    stream = io.BytesIO()
    np.save(stream, value, allow_pickle=True)
    return stream.getvalue()


@pytest.fixture
def read(tmp_path):
    def run(content, name="embedding.npy"):
        path = tmp_path / name
        path.write_bytes(content)
        return read_landmark_embedding(path)

    return run


def test_the_68_end_with_the_51():
    whole, inner = static_landmarks(68), static_landmarks(51)
    assert whole.names[17:] == inner.names
    np.testing.assert_allclose(whole.evaluate(TEMPLATE)[17:], inner.evaluate(TEMPLATE), atol=1e-9)
    with pytest.raises(InputError, match="51 or 68 static landmarks, not 70"):
        static_landmarks(70)


def test_positions_of_a_batch_and_their_gradient():
    heads = torch.from_numpy(np.stack([TEMPLATE, 2.0 * TEMPLATE + 5.0])).requires_grad_()
    found = landmark_positions(heads, static_landmarks(51))
    expected = static_landmarks(51).evaluate(TEMPLATE)
    np.testing.assert_allclose(found[0].detach(), expected, atol=1e-9)
    np.testing.assert_allclose(found[1].detach(), 2.0 * expected + 5.0, atol=1e-9)
    found[1, 13, 2].backward()
    assert not heads.grad[0].any() and float(heads.grad[1, :, 2].sum()) == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("yaw", "row"),
    [
        (0.0, 0),
        (0.4, 0),
        (-0.4, 0),
        (1.0, 1),
        (38.7, 39),
        (39.0, 39),
        (90.0, 39),
        (-1.0, 40),
        (-39.0, 78),
        (-180.0, 78),
    ],
)
def test_the_row_of_a_yaw(yaw, row):
    assert int(contour_row(np.array(yaw))) == row


def test_yaw_is_positive_where_the_nose_points_to_the_subjects_left():
    turns = Rotation.from_euler("yxz", [[25.0, 10.0, 5.0], [-25.0, 0.0, 0.0], [0.0, 30.0, 0.0]], degrees=True)
    yaw = yaw_degrees(torch.from_numpy(turns.as_matrix()))
    nose = turns.apply([0.0, 0.0, 1.0])
    np.testing.assert_allclose(yaw, np.degrees(np.arctan2(nose[:, 0], nose[:, 2])), atol=1e-12)
    assert yaw[0] > 24.0 and yaw[1] == pytest.approx(-25.0) and yaw[2] == pytest.approx(0.0)


def test_each_head_gets_the_contour_of_its_yaw():
    faces, weights = embedding(79, 17)
    contour = DynamicContour(TRIANGLES[faces].astype(np.int32), weights)
    heads = torch.from_numpy(np.stack([TEMPLATE] * 3))
    found = contour_positions(heads, contour, torch.tensor([12.0, -12.0, 0.0]))
    for b, row in enumerate((12, 51, 0)):
        np.testing.assert_allclose(found[b], places(faces[row], weights[row]), atol=1e-9)
    np.testing.assert_allclose(contour.landmarks(-12.0).evaluate(TEMPLATE), found[1], atol=1e-9)
    assert contour.landmarks(0.0).names == static_landmarks(68).names[:17]


def stored_as_in_mica():
    """landmark_embedding.npy: a dictionary in an object array, its contour in tensors."""
    (static, static_b), (full, full_b), (dynamic, dynamic_b) = embedding(51), embedding(1, 68), embedding(79, 17)
    return {
        "static_lmk_faces_idx": static,
        "static_lmk_bary_coords": static_b,
        "full_lmk_faces_idx": full,
        "full_lmk_bary_coords": full_b,
        "dynamic_lmk_faces_idx": torch.from_numpy(dynamic),
        "dynamic_lmk_bary_coords": torch.from_numpy(dynamic_b),
    }


def test_the_embedding_of_mica_and_deca(read):
    stored = stored_as_in_mica()
    found = read(npy(stored))
    for name in ("static", "full"):
        expected = places(stored[f"{name}_lmk_faces_idx"], stored[f"{name}_lmk_bary_coords"]).reshape(-1, 3)
        np.testing.assert_allclose(getattr(found, name).evaluate(TEMPLATE), expected, atol=1e-9)
    expected = places(stored["dynamic_lmk_faces_idx"].numpy(), stored["dynamic_lmk_bary_coords"].numpy())
    np.testing.assert_allclose(found.dynamic.landmarks(-3.0).evaluate(TEMPLATE), expected[42], atol=1e-9)
    assert found.static.names == static_landmarks(51).names and found.mediapipe is None


@pytest.mark.parametrize("line_end", [b"\n", b"\r\n"], ids=["LF", "CRLF"])
@pytest.mark.parametrize(("count", "name"), [(51, "static"), (68, "full")])
def test_the_static_embeddings_of_tf_flame(read, count, name, line_end):
    faces, weights = embedding(count)
    content = python2_text_pickle({"lmk_face_idx": faces.astype(np.uint32), "lmk_b_coords": weights})
    found = getattr(read(content.replace(b"\n", line_end), "flame_static_embedding.pkl"), name)
    np.testing.assert_allclose(found.evaluate(TEMPLATE), places(faces, weights), atol=1e-9)


def test_the_dynamic_embedding_of_flame_pytorch(read):
    faces, weights = embedding(79, 17)
    found = read(npy({"lmk_face_idx": faces, "lmk_b_coords": weights}))
    np.testing.assert_allclose(
        found.dynamic.landmarks(39).evaluate(TEMPLATE), places(faces[39], weights[39]), atol=1e-9
    )


def test_mediapipes_105(read):
    faces, weights = embedding(105)
    indices = np.random.default_rng(1).permutation(478)[:105]
    stream = io.BytesIO()
    np.savez(stream, lmk_face_idx=faces, lmk_b_coords=weights, landmark_indices=indices)
    found = read(stream.getvalue(), "mediapipe_landmark_embedding.npz")
    np.testing.assert_array_equal(found.mediapipe_indices, indices)
    np.testing.assert_allclose(found.mediapipe.evaluate(TEMPLATE), places(faces, weights), atol=1e-9)
    assert found.static is None and len(found.mediapipe) == 105


def changed(**changes):
    faces, weights = embedding(51)
    return pickle.dumps({"lmk_face_idx": faces, "lmk_b_coords": weights} | changes)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (pickle.dumps([1]), "no landmark embedding"),
        (pickle.dumps({"a": 1}), r"not both there \(there are a\)"),
        (changed(lmk_face_idx=embedding(50)[0]), r"\(50,\) should name faces and 'lmk_b_coords' \(51, 3\)"),
        (changed(lmk_face_idx=np.full(51, 9976)), "should name FLAME's faces 0 to 9975"),
        (changed(lmk_b_coords=np.ones((51, 3))), "do not sum to 1"),
        (changed(lmk_b_coords=np.full((51, 3), np.nan)), "do not sum to 1"),
        (pickle.dumps(dict(zip(("lmk_face_idx", "lmk_b_coords"), embedding(10)))), "holds 10 landmarks; 51 or 68"),
        (changed(landmark_indices=np.full(51, 478)), "'landmark_indices' should name 51"),
        (npy({**stored_as_in_mica(), "full_lmk_faces_idx": embedding(1, 67)[0]}), "should name faces and"),
        (npy(np.zeros(3)), "no landmark embedding"),
    ],
)
def test_files_that_are_no_embeddings(read, content, message):
    with pytest.raises(InputError, match=message):
        read(content)


MASKS = {"face": np.arange(1787), "nose": np.arange(379) * 3, "left_eyeball": np.arange(3931, 4477)}


@pytest.mark.parametrize("line_end", [b"\n", b"\r\n"], ids=["LF", "CRLF"])
def test_masks_also_from_a_checkout_with_other_line_ends(tmp_path, line_end):
    path = tmp_path / "FLAME_masks.pkl"
    path.write_bytes(python2_text_pickle(MASKS).replace(b"\n", line_end))
    found = read_masks(path)
    assert set(found) == set(MASKS)
    for name, vertices in MASKS.items():
        np.testing.assert_array_equal(found[name], vertices)
        assert found[name].dtype == np.int64


@pytest.mark.parametrize(
    "masks", [{"face": np.array([5023])}, {"face": np.zeros(3)}, {"face": np.array([-1])}, {}, [1]]
)
def test_masks_that_name_no_vertices(tmp_path, masks):
    path = tmp_path / "FLAME_masks.pkl"
    path.write_bytes(pickle.dumps(masks))
    with pytest.raises(InputError, match="vertex masks|should name vertices 0 to 5022"):
        read_masks(path)


def test_eyelids_are_left_and_right_in_millimetres(tmp_path):
    shapes = np.random.default_rng(0).normal(0.0, 1e-3, (2, 5023, 3))
    np.save(tmp_path / "l_eyelid.npy", shapes[0])
    with pytest.raises(InputError, match="r_eyelid.npy: there is no such file"):
        read_eyelids(tmp_path)
    np.save(tmp_path / "r_eyelid.npy", shapes[1])
    np.testing.assert_allclose(read_eyelids(tmp_path), 1000.0 * shapes)
    np.save(tmp_path / "r_eyelid.npy", shapes[1, :10])
    with pytest.raises(InputError, match="r_eyelid.npy: an eyelid shape should hold"):
        read_eyelids(tmp_path)
