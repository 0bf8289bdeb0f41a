"""What is done to rigged heads: random values, reset, baking, closing, files, ARKit's keys, expressions, fits."""

from __future__ import annotations

import json
import struct

import bpy
import numpy as np
import pytest

# The face without ears and inner parts.
HACK_FACE = slice(0, 6706)


@pytest.fixture
def rigged():
    """An open FLAME head with 6 identity keys and all expressions."""
    bpy.ops.headbridge.add_rigged_head(model="open-flame", identity_count=6, expression_count=55)
    return bpy.context.object


def positions(points) -> np.ndarray:
    values = np.empty(3 * len(points), np.float32)
    points.foreach_get("co", values)
    return values.reshape(-1, 3).astype(np.float64)


def evaluated(obj) -> np.ndarray:
    bpy.context.view_layer.update()
    return positions(obj.evaluated_get(bpy.context.evaluated_depsgraph_get()).data.vertices)


def values(obj) -> dict[str, float]:
    return {key.name: key.value for key in obj.data.shape_keys.key_blocks[1:]}


def make_active(obj) -> None:
    for other in bpy.context.selected_objects:
        other.select_set(False)
    obj.select_set(True)
    bpy.context.view_layer.objects.active = obj


def offsets(obj, name: str) -> np.ndarray:
    blocks = obj.data.shape_keys.key_blocks
    return positions(blocks[name].data) - positions(blocks[0].data)


def closed(mesh) -> bool:
    edges = np.sort(np.array([e for face in mesh.polygons for e in face.edge_keys]), axis=1)
    return bool((np.unique(edges, axis=0, return_counts=True)[1] == 2).all())


def test_random_heads_repeat_and_reset_ends_them(rigged):
    mean = evaluated(rigged)
    assert bpy.ops.headbridge.randomise_rig(seed=3, identity=1.0, expression=1.0, pose=1.0) == {"FINISHED"}
    first, shape = values(rigged), evaluated(rigged)
    expressions = np.array([value for name, value in first.items() if not name.startswith(("identity", "pose"))])
    assert expressions.min() == 0.0 and 0.0 < expressions.max() <= 1.0
    bpy.ops.headbridge.randomise_rig(seed=4, identity=1.0, expression=1.0, pose=1.0)
    assert values(rigged) != first
    bpy.ops.headbridge.randomise_rig(seed=3, identity=1.0, expression=1.0, pose=1.0)
    np.testing.assert_allclose(evaluated(rigged), shape, atol=1e-7)
    bpy.ops.headbridge.randomise_rig(seed=5, identity=1.0, expression=0.0, pose=0.0)
    assert {name: v for name, v in values(rigged).items() if not name.startswith("identity")} == {
        name: v for name, v in first.items() if not name.startswith("identity")
    }
    make_active(rigged.parent)
    bpy.ops.headbridge.reset_rig()
    np.testing.assert_allclose(evaluated(rigged), mean, atol=1e-7)


def test_a_duplicate_gets_joints_of_its_own(rigged, addon):
    rigged.parent.select_set(True)
    bpy.ops.object.duplicate()
    copy = next(obj for obj in bpy.context.selected_objects if obj.type == "MESH")
    make_active(copy)
    bpy.ops.headbridge.randomise_rig(seed=2, identity=2.0, pose=2.0)
    find, shared = addon("rig.rigged_head").find, addon("rig.joint_followers").are_shared
    wrong = evaluated(copy)
    assert shared(find(copy)) and not shared(find(rigged))
    assert bpy.ops.headbridge.own_rig_joints() == {"FINISHED"}
    assert not shared(find(copy)) and not shared(find(rigged))
    make_active(rigged)
    bpy.ops.headbridge.randomise_rig(seed=2, identity=2.0, pose=2.0)
    right = evaluated(rigged)
    np.testing.assert_allclose(evaluated(copy), right, atol=1e-7)
    assert np.abs(wrong - right).max() > 1e-4


