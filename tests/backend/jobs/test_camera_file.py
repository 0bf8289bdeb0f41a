"""Cameras in JSON files."""

from __future__ import annotations

import json

import numpy as np
import pytest

from headbridge.errors import InputError
from headbridge.jobs.camera_file import read_views

CAMERA = {
    "K": [[500.0, 0.0, 100.0], [0.0, 510.0, 90.0], [0.0, 0.0, 1.0]],
    "R": [[1.0, 0.0, 0.0], [0.0, -1.0, 0.0], [0.0, 0.0, -1.0]],
    "t": [1.0, 2.0, 600.0],
    "width": 200,
    "height": 180,
}


def written(tmp_path, document) -> str:
    path = tmp_path / "cameras.json"
    path.write_text(document if isinstance(document, str) else json.dumps(document), encoding="utf-8")
    return str(path)


def test_a_camera_alone_is_opencvs(tmp_path):
    (view,) = read_views(written(tmp_path, CAMERA))
    # OpenCV's first pixel has its centre at 0, the screen's at 0.5.
    assert np.allclose(view.camera.matrix, [[500.0, 0.0, 100.5], [0.0, 510.0, 90.5], [0.0, 0.0, 1.0]])
    assert np.allclose(view.camera.rotation, CAMERA["R"]) and np.allclose(view.camera.translation, CAMERA["t"])
    assert (view.camera.width, view.camera.height) == (200, 180)
    assert view.photo == "" and view.light is None


def test_a_fit_holds_views_with_light(tmp_path):
    light = np.arange(27.0).reshape(9, 3)
    view = {"photo": "a.png", "camera": {**CAMERA, "pixel_centre": 0.5}, "light": light.tolist()}
    first, second = read_views(written(tmp_path, {"views": [view, {**view, "photo": "b.png", "light": None}]}))
    assert np.allclose(first.camera.matrix, CAMERA["K"]) and np.allclose(first.light, light)
    assert (first.photo, second.photo, second.light) == ("a.png", "b.png", None)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"R": None}, "'R' should be numbers"),
        ({"R": np.diag([1.0, 1.0, -1.0]).tolist()}, "R should be a rotation"),
        ({"R": np.diag([2.0, 1.0, 1.0]).tolist()}, "R should be a rotation"),
        ({"K": [[-1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]]}, "focal lengths above 0"),
        ({"K": [[1.0, 2.0], [3.0, 4.0]]}, "'K' should be numbers of shape"),
        ({"K": [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 2.0]]}, "K should be"),
        ({"t": [1.0, 2.0, float("nan")]}, "'t' should be numbers"),
        ({"t": [[1.0], [2.0], [3.0]]}, "'t' should be numbers"),
        ({"width": 0}, "picture's pixels"),
        ({"height": 10.5}, "picture's pixels"),
        ({"pixel_centre": 1.0}, "pixel_centre is 1"),
    ],
)
def test_wrong_numbers_are_told(tmp_path, change, message):
    with pytest.raises(InputError, match=message):
        read_views(written(tmp_path, {**CAMERA, **change}))


@pytest.mark.parametrize("key", ["K", "R", "t", "width", "height"])
def test_missing_keys_are_told(tmp_path, key):
    camera = {name: value for name, value in CAMERA.items() if name != key}
    with pytest.raises(InputError, match=f"view 1: the camera has no '{key}'"):
        read_views(written(tmp_path, {"views": [{"camera": camera}]}))


@pytest.mark.parametrize(
    "document", ["[" * 100_000, "no json", "[]", "{}", {"views": []}, {"views": [3]}, {"views": 7}]
)
def test_other_files_are_refused(tmp_path, document):
    with pytest.raises(InputError, match="give fit.json of headbridge fit-photo"):
        read_views(written(tmp_path, document))


@pytest.mark.parametrize("document", [{"views": []}, {"frames": []}])
def test_a_file_without_a_view_is_told_as_that(tmp_path, document):
    with pytest.raises(InputError, match=r"its list of views is empty; .*cameras\.json of rendered views"):
        read_views(written(tmp_path, document))
