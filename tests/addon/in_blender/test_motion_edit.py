"""Corrections by hand on top of a performance, and two performances against each other."""

from __future__ import annotations

import bpy
import numpy as np
import pytest

from .motion_checks import in_world

FRAMES = range(10, 15)


def performing(addon, opening: float) -> bpy.types.Object:
    """A small rig whose jaw and smile move over frames 10 to 14, as Import leaves one."""
    bpy.ops.headbridge.add_rigged_head(model="open-flame", identity_count=1, expression_count=55, location=(0, 0, 0))
    obj = bpy.context.object
    bone = obj.parent.pose.bones["jaw"]
    bone.rotation_mode = "QUATERNION"
    for frame in FRAMES:
        obj.data.shape_keys.key_blocks["mouthSmile_L"].value = 0.2 * (frame - 10)
        obj.data.shape_keys.key_blocks["mouthSmile_L"].keyframe_insert("value", frame=frame)
        angle = opening * (frame - 10)
        bone.rotation_quaternion = (np.cos(angle), np.sin(angle), 0.0, 0.0)
        bone.keyframe_insert("rotation_quaternion", frame=frame)
    facts = {"source": "made", "label": "open", "fps": 25.0, "frames": [10, 14], "timing": "FRAMES", "camera": ""}
    addon("motion.performance").note(obj, facts)
    return obj


def frames_of(obj) -> np.ndarray:
    found = []
    for frame in FRAMES:
        bpy.context.scene.frame_set(frame)
        found.append(in_world(obj))
    return np.stack(found)


def test_what_is_keyed_by_hand_is_added(addon):
    obj = performing(addon, 0.03)
    before = frames_of(obj)
    assert bpy.ops.headbridge.add_corrections() == {"FINISHED"}
    np.testing.assert_allclose(frames_of(obj), before, atol=1e-6)
    key = obj.data.shape_keys.key_blocks["mouthSmile_L"]
    bone = obj.parent.pose.bones["jaw"]
    bpy.context.scene.frame_set(12)
    key.value += 0.3
    key.keyframe_insert("value", frame=12)
    bone.rotation_quaternion = (np.cos(0.1), np.sin(0.1), 0.0, 0.0)
    bone.keyframe_insert("rotation_quaternion", frame=12)
    bpy.context.scene.frame_set(11)
    bpy.context.scene.frame_set(12)
    assert key.value == pytest.approx(0.4 + 0.3, abs=1e-5)
    np.testing.assert_allclose(bone.rotation_quaternion, (np.cos(0.1), np.sin(0.1), 0.0, 0.0), atol=1e-5)
    # The performance itself is as it was.
    track = obj.data.shape_keys.animation_data.nla_tracks["Performance"]
    assert tuple(track.strips[0].action.frame_range) == (10.0, 14.0)


def test_two_performances_have_a_curve_of_what_is_between_them(addon):
    first, second = performing(addon, 0.02), performing(addon, 0.04)
    shapes = [frames_of(each) - np.array(each.matrix_world.translation) for each in (first, second)]
    wanted = 1000.0 * np.linalg.norm(shapes[0] - shapes[1], axis=2).mean(axis=1)
    for obj in (second, first):
        obj.select_set(True)
        bpy.context.view_layer.objects.active = obj
    assert bpy.ops.headbridge.compare_performances(as_shapes=False, apart=0.4) == {"FINISHED"}
    found = []
    for frame in FRAMES:
        bpy.context.scene.frame_set(frame)
        found.append(second["distance_mm"])
    np.testing.assert_allclose(found, wanted, atol=1e-3)
    assert found[0] == pytest.approx(0.0, abs=1e-4) and found[-1] > 0.5
    assert second.parent.location.x == pytest.approx(first.parent.location.x + 0.4)
    # Heads that are turned and moved differently have the same faces.
    root = second.parent.pose.bones["root"]
    root.rotation_mode, root.rotation_euler, root.location = "XYZ", (0.3, 0.5, -0.2), (0.1, 0.2, 0.0)
    assert bpy.ops.headbridge.compare_performances() == {"FINISHED"}
    bpy.context.scene.frame_set(14)
    assert second["distance_mm"] == pytest.approx(wanted[-1], rel=0.05)
