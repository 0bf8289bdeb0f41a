"""The fit operators in background mode, with the fake worker: what is sent, what comes into the scene, what is refused."""

from __future__ import annotations

import json
import os
from pathlib import Path

import bpy
import numpy as np
import pytest

# The fake worker's head (mm) as its similarity puts it: the key at 1.5 and the detail added, scaled by 2, moved.
HEAD = 2.0 * (np.array([(0, 0, 0), (100, 0, 0), (0, 200, 0)]) + 1.5 + 0.5) + (10.0, 20.0, 30.0)


def positions(points) -> np.ndarray:
    values = np.empty(3 * len(points), np.float32)
    points.foreach_get("co", values)
    return values.reshape(-1, 3).astype(np.float64)


def canonical(points) -> np.ndarray:
    x, y, z = np.asarray(points, np.float64).reshape(-1, 3).T
    return 1000.0 * np.stack([x, z, -y], axis=1)


def in_world(obj) -> np.ndarray:
    """(V, 3) evaluated vertices in the world, canonical millimetres."""
    bpy.context.view_layer.update()
    evaluated = obj.evaluated_get(bpy.context.evaluated_depsgraph_get())
    matrix = np.array(evaluated.matrix_world, np.float64)
    return canonical(positions(evaluated.data.vertices) @ matrix[:3, :3].T + matrix[:3, 3])


def select(*objects) -> None:
    for other in bpy.context.selected_objects:
        other.select_set(False)
    for obj in objects:
        obj.select_set(True)
        bpy.context.view_layer.objects.active = obj


def kept(obj) -> dict:
    return json.loads(obj["headbridge_fit"])


def refused(scene_content, operator, match, **arguments) -> None:
    before = scene_content()
    with pytest.raises(RuntimeError, match=match):
        getattr(bpy.ops.headbridge, operator)(**arguments)
    assert scene_content() == before
    session = bpy.context.window_manager.headbridge
    assert session.task == "" and session.error and session.error_of == f"HEADBRIDGE_OT_{operator}"
    jobs = Path(bpy.utils.extension_path_user("bl_ext.user_default.headbridge", path="jobs", create=True))
    assert list(jobs.iterdir()) == []


@pytest.fixture
def mesh(make_mesh, fake_worker):
    """A small mesh, moved, and active."""
    fake_worker("answer")
    obj = make_mesh("Person")
    obj.location = (0.5, 1.0, 2.0)
    select(obj)
    return obj


@pytest.fixture
def empties(fake_worker):
    """`empties(names)` adds selected empties along a line, in the order of their names."""
    fake_worker("answer")

    def make(names: list[str]) -> list[bpy.types.Object]:
        made = [bpy.data.objects.new(name, None) for name in names]
        for number, obj in enumerate(made):
            bpy.context.scene.collection.objects.link(obj)
            obj.location = (0.01 * number, 0.02, 0.03)
        select(*made)
        return made

    return make


def test_mesh_becomes_a_rigged_head_in_its_place(mesh, scene_content):
    before = scene_content()["objects"]["Person"]
    assert bpy.ops.headbridge.fit_mesh(region="face", prior=0.5) == {"FINISHED"}
    head = bpy.context.object
    assert head.name == "Person Fit" and head.parent.name == "Person Fit Rig"
    assert head.data.shape_keys.key_blocks["identity000"].value == 1.5
    np.testing.assert_allclose(in_world(head), HEAD, atol=1e-3)
    assert scene_content()["objects"]["Person"] == before
    answer = kept(head)
    assert (answer["settings"]["region"], answer["settings"]["prior"]) == ("face", 0.5)
    np.testing.assert_allclose(answer["given"]["vertices"], in_world(mesh), atol=1e-3)


def test_panel_decides_what_the_operator_is_not_told(mesh, addon):
    settings = bpy.context.scene.headbridge.fits.fit_mesh
    settings.model, settings.scale = "ict", True
    bpy.ops.headbridge.fit_mesh(scale=False)
    answer = kept(bpy.context.object)
    assert (answer["settings"]["model"], answer["settings"]["scale"]) == ("ict", False)
    rows = addon("fits.fitted_head").report_rows(answer)
    assert ("Face, mean distance", "0.125 mm") in rows and ("Time", "1.5 s") in rows


