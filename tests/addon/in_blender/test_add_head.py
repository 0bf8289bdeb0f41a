"""The built-in heads as Blender objects: counts, size, orientation, UVs, materials."""

from __future__ import annotations

import bpy
import numpy as np
import pytest

KINDS = {
    "FLAME": ("flame", 5023, 9976),
    "HACK": ("hack", 14062, 14034),
    "ICT": ("ict", 26719, 26384),
    "MAKEHUMAN": ("makehuman", None, None),
    "LEE_PERRY_SMITH": ("lee-perry-smith", 8838, 8839),
}


@pytest.mark.parametrize("kind", KINDS)
def test_head_is_the_backends(kind):
    from headbridge.topologies import load_builtin

    key, vertex_count, face_count = KINDS[kind]
    expected = load_builtin(key)
    assert bpy.ops.headbridge.add_head(kind=kind) == {"FINISHED"}
    mesh = bpy.context.object.data
    assert len(mesh.vertices) == len(expected.vertices) == (vertex_count or len(expected.vertices))
    assert len(mesh.polygons) == len(expected.face_sizes) == (face_count or len(expected.face_sizes))
    assert mesh.validate() is False
    positions = np.array([tuple(vertex.co) for vertex in mesh.vertices])
    x, y, z = expected.vertices.T / 1000.0
    np.testing.assert_allclose(positions, np.stack([x, -z, y], axis=1), atol=1e-6)
    corners = np.empty(len(mesh.loops), np.int32)
    mesh.loops.foreach_get("vertex_index", corners)
    np.testing.assert_array_equal(corners, expected.corners)
    uvs = np.empty(len(mesh.loops) * 2, np.float32)
    mesh.uv_layers.active.uv.foreach_get("vector", uvs)
    np.testing.assert_array_equal(uvs, expected.uvs.ravel())
    assert all(polygon.use_smooth for polygon in mesh.polygons)
    assert 0 < sum(edge.use_seam for edge in mesh.edges) < 0.2 * len(mesh.edges)


def test_head_stands_upright_and_looks_forward():
    bpy.ops.headbridge.add_head(kind="FLAME")
    np.testing.assert_allclose(bpy.context.object.dimensions, (0.2152, 0.2310, 0.3215), atol=5e-4)
    normals = np.array([tuple(polygon.normal) for polygon in bpy.context.object.data.polygons])
    centres = np.array([tuple(polygon.center) for polygon in bpy.context.object.data.polygons])
    foremost = centres[:, 1].argmin()
    assert normals[foremost, 1] < -0.8


def test_seams_of_flame():
    bpy.ops.headbridge.add_head(kind="FLAME")
    mesh = bpy.context.object.data
    uvs_of = [set() for _ in mesh.vertices]
    for loop, uv in zip(mesh.loops, mesh.uv_layers.active.uv):
        uvs_of[loop.vertex_index].add(tuple(uv.vector))
    split = {index for index, uvs in enumerate(uvs_of) if len(uvs) > 1}
    seams = [set(edge.vertices) for edge in mesh.edges if edge.use_seam]
    # 5,118 UVs on 5,023 vertices; a seam may end in a vertex with one UV, but never runs between two of them.
    assert sum(len(uvs_of[index]) - 1 for index in split) == 95
    assert split <= set().union(*seams)
    assert all(seam & split for seam in seams)


def test_full_ict_has_its_parts():
    bpy.ops.headbridge.add_head(kind="ICT")
    names = [material.name for material in bpy.context.object.data.materials]
    assert "HeadBridge Teeth" in names and "HeadBridge Skin" in names
    used = {polygon.material_index for polygon in bpy.context.object.data.polygons}
    assert used == set(range(len(names)))


def test_scan_has_its_picture_inside():
    bpy.ops.headbridge.add_head(kind="LEE_PERRY_SMITH")
    material = bpy.context.object.data.materials[0]
    image = next(node.image for node in material.node_tree.nodes if node.type == "TEX_IMAGE")
    assert image.packed_file is not None and tuple(image.size) == (1024, 1024)


def test_heads_stand_beside_each_other_and_fill_the_pickers():
    bpy.ops.headbridge.add_head(kind="FLAME")
    bpy.ops.headbridge.add_head(kind="HACK")
    bpy.context.view_layer.update()
    first, second = bpy.data.objects["FLAME"], bpy.data.objects["HACK"]
    assert first.location.x + max(v.co.x for v in first.data.vertices) < second.location.x + min(
        v.co.x for v in second.data.vertices
    )
    scene = bpy.context.scene.headbridge
    assert (scene.source, scene.target) == (first, second)


def test_location_is_honoured():
    bpy.ops.headbridge.add_head(kind="FLAME")
    bpy.ops.headbridge.add_head(kind="FLAME", location=(0.0, 0.0, 0.5))
    assert tuple(bpy.context.object.location) == (0.0, 0.0, 0.5)


@pytest.mark.parametrize(
    ("kind", "told"), [("HACK", "install the extension again"), ("FLAME", "This build of HeadBridge has no FLAME data")]
)
def test_missing_asset_is_told(addon, monkeypatch, tmp_path, kind, told):
    monkeypatch.setattr(addon("paths"), "ASSETS_FOLDER", str(tmp_path))
    with pytest.raises(RuntimeError, match=told):
        bpy.ops.headbridge.add_head(kind=kind)
    assert not bpy.data.objects and not bpy.data.meshes
