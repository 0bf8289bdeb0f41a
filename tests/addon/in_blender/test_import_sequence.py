"""Performances in Blender: every frame is the model's own, the head lies on the picture, curves are the file's."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import bpy
import numpy as np
import pytest

from .motion_checks import camera_of, check_frames, check_pixels, in_world, to_canonical

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """`made(name)`: the path of a performance, its arrays, and the vertices and pixels it should give; computed while
    Blender starts."""
    folder = tmp_path_factory.mktemp("motion")
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(map(str, (ROOT, ROOT / "backend")))}
    script = ROOT / "tests" / "addon" / "motion_reference.py"
    process = subprocess.Popen([os.environ["HEADBRIDGE_PYTHON"], script, folder], env=environment)

    def read(name: str):
        assert process.wait(timeout=120) == 0
        path = folder / f"{name}.npz"
        arrays = [dict(np.load(each, allow_pickle=False)) for each in (path, folder / f"{name}.expected.npz")]
        return str(path), *arrays

    yield read
    process.wait(timeout=120)


def load(path: str, **options):
    assert bpy.ops.headbridge.import_sequence(filepath=path, **options) == {"FINISHED"}
    return bpy.context.object


def curves_of(block) -> dict[tuple[str, int], object]:
    action = block.animation_data.action
    if not hasattr(action, "layers"):
        return {(curve.data_path, curve.array_index): curve for curve in action.fcurves}
    bag = action.layers[0].strips[0].channelbag(block.animation_data.action_slot)
    return {(curve.data_path, curve.array_index): curve for curve in bag.fcurves}


@pytest.mark.parametrize("name", ["head", "origin", "wide", "plain", "ict"])
def test_every_frame_is_the_models_own_and_lies_on_its_picture(name, made):
    path, arrays, expected = made(name)
    obj = load(path)
    check_frames(obj, arrays["frame_ids"], expected["vertices"])
    if "camera_size" in arrays:
        check_pixels(obj, arrays["frame_ids"], expected["pixels"], arrays["camera_size"][0])


@pytest.mark.parametrize("still", ["head", "camera"])
@pytest.mark.parametrize("name", ["head", "origin"])
def test_what_stands_still_is_a_matter_of_taste(name, still, made):
    path, arrays, expected = made(name)
    obj = load(path, still=still)
    check_pixels(obj, arrays["frame_ids"], expected["pixels"], arrays["camera_size"][0])
    camera, root = camera_of(obj), obj.parent.pose.bones["root"]
    places = []
    for number in arrays["frame_ids"].tolist():
        bpy.context.scene.frame_set(number)
        matrix = camera.matrix_world if still == "camera" else root.matrix_basis
        places.append(np.array(matrix))
    np.testing.assert_allclose(places, places[:1] * len(places), atol=1e-6)


def test_curves_are_the_files(made):
    path, arrays, _expected = made("head")
    obj = load(path)
    keys = curves_of(obj.data.shape_keys)
    names = [key.name for key in obj.data.shape_keys.key_blocks[1:]]
    assert not any(name.startswith("identity") for name in names)
    frames = arrays["frame_ids"].astype(float)
    for name, column in zip(names, arrays["expression"].T):
        curve = keys[(f'key_blocks["{name}"].value', 0)]
        at = np.array([point.co for point in curve.keyframe_points])
        np.testing.assert_allclose(at, np.stack([frames, column], axis=1), atol=1e-6)
        assert all(point.interpolation == "LINEAR" for point in curve.keyframe_points)
    bones = curves_of(obj.parent)
    turns = np.array([bones[('pose.bones["jaw"].rotation_quaternion', i)].evaluate(5.0) for i in range(4)])
    vector = arrays["rotations"][2, 2]
    angle = np.linalg.norm(vector)
    wanted = np.concatenate([[np.cos(angle / 2)], np.sin(angle / 2) * vector / angle])
    np.testing.assert_allclose(turns, wanted, atol=1e-6)
    if hasattr(bpy.types.Action, "slots"):
        assert obj.parent.animation_data.action == obj.data.shape_keys.animation_data.action


def test_quaternions_do_not_turn_back(made):
    path, arrays, _expected = made("wide")
    obj = load(path)
    bones = curves_of(obj.parent)
    numbers = np.arange(arrays["frame_ids"][0], arrays["frame_ids"][-1] + 0.01, 0.25)
    turns = np.array(
        [[bones[('pose.bones["root"].rotation_quaternion', i)].evaluate(at) for i in range(4)] for at in numbers]
    )
    assert (turns[1:] * turns[:-1]).sum(axis=1).min() > 0.9


def test_identity_stays_as_keys_on_request(made):
    path, arrays, expected = made("head")
    # A pattern stands for the files that it fits.
    obj = load(path.replace("head.npz", "hea[d].npz"), fold_identity=False)
    keys = obj.data.shape_keys.key_blocks
    np.testing.assert_allclose([keys[f"identity{k:03d}"].value for k in range(60)], arrays["identity"][0], atol=1e-6)
    check_frames(obj, arrays["frame_ids"], expected["vertices"])


def test_gaps_and_untracked_frames_are_marked_and_the_scene_keeps_its_rate(made):
    path, _arrays, _expected = made("head")
    scene = bpy.context.scene
    before = (scene.render.fps, scene.frame_start, scene.frame_end, scene.render.resolution_x)
    load(path)
    assert (scene.render.fps, scene.frame_start, scene.frame_end, scene.render.resolution_x) == before
    assert {(marker.frame, marker.name) for marker in scene.timeline_markers} == {
        (7, "head: no frame 7 to 8"),
        (11, "head: not tracked"),
    }
    assert bpy.ops.headbridge.sequence_rate(fps=24.0) == {"FINISHED"}
    assert (scene.render.fps / scene.render.fps_base, scene.frame_start, scene.frame_end) == (24.0, 3, 13)


@pytest.mark.changes_settings
def test_the_scene_is_set_up_where_asked(made):
    path, arrays, expected = made("head")
    scene = bpy.context.scene
    obj = load(path, match_scene=True, fps=23.976)
    assert scene.render.fps / scene.render.fps_base == pytest.approx(23.976)
    assert (scene.frame_start, scene.frame_end, scene.camera) == (3, 13, camera_of(obj))
    assert (scene.render.resolution_x, scene.render.resolution_y) == (512, 470)
    check_pixels(obj, arrays["frame_ids"], expected["pixels"], (512, 470))


def test_real_time_stretches_to_the_scenes_rate(made):
    path, arrays, expected = made("head")
    scene = bpy.context.scene
    scene.render.fps, scene.render.fps_base = 48, 1.0
    obj = load(path, timing="SECONDS")
    scene.frame_set(3 + 2 * (13 - 3))
    np.testing.assert_allclose(to_canonical(in_world(obj)), expected["vertices"][-1], atol=0.01)


def test_one_undo_step(made):
    path, _arrays, _expected = made("head")
    bpy.ops.ed.undo_push(message="before")
    load(path)
    bpy.ops.ed.undo_push(message="after")
    bpy.ops.ed.undo()
    assert not bpy.data.objects and not bpy.context.scene.timeline_markers


def test_saved_files_play_without_the_extension_doing_anything(made, tmp_path):
    path, arrays, expected = made("head")
    name = load(path).name
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "saved.blend"))
    bpy.ops.wm.open_mainfile(filepath=str(tmp_path / "saved.blend"))
    check_frames(bpy.data.objects[name], arrays["frame_ids"], expected["vertices"])


def save_pictures(folder, numbers, size) -> None:
    image = bpy.data.images.new("frame", *size)
    image.file_format = "PNG"
    for number in numbers:
        image.filepath_raw = str(folder / f"{number:05d}.png")
        image.save()
    bpy.data.images.remove(image)


def test_pictures_lie_behind_the_head(made, tmp_path):
    path, arrays, _expected = made("head")
    # The folder has more than was tracked; frame 7 and 8 of it were not.
    save_pictures(tmp_path, range(1, 20), (512, 470))
    obj = load(path, pictures=str(tmp_path))
    (shown,) = camera_of(obj).data.background_images
    assert shown.image.source == "SEQUENCE" and shown.image.filepath.endswith("00003.png")
    user = shown.image_user
    assert (user.frame_start, user.frame_duration, user.frame_offset) == (3, 11, 2)
    assert (shown.display_depth, shown.frame_method) == ("BACK", "FIT")


def test_pictures_of_the_whole_video_undo_the_crop(made, tmp_path):
    path, arrays, expected = made("head")
    crop = np.array([[[0.5, 0.0, 100.0], [0.0, 0.5, 40.0], [0.0, 0.0, 1.0]]])
    np.savez(tmp_path / "cut.npz", **arrays, crop_to_original=crop)
    (tmp_path / "video").mkdir()
    save_pictures(tmp_path / "video", arrays["frame_ids"], (640, 360))
    obj = load(str(tmp_path / "cut.npz"), pictures=str(tmp_path / "video"))
    # The source counts pixels from the first one's centre.
    whole = 0.5 * (expected["pixels"] - 0.5) + [100.0, 40.0] + 0.5
    check_pixels(obj, arrays["frame_ids"], whole, (640, 360))
    bpy.ops.wm.read_homefile(use_empty=True)
    obj = load(str(tmp_path / "cut.npz"))
    check_pixels(obj, arrays["frame_ids"], expected["pixels"], arrays["camera_size"][0])


def test_meshes_become_a_head_that_moves(made):
    path, arrays, expected = made("plain")
    assert bpy.ops.headbridge.fit_sequence(filepath=path, model="open-flame", frames="100:103") == {"FINISHED"}
    obj = bpy.context.object
    check_frames(obj, arrays["frame_ids"][:3], expected["vertices"][:3])
    assert obj.parent.type == "ARMATURE" and "jawOpen" in obj.data.shape_keys.key_blocks


def test_failure_leaves_the_scene_as_it_was(made, scene_content, addon, monkeypatch, tmp_path):
    path, _arrays, _expected = made("head")
    before = scene_content()

    def fail(*_arguments):
        raise ValueError("the camera broke")

    with monkeypatch.context() as patch:
        patch.setattr(addon("motion.moving_camera"), "add", fail)
        with pytest.raises(RuntimeError, match="the camera broke"):
            load(path)
    assert scene_content() == before and not bpy.data.actions and not bpy.context.scene.timeline_markers
    with pytest.raises(RuntimeError, match="There is no file or folder"):
        load(str(tmp_path / "none.npz"))
    assert scene_content() == before
