"""Rigged heads in Blender: the evaluated mesh is the backend model's, joints follow the coefficients."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import bpy
import numpy as np
import pytest
from mathutils import Quaternion

ROOT = Path(__file__).resolve().parents[3]
JOINTS = ("root", "neck", "jaw", "left_eye", "right_eye")
SPINE = ("c7t1", "c6c7", "c5c6", "c4c5", "c3c4", "c2c3", "c1c2", "oc1")
LEFT_EYEBALL = slice(3931, 4477)
COUNTS = {"flame": (45, 55), "ict": (20, 57), "hack": (20, 57), "spine": (20, 55)}


@pytest.fixture(scope="module")
def reference(tmp_path_factory):
    """`reference(name)`: random heads and what the backend's model makes of them; computed while Blender starts."""
    folder = tmp_path_factory.mktemp("reference")
    random = np.random.default_rng(1)
    for name, (identities, expressions) in COUNTS.items():
        heads = {
            "identity": random.normal(size=(2, identities)),
            "expression": random.uniform(size=(2, expressions)),
            "translation": 30.0 * random.normal(size=(2, 3)),
        }
        if name == "spine":
            heads |= {"pose": 0.1 * random.normal(size=(2, 8, 3)), "larynx_size": random.uniform(size=(2, 1))}
        else:
            heads |= {joint: 0.3 * random.normal(size=(2, 3)) for joint in JOINTS}
        np.savez(folder / f"{name}.heads.npz", **heads)
    paths = os.pathsep.join(map(str, (ROOT, ROOT / "backend", ROOT / "tests" / "backend" / "models")))
    environment = {**os.environ, "PYTHONPATH": paths}
    script = ROOT / "tests" / "addon" / "rig_reference.py"
    process = subprocess.Popen([os.environ["HEADBRIDGE_PYTHON"], script, folder], env=environment)

    def read(name: str):
        assert process.wait(timeout=120) == 0
        arrays = [dict(np.load(folder / f"{name}.{kind}.npz", allow_pickle=False)) for kind in ("heads", "posed")]
        return *arrays, folder

    yield read
    process.wait(timeout=120)


def to_canonical(points) -> np.ndarray:
    x, y, z = np.asarray(points, np.float64).reshape(-1, 3).T
    return 1000.0 * np.stack([x, z, -y], axis=1)


def evaluated(obj) -> np.ndarray:
    """(V, 3) vertices as Blender draws them, canonical millimetres in the armature's space."""
    mesh = obj.evaluated_get(bpy.context.evaluated_depsgraph_get()).data
    values = np.empty(3 * len(mesh.vertices), np.float32)
    mesh.vertices.foreach_get("co", values)
    return to_canonical(values)


def add(**settings):
    assert bpy.ops.headbridge.add_rigged_head(**settings) == {"FINISHED"}
    head = bpy.context.object
    return head, head.parent


def turn(bone, vector) -> None:
    bone.rotation_euler = Quaternion(vector, np.linalg.norm(vector)).to_euler(bone.rotation_mode)


def pose(head, rig, heads: dict[str, np.ndarray], number: int) -> None:
    """Set every key and bone to one of the heads."""
    kinds = ("identity", "expression", "larynx_size")
    values = np.concatenate([heads[kind][number] for kind in kinds if kind in heads])
    keys = head.data.shape_keys.key_blocks[1:]
    for key, value in zip(keys, values):
        key.value = value
    turns = dict(zip(SPINE, heads["pose"][number])) if "pose" in heads else {n: heads[n][number] for n in JOINTS}
    for name, vector in turns.items():
        turn(rig.pose.bones[name], vector)
    root = rig.pose.bones[next(iter(turns))]
    x, y, z = heads["translation"][number] / 1000.0
    root.location = np.linalg.solve(np.array(root.bone.matrix_local.to_3x3()), (x, -z, y))
    bpy.context.view_layer.update()


@pytest.mark.parametrize("name", ["flame", "ict", "hack"])
def test_evaluated_mesh_is_the_backends_model(name, reference):
    heads, expected, _ = reference(name)
    identities, expressions = COUNTS[name]
    head, rig = add(model=name, identity_count=identities, expression_count=expressions)
    check_poses(head, rig, heads, expected, JOINTS)


def test_spine_of_the_users_hack(reference, addon, monkeypatch):
    heads, expected, folder = reference("spine")
    # A worker of its own, which finds the model files.
    addon("backend_worker").stop()
    monkeypatch.setenv("HEADBRIDGE_MODELS", str(folder / "models"))
    try:
        head, rig = add(model="hack", identity_count=COUNTS["spine"][0], expression_count=COUNTS["spine"][1])
    finally:
        addon("backend_worker").stop()
    check_poses(head, rig, heads, expected, SPINE)