def test_baked_mesh_is_what_was_seen(rigged):
    bpy.ops.headbridge.randomise_rig(seed=1, identity=1.0, expression=1.0, pose=1.0)
    rigged.parent.location = (1.0, 0.0, 0.0)
    seen = evaluated(rigged)
    assert bpy.ops.headbridge.bake_rig(what="MESH") == {"FINISHED"}
    obj = bpy.context.object
    assert obj != rigged and obj.data.shape_keys is None and not obj.modifiers and obj.parent is None
    np.testing.assert_array_equal(positions(obj.data.vertices), seen)
    assert obj.matrix_world == rigged.matrix_world and len(obj.data.uv_layers) == 1
    assert rigged.hide_get() and rigged.parent.hide_get() and not obj.hide_get()


def test_baked_identity_still_moves_as_before(rigged):
    bpy.ops.headbridge.randomise_rig(seed=1, identity=1.0, expression=1.0, pose=1.0)
    seen = evaluated(rigged)
    assert bpy.ops.headbridge.bake_rig(what="IDENTITY") == {"FINISHED"}
    assert not any(name.startswith("identity") for name in values(rigged))
    # The jaw and the eyes turn about the joints of this face.
    np.testing.assert_allclose(evaluated(rigged), seen, atol=1e-6)
    for block in [rigged.data, *(child.data for child in rigged.parent.children)]:
        curves = block.shape_keys.animation_data.drivers
        assert all(curve.is_valid and curve.driver.is_valid for curve in curves)


def test_watertight_head_is_closed_and_still_a_rig(rigged):
    bpy.ops.headbridge.randomise_rig(seed=1, identity=1.0, expression=1.0, pose=1.0)
    seen, keys = evaluated(rigged), values(rigged)
    uvs = len(rigged.data.uv_layers)
    assert not closed(rigged.data)
    assert bpy.ops.headbridge.make_watertight() == {"FINISHED"}
    # Mouth and neck: a vertex each, and a fan of as many triangles as the rims of 32 and 30 edges have.
    assert (len(rigged.data.vertices), len(rigged.data.polygons)) == (5025, 9976 + 62)
    assert closed(rigged.data) and rigged.data.validate() is False and len(rigged.data.uv_layers) == uvs
    after = evaluated(rigged)
    np.testing.assert_allclose(after[:5023], seen, atol=1e-6)
    assert values(rigged).keys() == keys.keys() and np.abs(after[5023:]).max() < 0.3
    faces = np.array([face.vertices[:] for face in rigged.data.polygons])
    a, b, c = after[faces].transpose(1, 0, 2)
    # Outward faces enclose a positive volume: a head of some litres.
    assert 2e-3 < np.einsum("td,td->", a, np.cross(b, c)) / 6.0 < 8e-3


def test_all_parts_of_ict_close():
    bpy.ops.headbridge.add_head(kind="ICT")
    bpy.ops.headbridge.make_watertight()
    assert closed(bpy.context.object.data)


def test_what_cannot_be_closed_stays(make_mesh, scene_content):
    obj = make_mesh("Sheet")
    mesh = bpy.data.meshes.new("Fins")
    corners = [(0, 0, 0), (0, 0, 1), (1, 0, 0), (0, 1, 0), (-1, 0, 0)]
    mesh.from_pydata(corners, [], [(0, 1, 2), (0, 1, 3), (0, 1, 4)])
    obj.data = mesh
    make_active(obj)
    before = scene_content()
    with pytest.raises(RuntimeError, match="'Sheet'"):
        bpy.ops.headbridge.make_watertight()
    assert scene_content() == before


