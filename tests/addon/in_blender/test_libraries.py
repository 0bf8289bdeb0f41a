"""Heads and results of other files, linked or overridden: operators work or say why not, and change nothing of theirs."""

from __future__ import annotations

import bpy
import numpy as np
import pytest

# What a user may press with a head or a result selected; their arguments are the panel's.
ON_HEADS = (
    "fit_mesh", "fit_scan", "convert_head", "refit_photo", "look_through_photo", "pose_like_photo", "render_like_photo", "restore_render",
    "clear_photo_landmarks", "project_texture", "new_texture", "complete_texture", "fit_texture", "randomise_texture", "reset_texture",
    "texture_as_fitted", "add_arkit_keys", "own_expressions", "transfer_expressions", "randomise_rig", "reset_rig", "read_handles",
    "own_rig_joints", "make_watertight", "add_corrections", "compare_performances",
)  # fmt: skip
ON_PAIRS = ("register", "transfer_uvs", "bake_texture", "clear_pairs", "use_demo_pairs", "select_uv_problems")


@pytest.fixture
def library(heads, fake_worker, tmp_path, addon):
    """A file with a registered pair and a head fitted to a photo."""
    fake_worker("answer")
    photo = tmp_path / "anna.png"
    photo.write_bytes(addon("image_encoding").png_file(np.full((40, 60, 3), 128, np.uint8)))
    bpy.ops.headbridge.register(source="Source", target="Target")
    bpy.ops.headbridge.fit_photo(filepath=str(photo))
    bpy.context.view_layer.update()
    path = str(tmp_path / "library.blend")
    bpy.ops.wm.save_as_mainfile(filepath=path)
    bpy.ops.wm.read_homefile(use_empty=True)
    return path


def link(path: str, kind: str, *names: str) -> None:
    for name in names:
        bpy.ops.wm.link(directory=f"{path}/{kind}/", filename=name, instance_collections=False)
    bpy.context.view_layer.update()


def override() -> None:
    """Make all that is linked the scene's own to change."""
    for collection in [c for c in bpy.context.scene.collection.children if c.library is not None]:
        collection.override_hierarchy_create(bpy.context.scene, bpy.context.view_layer, do_fully_editable=True)
    for obj in [obj for obj in bpy.context.scene.collection.objects if obj.library is not None]:
        obj.override_create(remap_local_usages=True)
    bpy.context.view_layer.update()


def linked_content() -> dict:
    """All that came from the other file."""
    return {
        "objects": {obj.name: tuple(map(tuple, obj.matrix_basis)) for obj in bpy.data.objects if obj.library},
        "meshes": {
            mesh.name: [tuple(vertex.co) for vertex in mesh.vertices] + sorted(mesh.attributes.keys())
            for mesh in bpy.data.meshes
            if mesh.library
        },
        "keys": {
            (keys.name, block.name): block.value
            for keys in bpy.data.shape_keys
            if keys.library
            for block in keys.key_blocks
        },
    }


def pressed(name: str, **arguments) -> None:
    """Run an operator, which may refuse, but not break."""
    try:
        getattr(bpy.ops.headbridge, name)(**arguments)
    except RuntimeError as refused:
        assert "Traceback" not in str(refused), f"{name}: {refused}"


def select(*names: str) -> None:
    for obj in bpy.context.view_layer.objects:
        obj.select_set(obj.name in names)
    bpy.context.view_layer.objects.active = bpy.data.objects[names[0]]


@pytest.mark.parametrize("how", ["linked", "overridden"])
def test_operators_on_a_head_of_another_file(library, how):
    link(library, "Collection", "anna Fit")
    if how == "overridden":
        override()
    before = linked_content()
    name = next(obj.name for obj in bpy.context.scene.objects if obj.name.startswith("anna Fit") and obj.type == "MESH")
    for operator in ON_HEADS:
        if name in bpy.context.view_layer.objects:
            select(name)
        pressed(operator)
    assert linked_content() == before


@pytest.mark.parametrize("how", ["linked", "overridden"])
def test_operators_on_a_pair_of_another_file(library, how, addon):
    link(library, "Object", "Source", "Target", "Source on Target")
    if how == "overridden":
        override()
    before = linked_content()
    own = {obj.name: obj for obj in bpy.context.scene.objects}
    state = bpy.context.scene.headbridge
    state.source = state.uv_source = own["Source"]
    state.target = state.uv_target = own["Target"]
    for operator in ON_PAIRS:
        pressed(operator)
    for mode in ("OVERLAY", "SWIPE", "HEAT_MAP", "RESULT", "TARGET"):
        pressed("compare", mode=mode, result="Source on Target")
    pressed("end_compare")
    assert linked_content() == before
    # A registration of heads of another file is one's own.
    (made,) = [
        obj
        for obj in bpy.context.scene.objects
        if obj.name.startswith("Source on Target") and not obj.override_library and not obj.library
    ]
    assert addon("comparison").compared(made).source == own["Source"]


def test_a_linked_result_knows_its_pair(library, addon):
    link(library, "Object", "Source on Target", "Source", "Target")
    found = addon("comparison").compared(bpy.data.objects["Source on Target"])
    assert (found.source.name, found.target.name) == ("Source", "Target")


def test_points_on_linked_heads_are_the_scenes_own(library, addon):
    link(library, "Object", "Source", "Target")
    pairs = addon("pins.pairs")
    scene = bpy.context.scene
    scene.headbridge.source, scene.headbridge.target = bpy.data.objects["Source"], bpy.data.objects["Target"]
    heads = pairs.Heads.of(scene)
    made = pairs.put(scene, heads, "L01", "source", (0.01, 0.02, 0.03))
    bpy.context.view_layer.update()
    np.testing.assert_allclose(made.matrix_world.translation, (0.01, 0.02, 0.03), atol=1e-7)
    assert made.library is None
