"""The register operator in background mode against a worker that answers, fails, dies or hangs."""

from __future__ import annotations

import json
import os
import resource
import time
from pathlib import Path

import bmesh
import bpy
import numpy as np
import pytest
from mathutils import Matrix

SHIFT_WORLD = np.array([0.001, -0.003, 0.002])


def world_positions(obj, key) -> np.ndarray:
    block = obj.data.shape_keys.key_blocks[key]
    points = np.array([tuple(point.co) for point in block.data])
    matrix = np.array(obj.matrix_world)
    return points @ matrix[:3, :3].T + matrix[:3, 3]


def fails_untouched(scene_content, match, **arguments):
    before = scene_content()
    with pytest.raises(RuntimeError, match=match):
        bpy.ops.headbridge.register(**arguments)
    assert scene_content() == before
    session = bpy.context.window_manager.headbridge
    assert session.task == ""
    assert session.error
    jobs = Path(bpy.utils.extension_path_user("bl_ext.user_default.headbridge", path="jobs", create=True))
    assert list(jobs.iterdir()) == []


def place(obj, location, scale=(1.0, 1.0, 1.0)):
    obj.matrix_world = Matrix.LocRotScale(location, Matrix.Rotation(0.7, 3, "Y"), scale)
    bpy.context.view_layer.update()


def test_result_stands_where_the_worker_put_it(heads, fake_worker):
    source, target = heads
    place(source, (0.2, -0.1, 0.4), (0.5, 1.5, 2.0))
    place(target, (1.0, 2.0, 3.0), (3.0, 0.2, 1.0))
    fake_worker("answer")
    assert bpy.ops.headbridge.register(source="Source", target="Target") == {"FINISHED"}
    result = bpy.context.scene.headbridge.result
    expected = np.array([tuple(source.matrix_world @ vertex.co) for vertex in source.data.vertices])
    assert [block.name for block in result.data.shape_keys.key_blocks] == ["Basis", "Aligned"]
    assert result.data.shape_keys.key_blocks["Aligned"].value == 0.0
    np.testing.assert_allclose(world_positions(result, "Aligned"), expected, atol=1e-6)
    np.testing.assert_allclose(world_positions(result, "Basis"), expected + SHIFT_WORLD, atol=1e-6)
    np.testing.assert_allclose(result.matrix_world.translation, target.matrix_world.translation, atol=1e-6)
    np.testing.assert_allclose(result.scale, (1, 1, 1), atol=1e-6)


def test_result_keeps_faces_uvs_materials_and_groups(heads, fake_worker):
    source, _ = heads
    source.vertex_groups.new(name="Lips").add([0, 2], 0.25, "REPLACE")
    source.data.uv_layers.new(name="Second")
    fake_worker("answer")
    bpy.ops.headbridge.register(source="Source", target="Target")
    mesh, kept = bpy.context.scene.headbridge.result.data, source.data
    assert [tuple(face.vertices) for face in mesh.polygons] == [tuple(face.vertices) for face in kept.polygons]
    assert [face.material_index for face in mesh.polygons] == [0, 1, 0]
    assert [material.name for material in mesh.materials] == ["Skin", "Teeth"]
    assert [layer.name for layer in mesh.uv_layers] == ["UVMap", "Second"]
    for mine, theirs in zip(mesh.uv_layers, kept.uv_layers):
        assert [tuple(uv.vector) for uv in mine.uv] == [tuple(uv.vector) for uv in theirs.uv]
    assert bpy.context.scene.headbridge.result.vertex_groups["Lips"].weight(2) == 0.25


def test_shape_keys_of_the_source_go_into_the_shape(heads, fake_worker):
    source, _ = heads
    source.shape_key_add(name="Basis")
    smile = source.shape_key_add(name="Smile")
    for point in smile.data:
        point.co.z += 0.4
    smile.value = 0.5
    fake_worker("answer")
    bpy.ops.headbridge.register(source="Source", target="Target")
    result = bpy.context.scene.headbridge.result
    assert [block.name for block in result.data.shape_keys.key_blocks] == ["Basis", "Aligned"]
    expected = np.array([tuple(vertex.co) for vertex in source.data.vertices]) + (0.0, 0.0, 0.2)
    np.testing.assert_allclose(world_positions(result, "Aligned"), expected, atol=1e-6)
    assert [block.name for block in source.data.shape_keys.key_blocks] == ["Basis", "Smile"]


