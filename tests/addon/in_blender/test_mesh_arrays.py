"""Blender objects to canonical arrays: exact under any transform, with shape keys, and back."""

from __future__ import annotations

import bpy
import numpy as np
import pytest
from mathutils import Euler, Matrix


def evaluated_world(obj) -> np.ndarray:
    bpy.context.view_layer.update()
    mesh = obj.evaluated_get(bpy.context.evaluated_depsgraph_get()).data
    return np.array([tuple(obj.matrix_world @ vertex.co) for vertex in mesh.vertices])


@pytest.mark.parametrize("seed", range(4))
def test_positions_survive_any_transform(addon, make_mesh, seed):
    arrays = addon("mesh_arrays")
    random = np.random.default_rng(seed)
    parent = bpy.data.objects.new("Parent", None)
    bpy.context.scene.collection.objects.link(parent)
    parent.matrix_world = Matrix.LocRotScale(
        random.normal(size=3), Euler(random.normal(size=3)), random.uniform(0.5, 2, 3)
    )
    obj = make_mesh("Head")
    obj.parent = parent
    obj.location, obj.rotation_euler = random.normal(size=3), random.normal(size=3)
    obj.scale = random.uniform(0.5, 2.0, 3)
    bpy.context.view_layer.update()
    read = arrays.read_object(obj)
    np.testing.assert_allclose(arrays.from_canonical(read.vertices), evaluated_world(obj), atol=1e-6)
    back = arrays.transform_points(obj.matrix_world.inverted(), arrays.from_canonical(read.vertices))
    np.testing.assert_allclose(back, [tuple(vertex.co) for vertex in obj.data.vertices], atol=1e-6)


def test_canonical_frame(addon):
    arrays = addon("mesh_arrays")
    # Blender's left of the subject, up, and where the face looks (-Y), in metres.
    canonical = arrays.to_canonical(np.array([(1.0, 0, 0), (0, 0, 1.0), (0, -1.0, 0)]))
    np.testing.assert_array_equal(canonical, np.eye(3) * 1000.0)
    np.testing.assert_array_equal(arrays.from_canonical(canonical), [(1, 0, 0), (0, 0, 1), (0, -1, 0)])


def test_faces_uvs_and_materials_are_exact(addon, make_mesh):
    read = addon("mesh_arrays").read_object(make_mesh("Head"))
    np.testing.assert_array_equal(read.corners, [0, 1, 2, 3, 1, 4, 2, 2, 5, 6, 7, 3])
    np.testing.assert_array_equal(read.face_sizes, [4, 3, 5])
    np.testing.assert_array_equal(read.uvs.ravel(), (np.arange(24) / 24.0).astype(np.float32))
    np.testing.assert_array_equal(read.face_materials, [0, 1, 0])
    assert read.material_names == ("Skin", "Teeth")


def test_mesh_round_trip(addon, make_mesh):
    arrays = addon("mesh_arrays")
    read = arrays.read_object(make_mesh("Head"))
    mesh = arrays.new_mesh("Copy", arrays.from_canonical(read.vertices), read.corners, read.face_sizes)
    arrays.add_uv_layer(mesh, read.uvs)
    copy = bpy.data.objects.new("Copy", mesh)
    bpy.context.scene.collection.objects.link(copy)
    assert mesh.validate(verbose=True) is False
    again = arrays.read_object(copy)
    np.testing.assert_allclose(again.vertices, read.vertices, atol=1e-3 * 1e-3)
    for name in ("corners", "face_sizes", "uvs"):
        np.testing.assert_array_equal(getattr(again, name), getattr(read, name))


def test_mirrored_object_reverses_its_faces(addon, make_mesh):
    obj = make_mesh("Head")
    obj.scale = (-1.0, 1.0, 1.0)
    bpy.context.view_layer.update()
    read = addon("mesh_arrays").read_object(obj)
    np.testing.assert_array_equal(read.corners, [3, 2, 1, 0, 2, 4, 1, 3, 7, 6, 5, 2])
    np.testing.assert_array_equal(read.uvs[0], np.float32([6 / 24, 7 / 24]))


def add_keys(obj):
    obj.shape_key_add(name="Basis")
    group = obj.vertex_groups.new(name="Half")
    group.add([1, 4], 0.5, "REPLACE")
    for number, name in enumerate(("Smile", "Frown", "Muted"), start=1):
        key = obj.shape_key_add(name=name)
        for index, point in enumerate(key.data):
            point.co.z += 0.01 * number * (index + 1)
        key.value = 0.3 * number
    keys = obj.data.shape_keys.key_blocks
    keys["Frown"].vertex_group = "Half"
    keys["Muted"].mute = True
    keys["Frown"].relative_key = keys["Smile"]
    return keys


def test_shape_keys_are_mixed_as_blender_does(addon, make_mesh):
    arrays = addon("mesh_arrays")
    obj = make_mesh("Head")
    add_keys(obj)
    np.testing.assert_allclose(arrays.from_canonical(arrays.read_object(obj).vertices), evaluated_world(obj), atol=1e-6)
    obj.active_shape_key_index = 2
    obj.show_only_shape_key = True
    np.testing.assert_allclose(arrays.from_canonical(arrays.read_object(obj).vertices), evaluated_world(obj), atol=1e-6)


def test_absolute_shape_keys_are_refused(addon, make_mesh):
    obj = make_mesh("Head")
    add_keys(obj)
    obj.data.shape_keys.use_relative = False
    with pytest.raises(ValueError, match="absolute shape keys"):
        addon("mesh_arrays").read_object(obj)


def test_modifiers_are_left_out(addon, make_mesh):
    obj = make_mesh("Head")
    obj.modifiers.new("Subdivision", "SUBSURF")
    assert len(addon("mesh_arrays").read_object(obj).vertices) == 8


def test_zero_scale_is_refused(addon, make_mesh):
    obj = make_mesh("Head")
    obj.scale = (1.0, 0.0, 1.0)
    bpy.context.view_layer.update()
    with pytest.raises(ValueError, match="scaled to zero"):
        addon("mesh_arrays").read_object(obj)


def test_seams_are_where_uvs_disagree(addon):
    # Two quads side by side: the shared edge 1-2 has the same UVs on both only in the first layout.
    corners, sizes = np.array([0, 1, 2, 3, 1, 4, 5, 2]), np.array([4, 4])
    joined = np.array([(0, 0), (0.5, 0), (0.5, 1), (0, 1), (0.5, 0), (1, 0), (1, 1), (0.5, 1)], np.float32)
    split = joined + np.repeat([[0.0, 0.0], [0.1, 0.0]], 4, axis=0).astype(np.float32)
    seams = addon("mesh_arrays").uv_seams
    assert seams(corners, sizes, joined).tolist() == []
    assert seams(corners, sizes, split).tolist() == [[1, 2]]