def test_files_hold_the_head_as_it_looks(rigged, tmp_path):
    bpy.ops.headbridge.randomise_rig(seed=1, identity=1.0, expression=1.0, pose=1.0)
    x, y, z = evaluated(rigged).T
    for ending in ("obj", "ply", "glb"):
        assert bpy.ops.headbridge.export_head(filepath=str(tmp_path / f"head.{ending}")) == {"FINISHED"}
    lines = (tmp_path / "head.obj").read_text().splitlines()
    written = np.array([line.split()[1:4] for line in lines if line.startswith("v ")], float)
    np.testing.assert_allclose(written, np.stack([x, z, -y], axis=1), atol=2e-6)
    assert b"element vertex" in (tmp_path / "head.ply").read_bytes()[:400]
    content = (tmp_path / "head.glb").read_bytes()
    (length,) = struct.unpack_from("<I", content, 12)
    scene = json.loads(content[20 : 20 + length])
    assert len(scene["meshes"]) == len(scene["skins"]) == 1
    targets = scene["meshes"][0]["extras"]["targetNames"]
    assert targets[0] == "identity000" and len(targets) == 6 + 55 + 2
    assert bpy.context.object == rigged and rigged.select_get() and not rigged.parent.select_get()
    with pytest.raises(RuntimeError, match=r"\.glb, \.fbx or \.abc"):
        bpy.ops.headbridge.export_head(filepath=str(tmp_path / "head.dae"))
    with pytest.raises(RuntimeError, match="create it first"):
        bpy.ops.headbridge.export_head(filepath=str(tmp_path / "none" / "head.obj"))


ARKIT_SAMPLE = {"eyeBlinkLeft", "eyeBlinkRight", "jawOpen", "browInnerUp", "cheekPuff", "mouthSmileLeft", "tongueOut"}


def test_arkit_names_the_rigs_own_expressions(rigged):
    bpy.ops.headbridge.randomise_rig(seed=1, identity=1.0, expression=1.0, pose=1.0)
    seen = evaluated(rigged)
    inner = offsets(rigged, "browInnerUp_L") + offsets(rigged, "browInnerUp_R")
    assert bpy.ops.headbridge.add_arkit_keys() == {"FINISHED"}
    names = set(values(rigged))
    assert ARKIT_SAMPLE <= names and "eyeBlink_L" not in names
    # All but the eyeballs, which follow the eyeLook keys from now on.
    np.testing.assert_allclose(evaluated(rigged)[:3931], seen[:3931], atol=1e-7)
    # The joints of a duplicate know the new names, too.
    rigged.parent.select_set(True)
    bpy.ops.object.duplicate()
    copy = next(obj for obj in bpy.context.selected_objects if obj.type == "MESH")
    make_active(copy)
    assert bpy.ops.headbridge.own_rig_joints() == {"FINISHED"}
    np.testing.assert_allclose(evaluated(copy)[:3931], seen[:3931], atol=1e-7)
    make_active(rigged)
    # Transferred to this face, so not quite the sum of the halves on the mean face.
    error = np.abs(offsets(rigged, "browInnerUp") - inner).max()
    assert error < 0.15 * np.abs(inner).max()
    bpy.ops.headbridge.reset_rig()
    assert set(values(rigged).values()) == {0.0}
    count = len(values(rigged))
    bpy.ops.headbridge.add_arkit_keys()
    assert len(values(rigged)) == count


def test_eyes_follow_arkits_gaze(rigged):
    keys = rigged.data.shape_keys.key_blocks
    bpy.ops.headbridge.add_arkit_keys()
    bpy.ops.headbridge.add_arkit_keys()
    straight = evaluated(rigged)
    eyes = {"Left": slice(3931, 4477), "Right": slice(4477, 5023)}
    pupils = {side: part.start + int(straight[part][:, 1].argmin()) for side, part in eyes.items()}
    # Blender's +X is the subject's left, +Z is up: the left eye looks out to the left, the right one in to the left.
    for name, side, axis, sign in (
        ("eyeLookOutLeft", "Left", 0, 1.0),
        ("eyeLookInLeft", "Left", 0, -1.0),
        ("eyeLookInRight", "Right", 0, 1.0),
        ("eyeLookOutRight", "Right", 0, -1.0),
        ("eyeLookUpLeft", "Left", 2, 1.0),
        ("eyeLookDownRight", "Right", 2, -1.0),
    ):
        keys[name].value = 1.0
        moved = evaluated(rigged) - straight
        keys[name].value = 0.0
        assert sign * moved[pupils[side]][axis] > 0.004
        other = eyes["Right" if side == "Left" else "Left"]
        assert np.abs(moved[other]).max() < 1e-5
    # What the animator turns comes on top.
    bone = rigged.parent.pose.bones["left_eye"]
    bone.rotation_euler = (0.0, np.radians(20.0), 0.0)
    turned = evaluated(rigged)
    keys["eyeLookInLeft"].value = 20.0 / 35.0
    lids = offsets(rigged, "eyeLookInLeft")[eyes["Left"]]
    assert not lids.any()
    np.testing.assert_allclose(evaluated(rigged)[eyes["Left"]], straight[eyes["Left"]], atol=1e-6)
    assert np.abs(turned - straight)[pupils["Left"]].max() > 0.002
    assert all(curve.driver.is_simple_expression for curve in rigged.parent.animation_data.drivers)


