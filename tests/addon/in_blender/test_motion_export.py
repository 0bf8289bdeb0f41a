"""Motion out of Blender and onto other heads: ARKit's table there and back, GLB, FBX and Alembic with every frame."""

from __future__ import annotations

import csv
import json
import struct

import bpy
import numpy as np
import pytest

from .motion_checks import in_world

FRAMES = 6


@pytest.fixture
def table(tmp_path):
    """A table as Live Link Face records it: 6 frames at 60 a second, and its numbers."""
    arkit = ["eyeBlinkLeft", "jawOpen", "mouthSmileLeft", "mouthSmileRight", "browInnerUp", "mouthPucker"]
    arkit += ["cheekPuff", "noseSneerLeft", "noseSneerRight", "jawLeft"]
    names = [f"{name[0].upper()}{name[1:]}" for name in arkit] + ["HeadYaw", "HeadPitch", "HeadRoll"]
    numbers = np.random.default_rng(1).uniform(0.0, 0.9, (FRAMES, len(names)))
    numbers[:, -3:] -= 0.45
    path = tmp_path / "take.csv"
    rows = [
        f"00:00:01:{row:02d}.000,{len(names)}," + ",".join(f"{value:.9g}" for value in numbers[row])
        for row in range(FRAMES)
    ]
    path.write_text("\n".join(["Timecode,BlendShapeCount," + ",".join(names), *rows]) + "\n")
    return str(path), arkit, numbers


def new_rig() -> bpy.types.Object:
    bpy.ops.headbridge.add_rigged_head(model="open-flame", identity_count=1, expression_count=55)
    bpy.ops.headbridge.add_arkit_keys()
    return bpy.context.object


def test_a_recording_moves_a_rig_and_comes_back_as_it_was(table, tmp_path):
    path, arkit, numbers = table
    obj = new_rig()
    assert bpy.ops.headbridge.import_sequence(filepath=path) == {"FINISHED"}
    assert bpy.context.object == obj
    first = json.loads(obj["headbridge_performance"])["frames"][0]
    blocks = obj.data.shape_keys.key_blocks
    for row in range(FRAMES):
        bpy.context.scene.frame_set(first + row)
        np.testing.assert_allclose([blocks[name].value for name in arkit], numbers[row, :-3], atol=1e-6)
    yaw, pitch, roll = numbers[2, -3:]
    bpy.context.scene.frame_set(first + 2)
    turn = np.array(obj.parent.pose.bones["root"].matrix_basis.to_3x3())
    about_x = np.array([[1, 0, 0], [0, np.cos(pitch), -np.sin(pitch)], [0, np.sin(pitch), np.cos(pitch)]])
    about_y = np.array([[np.cos(yaw), 0, np.sin(yaw)], [0, 1, 0], [-np.sin(yaw), 0, np.cos(yaw)]])
    about_z = np.array([[np.cos(roll), -np.sin(roll), 0], [np.sin(roll), np.cos(roll), 0], [0, 0, 1]])
    np.testing.assert_allclose(turn, about_y @ about_x @ about_z, atol=1e-5)

    bpy.context.scene.render.fps = 60
    assert bpy.ops.headbridge.export_arkit_table(filepath=str(tmp_path / "again.csv")) == {"FINISHED"}
    with open(tmp_path / "again.csv", newline="") as file:
        written = list(csv.DictReader(file))
    assert len(written) == FRAMES and len(written[0]) == 2 + 52 + 9
    names = [f"{name[0].upper()}{name[1:]}" for name in arkit] + ["HeadYaw", "HeadPitch", "HeadRoll"]
    found = np.array([[float(row[name]) for name in names] for row in written])
    np.testing.assert_allclose(found, numbers, atol=1e-5)
    assert all(float(row["TongueOut"]) == 0.0 for row in written)


def test_a_recording_needs_a_head_with_the_keys(table, make_mesh, scene_content):
    path, arkit, numbers = table
    obj = make_mesh("Sheet")
    bpy.context.view_layer.objects.active = obj
    before = scene_content()
    with pytest.raises(RuntimeError, match="'Sheet' has no shape keys of ARKit's names"):
        bpy.ops.headbridge.import_sequence(filepath=path)
    assert scene_content() == before and not bpy.data.actions
    obj.shape_key_add(name="Basis")
    obj.shape_key_add(name="jawOpen")
    old = bpy.data.actions.new("by hand")
    obj.data.shape_keys.animation_data_create().action = old
    assert bpy.ops.headbridge.import_sequence(filepath=path) == {"FINISHED"}
    bpy.context.scene.frame_set(json.loads(obj["headbridge_performance"])["frames"][0])
    assert obj.data.shape_keys.key_blocks["jawOpen"].value == pytest.approx(numbers[0, 1], abs=1e-6)
    # What animated the head before stays in the file.
    assert old.use_fake_user and obj.data.shape_keys.animation_data.action != old


