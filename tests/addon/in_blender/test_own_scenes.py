"""New heads come into whatever scene the user has: to where they are seen, or with a word on why not."""

from __future__ import annotations

import bpy
import numpy as np
import pytest

from .user_state import view


def hidden(collection):
    layer_of(collection).hide_viewport = True


def excluded(collection):
    layer_of(collection).exclude = True


def switched_off(collection):
    collection.hide_viewport = True


def linked(collection):
    """The active collection is another file's."""
    path = bpy.app.tempdir + "library.blend"
    bpy.data.libraries.write(path, {collection})
    bpy.context.scene.collection.children.unlink(collection)
    bpy.data.collections.remove(collection)
    with bpy.data.libraries.load(path, link=True) as (_there, taken):
        taken.collections = ["Mine"]
    bpy.context.scene.collection.children.link(taken.collections[0])


def layer_of(collection):
    return bpy.context.view_layer.layer_collection.children[collection.name]


@pytest.fixture
def photo(tmp_path, addon):
    path = tmp_path / "anna.png"
    path.write_bytes(addon("image_encoding").png_file(np.full((40, 60, 3), 128, np.uint8)))
    return str(path)


def operators(photo, tmp_path) -> dict:
    scan = tmp_path / "scan.obj"
    scan.write_text("v 0 0 0\nv 0.1 0 0\nv 0 0.1 0\nf 1 2 3\n")
    return {
        "add_head": lambda: bpy.ops.headbridge.add_head(kind="FLAME"),
        "register": lambda: bpy.ops.headbridge.register(source="Source", target="Target"),
        "fit_photo": lambda: bpy.ops.headbridge.fit_photo(filepath=photo),
        "fit_mesh": lambda: bpy.ops.headbridge.fit_mesh(object="Source"),
        "fit_scan": lambda: bpy.ops.headbridge.fit_scan(object="Source"),
        "fit_scan mesh": lambda: bpy.ops.headbridge.fit_scan(object="Source", result="KEYS"),
        "convert_head": lambda: bpy.ops.headbridge.convert_head(object="Source"),
        "sample_heads": lambda: bpy.ops.headbridge.sample_heads(count=2),
        "open_head": lambda: bpy.ops.headbridge.open_head(kind="SCAN", filepath=str(scan)),
    }


@pytest.mark.parametrize("state", [hidden, excluded, switched_off, linked], ids=lambda state: state.__name__)
def test_a_new_head_is_seen_whatever_collection_is_active(state, heads, fake_worker, photo, tmp_path):
    fake_worker("answer")
    scene = bpy.context.scene
    mine = bpy.data.collections.new("Mine")
    scene.collection.children.link(mine)
    state(mine)
    faults = {}
    for name, run in operators(photo, tmp_path).items():
        bpy.context.view_layer.active_layer_collection = layer_of(bpy.data.collections["Mine"])
        before = set(scene.objects)
        try:
            status = run()
        except RuntimeError as problem:
            faults[name] = str(problem)
            continue
        made = [obj for obj in set(scene.objects) - before if obj.type == "MESH"]
        head = bpy.context.view_layer.objects.active
        if status != {"FINISHED"} or not made:
            faults[name] = f"{status}, made {made}"
        elif head not in made or not head.visible_get() or not head.select_get():
            faults[name] = f"active is {head}, made {made}"
    assert faults == {}


@pytest.mark.changes_settings
def test_a_new_head_is_seen_in_a_local_view(heads, fake_worker, photo, tmp_path):
    fake_worker("answer")
    bpy.context.view_layer.objects.active = heads[0]
    heads[0].select_set(True)
    with bpy.context.temp_override(**view()):
        bpy.ops.view3d.localview()
    space = view()["area"].spaces.active
    assert space.local_view is not None
    unseen = {}
    for name, run in operators(photo, tmp_path).items():
        before = set(bpy.context.scene.objects)
        assert run() == {"FINISHED"}, name
        made = {obj.name for obj in set(bpy.context.scene.objects) - before if not obj.visible_in_viewport_get(space)}
        unseen[name] = sorted(name for name in made if not bpy.data.objects[name].hide_get())
    assert {name: found for name, found in unseen.items() if found} == {}


def test_a_file_without_a_mesh_leaves_nothing(tmp_path, scene_content):
    bpy.ops.object.empty_add()
    path = str(tmp_path / "empty.glb")
    bpy.ops.export_scene.gltf(filepath=path)
    bpy.ops.wm.read_homefile(use_empty=True)
    before = scene_content()
    with pytest.raises(RuntimeError, match="no mesh in it"):
        bpy.ops.headbridge.open_head(kind="SCAN", filepath=path)
    assert scene_content() == before
