"""Fits in Blender with the real backend: a rigged head comes out that is the mesh it was fitted to."""

from __future__ import annotations

import json
from pathlib import Path

import bpy
import numpy as np
import pytest
from mathutils import Matrix


def points(vertices) -> np.ndarray:
    values = np.empty(3 * len(vertices), np.float32)
    vertices.foreach_get("co", values)
    return values.reshape(-1, 3).astype(np.float64)


def in_world(obj) -> np.ndarray:
    """(V, 3) evaluated vertices in the world, metres."""
    bpy.context.view_layer.update()
    evaluated = obj.evaluated_get(bpy.context.evaluated_depsgraph_get())
    matrix = np.array(evaluated.matrix_world, np.float64)
    return points(evaluated.data.vertices) @ matrix[:3, :3].T + matrix[:3, 3]


def test_known_coefficients_come_back_as_a_rig_where_the_mesh_is():
    bpy.ops.headbridge.add_rigged_head(model="hack", identity_count=8, expression_count=57)
    known = bpy.context.object
    given = {"identity000": 1.2, "identity003": -0.8, "identity007": 0.5, "jawOpen": 0.6, "mouthSmile_L": 0.4}
    for name, value in given.items():
        known.data.shape_keys.key_blocks[name].value = value
    known.parent.matrix_world = Matrix.Translation((0.4, -1.0, 2.0)) @ Matrix.Rotation(0.7, 4, (0.3, 0.5, 0.8))
    bpy.ops.headbridge.bake_rig(what="MESH")
    mesh = bpy.context.object
    wanted = in_world(mesh)

    assert bpy.ops.headbridge.fit_mesh() == {"FINISHED"}
    head = bpy.context.object
    assert head != mesh and head.parent.type == "ARMATURE"
    np.testing.assert_allclose(in_world(head), wanted, rtol=0.0, atol=0.05e-3)
    np.testing.assert_array_equal(in_world(mesh), wanted)
    keys = head.data.shape_keys.key_blocks
    for name, value in given.items():
        assert keys[name].value == pytest.approx(value, abs=0.01)
    assert json.loads(head["headbridge_fit"])["model"]["key"] == "hack"


def test_heads_of_other_topologies_are_refused(scene_content):
    bpy.ops.headbridge.add_head(kind="MAKEHUMAN")
    before = scene_content()
    with pytest.raises(RuntimeError, match="(?i)topology"):
        bpy.ops.headbridge.fit_mesh()
    assert scene_content() == before


def test_random_head_through_its_landmarks_and_as_another_model(addon):
    assert bpy.ops.headbridge.sample_heads(model="open-flame", count=1, seed=3, pose=0.0) == {"FINISHED"}
    sample = bpy.context.object
    sample.rotation_euler = (0.3, -0.2, 1.0)
    shape = in_world(sample)
    with np.load(Path(addon("paths").ASSETS_FOLDER) / "flame_topology.npz", allow_pickle=False) as stored:
        names = stored["landmarks_51_names"].tolist()
        landmarks = np.einsum("nk,nkx->nx", stored["landmarks_51_weights"], shape[stored["landmarks_51_vertices"]])
    bpy.ops.object.select_all(action="DESELECT")
    # The names decide, in any order.
    for name, place in sorted(zip(names, landmarks.tolist())):
        empty = bpy.data.objects.new(name, None)
        empty.location = place
        bpy.context.scene.collection.objects.link(empty)
        empty.select_set(True)
    assert bpy.ops.headbridge.fit_landmarks(model="open-flame") == {"FINISHED"}
    head = bpy.context.object
    assert json.loads(head["headbridge_fit"])["metrics"]["landmark_rms"] < 0.05
    off = np.linalg.norm(in_world(head) - shape, axis=1).mean()
    assert off < 0.5 * np.linalg.norm(mean_laid_onto(shape) - shape, axis=1).mean()

    assert bpy.ops.headbridge.convert_head(object=sample.name, to="hack") == {"FINISHED"}
    head = bpy.context.object
    assert head.data.shape_keys.key_blocks["Detail"].value == 1.0 and len(head.data.vertices) == 14062
    # The same face: the tips of both noses.
    assert np.linalg.norm(in_world(head)[4857] - shape[3564]) < 0.5e-3


