"""Comparing shows copies and hides the originals; restoring gives the scene back."""

from __future__ import annotations

import bpy
import numpy as np
import pytest
from mathutils import Vector


@pytest.fixture
def result(heads, fake_worker):
    source, target = heads
    target.location = (1.0, 2.0, 3.0)
    target.hide_render = True
    fake_worker("answer")
    bpy.ops.headbridge.register(source="Source", target="Target")
    bpy.context.view_layer.update()
    return bpy.context.scene.headbridge.result


def shown() -> dict:
    return {obj.name.split(".")[0]: obj for obj in bpy.data.collections["HeadBridge Comparison"].objects}


@pytest.mark.parametrize("mode", ["SIDE_BY_SIDE", "OVERLAY", "HEAT_MAP"])
def test_restore_gives_the_scene_back(result, scene_content, mode):
    before = scene_content()
    before["blocks"].pop("materials")
    assert bpy.ops.headbridge.compare(mode=mode) == {"FINISHED"}
    assert all(bpy.data.objects[name].hide_get() for name in ("Source", "Target", result.name))
    bpy.ops.headbridge.compare(mode="RESTORE")
    after = scene_content()
    after["blocks"].pop("materials")
    assert after == before
    assert bpy.context.scene.headbridge.compare_mode == "NONE"


def test_changing_the_mode_keeps_the_way_back(result, scene_content):
    before = scene_content()["objects"]
    for mode in ("SIDE_BY_SIDE", "HEAT_MAP", "OVERLAY", "OVERLAY"):
        bpy.ops.headbridge.compare(mode=mode)
    assert len([c for c in bpy.data.collections if c.name.startswith("HeadBridge Comparison")]) == 1
    bpy.ops.headbridge.compare(mode="RESTORE")
    assert scene_content()["objects"] == before


def test_side_by_side_stands_in_a_row(result):
    bpy.ops.headbridge.compare(mode="SIDE_BY_SIDE")
    bpy.context.view_layer.update()
    spans = []
    for name in ("Source", "Target", "Result", "Heat Map"):
        corners = [shown()[name].matrix_world @ Vector(corner) for corner in shown()[name].bound_box]
        spans.append((min(c.x for c in corners), max(c.x for c in corners)))
    assert all(left[1] < right[0] for left, right in zip(spans, spans[1:]))
    assert len([obj for obj in shown().values() if obj.type == "FONT"]) == 4


def test_heat_map_wears_the_material_on_the_object_alone(result):
    bpy.ops.headbridge.compare(mode="HEAT_MAP")
    assert {slot.material.name for slot in shown()["Heat Map"].material_slots} == {"HeadBridge Heat Map"}
    assert [material.name for material in result.data.materials] == ["Skin", "Teeth"]


def test_target_without_material_gets_one_only_while_compared(heads, fake_worker):
    heads[1].data.materials.clear()
    fake_worker("answer")
    bpy.ops.headbridge.register(source="Source", target="Target")
    bpy.ops.headbridge.compare(mode="OVERLAY")
    assert shown()["Target (Overlay)"].material_slots[0].material.name == "HeadBridge Overlay Target"
    meshes = len(bpy.data.meshes)
    bpy.ops.headbridge.compare(mode="RESTORE")
    assert len(bpy.data.meshes) == meshes - 1
    assert len(heads[1].data.materials) == 0


def test_similarity_becomes_a_blender_matrix(result, addon):
    # Twice the size, a quarter turn about the canonical up axis, ten millimetres up.
    answer = {
        "similarity": {"scale": 2.0, "rotation": [[0, 0, 1], [0, 1, 0], [-1, 0, 0]], "translation": [0.0, 10.0, 0.0]}
    }
    matrix = addon("comparison").similarity_matrix(answer)
    # Canonical (1, 2, 3) mm goes to (6, 14, -2) mm; in Blender metres that is (1, -3, 2) to (6, 2, 14) thousandths.
    np.testing.assert_allclose(matrix @ Vector((0.001, -0.003, 0.002)), (0.006, 0.002, 0.014), atol=1e-8)


def test_heat_map_scale_recolours_results(result):
    bpy.context.scene.headbridge.heat_map_max = 4.0
    half = [item.color[0] for item in result.data.attributes["distance_heat"].data]
    bpy.context.scene.headbridge.heat_map_max = 0.5
    full = [item.color[0] for item in result.data.attributes["distance_heat"].data]
    assert full[4] > half[4]
    scale = bpy.data.materials["HeadBridge Heat Map"].node_tree.nodes["Scale"]
    assert scale.inputs["From Max"].default_value == pytest.approx(0.5)


def test_object_that_is_no_result(heads):
    with pytest.raises(RuntimeError, match="Pick a result"):
        bpy.ops.headbridge.compare(mode="OVERLAY", result="Source")


def test_target_in_an_excluded_collection(heads, fake_worker, scene_content):
    hidden = bpy.data.collections.new("Hidden")
    bpy.context.scene.collection.children.link(hidden)
    hidden.objects.link(heads[1])
    bpy.context.scene.collection.objects.unlink(heads[1])
    bpy.context.view_layer.layer_collection.children["Hidden"].exclude = True
    fake_worker("answer")
    assert bpy.ops.headbridge.register(source="Source", target="Target") == {"FINISHED"}
    assert bpy.context.object == bpy.context.scene.headbridge.result
    bpy.ops.headbridge.compare(mode="SIDE_BY_SIDE")
    bpy.ops.headbridge.compare(mode="RESTORE")
    assert not heads[0].hide_get()


def test_result_whose_source_is_gone(result):
    bpy.data.objects.remove(bpy.data.objects["Source"])
    with pytest.raises(RuntimeError, match="source 'Source' of this result is gone"):
        bpy.ops.headbridge.compare(mode="OVERLAY")


def test_uncovering_ends_the_comparison_and_hides_what_stands_in_the_place(result, addon):
    target = bpy.data.objects["Target"]
    bpy.ops.headbridge.register(source="Source", target="Target")
    aside = bpy.context.scene.headbridge.result
    aside.location.x += 1.0
    bpy.ops.headbridge.compare(mode="HEAT_MAP")
    bpy.context.view_layer.update()
    addon("comparison").uncover(bpy.context, target)
    assert bpy.context.scene.headbridge.compare_mode == "NONE"
    hidden = {obj.name: obj.hide_get() for obj in (bpy.data.objects["Source"], target, result, aside)}
    assert hidden == {"Source": False, "Target": False, result.name: True, aside.name: False}
