"""Comparing draws over the views: the scene, its objects and the views are as they were, whatever ends it."""

from __future__ import annotations

import bpy
import numpy as np
import pytest
from mathutils import Matrix, Vector

MODES = ["SIDE_BY_SIDE", "OVERLAY", "HEAT_MAP", "RESULT", "TARGET"]


@pytest.fixture
def result(heads, fake_worker):
    source, target = heads
    target.location = (1.0, 2.0, 3.0)
    target.hide_render = True
    fake_worker("answer")
    bpy.ops.headbridge.register(source="Source", target="Target")
    bpy.context.view_layer.update()
    return bpy.context.scene.headbridge.result


def hidden() -> set[str]:
    return {obj.name for obj in bpy.context.scene.objects if obj.hide_get()}


@pytest.mark.parametrize("mode", MODES)
def test_ending_gives_the_scene_back(result, scene_content, mode):
    before = scene_content()
    assert bpy.ops.headbridge.compare(mode=mode) == {"FINISHED"}
    assert bpy.context.scene.headbridge.compare_mode == mode
    bpy.ops.headbridge.end_compare()
    assert scene_content() == before
    assert bpy.context.scene.headbridge.compare_mode == "NONE"


@pytest.mark.parametrize("mode", ["SIDE_BY_SIDE", "OVERLAY", "HEAT_MAP"])
def test_what_is_drawn_changes_nothing_in_the_scene(result, scene_content, mode):
    before = scene_content()
    bpy.ops.headbridge.compare(mode=mode)
    assert scene_content() == before


def test_result_and_target_alone_hide_what_stands_in_their_place(result):
    bpy.ops.headbridge.register(source="Source", target="Target")
    aside = bpy.context.scene.headbridge.result
    aside.location.x += 1.0
    bpy.context.view_layer.update()
    bpy.ops.headbridge.compare(mode="TARGET", result=result.name)
    assert hidden() == {result.name}
    bpy.ops.headbridge.compare(mode="RESULT", result=result.name)
    assert hidden() == {"Target"}
    bpy.ops.headbridge.compare(mode="RESTORE")
    assert hidden() == set()


def test_what_the_user_has_hidden_stays_hidden(result):
    bpy.data.objects["Target"].hide_set(True)
    bpy.ops.headbridge.compare(mode="RESULT")
    bpy.ops.headbridge.end_compare()
    assert hidden() == {"Target"}


def test_what_is_hidden_in_another_view_layer_stays_so(result):
    other = bpy.context.scene.view_layers.new("Other")
    target = bpy.data.objects["Target"]
    target.hide_set(True, view_layer=other)
    bpy.ops.headbridge.compare(mode="RESULT")
    bpy.ops.headbridge.end_compare()
    assert not target.hide_get() and target.hide_get(view_layer=other)


def test_saved_files_hide_nothing(result, tmp_path):
    bpy.ops.headbridge.compare(mode="RESULT")
    path = str(tmp_path / "saved.blend")
    bpy.ops.wm.save_as_mainfile(filepath=path)
    assert hidden() == {"Target"}
    bpy.ops.wm.open_mainfile(filepath=path)
    assert hidden() == set()
    assert not any(obj.headbridge.hidden_by_view for obj in bpy.data.objects)


def test_disabling_shows_what_was_hidden(result):
    bpy.ops.headbridge.compare(mode="RESULT")
    module = "bl_ext.user_default.headbridge"
    bpy.ops.preferences.addon_disable(module=module)
    assert hidden() == set()
    bpy.ops.preferences.addon_enable(module=module)


def test_renamed_objects_are_still_compared(result):
    for name in ("Source", "Target", result.name):
        bpy.data.objects[name].name = f"My {name}"
    assert bpy.ops.headbridge.compare(mode="OVERLAY") == {"FINISHED"}


def test_a_duplicate_of_the_target_is_not_taken_for_it(result, addon):
    target = bpy.data.objects["Target"]
    copy = target.copy()
    bpy.context.scene.collection.objects.link(copy)
    target.name, copy.name = "Old", "Target"
    assert addon("comparison").compared(result).target == target


@pytest.mark.parametrize("role", ["source", "target"])
def test_deleted_objects_are_not_compared(result, role):
    bpy.data.objects.remove(bpy.data.objects[role.capitalize()])
    with pytest.raises(RuntimeError, match=f"{role} '{role.capitalize()}' of this result was deleted"):
        bpy.ops.headbridge.compare(mode="OVERLAY")


def test_object_that_is_no_result(heads):
    with pytest.raises(RuntimeError, match="Pick a result"):
        bpy.ops.headbridge.compare(mode="OVERLAY", result="Source")


def test_side_by_side_stands_in_a_row_around_the_target(result, addon):
    comparison = addon("comparison")
    places = comparison.row(comparison.compared(result))
    assert [place.label for place in places] == ["Source", "Target", "Result", "Heat Map"]
    assert [place.heat for place in places] == [False, False, False, True]
    spans = [comparison.bounds(place.obj, place.matrix) for place in places]
    assert all(left[1].x < right[0].x for left, right in zip(spans, spans[1:]))
    np.testing.assert_allclose(places[1].matrix, bpy.data.objects["Target"].matrix_world, atol=1e-6)