def mean_laid_onto(shape: np.ndarray) -> np.ndarray:
    """(V, 3) the mean FLAME head, turned and moved onto vertices of its topology."""
    bpy.ops.headbridge.add_head(kind="FLAME")
    return laid_onto(points(bpy.context.object.data.vertices), shape)


@pytest.mark.parametrize("model", ["open-flame", "hack"])
def test_the_same_seed_makes_the_same_head_of_sliders_and_by_the_command_line(model):
    assert bpy.ops.headbridge.sample_heads(model=model, count=1, seed=11) == {"FINISHED"}
    wanted = points(bpy.context.object.data.vertices)
    assert bpy.ops.headbridge.add_rigged_head(model=model, identity_count=300, expression_count=100) == {"FINISHED"}
    head = bpy.context.object
    assert bpy.ops.headbridge.randomise_rig(seed=11, identity=1.0, expression=1.0, pose=1.0) == {"FINISHED"}
    # But for the turn of the whole head.
    np.testing.assert_allclose(laid_onto(in_world(head), wanted), wanted, rtol=0.0, atol=0.02e-3)


def laid_onto(shape: np.ndarray, other: np.ndarray) -> np.ndarray:
    """(V, 3) a shape, turned and moved onto another of its topology."""
    middle = shape - shape.mean(axis=0)
    u, _, vt = np.linalg.svd(middle.T @ (other - other.mean(axis=0)))
    return middle @ u @ vt + other.mean(axis=0)


def test_a_picked_points_file(tmp_path):
    path = tmp_path / "few.pp"
    path.write_text('<PickedPoints><point x="0" y="0" z="0" name="1"/></PickedPoints>')
    with pytest.raises(RuntimeError, match="landmarks.pp: there are 1 points"):
        bpy.ops.headbridge.fit_landmarks_file(filepath=str(path))


def test_command_line_through_blender(addon, tmp_path, capfd):
    run = addon("command").run
    assert run(["fit-mesh", "hack", "-o", str(tmp_path / "fit"), "--identity-count", "5"]) == 0
    with np.load(tmp_path / "fit" / "head.npz", allow_pickle=False) as stored:
        assert str(stored["model"]) == "hack" and stored["identity"].max() < 0.01
    assert run(["fit-landmarks3d", str(tmp_path / "none.pp"), "-o", str(tmp_path)]) == 2
    assert "none.pp" in capfd.readouterr().err


def test_the_backend_examines_itself(addon, tmp_path, monkeypatch):
    folder = tmp_path / "models" / "flame"
    folder.mkdir(parents=True)
    np.savez(
        folder / "mediapipe_landmark_embedding.npz",
        lmk_face_idx=np.arange(105),
        lmk_b_coords=np.full((105, 3), 1.0 / 3.0),
        landmark_indices=np.arange(105),
    )
    monkeypatch.setenv("HEADBRIDGE_MODELS", str(tmp_path / "models"))
    # A worker that runs has the variables it was started with.
    addon("backend_worker").stop()
    assert bpy.ops.headbridge.examine() == {"FINISHED"}
    session = bpy.context.window_manager.headbridge
    found = {finding["subject"]: finding for finding in json.loads(session.findings)}
    assert found["FLAME landmarks of MediaPipe"]["state"] == "ok" and session.task == ""
    assert "found, 0.0 MB" in found["FLAME landmarks of MediaPipe"]["text"]
    assert (
        f"put flame2023.pkl or flame2023_Open.pkl or flame2023_no_jaw.pkl into {folder}" in found["FLAME 2023"]["text"]
    )
    assert (found["FLAME 2023"]["fix"], found["FLAME 2023"]["folder"]) == ("folder", str(folder))
    assert found["python"]["state"] == found["numpy"]["state"] == "ok" and found["numpy"]["fix"] == ""
    monkeypatch.setenv("HEADBRIDGE_PYTHON", "/nowhere/python")
    with pytest.raises(RuntimeError, match="does not exist"):
        bpy.ops.headbridge.examine()
    assert session.findings == "" and session.task == ""