@pytest.fixture
def moving():
    """A small rig whose jaw and smile move over frames 10 to 14, outside the scene's range."""
    bpy.ops.headbridge.add_rigged_head(model="open-flame", identity_count=1, expression_count=55)
    obj, scene = bpy.context.object, bpy.context.scene
    scene.frame_start, scene.frame_end = 1, 3
    bone = obj.parent.pose.bones["jaw"]
    bone.rotation_mode = "QUATERNION"
    for frame in range(10, 15):
        obj.data.shape_keys.key_blocks["mouthSmile_L"].value = 0.2 * (frame - 10)
        obj.data.shape_keys.key_blocks["mouthSmile_L"].keyframe_insert("value", frame=frame)
        angle = 0.05 * (frame - 10)
        bone.rotation_quaternion = (np.cos(angle), np.sin(angle), 0.0, 0.0)
        bone.keyframe_insert("rotation_quaternion", frame=frame)
    return obj


def test_glb_has_every_frame(moving, tmp_path):
    path = tmp_path / "head.glb"
    assert bpy.ops.headbridge.export_head(filepath=str(path)) == {"FINISHED"}
    assert (bpy.context.scene.frame_start, bpy.context.scene.frame_end) == (1, 3)
    content = path.read_bytes()
    (length,) = struct.unpack_from("<I", content, 12)
    head = json.loads(content[20 : 20 + length])
    data = content[20 + length + 8 :]

    def array(number: int) -> np.ndarray:
        accessor = head["accessors"][number]
        start = head["bufferViews"][accessor["bufferView"]].get("byteOffset", 0) + accessor.get("byteOffset", 0)
        width = {"SCALAR": 1, "VEC3": 3, "VEC4": 4}[accessor["type"]]
        return np.frombuffer(data, np.float32, accessor["count"] * width, start).reshape(-1, width)

    channels = [
        (
            channel["target"]["path"],
            head["nodes"][channel["target"]["node"]]["name"],
            animation["samplers"][channel["sampler"]],
        )
        for animation in head["animations"]
        for channel in animation["channels"]
    ]
    weights = next(sampler for path, _name, sampler in channels if path == "weights")
    names = head["meshes"][0]["extras"]["targetNames"]
    values = array(weights["output"]).reshape(-1, len(names))
    np.testing.assert_allclose(values[:, names.index("mouthSmile_L")], 0.2 * np.arange(5), atol=1e-5)
    fps = bpy.context.scene.render.fps
    np.testing.assert_allclose(np.diff(array(weights["input"])[:, 0]), 1.0 / fps, atol=1e-5)
    assert any(path == "rotation" and name == "DEF-jaw" for path, name, _sampler in channels)


@pytest.mark.parametrize("ending", ["fbx", "abc"])
def test_other_files_move_as_the_head_does(moving, ending, tmp_path):
    scene = bpy.context.scene
    wanted = {}
    for frame in (10, 12, 14):
        scene.frame_set(frame)
        wanted[frame] = in_world(moving)
    path = str(tmp_path / f"head.{ending}")
    assert bpy.ops.headbridge.export_head(filepath=path) == {"FINISHED"}
    bpy.ops.object.select_all(action="DESELECT")
    if ending == "fbx":
        bpy.ops.import_scene.fbx(filepath=path, anim_offset=0.0)
    else:
        bpy.ops.wm.alembic_import(filepath=path, as_background_job=False)
    (again,) = [obj for obj in bpy.context.selected_objects if obj.type == "MESH"]
    for frame, points in wanted.items():
        scene.frame_set(frame)
        assert np.abs(in_world(again) - points).max() < 2e-4


def test_flames_expressions_become_a_table(tmp_path):
    bpy.ops.headbridge.add_rigged_head(model="open-flame", identity_count=2, expression_count=55)
    head, scene = bpy.context.object, bpy.context.scene
    scene.frame_start, scene.frame_end, scene.render.fps = 1, 3, 30
    blocks = head.data.shape_keys.key_blocks
    for name, most in (("mouthSmile_L", 0.8), ("jawOpen", 0.5)):
        for frame, value in ((1, 0.0), (3, most)):
            blocks[name].value = value
            blocks[name].keyframe_insert("value", frame=frame)
    assert bpy.ops.headbridge.export_arkit_table(filepath=str(tmp_path / "flame.csv")) == {"FINISHED"}
    with open(tmp_path / "flame.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 3
    for name, most in (("MouthSmileLeft", 0.8), ("JawOpen", 0.5), ("BrowDownLeft", 0.0)):
        np.testing.assert_allclose([float(row[name]) for row in (rows[0], rows[2])], [0.0, most], atol=0.03)
