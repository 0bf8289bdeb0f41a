"""The parts of scripts/build_assets.py on small cases whose answer is known."""

from __future__ import annotations

import io
import pickle
import sys
from pathlib import Path

import numpy as np
import pytest

from headbridge.errors import InputError
from headbridge.mesh import Mesh
from headbridge.topologies import Topology

sys.path.append(str(Path(__file__).resolve().parents[3] / "scripts"))

from assets.files import write_npz
from assets.ict_rig import sphere_centre
from assets.mirror import mirror_map
from assets.open_flame import mirrored_alike, shift_and_growth
from assets.open_flame_eyes import eye_followers
from assets.open_flame_joints import affine_weights
from assets.regions import inside_polygon
from assets.rims import edge_angles, edge_path, enclosed
from assets.sources import read_landmark_embedding
from assets.transfer import curve_targets


def grid(rows: int, columns: int) -> Mesh:
    index = np.arange(rows * columns).reshape(rows, columns)
    faces = np.stack([index[:-1, :-1], index[:-1, 1:], index[1:, 1:], index[1:, :-1]], axis=-1).reshape(-1, 4)
    y, x = np.divmod(np.arange(rows * columns), columns)
    return Mesh.from_faces(np.stack([x - (columns - 1) / 2, y, np.zeros(len(x))], axis=1).astype(float), faces)


def test_mirror_of_a_distorted_grid_is_the_grid_mirrored():
    mesh = grid(6, 7)
    bent = mesh.with_vertices(mesh.vertices + np.random.default_rng(0).uniform(-0.2, 0.2, mesh.vertices.shape))
    expected = np.arange(42).reshape(6, 7)[:, ::-1].reshape(-1)
    assert np.array_equal(mirror_map(bent), expected)


def test_mirror_pairs_vertices_although_the_diagonals_are_not_mirrored():
    triangles = grid(6, 7).triangles  # every quad is cut along the same diagonal
    mesh = Mesh.from_faces(grid(6, 7).vertices + [0.05, 0.0, 0.0], triangles)
    expected = np.arange(42).reshape(6, 7)[:, ::-1].reshape(-1)
    assert np.array_equal(mirror_map(mesh), expected)


def test_edge_angles_are_positive_on_a_ridge_and_negative_in_a_fold():
    faces = [[0, 1, 2, 3], [3, 2, 4, 5]]
    vertices = np.array([[0, 0, 0], [0, 1, 0], [1, 1, 1], [1, 0, 1], [2, 1, 0], [2, 0, 0]], float)
    ridge = Mesh.from_faces(vertices, [face[::-1] for face in faces])
    assert edge_angles(ridge).max() == pytest.approx(90.0)
    assert edge_angles(Mesh.from_faces(vertices, faces)).min() == pytest.approx(-90.0)


def test_closed_path_encloses_its_inside():
    mesh = grid(9, 9)
    ring = edge_path(mesh, [20, 24, 60, 56, 20], ridge=0.0)
    assert len(ring) == 16 and ring[0] == 20
    y, x = np.divmod(np.flatnonzero(enclosed(mesh, ring)), 9)
    assert set(zip(y.tolist(), x.tolist())) == {(r, c) for r in range(3, 6) for c in range(3, 6)}


def test_path_that_crosses_itself_is_refused():
    with pytest.raises(RuntimeError, match="twice"):
        edge_path(grid(5, 5), [0, 2, 1, 0], ridge=0.0)


def test_curves_correspond_by_their_share_of_the_length():
    angle = np.linspace(0, 2 * np.pi, 400, endpoint=False)
    circle = np.stack([np.cos(angle), np.sin(angle), 0 * angle], axis=1)
    onto = curve_targets(circle[::40], 3.0 * circle)
    assert np.abs(onto - 3.0 * circle[::40]).max() < 0.01


def test_inside_polygon():
    polygon = np.array([[0, 0], [4, 0], [4, 4], [2, 1], [0, 4]], float)
    points = np.array([[1, 1], [2, 3], [3.9, 3], [5, 1], [-1, 0.5]], float)
    assert inside_polygon(points, polygon).tolist() == [True, False, True, False, False]


def test_files_are_the_same_byte_for_byte(tmp_path):
    arrays = {"b": np.arange(5), "a": np.array(["skin"]), "c": np.array(3)}
    write_npz(tmp_path / "one.npz", arrays)
    write_npz(tmp_path / "two.npz", dict(reversed(arrays.items())))
    assert (tmp_path / "one.npz").read_bytes() == (tmp_path / "two.npz").read_bytes()
    with np.load(tmp_path / "one.npz", allow_pickle=False) as stored:
        assert stored["c"].shape == () and stored["a"].tolist() == ["skin"]