@pytest.mark.filterwarnings("ignore:.*does not support blend relative")
def test_the_head_is_of_the_model_file_that_was_fitted(mesh, tmp_path):
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "scene.blend"))
    assert bpy.ops.headbridge.fit_mesh(model_file="//flame.pkl") == {"FINISHED"}
    head = bpy.context.object
    assert kept(head)["settings"]["model_file"] == str(tmp_path / "flame.pkl")
    assert json.loads(head["headbridge_rig"])["label"] == str(tmp_path / "flame.pkl")


def test_vertex_groups_say_what_is_followed(mesh):
    for name, weight in (("off", 1.0), ("firm", 0.25)):
        mesh.vertex_groups.new(name=name).add([0, 3], weight, "REPLACE")
    bpy.ops.headbridge.fit_mesh(exclude_group="off", weight_group="firm")
    given = kept(bpy.context.object)["given"]
    assert given["exclude"] == [True, False, False, True, False, False, False, False]
    assert given["weights"] == [0.25, 0, 0, 0.25, 0, 0, 0, 0]


def test_a_rigged_head_is_fitted_as_it_is_posed(mesh):
    bpy.ops.headbridge.fit_mesh()
    first = bpy.context.object
    first.parent.pose.bones["root"].location = (0.1, 0.2, 0.3)
    posed = in_world(first)
    select(first.parent)
    assert bpy.ops.headbridge.convert_head() == {"FINISHED"}
    np.testing.assert_allclose(kept(bpy.context.object)["given"]["vertices"], posed, atol=1e-3)
    assert bpy.context.object.name == "Person Fit Converted"


def test_one_undo_step_takes_everything_back(mesh, scene_content):
    bpy.context.preferences.edit.use_global_undo = True
    bpy.ops.ed.undo_push(message="before")
    before = scene_content()
    bpy.ops.headbridge.fit_mesh("EXEC_DEFAULT", True)
    assert scene_content() != before
    bpy.ops.ed.undo()
    assert scene_content() == before


def test_empties_named_by_landmark(empties):
    names = ["nose tip", "left ala.001", "Right Ala", "subnasale", "upper lip middle (source)"]
    made = empties(names)
    assert bpy.ops.headbridge.fit_landmarks() == {"FINISHED"}
    given = kept(bpy.context.object)["given"]
    order = [obj.name for obj in made]
    expected = dict(zip(["nose tip", "left ala", "Right Ala", "subnasale", "upper lip middle"], order))
    assert set(given["names"]) == set(expected)
    for name, point in zip(given["names"], given["points"]):
        np.testing.assert_allclose(point, canonical(bpy.data.objects[expected[name]].location)[0], atol=1e-4)
    np.testing.assert_allclose(in_world(bpy.context.object), HEAD, atol=1e-3)


@pytest.mark.parametrize("style", ["L{:02d}", "Empty.{:03d}", "{}", "point {} (target)"])
def test_empties_by_number(empties, style):
    numbers = list(range(12, 1, -1))
    empties([style.format(number) for number in numbers])
    bpy.ops.headbridge.fit_landmarks()
    given = kept(bpy.context.object)["given"]
    assert given["names"] == [str(number) for number in sorted(numbers)]
    # Made from 12 downwards, a centimetre further each time.
    np.testing.assert_allclose([point[0] for point in given["points"]], 10.0 * np.arange(10, -1, -1), atol=1e-4)


def test_empties_that_cannot_be_used(empties, scene_content):
    refused(scene_content, "fit_landmarks", "0 empties are selected")
    made = empties(["nose tip", "left ala", "right ala", "nose tip (target)"])
    refused(scene_content, "fit_landmarks", "'nose tip'; give every landmark one")
    select(*made[:3])
    refused(scene_content, "fit_landmarks", "3 empties are selected; select at least 4")


def test_landmark_file(fake_worker, tmp_path, scene_content):
    fake_worker("answer")
    path = tmp_path / "face.PP"
    path.write_text("<PickedPoints/>")
    assert bpy.ops.headbridge.fit_landmarks_file(filepath=str(path)) == {"FINISHED"}
    head = bpy.context.object
    answer = kept(head)
    assert answer["given"] == {"landmarks_file": "landmarks.pp"} and "landmarks.pp" in answer["files"]
    # A file's unit is Blender's, as its importers have it.
    np.testing.assert_allclose(in_world(head), 1000.0 * HEAD, rtol=1e-5)
    refused(scene_content, "fit_landmarks_file", "no landmark file", filepath=str(tmp_path / "face.obj"))
    refused(scene_content, "fit_landmarks_file", "cannot be read", filepath=str(tmp_path / "none.pp"))
    refused(scene_content, "fit_landmarks_file", "no landmark file")


