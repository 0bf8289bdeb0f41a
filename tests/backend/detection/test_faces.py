"""Faces of all sizes and tilts in pictures of a built-in head, placed where the test says."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from headbridge.detection.crops import Crop, Cropper
from headbridge.detection.detector import FaceDetector
from headbridge.detection.faces import MOST_FACES, face_size, find_face, find_faces
from headbridge.detection.on_meshes.camera import Camera, looking
from headbridge.detection.on_meshes.scene import Scene
from headbridge.errors import Cancelled, InputError
from headbridge.images import Photo
from headbridge.progress import Progress
from headbridge.topologies import load_builtin

BACKGROUND = 115


@pytest.fixture(scope="module")
def detector():
    with FaceDetector(MOST_FACES) as made:
        yield made


@pytest.fixture(scope="module")
def portrait() -> np.ndarray:
    """(360, 360, 3) uint8, the face over some 150 pixels."""
    return Scene(load_builtin("hack")).render(Camera(looking(8.0, 4.0), np.array([0.0, 0.0, 60.0]), 200.0, 360))


@pytest.fixture(scope="module")
def detection(portrait, detector):
    return find_faces(portrait, detector=detector)[0]


def shown(portrait: np.ndarray, scale: float, angle: float, centre, size) -> tuple[np.ndarray, np.ndarray]:
    """A picture (rows, columns of `size`) with the portrait in it, turned, and the (2, 3) way there, screen coords."""
    turn = np.radians(angle)
    linear = scale * np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]])
    way = np.column_stack([linear, np.asarray(centre) - linear @ (180.0, 180.0)])
    # Reduced first by averaging, as cameras do; OpenCV counts from the middle of the first pixel.
    reduced = min(scale, 1.0)
    small = cv2.resize(portrait, None, fx=reduced, fy=reduced, interpolation=cv2.INTER_AREA)
    matrix = np.column_stack([linear / reduced, way[:, 2] + (linear / reduced) @ (0.5, 0.5) - 0.5])
    picture = np.full((*size, 3), BACKGROUND, np.uint8)
    cv2.warpAffine(small, matrix, size[::-1], picture, cv2.INTER_LINEAR, cv2.BORDER_TRANSPARENT)
    return picture, way


def error(found, detection, way: np.ndarray) -> float:
    """Mean distance from where the portrait's points are now, in sizes of the face."""
    expected = detection.points[:468, :2] @ way[:, :2].T + way[:, 2]
    return float(np.linalg.norm(found.points[:468, :2] - expected, axis=1).mean() / found.size)


@pytest.mark.slow
@pytest.mark.parametrize("angle", [30, -60, 90, 135, 180])
def test_tilted_faces(portrait, detection, detector, angle):
    picture, way = shown(portrait, 1.0, angle, (240.0, 250.0), (500, 520))
    found = find_faces(picture, detector=detector)
    assert len(found) == 1 and error(found[0], detection, way) < 0.02


@pytest.mark.slow
@pytest.mark.parametrize(("scale", "limit"), [(0.35, 0.03), (0.6, 0.02)])
def test_a_small_face_in_a_large_picture(portrait, detection, detector, scale, limit):
    picture, way = shown(portrait, scale, 0.0, (1040.0, 300.0), (900, 1400))
    found = find_faces(picture, detector=detector)
    assert len(found) == 1 and error(found[0], detection, way) < limit


def test_a_face_that_the_border_cuts(portrait, detection, detector):
    left, top, right, bottom = detection.box.astype(int)
    cut = portrait[top + 4 : bottom - 4, left + 4 : right - 4]
    way = np.column_stack([np.eye(2), (-left - 4.0, -top - 4.0)])
    found = find_faces(cut, detector=detector)
    assert len(found) == 1 and error(found[0], detection, way) < 0.06


def test_several_faces_are_counted_from_the_largest(portrait, detection, detector):
    picture, way = shown(portrait, 0.6, 0.0, (150.0, 200.0), (500, 900))
    other, second = shown(portrait, 1.1, 0.0, (600.0, 240.0), (500, 900))
    picture[:, 380:] = other[:, 380:]
    found = find_faces(picture, detector=detector, least=2)
    assert len(found) == 2 and found[0].size > found[1].size
    assert error(found[0], detection, second) < 0.02 and error(found[1], detection, way) < 0.02