def test_landmark_pickles_may_only_hold_arrays(tmp_path):
    class Harmful:
        def __reduce__(self):
            return print, ("run",)

    good, bad = tmp_path / "good.pkl", tmp_path / "bad.pkl"
    good.write_bytes(pickle.dumps({"lmk_face_idx": [1, 2], "lmk_b_coords": [[1, 0, 0], [0, 1, 0]]}))
    stream = io.BytesIO()
    pickle.dump({"lmk_face_idx": Harmful()}, stream)
    bad.write_bytes(stream.getvalue())
    assert read_landmark_embedding(good)[0].tolist() == [1, 2]
    with pytest.raises(InputError, match="builtins.print"):
        read_landmark_embedding(bad)


def test_affine_weights_average_to_the_point_and_stay_near_the_shares():
    points = np.random.default_rng(0).normal(size=(40, 3))
    wanted = np.where(np.arange(40) < 30, np.linspace(1.0, 2.0, 40), 0.0)
    point = np.array([0.1, -0.2, 0.05])
    weights = affine_weights(points, wanted, point)
    np.testing.assert_allclose(weights @ points, point, atol=1e-12)
    assert weights.sum() == pytest.approx(1.0, abs=1e-12)
    assert not weights[30:].any()
    share = wanted / wanted.sum()
    np.testing.assert_allclose(affine_weights(points, wanted, share @ points), share, atol=1e-12)


def test_sphere_centre_is_found_from_the_back_whatever_bulges_in_front():
    points = np.random.default_rng(0).normal(size=(500, 3))
    points *= 12.0 / np.linalg.norm(points, axis=1, keepdims=True)
    points[points[:, 2] > 9.0] *= 1.1
    np.testing.assert_allclose(sphere_centre(points + [3.0, 4.0, 5.0]), [3.0, 4.0, 5.0], atol=1e-9)


def test_expressions_and_their_mirror_images_become_partners():
    random = np.random.default_rng(0)
    mirror = np.array([1, 0, 2])
    names = ("eyeBlink_L", "eyeBlink_R", "jawOpen", "jawLeft", "jawRight")
    given = {name: random.normal(size=(3, 3)) for name in names}
    alike = mirrored_alike(given, mirror)
    flip = [-1.0, 1.0, 1.0]
    for one, other in (("eyeBlink_L", "eyeBlink_R"), ("jawOpen", "jawOpen"), ("jawLeft", "jawRight")):
        np.testing.assert_allclose(alike[one], alike[other][mirror] * flip)
    again = mirrored_alike(alike, mirror)
    np.testing.assert_allclose(again["jawLeft"], alike["jawLeft"])


def test_shift_and_growth_of_a_ball_are_found_and_a_turn_is_left_out():
    points = np.random.default_rng(0).normal(size=(400, 3))
    points = np.concatenate([points, -points]) + 7.0
    turn = 0.3 * np.cross([0.0, 0.0, 1.0], points - 7.0)
    shift, growth = shift_and_growth(points, 0.2 * (points - 7.0) + [1.0, 2.0, 3.0] + turn)
    np.testing.assert_allclose(shift, [1.0, 2.0, 3.0], atol=1e-12)
    assert growth == pytest.approx(0.2, abs=1e-12)


def test_eyes_follow_the_skin_that_moves_with_them_in_identities_only():
    """Two vertices move with the eye, one of them in an expression, too; the third goes its own way."""
    random = np.random.default_rng(0)
    eye = 50.0 * random.normal(size=(20, 3))
    identity = np.stack([eye, eye, random.normal(size=(20, 3)) * 50.0, eye, eye, eye], axis=1)
    expression = np.zeros((4, 6, 3))
    expression[:, 1] = 50.0
    regions = {
        "left_eye_region": np.array([True, True, True, False, False, False]),
        "left_eyeball": np.array([False, False, False, True, True, False]),
    }
    regions |= {name.replace("left", "right"): mask for name, mask in regions.items()}
    nothing = np.zeros(6, bool)
    weights = eye_followers(identity, expression, Topology("head", "Head", None, None, regions, None, nothing, nothing))
    np.testing.assert_allclose(weights, [[1.0, 0.0, 0.0, 0.0, 0.0, 0.0]] * 2, atol=0.01)