def test_custom_normals_of_the_source_do_not_stay(heads, fake_worker):
    source, _ = heads
    source.data.normals_split_custom_set_from_vertices([(1.0, 0.0, 0.0)] * 8)
    fake_worker("answer")
    bpy.ops.headbridge.register(source="Source", target="Target")
    mesh = bpy.context.scene.headbridge.result.data
    assert max(normal.vector.x for normal in mesh.corner_normals) < 0.9


def test_material_on_the_object_is_kept(heads, fake_worker):
    source, _ = heads
    source.material_slots[1].link = "OBJECT"
    source.material_slots[1].material = bpy.data.materials.new("Enamel")
    fake_worker("answer")
    bpy.ops.headbridge.register(source="Source", target="Target")
    slots = bpy.context.scene.headbridge.result.material_slots
    assert [slot.material.name for slot in slots] == ["Skin", "Enamel"]


def test_distance_is_a_point_attribute_with_a_heat_map(heads, fake_worker):
    fake_worker("answer")
    bpy.context.scene.headbridge.heat_map_max = 2.0
    bpy.ops.headbridge.register(source="Source", target="Target")
    mesh = bpy.context.scene.headbridge.result.data
    distance = np.array([item.value for item in mesh.attributes["distance_mm"].data])
    assert mesh.attributes["distance_mm"].domain == "POINT"
    np.testing.assert_allclose(distance[:-1], np.linspace(0.0, 2.0, 8)[:-1], atol=1e-6)
    assert np.isnan(distance[-1])
    heat = np.array([tuple(item.color) for item in mesh.attributes["distance_heat"].data])
    assert mesh.color_attributes.active_color.name == "distance_heat"
    assert heat[0, 2] > heat[0, 0] and heat[6, 0] > heat[6, 2]
    np.testing.assert_allclose(heat[-1, :3], 0.18, atol=1e-6)
    # A heat map is drawn; no material without a user is left.
    assert all(material.users for material in bpy.data.materials)


def test_metrics_and_settings_are_kept_on_the_result(heads, fake_worker):
    fake_worker("answer")
    bpy.context.scene.headbridge.settings.stiffness = 2.5
    bpy.ops.headbridge.register(source="Source", target="Target", seed=7)
    kept = json.loads(bpy.context.scene.headbridge.result["headbridge_result"])
    assert kept["metrics"]["distances"]["face"]["source_to_target"]["p95"] == 0.09
    assert kept["settings"]["stiffness"] == 2.5 and kept["settings"]["seed"] == 7
    assert (kept["source"], kept["target"]) == ("Source", "Target")
    assert kept["options"] == []


def test_one_undo_takes_the_result_back(heads, fake_worker):
    fake_worker("answer")
    bpy.ops.ed.undo_push(message="before")
    names = {obj.name for obj in bpy.data.objects}
    assert bpy.ops.headbridge.register("EXEC_DEFAULT", True, source="Source", target="Target") == {"FINISHED"}
    assert len(bpy.data.objects) == 3
    bpy.ops.ed.undo()
    assert {obj.name for obj in bpy.data.objects} == names
    bpy.ops.ed.redo()
    assert bpy.context.scene.headbridge.result.name == "Source on Target"


def test_selected_pair_and_panel_choice(heads, fake_worker):
    source, target = heads
    fake_worker("answer")
    for obj in heads:
        obj.select_set(True)
    bpy.context.view_layer.objects.active = target
    bpy.ops.headbridge.register()
    assert json.loads(bpy.context.object["headbridge_result"])["source"] == "Source"
    bpy.context.scene.headbridge.source, bpy.context.scene.headbridge.target = target, source
    bpy.ops.headbridge.register()
    assert json.loads(bpy.context.object["headbridge_result"])["source"] == "Target"