def test_scan_gets_its_picture_and_detail(mesh, addon):
    image = bpy.data.images.new("Face", 6, 4)
    colours = np.random.default_rng(0).integers(0, 256, 6 * 4 * 4) / 255.0
    colours[3::4] = 1.0
    image.pixels.foreach_set(colours.astype(np.float32))
    mesh.data.materials[0] = addon("materials").textured_material("Skin of Person", image, "UVMap")
    assert bpy.ops.headbridge.fit_scan(size=512) == {"FINISHED"}
    head = bpy.context.object
    assert kept(head)["settings"]["size"] == 512
    keys = head.data.shape_keys.key_blocks
    assert keys["Detail"].value == 1.0 and keys["identity000"].value == 1.5
    worn, _layer = addon("base_colour").texture_of(head)
    assert worn.name == "Person Fit" and worn.packed_file is not None
    pixels = np.empty(6 * 4 * worn.channels, np.float32)
    worn.pixels.foreach_get(pixels)
    np.testing.assert_allclose(pixels.reshape(-1, worn.channels)[:, :3], colours.reshape(-1, 4)[:, :3], atol=1e-6)


def test_scan_as_two_shapes(mesh):
    assert bpy.ops.headbridge.fit_scan(result="KEYS") == {"FINISHED"}
    head = bpy.context.object
    assert [key.name for key in head.data.shape_keys.key_blocks] == ["Detail", "Model"] and head.parent is None
    vertices = np.array([(0, 0, 0), (100, 0, 0), (0, 200, 0)])
    np.testing.assert_allclose(in_world(head), 2.0 * (vertices + 0.5) + (10.0, 20.0, 30.0), atol=1e-3)
    head.data.shape_keys.key_blocks["Model"].value = 1.0
    np.testing.assert_allclose(in_world(head), 2.0 * vertices + (10.0, 20.0, 30.0), atol=1e-3)
    assert kept(head)["notes"] == ["A note."] and len(head.data.uv_layers) == 1


def test_scan_without_picture(mesh):
    mesh.data.materials.clear()
    assert bpy.ops.headbridge.fit_scan() == {"FINISHED"}
    assert kept(bpy.context.object)["textures"] == [] and "texture_file" not in kept(bpy.context.object)["given"]
    assert not bpy.data.images


def test_dense_images_go_with_the_scan(mesh, tmp_path, scene_content):
    folder = tmp_path / "predicted"
    refused(scene_content, "fit_scan", "predicted' does not exist", dense_uv=str(folder))
    folder.mkdir()
    refused(scene_content, "fit_scan", "There are no images in", dense_uv=str(folder))
    for name in ("view_00.png", "view_02.exr"):
        (folder / name).write_bytes(name.encode())
    chosen = bpy.context.scene.headbridge.fits.scan_dense
    chosen.dense_uv = str(folder)
    refused(scene_content, "fit_scan", "Render Views wrote")
    (tmp_path / "transforms.json").write_text("{}")
    normals = tmp_path / "normals"
    normals.mkdir()
    (normals / "view_02.png").write_bytes(b"normals")
    chosen.normals, chosen.cameras = str(normals), str(tmp_path / "transforms.json")
    assert bpy.ops.headbridge.fit_scan() == {"FINISHED"}
    answer = kept(bpy.context.object)
    assert {name: answer["given"][name] for name in ("view_names", "dense_files", "normal_files")} == {
        "view_names": ["view_00", "view_02"],
        "dense_files": ["dense_00.png", "dense_01.exr"],
        "normal_files": ["", "normal_01.png"],
    }
    assert {"dense_cameras.json", "dense_00.png", "dense_01.exr", "normal_01.png"} <= set(answer["files"])


