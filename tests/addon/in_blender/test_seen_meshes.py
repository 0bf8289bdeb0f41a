"""Meshes as the viewport shows them: the truth is what Blender itself evaluates."""

import json

import bpy
import numpy as np
import pytest
from mathutils import Matrix


@pytest.fixture
def seen(addon):
    return addon("seen_meshes")


def evaluated(obj):
    """World positions and faces of what Blender shows."""
    depsgraph = bpy.context.evaluated_depsgraph_get()
    shown = obj.evaluated_get(depsgraph)
    mesh = bpy.data.meshes.new_from_object(shown, depsgraph=depsgraph)
    points = np.array([tuple(shown.matrix_world @ vertex.co) for vertex in mesh.vertices])
    return points, [tuple(polygon.vertices) for polygon in mesh.polygons]


def world(addon, arrays):
    return addon("mesh_arrays").from_canonical(arrays.vertices)


def dressed(make_mesh, name="Head"):
    """An object with a parent of uneven scale, a turn of its own, a shape key and a bend."""
    obj = make_mesh(name)
    obj.shape_key_add(name="Basis")
    smile = obj.shape_key_add(name="Smile")
    for point in smile.data:
        point.co.z += 0.3 * point.co.x
    smile.value = 0.6
    parent = bpy.data.objects.new("Parent", None)
    bpy.context.scene.collection.objects.link(parent)
    parent.matrix_world = Matrix.LocRotScale((0.3, 0.1, -0.2), Matrix.Rotation(0.4, 3, "X"), (1.0, 2.0, 0.5))
    obj.parent = parent
    obj.rotation_euler = (0.1, 0.7, -0.3)
    bend = obj.modifiers.new("Bend", "SIMPLE_DEFORM")
    bend.deform_method, bend.angle = "BEND", 0.8
    return obj


def test_a_target_is_read_as_it_is_seen(addon, seen, make_mesh):
    obj = dressed(make_mesh)
    obj.modifiers.new("Subdivision", "SUBSURF").levels = 2
    arrays = seen.read_seen(obj)
    points, faces = evaluated(obj)
    np.testing.assert_allclose(world(addon, arrays), points, atol=1e-6)
    starts = np.cumsum(arrays.face_sizes) - arrays.face_sizes
    assert [tuple(arrays.corners[s : s + n]) for s, n in zip(starts, arrays.face_sizes)] == faces
    assert arrays.uvs.shape == (len(arrays.corners), 2) and arrays.name == "Head"
    assert set(arrays.face_materials.tolist()) == {0, 1}
    obj.modifiers["Subdivision"].show_viewport = False
    assert len(seen.read_seen(obj).vertices) == 8


def test_a_mirrored_target_looks_outward(seen, make_mesh):
    obj = make_mesh("Head")
    obj.modifiers.new("Subdivision", "SUBSURF")
    plain = seen.read_seen(obj)
    obj.scale = (-1.0, 1.0, 1.0)
    bpy.context.view_layer.update()
    mirrored = seen.read_seen(obj)
    assert np.array_equal(mirrored.corners[: mirrored.face_sizes[0]], plain.corners[: plain.face_sizes[0]][::-1])


def test_a_source_keeps_its_vertices_where_they_are_seen(addon, seen, make_mesh):
    obj = dressed(make_mesh)
    arrays = seen.read_source(obj, "UVMap")
    np.testing.assert_allclose(world(addon, arrays), evaluated(obj)[0], atol=1e-6)
    assert np.array_equal(arrays.corners, addon("mesh_arrays").read_object(obj).corners)


def test_a_source_whose_modifiers_change_the_count_is_refused_by_name(addon, seen, make_mesh):
    obj = dressed(make_mesh, "My Head")
    obj.modifiers.new("Finer", "SUBSURF")
    with pytest.raises(addon("mesh_arrays").MeshError, match="'My Head' change its number of vertices .*'Finer'"):
        seen.read_source(obj)
    # A layout is the mesh's own, so those modifiers are left out there.
    assert len(seen.read_layout_mesh(obj).vertices) == 8


def test_weights_and_digests_follow_what_is_seen(seen, make_mesh):
    obj = make_mesh("Head")
    obj.vertex_groups.new(name="Hair").add([0, 1, 2, 3], 1.0, "REPLACE")
    before = seen.shape_digest(obj)
    own = seen.seen_group_weights(obj, "Hair")
    obj.modifiers.new("Subdivision", "SUBSURF")
    finer = seen.seen_group_weights(obj, "Hair")
    assert len(own) == 8 and len(finer) == len(seen.read_seen(obj).vertices) > 8
    assert np.array_equal(finer[:8], own) and finer.max() == 1.0
    assert seen.shape_digest(obj) != before
    obj.modifiers.clear()
    assert seen.shape_digest(obj) == before


def test_modifiers_that_leave_nothing_are_told(addon, seen, make_mesh):
    obj = make_mesh("Head")
    obj.vertex_groups.new(name="All").add(range(8), 1.0, "REPLACE")
    mask = obj.modifiers.new("Mask", "MASK")
    mask.vertex_group, mask.invert_vertex_group = "All", True
    with pytest.raises(addon("mesh_arrays").MeshError, match="modifiers of 'Head' leave no faces"):
        seen.read_seen(obj)


def test_jobs_are_given_what_is_seen_under_the_users_names(heads, fake_worker, addon, tmp_path):
    source, target = heads
    target.modifiers.new("Subdivision", "SUBSURF")
    target.vertex_groups.new(name="Hair").add([0], 1.0, "REPLACE")
    request = addon("register_session").RegisterRequest("Source", "Target", {}, target_exclude_group="Hair")
    fake_worker("hang")
    session = addon("register_session").RegisterSession(request)
    try:
        given = session._folder.read_arrays("target.npz")
        options = session._folder.read_arrays("options.npz")
        assert str(given["name"]) == "Target" and str(session._folder.read_arrays("source.npz")["name"]) == "Source"
        assert len(given["vertices"]) == len(options["target_exclude"]) > 8 and options["target_exclude"][0]
    finally:
        session.abort()


def test_register_and_transfer_refuse_a_subdivided_source(heads, fake_worker, scene_content):
    source, _ = heads
    source.modifiers.new("Finer", "SUBSURF")
    fake_worker("answer")
    before = scene_content()
    for operator in (bpy.ops.headbridge.register, bpy.ops.headbridge.transfer_uvs):
        with pytest.raises(RuntimeError, match="Modifiers of 'Source' change its number of vertices"):
            operator(source="Source", target="Target")
    assert scene_content() == before


def test_landmark_files_mean_the_vertices_that_are_seen(addon, heads, tmp_path):
    source, target = heads
    pairs = [{"name": str(k), "source": {"vertex": k}, "target": {"vertex": k}} for k in range(4)]
    path = tmp_path / "pairs.json"
    path.write_text(json.dumps({"pairs": pairs}))
    bend = target.modifiers.new("Bend", "SIMPLE_DEFORM")
    bend.deform_method, bend.angle = "BEND", 0.8
    read = addon("landmark_pairs").from_file
    found = read(str(path), source, target)
    np.testing.assert_allclose(addon("mesh_arrays").from_canonical(found.target), evaluated(target)[0][:4], atol=1e-6)
    target.modifiers.new("Finer", "SUBSURF")
    with pytest.raises(addon("mesh_arrays").MeshError, match="'Target', but its modifiers change them"):
        read(str(path), source, target)
