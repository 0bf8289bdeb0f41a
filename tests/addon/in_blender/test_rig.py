"""Rigged heads in Blender: the evaluated mesh is the backend model's, joints follow the coefficients, one undo step."""

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


def random_heads(seed: int, count: int, identities: int, expressions: int) -> dict[str, np.ndarray]:
    random = np.random.default_rng(seed)
    return {
        "identity": random.normal(size=(count, identities)),
        "expression": random.uniform(size=(count, expressions)),
        **{joint: 0.3 * random.normal(size=(count, 3)) for joint in JOINTS},
        "translation": 30.0 * random.normal(size=(count, 3)),
    }


def reference(model: str, heads: dict[str, np.ndarray], folder: Path) -> dict[str, np.ndarray]:
    """What the backend's model makes of the heads."""
    np.savez(folder / "heads.npz", **heads)
    subprocess.run(
        [
            os.environ["HEADBRIDGE_PYTHON"],
            ROOT / "tests" / "addon" / "rig_reference.py",
            model,
            folder / "heads.npz",
            folder / "posed.npz",
        ],
        env={**os.environ, "PYTHONPATH": str(ROOT / "backend")},
        check=True,
    )
    with np.load(folder / "posed.npz", allow_pickle=False) as posed:
        return dict(posed)


def pose(head, rig, heads: dict[str, np.ndarray], number: int) -> None:
    """Set every key and bone to one of the heads."""
    keys = head.data.shape_keys.key_blocks
    values = np.concatenate([heads["identity"][number], heads["expression"][number]])
    for key, value in zip(keys[1:], values):
        key.value = value
    for joint in JOINTS:
        vector = heads[joint][number]
        turn = Quaternion(vector, np.linalg.norm(vector))
        rig.pose.bones[joint].rotation_euler = turn.to_euler(rig.pose.bones[joint].rotation_mode)
    rig.pose.bones["root"].location = heads["translation"][number] / 1000.0
    bpy.context.view_layer.update()


@pytest.mark.parametrize("model, expressions", [("flame", 55), ("ict", 57), ("hack", 57)])
def test_evaluated_mesh_is_the_backends_model(model, expressions, tmp_path):
    head, rig = add(model=model, identity_count=40, expression_count=expressions)
    rig.location, rig.rotation_euler = (0.4, -1.0, 2.0), (0.5, 1.0, -0.2)
    heads = random_heads(1, 3, 40, expressions)
    expected = reference(model, heads, tmp_path)
    for number in range(3):
        pose(head, rig, heads, number)
        np.testing.assert_allclose(evaluated(head), expected["vertices"][number], atol=0.01)
        bones = rig.evaluated_get(bpy.context.evaluated_depsgraph_get()).pose.bones
        heads_of_bones = to_canonical([bones[joint].head for joint in JOINTS])
        np.testing.assert_allclose(heads_of_bones, expected["joints"][number], atol=0.01)