def test_views_of_a_scan_are_written_where_the_user_wants_them(mesh, tmp_path, scene_content):
    refused(scene_content, "render_scan_views", "does not exist; create it", directory=str(tmp_path / "gone"))
    before, folder = scene_content(), tmp_path / "views"
    folder.mkdir()
    assert bpy.ops.headbridge.render_scan_views(directory=str(folder)) == {"FINISHED"}
    assert sorted(path.name for path in folder.iterdir()) == ["cameras.json", "view_00.png"]
    assert (folder / "view_00.png").read_bytes() == b"a view of scan.npz" and scene_content() == before
    # What has the views' names already may be anybody's.
    for name in ("cameras.json", "view_00.png"):
        (folder / name).write_bytes(b"mine")
        refused(scene_content, "render_scan_views", f"There is a '{name}' in .*choose another", directory=str(folder))
        assert (folder / name).read_bytes() == b"mine"
        (folder / name).unlink()
    (folder / "notes.txt").write_text("mine")
    assert bpy.ops.headbridge.render_scan_views(directory=str(folder)) == {"FINISHED"}


def test_folders_that_cannot_be_read(mesh, tmp_path, monkeypatch, scene_content):
    listed = os.listdir

    def unreadable(path="."):
        if path == str(tmp_path):
            raise PermissionError(13, "Permission denied", path)
        return listed(path)

    monkeypatch.setattr(os, "listdir", unreadable)
    refused(scene_content, "fit_scan", "cannot be read .Permission denied", dense_uv=str(tmp_path))
    refused(scene_content, "render_scan_views", "cannot be read .Permission denied", directory=str(tmp_path))


def test_nothing_follows_a_result_whose_credits_cannot_be_kept(mesh, addon, monkeypatch, scene_content):
    before = scene_content()

    def broken(_answer):
        raise ValueError("no credits")

    monkeypatch.setattr(addon("model_terms"), "credit", broken)
    refused(scene_content, "fit_mesh", "could not be used .*no credits")
    assert scene_content() == before


def test_random_heads_stand_side_by_side(fake_worker, scene_content):
    fake_worker("answer")
    assert bpy.ops.headbridge.sample_heads(count=3, seed=7) == {"FINISHED"}
    made = list(bpy.data.collections["Random Heads"].objects)
    assert (
        [obj.name for obj in made]
        == ["head_000", "head_001", "head_002"]
        == sorted(obj.name for obj in bpy.context.selected_objects)
    )
    shapes = [in_world(obj) for obj in made]
    assert shapes[0][:, 0].max() < shapes[1][:, 0].min() and shapes[1][:, 0].max() < shapes[2][:, 0].min()
    np.testing.assert_allclose(np.ptp(shapes[2], axis=0), (300.0, 600.0, 0.0), atol=1e-3)
    refused(scene_content, "sample_heads", "at most 1000", count=1001)


@pytest.mark.parametrize("operator", ["fit_mesh", "fit_scan", "convert_head"])
def test_what_cannot_be_fitted(operator, mesh, scene_content):
    refused(scene_content, operator, "no object 'Nobody'", object="Nobody")
    bpy.context.view_layer.objects.active = None
    refused(scene_content, operator, "Nothing is selected; select the")
    empty = bpy.data.objects.new("Empty", None)
    bpy.context.scene.collection.objects.link(empty)
    refused(scene_content, operator, "'Empty' is not a mesh", object="Empty")


@pytest.mark.parametrize(("mode", "match"), [("refuse", "broken"), ("die", "ended"), ("no-rig", "The model is gone")])
def test_backend_that_fails(mode, match, mesh, fake_worker, addon, scene_content):
    fake_worker(mode)
    addon("backend_worker").stop()
    refused(scene_content, "fit_mesh", match)


def test_no_backend(mesh, monkeypatch, addon, scene_content):
    addon("backend_worker").stop()
    monkeypatch.setenv("HEADBRIDGE_PYTHON", "/nowhere/python")
    for operator in ("fit_mesh", "fit_scan", "convert_head", "sample_heads"):
        refused(scene_content, operator, "does not exist")


def test_cancel_in_either_job(mesh, fake_worker, addon, scene_content):
    before = scene_content()
    sessions, module = addon("fits.mesh_session"), addon("job_runner")
    settings = addon("settings").values(bpy.context.scene.headbridge.fits.fit_mesh, "fit_mesh")
    fit = module.JobRunner(sessions.FitMeshSession(sessions.FitMeshRequest("Person", settings)), "Fitting")
    while fit.fraction < 0.9:
        assert not fit.step()
    fit.cancel()
    while not fit.step():
        pass
    assert fit.present.state == "cancelled" and not fit.present.error and scene_content() == before
    fit = module.JobRunner(sessions.FitMeshSession(sessions.FitMeshRequest("Person", settings)), "Fitting")
    fit.present.abort()
    assert scene_content() == before