def test_edit_mode_is_flushed(heads, fake_worker):
    import bmesh

    source, _ = heads
    fake_worker("answer")
    bpy.context.view_layer.objects.active = source
    bpy.ops.object.mode_set(mode="EDIT")
    editing = bmesh.from_edit_mesh(source.data)
    editing.verts.ensure_lookup_table()
    editing.verts[0].co.x = -0.5
    bmesh.update_edit_mesh(source.data)
    bpy.ops.headbridge.register(source="Source", target="Target")
    assert bpy.context.mode == "EDIT_MESH" and bpy.context.object == source
    assert world_positions(bpy.context.scene.headbridge.result, "Aligned")[0, 0] == pytest.approx(-0.5, abs=1e-6)


def test_mirrored_source_gives_a_result_that_looks_outwards(heads, fake_worker):
    source, _ = heads
    source.scale = (-1.0, 1.0, 1.0)
    bpy.context.view_layer.update()
    fake_worker("answer")
    bpy.ops.headbridge.register(source="Source", target="Target")
    # Seen in the world, Blender turns a mirrored object's faces round; the result has no mirroring left.
    result = bpy.context.scene.headbridge.result
    points = world_positions(result, "Aligned")
    a, b, c = (points[index] for index in result.data.polygons[0].vertices[:3])
    assert np.cross(b - a, c - b)[2] > 0


def test_groups_and_landmarks_reach_the_worker(heads, fake_worker):
    source, target = heads
    for obj in heads:
        for name in ("landmark nose", "landmark chin", "landmark ear"):
            obj.vertex_groups.new(name=name).add([len(obj.vertex_groups)], 1.0, "REPLACE")
        obj.vertex_groups.new(name="Skip").add([3], 1.0, "REPLACE")
    fake_worker("answer")
    bpy.ops.headbridge.register(
        source="Source",
        target="Target",
        landmarks="VERTEX_GROUPS",
        landmark_prefix="landmark",
        source_exclude_group="Skip",
        target_exclude_group="Skip",
        source_weight_group="landmark nose",
    )
    kept = json.loads(bpy.context.scene.headbridge.result["headbridge_result"])
    assert kept["options"] == [
        "landmarks_source",
        "landmarks_target",
        "source_exclude",
        "source_weights",
        "target_exclude",
    ]


def test_cancel_ends_within_a_second_and_leaves_no_trace(heads, fake_worker, addon, scene_content):
    for mode in ("cancel", "deaf"):
        fake_worker(mode)
        before = scene_content()
        session = _session(addon)
        _step_until(session, lambda: len(bpy.data.objects) == 3)
        session.cancel()
        asked = time.monotonic()
        while not session.step():
            time.sleep(0.01)
        assert time.monotonic() - asked < 1.3
        assert session.state == "cancelled" and not session.error
        assert scene_content() == before
        addon("backend_worker").stop()


def _session(addon):
    module = addon("register_session")
    return module.RegisterSession(module.RegisterRequest("Source", "Target", {}))


def _step_until(session, reached):
    deadline = time.monotonic() + 20.0
    while not reached():
        session.step()
        time.sleep(0.01)
        assert time.monotonic() < deadline


def test_idle_worker_is_ended(heads, fake_worker, addon, monkeypatch):
    fake_worker("answer")
    bpy.ops.headbridge.register(source="Source", target="Target")
    module = addon("backend_worker")
    worker = module.worker()
    assert module._end_when_idle() > 0 and worker.alive
    monkeypatch.setattr(module, "IDLE_SECONDS", -1.0)
    module._end_when_idle()
    assert not worker.alive


def test_worker_is_warm_for_the_next_job_and_replaced_with_its_interpreter(
    heads, fake_worker, addon, monkeypatch, tmp_path
):
    fake_worker("answer")
    module = addon("backend_worker")
    bpy.ops.headbridge.register(source="Source", target="Target")
    first = module.worker()
    bpy.ops.headbridge.register(source="Source", target="Target")
    assert module.worker() is first
    other = tmp_path / "other"
    other.write_bytes((tmp_path / "interpreter").read_bytes())
    other.chmod(0o755)
    monkeypatch.setenv("HEADBRIDGE_PYTHON", str(other))
    assert module.worker() is not first and not first.alive