@pytest.mark.slow
def test_one_face_by_its_number(portrait, detection):
    photo = Photo(portrait.astype(np.float32) / 255.0, name="portrait.jpg")
    found = find_face(photo)
    # Floats and bytes are the same picture, and the answer is the same again.
    np.testing.assert_array_equal(found.points, detection.points)
    with pytest.raises(InputError, match=r"portrait\.jpg: 1 face was found; there is no face 2"):
        find_face(photo, 2)
    with pytest.raises(InputError, match="counted from 1"):
        find_face(photo, 0)


def test_no_face():
    empty = Photo(np.full((150, 200, 3), 0.5, np.float32), name="wall.png")
    with pytest.raises(InputError, match=r"wall\.png: no face was found.*give its landmarks"):
        find_face(empty)


def test_the_mirrored_picture_has_nearly_the_mirrored_points(portrait, detection, detector):
    from headbridge.detection.surface_points import surface_points

    flipped = find_faces(np.ascontiguousarray(portrait[:, ::-1]), detector=detector)[0].points
    back = np.column_stack([360.0 - flipped[:, 0], flipped[:, 1]])[surface_points("hack").mirror]
    # Half of the looks are mirrored: what is left is that they are looked at in other places.
    assert np.linalg.norm(back - detection.points[:, :2], axis=1)[:468].mean() / detection.size < 0.006


def test_looking_for_faces_can_be_stopped(portrait):
    with pytest.raises(Cancelled):
        find_faces(portrait, Progress(should_stop=lambda: True))


def test_other_pictures_are_refused(detector):
    with pytest.raises(ValueError, match=r"\(H, W, 3\)"):
        find_faces(np.zeros((50, 50)), detector=detector)


@pytest.mark.parametrize(
    "crop", [Crop((70.0, 55.0), 80.0, 25.0, 64), Crop((40.0, 60.0), 33.0, -70.0, 99, mirrored=True)]
)
def test_a_cut_shows_the_picture_where_it_says(crop):
    # A smooth picture whose colours are the place itself.
    rows, columns = np.mgrid[:120, :150] + 0.5
    picture = np.stack([columns, rows, 0 * rows], axis=2)
    cut = Cropper(np.rint(picture).astype(np.uint8)).cut(crop)
    rows, columns = np.mgrid[: crop.size, : crop.size] + 0.5
    there = crop.to_picture(np.stack([columns.ravel(), rows.ravel()], axis=1))
    inside = ((there > 1.0) & (there < (149.0, 119.0))).all(axis=1)
    assert np.abs(cut.reshape(-1, 3)[inside, :2] - there[inside]).max() < 1.5
    assert np.abs((cut.reshape(-1, 3)[inside, :2] - there[inside]).mean(axis=0)).max() < 0.15
    points = np.column_stack([there, np.arange(len(there))])
    back = points[:, :2] @ crop.matrix[:, :2].T + crop.matrix[:, 2]
    np.testing.assert_allclose(back, np.stack([columns.ravel(), rows.ravel()], axis=1), atol=1e-9)
    # A positive angle turns the picture counter-clockwise: what is right of the middle goes up.
    middle = np.array(crop.centre)
    moved = (middle + (1.0, 0.0)) @ crop.matrix[:, :2].T + crop.matrix[:, 2] - crop.size / 2
    assert np.sign(-moved[1]) == np.sign(crop.angle)


@pytest.mark.slow
def test_the_size_of_a_face_is_not_that_of_its_pose(portrait, detection):
    picture = Scene(load_builtin("hack")).render(Camera(looking(40.0, -10.0), np.array([0.0, 0.0, 60.0]), 200.0, 360))
    turned = find_faces(picture)[0]
    assert abs(turned.size / detection.size - 1.0) < 0.1
    box = detection.box
    assert 0.6 < detection.size / max(box[2:] - box[:2]) < 0.9
    assert np.isclose(face_size(2.0 * detection.points), 2.0 * detection.size)