def test_similarity_becomes_a_blender_matrix(result, addon):
    # Twice the size, a quarter turn about the canonical up axis, ten millimetres up.
    answer = {
        "similarity": {"scale": 2.0, "rotation": [[0, 0, 1], [0, 1, 0], [-1, 0, 0]], "translation": [0.0, 10.0, 0.0]}
    }
    matrix = addon("comparison").similarity_matrix(answer)
    # Canonical (1, 2, 3) mm goes to (6, 14, -2) mm; in Blender metres that is (1, -3, 2) to (6, 2, 14) thousandths.
    np.testing.assert_allclose(matrix @ Vector((0.001, -0.003, 0.002)), (0.006, 0.002, 0.014), atol=1e-8)


def test_heads_are_drawn_as_they_are_seen(result, addon):
    shape = addon("comparison_drawing").shape_of(result, 2.0)
    expected = [tuple(vertex.co) for vertex in result.data.vertices]
    np.testing.assert_allclose(shape.vertices, expected, atol=1e-7)
    # A quad, a triangle and a pentagon.
    assert len(shape.triangles) == 6 and len(shape.edges) == len(result.data.edges)
    distance = [item.value for item in result.data.attributes["distance_mm"].data]
    np.testing.assert_allclose(shape.heat, addon("heat_map").display_colours(np.array(distance), 2.0))
    assert addon("comparison_drawing").shape_of(bpy.data.objects["Target"], 2.0).heat is None


@pytest.mark.parametrize("perspective", [True, False])
def test_what_is_drawn_is_a_little_nearer_and_in_the_same_pixels(addon, perspective):
    near, far = 0.1, 100.0
    projection = Matrix(((1.5, 0, 0.1, 0), (0, 2.0, -0.2, 0), (0, 0, -(far + near) / (far - near), 0), (0, 0, -1, 0)))
    projection[2][3] = -2.0 * far * near / (far - near)
    if not perspective:
        projection = Matrix(((1.5, 0, 0, 0.1), (0, 2.0, 0, -0.2), (0, 0, -2.0 / (far - near), -1.0), (0, 0, 0, 1)))
    point = Vector((0.3, -0.2, -4.0, 1.0))
    seen = projection @ point
    moved = addon("comparison_drawing").nearer(projection, 4.0) @ point
    # A hundredth of four metres nearer.
    closer = projection @ Vector((0.0, 0.0, -3.96, 1.0))
    np.testing.assert_allclose(moved.xy / moved.w, seen.xy / seen.w, atol=1e-6)
    assert moved.z / moved.w == pytest.approx(closer.z / closer.w, abs=1e-6)


@pytest.mark.parametrize(("line", "left", "share"), [(0.0, 100.0, 0.0), (250.0, 250.0, 0.375), (900.0, 500.0, 1.0)])
def test_the_photo_right_of_a_line(addon, line, left, share):
    corners, parts = addon("photo.swiped_photo").right_of(np.array([(100.0, 20.0), (500.0, 320.0)]), line)
    np.testing.assert_allclose(corners, [(left, 20.0), (500.0, 320.0)])
    np.testing.assert_allclose(parts, [(share, 0.0), (1.0, 1.0)])


def test_heat_map_scale_recolours_results(result):
    bpy.context.scene.headbridge.heat_map_max = 4.0
    half = [item.color[0] for item in result.data.attributes["distance_heat"].data]
    bpy.context.scene.headbridge.heat_map_max = 0.5
    full = [item.color[0] for item in result.data.attributes["distance_heat"].data]
    assert full[4] > half[4]


def test_target_in_an_excluded_collection(heads, fake_worker):
    excluded = bpy.data.collections.new("Hidden")
    bpy.context.scene.collection.children.link(excluded)
    excluded.objects.link(heads[1])
    bpy.context.scene.collection.objects.unlink(heads[1])
    bpy.context.view_layer.layer_collection.children["Hidden"].exclude = True
    fake_worker("answer")
    assert bpy.ops.headbridge.register(source="Source", target="Target") == {"FINISHED"}
    assert bpy.context.object == bpy.context.scene.headbridge.result
    for mode in MODES:
        assert bpy.ops.headbridge.compare(mode=mode) == {"FINISHED"}


def test_uncovering_shows_the_target_where_a_result_stands_on_it(result, addon):
    target = bpy.data.objects["Target"]
    bpy.ops.headbridge.compare(mode="HEAT_MAP")
    addon("comparison").uncover(bpy.context, target)
    assert bpy.context.scene.headbridge.compare_mode == "TARGET"
    assert hidden() == {result.name}
    addon("comparison").uncover(bpy.context, bpy.data.objects["Source"])
    assert hidden() == set()
