"""Heads as files: what Blender reads back of them, and that the scene stays as it was."""

from __future__ import annotations

import bpy
import numpy as np
import pytest


@pytest.fixture
def photo_head(tmp_path, fake_worker, addon):
    """A rigged head with a texture of two tiles, and a photo's light."""
    fake_worker("answer")
    path = tmp_path / "anna.png"
    path.write_bytes(addon("image_encoding").png_file(np.full((40, 60, 3), 128, np.uint8)))
    assert bpy.ops.headbridge.fit_photo(filepath=str(path)) == {"FINISHED"}
    return bpy.context.object


def basis(head) -> np.ndarray:
    """(V, 3) neutral positions in the world."""
    bpy.context.view_layer.update()
    return np.array([tuple(head.matrix_world @ point.co) for point in head.data.shape_keys.reference_key.data])


def read_back(path) -> tuple[list, list]:
    """Meshes and armatures of a file."""
    bpy.ops.wm.read_homefile(use_empty=True)
    reader = bpy.ops.import_scene.fbx if path.endswith("fbx") else bpy.ops.import_scene.gltf
    reader(filepath=path)
    return ([obj for obj in bpy.data.objects if obj.type == kind] for kind in ("MESH", "ARMATURE"))


@pytest.mark.parametrize("ending", ["fbx", "glb"])
@pytest.mark.parametrize("purpose", ["GAME", "FILM", "WEB"])
def test_keys_bones_and_texture_come_back(photo_head, tmp_path, ending, purpose):
    names = [key.name for key in photo_head.data.shape_keys.key_blocks[1:]]
    assert any(key.value for key in photo_head.data.shape_keys.key_blocks[1:])
    neutral = basis(photo_head)
    path = str(tmp_path / f"head.{ending}")
    assert bpy.ops.headbridge.export_head(filepath=path, purpose=purpose) == {"FINISHED"}
    meshes, (rig,) = read_back(path)
    (head,) = [obj for obj in meshes if obj.data.shape_keys is not None]
    assert [key.name for key in head.data.shape_keys.key_blocks[1:]] == names
    if ending == "fbx":
        # Not the face as its keys stand, which they would then change once more.
        np.testing.assert_allclose(basis(head), neutral, atol=1e-5)
    bones = set(rig.data.bones.keys())
    assert "DEF-root" in bones and ("MCH-root" in bones) == (purpose == "FILM")
    images = [image for image in bpy.data.images if image.size[0] > 0 and image.type == "IMAGE"]
    assert images or ending == "fbx"


def test_exporting_changes_nothing(photo_head, tmp_path, scene_content):
    material = photo_head.material_slots[-1].material
    links = len(material.node_tree.links)
    before = scene_content()
    assert bpy.ops.headbridge.export_head(filepath=str(tmp_path / "head.glb")) == {"FINISHED"}
    assert scene_content() == before
    assert len(material.node_tree.links) == links
    assert material.node_tree.nodes["Principled BSDF"].inputs["Emission Strength"].default_value == 1.0


def test_the_photos_light_is_not_part_of_the_file(photo_head, tmp_path):
    path = str(tmp_path / "head.glb")
    bpy.ops.headbridge.export_head(filepath=path)
    content = (tmp_path / "head.glb").read_bytes()
    assert b"baseColorTexture" in content and b"emissive" not in content


def test_a_result_is_exported_as_it_was_registered(heads, fake_worker, tmp_path):
    fake_worker("answer")
    bpy.ops.headbridge.register(source="Source", target="Target")
    result = bpy.context.object
    registered = np.array([tuple(vertex.co) for vertex in result.data.shape_keys.reference_key.data])
    path = str(tmp_path / "result.glb")
    assert bpy.ops.headbridge.export_head(filepath=path) == {"FINISHED"}
    (head, *_), _rigs = read_back(path)
    # Without its keys, as other programs show a file.
    found = np.array([tuple(head.matrix_world @ point.co) for point in head.data.shape_keys.reference_key.data])
    wanted = registered
    assert len(found) >= len(wanted)
    assert all(np.linalg.norm(found - point, axis=1).min() < 1e-5 for point in wanted)


CREDITS = [
    {"key": "flame2020", "label": "FLAME 2020", "terms": "Not for sale.", "credit": "A, B", "source": "https://there"}
]
LINE = "FLAME 2020: A, B. Not for sale. (https://there)"


@pytest.fixture
def terms(addon):
    found = addon("model_terms")
    yield found
    addon("paths").preferences().accepted_terms = ""


@pytest.mark.parametrize("ending", ["glb", "obj"])
def test_files_carry_the_credits_of_what_they_were_made_with(photo_head, tmp_path, terms, ending):
    terms.credit({"credits": CREDITS})
    path = tmp_path / f"head.{ending}"
    assert bpy.ops.headbridge.export_head(filepath=str(path)) == {"FINISHED"}
    assert (tmp_path / "head.credits.txt").read_text() == f"{LINE}\n"
    if ending == "glb":
        assert LINE.encode() in path.read_bytes()


def test_heads_of_open_models_need_no_credits(photo_head, tmp_path, terms):
    terms.credit({"metrics": {}, "credits": []})
    bpy.ops.headbridge.export_head(filepath=str(tmp_path / "head.obj"))
    assert not (tmp_path / "head.credits.txt").exists() and terms.waiting() == []


def test_terms_wait_until_they_are_accepted_and_the_worker_is_told(photo_head, terms):
    terms.ask(CREDITS[0])
    assert terms.waiting() == ["FLAME 2020: Not for sale. (https://there)"] and terms.accepted() == []
    assert bpy.ops.headbridge.accept_terms() == {"FINISHED"}
    assert terms.waiting() == [] and terms.accepted() == ["flame2020"]
    terms.ask({**CREDITS[0], "key": "hack", "label": "HACK"})
    assert terms.waiting() == ["HACK: Not for sale. (https://there)"]