def check_poses(head, rig, heads, expected, joints) -> None:
    rig.location, rig.rotation_euler = (0.4, -1.0, 2.0), (0.5, 1.0, -0.2)
    for number, (vertices, places) in enumerate(zip(expected["vertices"], expected["joints"])):
        pose(head, rig, heads, number)
        np.testing.assert_allclose(evaluated(head), vertices, rtol=0.0, atol=0.01)
        bones = rig.evaluated_get(bpy.context.evaluated_depsgraph_get()).pose.bones
        np.testing.assert_allclose(to_canonical([bones[n].head for n in joints]), places, rtol=0.0, atol=0.01)


def test_keys_are_named_and_ranged():
    head, rig = add(model="open-flame", identity_count=95, expression_count=55)
    keys = head.data.shape_keys.key_blocks
    assert keys[0].name == "Basis" and keys[1].name == "identity000" and keys[96].name == "browDown_L"
    assert {(key.slider_min, key.slider_max) for key in keys[1:96]} == {(-10.0, 10.0)}
    assert {(key.slider_min, key.slider_max) for key in keys[96:151]} == {(0.0, 1.0)}
    assert [key.name for key in keys[151:]] == ["pose_jaw_12", "pose_jaw_21"]
    assert all(key.value == 0.0 for key in keys[1:])
    visible = [bone.name for bone in rig.data.bones if any(c.is_visible for c in bone.collections)]
    assert visible == list(JOINTS)
    head, _ = add(model="open-flame", identity_count=3, expression_count=0, correctives=False)
    assert [key.name for key in head.data.shape_keys.key_blocks[1:]] == ["identity000", "identity001", "identity002"]


def test_drivers_need_no_python():
    head, rig = add(model="open-flame", identity_count=2, expression_count=1)
    joints = next(obj for obj in rig.children if obj != head)
    correctives = head.data.shape_keys.animation_data.drivers
    followers = joints.data.shape_keys.animation_data.drivers
    assert (len(correctives), len(followers)) == (2, 3)
    assert all(curve.is_valid and curve.driver.is_valid for curve in (*correctives, *followers))
    assert all(curve.driver.is_simple_expression for curve in correctives)
    assert all(curve.driver.type == "AVERAGE" for curve in followers)
    # Nothing drives the controls: their channels are the animator's.
    assert rig.animation_data is None


def test_an_eye_turns_about_its_centre():
    head, rig = add(model="open-flame", identity_count=1, expression_count=0)
    head.data.shape_keys.key_blocks["identity000"].value = 2.0
    bpy.context.view_layer.update()
    before = evaluated(head)
    turn(rig.pose.bones["left_eye"], (0.0, 0.4, 0.0))
    bpy.context.view_layer.update()
    after = evaluated(head)
    moved = np.linalg.norm(after - before, axis=1) > 1e-3
    assert moved[LEFT_EYEBALL].mean() > 0.95
    moved[LEFT_EYEBALL] = False
    assert not moved.any()
    centre = to_canonical(rig.pose.bones["left_eye"].head)
    radii = [np.linalg.norm(shape[LEFT_EYEBALL] - centre, axis=1) for shape in (before, after)]
    np.testing.assert_allclose(radii[0], radii[1], atol=1e-3)
    # Positive turns about the axis that points up take the gaze to the subject's left.
    pupil = before[LEFT_EYEBALL][:, 2].argmax()
    assert (after - before)[LEFT_EYEBALL][pupil, 0] > 3.0


def test_two_rigs_stand_beside_each_other_and_are_independent():
    first, first_rig = add(model="open-flame", identity_count=2, expression_count=0)
    second, _ = add(model="open-flame", identity_count=2, expression_count=0)
    bpy.context.view_layer.update()
    right = max((first.matrix_world @ vertex.co).x for vertex in first.data.vertices)
    assert right < min((second.matrix_world @ vertex.co).x for vertex in second.data.vertices)
    before = evaluated(second)
    first.data.shape_keys.key_blocks["identity000"].value = 3.0
    turn(first_rig.pose.bones["jaw"], (0.3, 0.0, 0.0))
    bpy.context.view_layer.update()
    np.testing.assert_array_equal(evaluated(second), before)


def test_one_undo_step():
    bpy.ops.ed.undo_push(message="before")
    add(model="open-flame", identity_count=1, expression_count=0)
    bpy.ops.ed.undo_push(message="after")
    bpy.ops.ed.undo()
    assert not bpy.data.objects


def test_failure_leaves_the_scene_as_it_was(make_mesh, scene_content, fake_worker, addon, monkeypatch):
    other = make_mesh("Other")
    other.select_set(True)
    bpy.context.view_layer.objects.active = other
    before = scene_content()

    def fail(*_arguments):
        raise ValueError("the weights ran out")

    monkeypatch.setattr(addon("rig.armature"), "bind", fail)
    with pytest.raises(RuntimeError, match="the weights ran out"):
        bpy.ops.headbridge.add_rigged_head(model="open-flame", identity_count=1, expression_count=0)
    assert scene_content() == before and not bpy.data.armatures
    assert bpy.context.view_layer.objects.active == other and other.select_get()
    fake_worker("refuse")
    with pytest.raises(RuntimeError, match="repair it"):
        bpy.ops.headbridge.add_rigged_head()
    assert scene_content() == before
    assert "repair it" in bpy.context.window_manager.headbridge.error
