"""Results know their objects whatever these are called, and keep none that was deleted."""

from __future__ import annotations

import bpy
import numpy as np
import pytest


@pytest.fixture
def result(heads, fake_worker):
    scene = bpy.context.scene.headbridge
    scene.source, scene.target = heads
    fake_worker("answer")
    bpy.ops.headbridge.register()
    return scene.result


def delete(obj):
    """As Object > Delete does."""
    for other in bpy.context.selected_objects:
        other.select_set(False)
    obj.select_set(True)
    assert bpy.ops.object.delete() == {"FINISHED"}
    bpy.context.view_layer.update()


def saved_and_loaded(tmp_path):
    path = str(tmp_path / "scene.blend")
    bpy.ops.wm.save_as_mainfile(filepath=path)
    bpy.ops.wm.open_mainfile(filepath=path)


def test_deleted_heads_leave_the_panel(result):
    scene = bpy.context.scene.headbridge
    delete(result)
    assert scene.result is None
    delete(scene.source)
    assert scene.source is None and scene.target == bpy.data.objects["Target"]


def test_deleted_objects_are_not_saved(result, tmp_path):
    delete(result)
    delete(bpy.data.objects["Target"])
    saved_and_loaded(tmp_path)
    assert bpy.data.objects.keys() == ["Source"]


def test_a_result_alone_is_saved_without_its_deleted_pair(result, tmp_path):
    for name in ("Source", "Target"):
        delete(bpy.data.objects[name])
    saved_and_loaded(tmp_path)
    assert [obj.name for obj in bpy.data.objects] == ["Source on Target"]


def test_renamed_heads_are_known_to_be_registered(result, addon):
    for obj in list(bpy.data.objects):
        obj.name = f"My {obj.name}"
    source, target = bpy.context.scene.headbridge.source, bpy.context.scene.headbridge.target
    arrays = [addon("seen_meshes").read_seen(obj) for obj in (source, target)]
    assert addon("known_registration").find(source, target, *arrays) is not None


def test_a_copy_of_the_target_is_not_registered(result, addon):
    target = bpy.data.objects["Target"]
    copy = target.copy()
    bpy.context.scene.collection.objects.link(copy)
    source = bpy.data.objects["Source"]
    arrays = [addon("seen_meshes").read_seen(obj) for obj in (source, copy)]
    assert addon("known_registration").find(source, copy, *arrays) is None


def test_a_duplicated_result_is_one_too(result, addon):
    copy = result.copy()
    bpy.context.scene.collection.objects.link(copy)
    assert addon("comparison").compared(copy).target == bpy.data.objects["Target"]


def test_an_appended_result_brings_its_pair(result, tmp_path, addon):
    path = str(tmp_path / "heads.blend")
    bpy.ops.wm.save_as_mainfile(filepath=path)
    bpy.ops.wm.read_homefile(use_empty=True)
    bpy.ops.wm.append(directory=f"{path}/Object/", filename="Source on Target")
    bpy.context.view_layer.update()
    found = addon("comparison").compared(bpy.data.objects["Source on Target"])
    assert (found.source.name, found.target.name) == ("Source", "Target")


def test_deleting_is_undone_with_the_panel(result):
    bpy.ops.ed.undo_push(message="before")
    delete(result)
    bpy.ops.ed.undo_push(message="deleted")
    bpy.ops.ed.undo()
    assert bpy.context.scene.headbridge.result.name == "Source on Target"


def test_two_scenes_have_heads_of_their_own(result):
    first = bpy.context.scene
    other = bpy.data.scenes.new("Other")
    other.headbridge.source = bpy.data.objects["Source"]
    delete(bpy.data.objects["Target"])
    # An object of another scene is still there.
    assert other.headbridge.source == first.headbridge.source == bpy.data.objects["Source"]


def test_an_appended_heads_collection_is_the_whole_head(fake_worker, tmp_path, addon):
    fake_worker("answer")
    photo = tmp_path / "anna.png"
    photo.write_bytes(addon("image_encoding").png_file(np.full((40, 60, 3), 128, np.uint8)))
    bpy.ops.headbridge.fit_photo(filepath=str(photo))
    path = str(tmp_path / "heads.blend")
    bpy.ops.wm.save_as_mainfile(filepath=path)
    bpy.ops.wm.read_homefile(use_empty=True)
    bpy.ops.wm.append(directory=f"{path}/Collection/", filename="anna Fit")
    head, rig = bpy.data.objects["anna Fit"], bpy.data.objects["anna Fit Rig"]
    head.name, rig.name = "Anna", "Anna's Rig"
    found = addon("rig.rigged_head").find(rig)
    assert (found.head, found.rig) == (head, rig)
    (camera,) = addon("photo.photo_camera").cameras_of(found)
    bpy.context.view_layer.objects.active = head
    assert bpy.ops.headbridge.refit_photo(camera=camera.name) == {"FINISHED"}
    assert "Anna" not in bpy.data.objects and bpy.context.object.name == "anna Fit"