def test_arkit_on_a_plain_head_is_its_models(rigged):
    blink = offsets(rigged, "eyeBlink_L")
    bpy.ops.headbridge.add_head(kind="FLAME")
    plain = bpy.context.object
    plain.rotation_euler, plain.scale = (0.3, -0.2, 1.0), (2.0, 2.0, 2.0)
    assert bpy.ops.headbridge.add_arkit_keys() == {"FINISHED"}
    keys = plain.data.shape_keys.key_blocks
    assert len(keys) == 53 and ARKIT_SAMPLE <= set(keys.keys())
    assert {(key.slider_min, key.slider_max, key.value) for key in keys[1:]} == {(0.0, 1.0, 0.0)}
    np.testing.assert_allclose(offsets(plain, "eyeBlinkLeft"), blink, atol=1e-6)
    assert np.abs(offsets(plain, "tongueOut")).max() == 0.0


def test_arkit_on_an_unknown_head_is_told(make_mesh, scene_content):
    make_active(make_mesh("Pentagon"))
    before = scene_content()
    with pytest.raises(RuntimeError, match="register one onto it first"):
        bpy.ops.headbridge.add_arkit_keys()
    assert scene_content() == before


def test_expressions_cross_topologies(rigged):
    make_active(rigged)
    bpy.ops.headbridge.add_head(kind="HACK")
    hack = bpy.context.object
    assert bpy.ops.headbridge.transfer_expressions(source=rigged.name, target=hack.name) == {"FINISHED"}
    names = [key.name for key in hack.data.shape_keys.key_blocks[1:]]
    assert len(names) == 55 and "jawOpen" in names
    bpy.ops.headbridge.add_head(kind="HACK")
    own = bpy.context.object
    bpy.ops.headbridge.add_arkit_keys()
    for name, arkit in (("jawOpen", "jawOpen"), ("mouthSmile_L", "mouthSmileLeft"), ("browDown_R", "browDownRight")):
        transferred, expected = offsets(hack, name)[HACK_FACE], offsets(own, arkit)[HACK_FACE]
        error = np.linalg.norm(transferred - expected, axis=1).mean()
        assert error < 0.25 * np.linalg.norm(expected, axis=1).mean()


@pytest.fixture
def fit() -> dict[str, np.ndarray]:
    """A head.npz as fits write it, of the open FLAME head."""
    random = np.random.default_rng(5)
    return {
        "model": np.array("flame"),
        "version": np.array("open topology"),
        "label": np.array("the open FLAME-topology head"),
        "units": np.array("mm"),
        "identity": random.normal(size=6),
        "expression": random.uniform(size=55),
        **{name: 0.2 * random.normal(size=3) for name in ("root", "neck", "jaw", "left_eye", "right_eye")},
        "translation": np.array([10.0, -20.0, 30.0]),
        "similarity_scale": np.array(0.1),
        "similarity_rotation": np.array([[0.0, 1.0, 0.0], [-1.0, 0.0, 0.0], [0.0, 0.0, 1.0]]),
        "similarity_translation": np.array([1.0, 2.0, 3.0]),
    }


