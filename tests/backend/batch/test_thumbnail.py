"""Small pictures of results."""

import base64

import cv2
import numpy as np
import pytest

from headbridge.batch.thumbnail import SIZE, thumbnail_of
from headbridge.mesh.io import write_mesh


def picture(text: str) -> np.ndarray:
    return cv2.imdecode(np.frombuffer(base64.b64decode(text), np.uint8), cv2.IMREAD_COLOR)


@pytest.mark.slow
def test_a_mesh_fills_the_picture_and_is_seen_from_the_front(tmp_path, sphere_mesh):
    mesh = sphere_mesh(24, 32)
    write_mesh(tmp_path / "a.ply", mesh.with_vertices(mesh.vertices * (5.0, 5.0, 5.0) + (100.0, 0.0, 0.0)))
    seen = picture(thumbnail_of(tmp_path, None))
    assert seen.shape == (SIZE, SIZE, 3)
    skin = np.abs(seen.astype(int) - seen[0, 0].astype(int)).max(axis=2) > 25
    rows, columns = np.flatnonzero(skin.any(axis=1)), np.flatnonzero(skin.any(axis=0))
    for lines in (rows, columns):
        assert 0.85 * SIZE < len(lines) < SIZE and abs(lines.mean() - 0.5 * SIZE) < 2.0


@pytest.mark.slow
def test_a_turned_result_gives_the_same_picture(tmp_path, random_rotation, sphere_mesh):
    mesh = sphere_mesh(24, 32)
    nose = 0.6 * np.exp(-8.0 * ((mesh.vertices - (0.0, -0.2, 1.0)) ** 2).sum(axis=1))
    vertices = mesh.vertices + nose[:, None] * (0.0, 0.0, 1.0)
    pictures = []
    for name, rotation in (("straight", np.eye(3)), ("turned", random_rotation)):
        (tmp_path / name).mkdir()
        write_mesh(tmp_path / name / "a.ply", mesh.with_vertices(vertices @ rotation.T))
        pictures.append(picture(thumbnail_of(tmp_path / name, rotation.tolist())).astype(int))
    assert np.abs(pictures[0] - pictures[1]).mean() < 1.0
    assert np.abs(pictures[0] - pictures[0][:, ::-1]).mean() > 1.5, "seen from the side, the nose is not in the middle"


@pytest.fixture
def random_rotation():
    turn, _ = np.linalg.qr(np.random.default_rng(4).standard_normal((3, 3)))
    return turn * np.sign(np.linalg.det(turn))


def test_a_photo_with_the_head_over_it_comes_first(tmp_path):
    for name, value in (("overlay.png", 200), ("texture.png", 10)):
        cv2.imwrite(str(tmp_path / name), np.full((400, 200, 3), value, np.uint8))
    seen = picture(thumbnail_of(tmp_path, None))
    assert seen.shape == (SIZE, SIZE // 2, 3) and abs(seen.mean() - 200.0) < 2.0


def test_what_cannot_be_shown_has_no_picture(tmp_path):
    assert thumbnail_of(tmp_path, None) == ""
    np.savez(tmp_path / "heads.npz", identity=np.zeros(3))
    (tmp_path / "a.png").write_bytes(b"broken")
    assert thumbnail_of(tmp_path, None) == ""


def test_a_result_that_cannot_be_drawn_is_still_a_result(tmp_path, sphere_mesh, capsys):
    write_mesh(tmp_path / "a.npz", sphere_mesh())
    assert thumbnail_of(tmp_path, [[1.0]]) == "" and "Traceback" in capsys.readouterr().err
