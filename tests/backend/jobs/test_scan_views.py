"""Another predictor's images of a scan's views, as a folder of the user's and as files of a job."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from headbridge.detection.on_meshes.camera import Camera, looking
from headbridge.errors import InputError
from headbridge.fitting.scan.views import camera_in
from headbridge.jobs.fit_photo import describe_camera
from headbridge.jobs.folder import JobFolder
from headbridge.jobs.plain_json import encode_json
from headbridge.jobs.scan_views import read_dense_views, read_scan_folder
from headbridge.mesh.io import write_mesh
from headbridge.mesh.similarity import Similarity
from headbridge.topologies import load_builtin

from ..fitting.dense_pictures import dense_picture

STILL = Similarity(1.0, np.eye(3), np.zeros(3))


@pytest.fixture(scope="module")
def views():
    """Cameras and images of FLAME's head from two sides."""
    head = load_builtin("flame").vertices
    cameras = [camera_in(Camera(looking(yaw, 0.0), head.mean(axis=0), 170.0, 80), STILL) for yaw in (0.0, 90.0)]
    return [(camera, dense_picture(head, camera)) for camera in cameras]


@pytest.fixture
def folder(tmp_path, views):
    def stored(name: str, colours: np.ndarray, valid: np.ndarray) -> None:
        pixels = np.concatenate([colours, valid[..., None]], axis=-1)[..., [2, 1, 0, 3]]
        assert cv2.imwrite(str(tmp_path / name), np.rint(65535.0 * pixels).astype(np.uint16))

    (tmp_path / "normals").mkdir()
    for number, (_, image) in enumerate(views):
        stored(f"view_{number:02d}.png", np.dstack([image.uvs, np.zeros(image.valid.shape)]), image.valid)
    stored("normals/view_01.png", 0.5 * (views[1][1].normals + 1.0), views[1][1].valid)
    # A view that nobody answered, and a file that is no view.
    named = [*((f"view_{n:02d}.jpg", camera) for n, (camera, _) in enumerate(views)), ("view_07.jpg", views[0][0])]
    (tmp_path / "cameras.json").write_bytes(
        encode_json({"views": [{"photo": name, "camera": describe_camera(camera)} for name, camera in named]})
    )
    (tmp_path / "notes.txt").write_text("mine")
    return tmp_path


def test_a_users_folder_and_a_jobs_say_the_same(folder, views):
    found = read_dense_views(folder, normals=folder / "normals")
    job = JobFolder(folder)
    write_mesh(folder / "scan.npz", load_builtin("flame"))
    job.write_arrays(
        "options.npz",
        camera_file=np.array("cameras.json"),
        view_names=np.array(["view_00", "view_01"]),
        dense_files=np.array(["view_00.png", "view_01.png"]),
        normal_files=np.array(["", "normals.png"]),
    )
    (folder / "normals.png").write_bytes((folder / "normals" / "view_01.png").read_bytes())
    sent = read_scan_folder(job).dense
    assert len(found) == len(sent) == 2
    for mine, theirs, (camera, image) in zip(found, sent, views, strict=True):
        np.testing.assert_allclose(mine.camera.matrix, camera.matrix)
        np.testing.assert_allclose(mine.image.uvs[image.valid], image.uvs[image.valid], atol=1e-5)
        np.testing.assert_array_equal(mine.image.valid, image.valid)
        np.testing.assert_array_equal(mine.image.uvs, theirs.image.uvs)
    assert found[0].image.normals is None and sent[0].image.normals is None
    np.testing.assert_array_equal(found[1].image.normals, sent[1].image.normals)


def test_what_is_missing_is_named(folder):
    with pytest.raises(InputError, match="gone: there is no such folder of dense images"):
        read_dense_views(folder / "gone")
    with pytest.raises(InputError, match="the cameras of the images are missing; name cameras.json"):
        read_dense_views(folder / "normals")
    with pytest.raises(InputError, match="there is no such folder of normals"):
        read_dense_views(folder, normals=folder / "gone")
    for name in ("view_00.png", "view_01.png"):
        (folder / name).unlink()
    with pytest.raises(
        InputError, match=r"no image that is called like a view of .*cameras\.json, such as view_00\.png"
    ):
        read_dense_views(folder)


def test_images_are_found_by_the_names_that_other_programs_write(folder, views):
    (folder / "cameras.json").unlink()
    camera = views[0][0]
    pose = np.eye(4)
    pose[:3, :3] = camera.rotation.T @ np.diag([1.0, -1.0, -1.0])
    pose[:3, 3] = -camera.rotation.T @ camera.translation
    (folder / "view_00.png").rename(folder / "view.0.png")

    def found(*names: str):
        # As the first NeRF data: no sizes, and frames that nobody answered.
        shared = {"camera_angle_x": 2.0 * np.arctan(0.5 * camera.width / camera.matrix[0, 0])}
        frames = [{"file_path": name, "transform_matrix": pose} for name in names]
        (folder / "transforms.json").write_bytes(encode_json({**shared, "frames": frames}))
        return read_dense_views(folder)

    for name in ("./train/view.0.png", "train\\view.0.png", "view.0.jpg", "./view.0"):
        (view,) = found("./train/unanswered", name)
        np.testing.assert_allclose(view.camera.matrix, camera.matrix)
        np.testing.assert_allclose(view.camera.rotation, camera.rotation, atol=1e-12)
        np.testing.assert_array_equal(view.image.valid, views[0][1].valid)
    with pytest.raises(InputError, match="several views are called view.0, so that it is open"):
        found("train/view.0", "test/view.0")
    with pytest.raises(InputError, match="no image that is called like a view"):
        found("train/unanswered")


def test_a_folder_that_cannot_be_read_is_told(folder, monkeypatch):
    def refused(path):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("pathlib.Path.iterdir", refused)
    with pytest.raises(InputError, match=r"the folder cannot be read \(Permission denied\); see its rights"):
        read_dense_views(folder)