def test_preview_moves_and_becomes_the_result(heads, fake_worker, addon):
    fake_worker("answer")
    session = _session(addon)
    _step_until(session, lambda: session.finished)
    session.step()
    assert [obj.name for obj in bpy.data.objects if "headbridge_preview" in obj] == []
    assert session.result_name == "Source on Target" and len(bpy.data.objects) == 3


def test_source_edited_while_it_is_registered(heads, fake_worker, addon):
    fake_worker("cancel")
    session = _session(addon)
    heads[0].data.vertices.add(1)
    _step_until(session, lambda: session.finished)
    assert "was edited while it was registered" in session.error
    assert len(bpy.data.objects) == 2


def test_preview_left_by_an_undo_is_removed(heads, fake_worker, addon):
    fake_worker("cancel")
    bpy.ops.ed.undo_push(message="before")
    session = _session(addon)
    _step_until(session, lambda: len(bpy.data.objects) == 3)
    bpy.ops.ed.undo_push(message="something else while the job runs")
    session.cancel()
    _step_until(session, lambda: session.finished)
    bpy.ops.ed.undo_push(message="later")
    bpy.ops.ed.undo()
    assert len(bpy.data.objects) == 2


def test_worker_that_dies_is_reported_with_its_log(heads, fake_worker, scene_content):
    fake_worker("die")
    fails_untouched(scene_content, "exit code 3(.|\n)*ran out of luck", source="Source", target="Target")
    assert os.path.isfile(bpy.context.window_manager.headbridge.error_log)
    fake_worker("answer")
    assert bpy.ops.headbridge.register(source="Source", target="Target") == {"FINISHED"}
    assert bpy.context.window_manager.headbridge.error == ""


def test_worker_killed_from_outside(heads, fake_worker, addon, scene_content):
    import signal

    fake_worker("cancel")
    before = scene_content()
    session = _session(addon)
    _step_until(session, lambda: len(bpy.data.objects) == 3)
    os.kill(addon("backend_worker").worker().pid, signal.SIGKILL)
    _step_until(session, lambda: session.finished)
    assert "signal 9" in session.error
    assert scene_content() == before


@pytest.mark.parametrize(
    ("mode", "match"),
    [("other-protocol", "protocol 99"), ("garbage", "not JSON"), ("refuse", "The source is broken; repair it.")],
)
def test_worker_that_refuses(heads, fake_worker, scene_content, mode, match):
    fake_worker(mode)
    fails_untouched(scene_content, match, source="Source", target="Target")


def test_nothing_chosen(scene_content):
    fails_untouched(scene_content, "Pick a source and a target")


def test_same_object_twice(heads, scene_content):
    fails_untouched(scene_content, "same object", source="Source", target="Source")


def test_one_mesh_in_two_objects(heads, scene_content):
    heads[1].data = heads[0].data
    fails_untouched(scene_content, "share one mesh", source="Source", target="Target")


def test_object_that_is_not_there(heads, scene_content):
    fails_untouched(scene_content, "no target object 'Nobody'", source="Source", target="Nobody")


def test_object_that_is_no_mesh(heads, scene_content):
    camera = bpy.data.objects.new("Camera", bpy.data.cameras.new("Camera"))
    bpy.context.scene.collection.objects.link(camera)
    fails_untouched(scene_content, "'Camera' is not a mesh", source="Source", target="Camera")


def test_empty_mesh(heads, scene_content):
    empty = bpy.data.objects.new("Nothing", bpy.data.meshes.new("Nothing"))
    bpy.context.scene.collection.objects.link(empty)
    fails_untouched(scene_content, "'Nothing' has no faces", source="Nothing", target="Target")


def test_two_landmark_pairs_are_too_few(heads, scene_content):
    for obj in heads:
        for index in range(2):
            obj.vertex_groups.new(name=f"landmark {index}").add([index], 1.0, "REPLACE")
    fails_untouched(
        scene_content, "2 vertex groups(.|\n)*at least 3", source="Source", target="Target", landmarks="VERTEX_GROUPS"
    )


