"""Rigged heads of all people: handles make the face that the command line makes of the same words; inner parts follow."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import bpy
import numpy as np
import pytest

ROOT = Path(__file__).resolve().parents[3]
PERSON = {"age": 8.0, "male": 0.3, "african": 0.5, "asian": 0.5, "caucasian": 0.0, "weight": 0.6, "muscle": 0.5}


@pytest.fixture(scope="module")
def sampled(tmp_path_factory):
    """(V, 3) canonical millimetres of `PERSON` with a wide nose in a topology, as `headbridge sample` makes it."""
    folder = tmp_path_factory.mktemp("sampled")
    words = "--age 8 --sex 0.3 --ancestry african:0.5,asian:0.5 --weight 0.6 --muscle 0.5 --nose-width 0.6 --identity 0"
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "backend")}

    def read(model: str) -> np.ndarray:
        command = [os.environ["HEADBRIDGE_PYTHON"], "-m", "headbridge", "sample", "-o", str(folder / model)]
        command += ["--model", model, "--kind", "neutral", "--count", "1", "--format", "npz", *words.split()]
        subprocess.run(command, env=environment, check=True, capture_output=True)
        with np.load(folder / model / "template_0000.npz") as mesh:
            return mesh["vertices"]

    return read


def evaluated(obj) -> np.ndarray:
    mesh = obj.evaluated_get(bpy.context.evaluated_depsgraph_get()).data
    values = np.empty(3 * len(mesh.vertices), np.float32)
    mesh.vertices.foreach_get("co", values)
    x, y, z = values.reshape(-1, 3).T
    return 1000.0 * np.stack([x, z, -y], axis=1)


def added(**settings):
    assert bpy.ops.headbridge.add_rigged_head(identities="people", **settings) == {"FINISHED"}
    return bpy.context.object


def show(head, **values):
    for name, value in values.items():
        setattr(head.headbridge.handles, name, value)


@pytest.mark.slow
def test_handles_make_the_head_that_the_command_line_makes(sampled):
    head = added(model="flame", expression_count=0)
    # A new head is the mean one; what sets it off from its own read-out goes first.
    bpy.ops.headbridge.randomise_rig(seed=1, identity=1e-12)
    show(head, nose_width=0.0, **PERSON)
    for name in (entry.identifier for entry in head.headbridge.handles.bl_rna.properties):
        if name not in {*PERSON, "rna_type", "name"}:
            setattr(head.headbridge.handles, name, 0.6 if name == "nose_width" else 0.0)
    np.testing.assert_allclose(evaluated(head), sampled("flame"), atol=0.05)


@pytest.mark.slow
def test_what_is_a_faces_own_stays_and_the_way_back_is_the_same_face():
    head = added(model="flame", expression_count=0)
    assert bpy.ops.headbridge.randomise_rig(seed=5, group="adult") == {"FINISHED"}
    face = evaluated(head)
    handles = head.headbridge.handles
    assert 17.0 <= handles.age <= 60.0
    years, width = handles.age, handles.nose_width
    handles.age = 4.0
    child = evaluated(head)
    # A toddler's head is smaller than an adult's.
    assert np.ptp(child[:, 0]) < 0.85 * np.ptp(face[:, 0])
    handles.age, handles.nose_width = years, min(width + 0.5, 1.0)
    wider = evaluated(head)
    assert np.linalg.norm(wider - face, axis=1).max() > 0.5
    handles.nose_width = width
    np.testing.assert_allclose(evaluated(head), face, atol=0.01)


@pytest.mark.slow
def test_read_from_face_follows_the_sliders_and_other_heads_have_no_handles(scene_content):
    head = added(model="flame", expression_count=0)
    before = head.headbridge.handles.age
    for name, value in zip(("identity000", "identity001"), (2.0, 2.0)):
        head.data.shape_keys.key_blocks[name].value = value
    assert head.headbridge.handles.age == before
    bpy.ops.headbridge.read_handles()
    assert head.headbridge.handles.age != before
    bpy.ops.headbridge.reset_rig()
    assert head.headbridge.handles.age == pytest.approx(before, abs=1e-3)
    assert bpy.ops.headbridge.add_rigged_head(model="open-flame", identity_count=3, expression_count=0) == {"FINISHED"}
    with pytest.raises(RuntimeError, match="has no handles"):
        bpy.ops.headbridge.read_handles()


@pytest.mark.slow
@pytest.mark.parametrize("model", ["flame", "hack"])
def test_inner_parts_follow_handles_jaw_and_baking_and_take_a_photos_colours(model, addon):
    head = added(model=model, expression_count=60, inner_parts=True)
    rig = head.parent
    (parts,) = [child for child in rig.children if "headbridge_inner_parts" in child]
    materials = [parts.material_slots[polygon.material_index].name for polygon in parts.data.polygons]
    assert "HeadBridge Teeth" in materials and ("HeadBridge IrisLeft" in materials) == (model == "hack")
    of_teeth = np.zeros(len(parts.data.vertices), bool)
    for polygon, material in zip(parts.data.polygons, materials):
        if material == "HeadBridge Teeth":
            of_teeth[list(polygon.vertices)] = True
    rest = evaluated(parts)[of_teeth]
    rig.pose.bones["jaw"].rotation_euler = (0.3, 0.0, 0.0)
    fallen = rest[:, 1] - evaluated(parts)[of_teeth][:, 1]
    # Lower teeth go with the jaw, upper ones stay.
    assert 0.3 < np.mean(fallen > 10.0) < 0.7 and 0.3 < np.mean(np.abs(fallen) < 0.5) < 0.7
    bpy.ops.headbridge.reset_rig()
    head.headbridge.handles.age = 3.0
    child = evaluated(parts)[of_teeth]
    assert np.ptp(child[:, 0]) < 0.85 * np.ptp(rest[:, 0])
    bpy.ops.headbridge.bake_rig(what="IDENTITY")
    np.testing.assert_allclose(evaluated(parts)[of_teeth], child, atol=0.01)
    # A photo's colours, sRGB, go to materials of their own; what no face has is left by nothing.
    colours = {"teeth": (0.5, 0.5, 0.25), "gums": (0.6, 0.3, 0.3), "iris": (0.2, 0.3, 0.4), "white": (0.8, 0.8, 0.8)}
    addon("photo.part_colours").wear(addon("rig.rigged_head").find(head), colours, None)
    teeth = next(slot.material for slot in parts.material_slots if slot.name.endswith("Teeth"))
    assert teeth.name == f"{head.name} Teeth" and "HeadBridge Teeth" not in bpy.data.materials
    np.testing.assert_allclose(teeth.diffuse_color, (0.2140, 0.2140, 0.0509, 1.0), atol=1e-3)


@pytest.mark.slow
def test_a_childs_expressions_become_smaller_and_an_adults_come_back():
    head = added(model="flame", expression_count=60)
    keys = head.data.shape_keys.key_blocks

    def movement(name):
        positions = [np.empty(3 * len(head.data.vertices), np.float32) for _ in range(2)]
        keys[name].data.foreach_get("co", positions[0])
        keys["Basis"].data.foreach_get("co", positions[1])
        return np.linalg.norm((positions[0] - positions[1]).reshape(-1, 3), axis=1)

    adult = {name: movement(name) for name in ("jawOpen", "mouthSmile_L")}
    values = [key.value for key in keys]
    head.headbridge.handles.age = 2.0
    assert bpy.ops.headbridge.own_expressions() == {"FINISHED"}
    for name, before in adult.items():
        assert 0.4 * before.max() < movement(name).max() < 0.85 * before.max()
    for key, value in zip(keys, values):
        key.value = value
    assert bpy.ops.headbridge.own_expressions() == {"FINISHED"}
    for name, before in adult.items():
        # From the child's keys, not from those that came with the model: a few steep spots come back less exactly.
        assert np.abs(movement(name) - before).mean() < 0.01 * before.max()


def test_heads_with_teeth_of_their_own_get_none():
    with pytest.raises(RuntimeError, match="no inner parts for"):
        bpy.ops.headbridge.add_rigged_head(model="ict", identities="people", inner_parts=True)
