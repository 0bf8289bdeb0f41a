"""The heat map's colours, as attribute and as rendered material."""

from __future__ import annotations

import bpy
import numpy as np
import pytest


@pytest.fixture
def heat_map(addon):
    return addon("heat_map")


def test_colours_run_from_blue_to_red_and_unknown_is_grey(heat_map):
    rgba = heat_map.colours(np.array([0.0, 0.33, 1.0, 5.0, np.nan]), 1.0)
    np.testing.assert_allclose(rgba[0, :3], heat_map.STOPS[0][1], atol=1e-6)
    np.testing.assert_allclose(rgba[1, :3], heat_map.STOPS[1][1], atol=1e-6)
    np.testing.assert_allclose(rgba[2, :3], heat_map.STOPS[3][1], atol=1e-6)
    np.testing.assert_array_equal(rgba[3], rgba[2])
    np.testing.assert_allclose(rgba[4, :3], heat_map.UNKNOWN, atol=1e-6)
    np.testing.assert_array_equal(rgba[:, 3], 1.0)


def test_material_renders_the_attribute(heat_map, addon, tmp_path):
    # Three quads in a row: no distance, the largest, unknown.
    points = [(x, 0.0, z) for x in (0, 1, 1, 2, 2, 3) for z in (0, 1)]
    faces = np.array([(0, 2, 3, 1), (4, 6, 7, 5), (8, 10, 11, 9)])
    arrays = addon("mesh_arrays")
    mesh = arrays.new_mesh("Row", np.array(points, float), faces.ravel(), np.full(3, 4))
    heat_map.add_attributes(mesh, np.repeat([0.0, 4.0, np.nan], 4), 4.0)
    mesh.materials.append(heat_map.material(4.0))
    scene = bpy.context.scene
    scene.collection.objects.link(bpy.data.objects.new("Row", mesh))
    camera = bpy.data.cameras.new("Camera")
    camera.type, camera.ortho_scale = "ORTHO", 3.0
    scene.camera = bpy.data.objects.new("Camera", camera)
    scene.camera.location, scene.camera.rotation_euler = (1.5, -2.0, 0.5), (np.pi / 2, 0.0, 0.0)
    scene.collection.objects.link(scene.camera)
    scene.world = bpy.data.worlds.new("World")
    if scene.world.node_tree is None:
        scene.world.use_nodes = True
    scene.world.node_tree.nodes["Background"].inputs["Color"].default_value = (1, 1, 1, 1)
    scene.render.engine, scene.cycles.samples = "CYCLES", 4
    scene.render.resolution_x, scene.render.resolution_y, scene.render.resolution_percentage = 30, 10, 100
    scene.render.image_settings.file_format = "PNG"
    scene.view_settings.view_transform = "Standard"
    scene.render.filepath = str(tmp_path / "row.png")
    bpy.ops.render.render(write_still=True)
    image = bpy.data.images.load(scene.render.filepath)
    pixels = np.array(image.pixels).reshape(10, 30, 4)[5, [5, 15, 25], :3]
    (no_distance, largest, unknown) = pixels
    assert no_distance[2] > 2.0 * no_distance[0]
    assert largest[0] > 2.0 * largest[2]
    np.testing.assert_allclose(unknown, unknown.mean(), atol=0.03)
    assert 0.2 < unknown.mean() < 0.8