def test_missing_vertex_group(heads, scene_content):
    fails_untouched(
        scene_content, "no vertex group 'Gone'", source="Source", target="Target", source_weight_group="Gone"
    )


def test_backend_not_installed(heads, scene_content, monkeypatch):
    monkeypatch.delenv("HEADBRIDGE_PYTHON")
    fails_untouched(scene_content, "backend is not installed", source="Source", target="Target")


def test_interpreter_that_is_not_there(heads, scene_content, monkeypatch):
    monkeypatch.setenv("HEADBRIDGE_PYTHON", "/nowhere/python")
    fails_untouched(scene_content, "'/nowhere/python'(.|\n)*does not exist", source="Source", target="Target")


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_disk_full_in_the_job_folder(heads, fake_worker, scene_content):
    fake_worker("answer")
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (512, limits[1]))
    try:
        fails_untouched(scene_content, "job folder could not be written", source="Source", target="Target")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)


@pytest.mark.parametrize(
    ("edited", "owner"), [("Source", "Source"), ("Target", "Target"), ("Source on Target", "Source")]
)
def test_what_is_selected_in_edit_mode_is_not_matched(heads, fake_worker, addon, edited, owner):
    fake_worker("answer")
    state = bpy.context.scene.headbridge
    state.source, state.target = heads
    bpy.ops.headbridge.register()
    obj, other = bpy.data.objects[edited], bpy.data.objects[owner]
    bpy.context.view_layer.objects.active = obj
    bpy.ops.object.mode_set(mode="EDIT")
    bpy.ops.mesh.select_mode(type="VERT")
    mesh = bmesh.from_edit_mesh(obj.data)
    for vertex in mesh.verts:
        vertex.select_set(vertex.index in (1, 4))
    assert bpy.ops.headbridge.match_selected(what="EXCLUDE") == {"FINISHED"}
    name = getattr(state, "target_exclude_group" if owner == "Target" else "source_exclude_group")
    weights = addon("mesh_arrays").group_weights(other, name)
    assert np.flatnonzero(weights > 0.5).tolist() == [1, 4] and bpy.context.mode == "EDIT_MESH"
    assert bpy.ops.headbridge.match_selected(what="INCLUDE") == {"FINISHED"}
    assert not (addon("mesh_arrays").group_weights(other, name) > 0.5).any()


def test_source_and_result_may_be_edited_together(heads, fake_worker, addon):
    fake_worker("answer")
    state = bpy.context.scene.headbridge
    state.source, state.target = heads
    bpy.ops.headbridge.register()
    source, result = heads[0], bpy.data.objects["Source on Target"]
    for obj in (source, result):
        obj.hide_set(False)
        obj.select_set(True)
    bpy.context.view_layer.objects.active = result
    bpy.ops.object.mode_set(mode="EDIT")
    assert source.mode == "EDIT"
    for vertex in bmesh.from_edit_mesh(result.data).verts:
        vertex.select_set(vertex.index in (1, 4))
    assert bpy.ops.headbridge.match_selected(what="EXCLUDE") == {"FINISHED"}
    weights = addon("mesh_arrays").group_weights(source, state.source_exclude_group)
    assert np.flatnonzero(weights > 0.5).tolist() == [1, 4]
    bpy.ops.object.mode_set(mode="OBJECT")


def test_other_meshes_and_nothing_selected_are_refused(heads, make_mesh):
    state = bpy.context.scene.headbridge
    state.source, state.target = heads
    for name, text in (("Stranger", "Edit the source"), ("Source", "No vertex is selected")):
        obj = bpy.data.objects.get(name) or make_mesh(name)
        bpy.context.view_layer.objects.active = obj
        bpy.ops.object.mode_set(mode="EDIT")
        bpy.ops.mesh.select_all(action="DESELECT")
        with pytest.raises(RuntimeError, match=text):
            bpy.ops.headbridge.match_selected(what="EXCLUDE")
        bpy.ops.object.mode_set(mode="OBJECT")