def load(folder, arrays, **settings):
    np.savez(folder / "head.npz", **arrays)
    assert bpy.ops.headbridge.load_fit(filepath=str(folder / "head.npz"), **settings) == {"FINISHED"}
    return bpy.context.object


def test_fit_stands_on_its_data_with_its_coefficients(fit, tmp_path, rigged):
    head = load(tmp_path, fit)
    worn = values(head)
    np.testing.assert_allclose([worn[f"identity{k:03d}"] for k in range(6)], fit["identity"], atol=1e-6)
    np.testing.assert_allclose(worn["browDown_L"], fit["expression"][0], atol=1e-6)
    # A point of the model in millimetres lies in the data at 0.1 R x + t; importers store a file's y as Blender's z.
    life_size = load(tmp_path, fit, place="ORIGIN")
    x, y, z = evaluated(life_size).T
    expected = 100.0 * np.stack([x, z, -y], axis=1) @ fit["similarity_rotation"].T + fit["similarity_translation"]
    matrix = np.array(head.matrix_world)
    placed = evaluated(head) @ matrix[:3, :3].T + matrix[:3, 3]
    np.testing.assert_allclose(placed, np.stack(expected.T, axis=1) @ [[1, 0, 0], [0, 0, 1], [0, -1, 0]], atol=1e-4)
    # Sliders and bones of the rig: set by hand they give the same head.
    make_active(rigged)
    for name, value in worn.items():
        if not name.startswith("pose"):
            rigged.data.shape_keys.key_blocks[name].value = value
    for bone in life_size.parent.pose.bones:
        rigged.parent.pose.bones[bone.name].matrix_basis = bone.matrix_basis
    np.testing.assert_allclose(evaluated(rigged), evaluated(life_size), atol=1e-6)


def test_detail_of_a_fit_is_a_key(fit, tmp_path):
    posed = evaluated(load(tmp_path, fit, place="ORIGIN"))
    x, y, z = 1000.0 * posed.T
    vertices = np.stack([x, z, -y], axis=1)
    bump = np.random.default_rng(0).normal(size=vertices.shape)
    head = load(tmp_path, {**fit, "vertices": vertices, "detail": vertices + bump}, place="ORIGIN")
    key = head.data.shape_keys.key_blocks["Detail"]
    assert (key.slider_min, key.slider_max, key.value) == (0.0, 1.0, 1.0)
    bumped = 0.001 * np.stack([bump[:, 0], -bump[:, 2], bump[:, 1]], axis=1)
    np.testing.assert_allclose(evaluated(head), posed + bumped, atol=2e-6)


def test_bad_fits_are_told(fit, tmp_path, scene_content):
    before = scene_content()
    cases = (
        ({"vertices": np.zeros((4, 3))}, "no fitted head"),
        ({**fit, "identity": np.full(6, np.nan)}, "'identity' has values that are not finite"),
        ({**fit, "version": np.array("2020")}, "version '2020' of the model flame"),
        ({**fit, "jaw": np.zeros(4)}, "'jaw' should be numbers of the shape"),
        ({**fit, "identity": np.zeros(200)}, "has fewer"),
    )
    for arrays, message in cases:
        with pytest.raises(RuntimeError, match=message):
            load(tmp_path, arrays)
    with pytest.raises(RuntimeError, match="cannot be read"):
        bpy.ops.headbridge.load_fit(filepath=str(tmp_path / "none.npz"))
    (tmp_path / "head.npz").write_bytes(b"text")
    with pytest.raises(RuntimeError, match="no .npz file"):
        bpy.ops.headbridge.load_fit(filepath=str(tmp_path / "head.npz"))
    assert scene_content() == before


def test_transfer_needs_expressions(heads):
    with pytest.raises(RuntimeError, match="'Source' has no expression shape keys"):
        bpy.ops.headbridge.transfer_expressions(source="Source", target="Target")
