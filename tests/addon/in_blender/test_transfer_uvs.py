"""The UV transfer operator in background mode against a worker that answers, fails, dies or hangs."""

from __future__ import annotations

import json
import time
from pathlib import Path

import bmesh
import bpy
import numpy as np
import pytest
from mathutils import Matrix, Vector


def uvs_of(obj, layer: str) -> np.ndarray:
    return np.array([tuple(uv.vector) for uv in obj.data.uv_layers[layer].uv])


def worker_uvs(obj) -> np.ndarray:
    """What the fake worker gives: canonical x and z in millimetres, thousandths; canonical z is Blender's -y."""
    points = np.array([tuple(obj.matrix_world @ obj.data.vertices[loop.vertex_index].co) for loop in obj.data.loops])
    return np.stack([points[:, 0], -points[:, 1]], axis=1)


def transfer(**arguments):
    return bpy.ops.headbridge.transfer_uvs(source="Source", target="Target", **arguments)


def answer_of(obj, layer="FLAME") -> dict:
    return json.loads(obj.data["headbridge_uv_transfers"])[layer]


def slots_of(obj) -> list:
    return [(slot.link, slot.material.name if slot.material else None) for slot in obj.material_slots]


def give_texture(obj, uv_map="") -> bpy.types.Image:
    """Let the object's first material show an image, through a colour correction and perhaps a UV Map node."""
    image = bpy.data.images.new("Face", 8, 8)
    material = obj.data.materials[0]
    if material.node_tree is None:
        material.use_nodes = True
    tree = material.node_tree
    texture, correction = tree.nodes.new("ShaderNodeTexImage"), tree.nodes.new("ShaderNodeGamma")
    texture.image = image
    tree.links.new(texture.outputs["Color"], correction.inputs["Color"])
    tree.links.new(correction.outputs["Color"], tree.nodes["Principled BSDF"].inputs["Base Color"])
    if uv_map:
        coordinates = tree.nodes.new("ShaderNodeUVMap")
        coordinates.uv_map = uv_map
        tree.links.new(coordinates.outputs["UV"], texture.inputs["Vector"])
    return image


@pytest.fixture
def pair(heads, fake_worker):
    fake_worker("answer")
    return heads


def test_new_layer_is_active_and_the_old_one_stays(pair):
    target = pair[1]
    own = uvs_of(target, "UVMap")
    target.matrix_world = Matrix.LocRotScale((0.3, 0.2, 0.1), Matrix.Rotation(0.5, 3, "Z"), (2.0, 1.0, 1.0))
    bpy.context.view_layer.update()
    assert transfer() == {"FINISHED"}
    assert [layer.name for layer in target.data.uv_layers] == ["UVMap", "FLAME"]
    assert target.data.uv_layers.active.name == "FLAME" and target.data.uv_layers["FLAME"].active_render
    np.testing.assert_allclose(uvs_of(target, "FLAME"), worker_uvs(target), atol=1e-6)
    np.testing.assert_array_equal(uvs_of(target, "UVMap"), own)


def test_mirrored_target_keeps_its_corner_order(pair):
    pair[1].scale = (-1.0, 1.0, 1.0)
    bpy.context.view_layer.update()
    transfer()
    np.testing.assert_allclose(uvs_of(pair[1], "FLAME"), worker_uvs(pair[1]), atol=1e-6)


def test_own_layer_of_an_earlier_run_is_replaced(pair):
    target = pair[1]
    transfer()
    target.location.x = 0.5
    bpy.context.view_layer.update()
    transfer()
    assert [layer.name for layer in target.data.uv_layers] == ["UVMap", "FLAME"]
    np.testing.assert_allclose(uvs_of(target, "FLAME"), worker_uvs(target), atol=1e-6)


def test_layer_of_another_origin_with_that_name_is_kept(pair):
    target = pair[1]
    target.data.uv_layers.new(name="FLAME")
    before = uvs_of(target, "FLAME")
    for _ in range(2):
        transfer()
        assert [layer.name for layer in target.data.uv_layers] == ["UVMap", "FLAME", "FLAME.001"]
    np.testing.assert_array_equal(uvs_of(target, "FLAME"), before)
    np.testing.assert_allclose(uvs_of(target, "FLAME.001"), worker_uvs(target), atol=1e-6)


def test_unknown_topology_names_the_layer_after_the_source(heads, fake_worker):
    fake_worker("unknown")
    transfer()
    assert heads[1].data.uv_layers.active.name == "Source"


def test_layout_is_the_chosen_layer_or_the_active_one(pair):
    source, target = pair
    second = source.data.uv_layers.new(name="Second", do_init=False)
    second.uv.foreach_set("vector", np.full(24, 0.25, np.float32))
    transfer()
    np.testing.assert_allclose(answer_of(target)["source_uvs"], uvs_of(source, "UVMap"))
    transfer(source_layer="Second")
    np.testing.assert_allclose(answer_of(target)["source_uvs"], 0.25)
    source.data.uv_layers.active = source.data.uv_layers["Second"]
    transfer()
    np.testing.assert_allclose(answer_of(target)["source_uvs"], 0.25)


@pytest.mark.parametrize("edited", [0, 1])
def test_edit_mode_is_flushed_and_stays(pair, edited):
    before = uvs_of(pair[0], "UVMap")
    bpy.context.view_layer.objects.active = pair[edited]
    bpy.ops.object.mode_set(mode="EDIT")
    transfer()
    assert bpy.context.mode == "EDIT_MESH" and bpy.context.object == pair[edited]
    bpy.ops.object.mode_set(mode="OBJECT")
    np.testing.assert_allclose(answer_of(pair[1])["source_uvs"], before)
    np.testing.assert_allclose(uvs_of(pair[1], "FLAME"), worker_uvs(pair[1]), atol=1e-6)
    assert len(bpy.data.meshes) == 2


def test_selected_pair_and_panel_choice(pair):
    source, target = pair
    for obj in pair:
        obj.select_set(True)
    bpy.context.view_layer.objects.active = target
    bpy.ops.headbridge.transfer_uvs()
    assert "FLAME" in target.data.uv_layers and "FLAME" not in source.data.uv_layers
    scene = bpy.context.scene.headbridge
    assert scene.uv_target == target
    scene.uv_source, scene.uv_target = target, source
    scene.uv_settings.method, scene.uv_settings.rendering_loss = "neural", 0.0
    bpy.ops.headbridge.transfer_uvs(seed=7)
    assert answer_of(source)["settings"]["method"] == "neural" and answer_of(source)["settings"]["seed"] == 7


def test_metrics_are_shown(pair, addon):
    transfer()
    layers = addon("uv_layers")
    rows = dict(layers.report_rows(layers.last_transfer(pair[1].data)[1]))
    assert rows == {
        "Flipped triangles": "1",
        "   on the skin": "0",
        "Texels covered twice": "0.050 %",
        "Distortion, median": "1.20",
        "   area mean": "1.60",
        "Landmark error, mean": "2.50 px",
        "Time": "1.2 s",
    }


def test_one_undo_takes_the_transfer_back(pair, scene_content):
    bpy.ops.ed.undo_push(message="before")
    before = scene_content()
    assert bpy.ops.headbridge.transfer_uvs("EXEC_DEFAULT", True, source="Source", target="Target") == {"FINISHED"}
    bpy.ops.ed.undo()
    assert scene_content() == before
    bpy.ops.ed.redo()
    assert bpy.data.objects["Target"].data.uv_layers.active.name == "FLAME"


def test_problem_triangles_are_selected_in_edit_mode(pair):
    target = pair[1]
    target.data.polygons[2].select = True
    transfer()
    assert [item.value for item in target.data.attributes["uv_problem"].data] == [True, False, False]
    assert bpy.ops.headbridge.select_uv_problems() == {"FINISHED"}
    assert bpy.context.mode == "EDIT_MESH" and bpy.context.object == target
    assert tuple(bpy.context.tool_settings.mesh_select_mode) == (False, False, True)
    edited = bmesh.from_edit_mesh(target.data)
    assert [face.select for face in edited.faces] == [True, False, False]
    assert {vertex.index for vertex in edited.verts if vertex.select} == set(target.data.polygons[0].vertices)
    bpy.ops.object.mode_set(mode="OBJECT")
    target.data.attributes["uv_problem"].data[0].value = False
    assert bpy.ops.headbridge.select_uv_problems() == {"CANCELLED"}
    assert bpy.context.mode == "OBJECT"


def test_no_problems_known(pair):
    with pytest.raises(RuntimeError, match="no problem faces stored; transfer UVs"):
        bpy.ops.headbridge.select_uv_problems(target="Target")


# What the target shows.


def test_checker_and_back(pair):
    target = pair[1]
    target.material_slots[1].link = "OBJECT"
    target.material_slots[1].material = bpy.data.materials.new("Enamel")
    before, mesh_materials = slots_of(target), list(target.data.materials)
    transfer()
    assert slots_of(target) == [("OBJECT", "HeadBridge Checker")] * 2
    assert list(target.data.materials) == mesh_materials
    image = next(n.image for n in bpy.data.materials["HeadBridge Checker"].node_tree.nodes if n.type == "TEX_IMAGE")
    assert image.generated_type == "COLOR_GRID" and image.size[0] >= 1024
    bpy.ops.headbridge.show_uvs(mode="ORIGINAL")
    assert slots_of(target) == before and list(target.data.materials) == mesh_materials
    assert target.data.uv_layers["UVMap"].active_render
    bpy.ops.headbridge.show_uvs(mode="CHECKER")
    transfer()
    bpy.ops.headbridge.show_uvs(mode="ORIGINAL")
    assert slots_of(target) == before
    assert target.data.uv_layers.active.name == "UVMap"


def test_materials_survive_saving_while_the_checker_is_shown(pair, tmp_path):
    target = pair[1]
    target.material_slots[1].link = "OBJECT"
    target.material_slots[1].material = bpy.data.materials.new("Enamel")
    before = slots_of(target)
    transfer()
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "file.blend"))
    bpy.ops.wm.open_mainfile(filepath=str(tmp_path / "file.blend"))
    bpy.ops.headbridge.show_uvs(mode="ORIGINAL")
    assert slots_of(bpy.data.objects["Target"]) == before


def test_result_of_a_registration_has_the_own_materials_not_the_checker(pair):
    transfer()
    pair[1].data.materials.append(None)
    bpy.ops.headbridge.register(source="Target", target="Source")
    result = bpy.context.scene.headbridge.result
    assert [m.name if m else None for m in result.data.materials] == ["Skin.001", "Teeth.001", None]


def test_target_without_materials_gets_none(pair):
    target = pair[1]
    target.data.materials.clear()
    transfer()
    assert slots_of(target) == [("OBJECT", "HeadBridge Checker")]
    bpy.ops.headbridge.show_uvs(mode="ORIGINAL")
    assert len(target.material_slots) == 0


def test_texture_of_the_source_is_shown_on_the_new_layer(pair):
    source, target = pair
    image = give_texture(source)
    before = slots_of(target)
    transfer()
    material = target.material_slots[0].material
    nodes = {node.type: node for node in material.node_tree.nodes}
    assert nodes["TEX_IMAGE"].image == image and nodes["UVMAP"].uv_map == "FLAME"
    assert slots_of(target)[1][1] == material.name
    bpy.ops.headbridge.show_uvs(mode="CHECKER")
    bpy.ops.headbridge.show_uvs(mode="TEXTURE")
    assert target.material_slots[0].material == material
    bpy.ops.headbridge.show_uvs(mode="ORIGINAL")
    assert slots_of(target) == before
    # The texture that the source only borrows is passed on too.
    third = target.copy()
    third.data = target.data.copy()
    third.name = "Third"
    bpy.context.scene.collection.objects.link(third)
    bpy.ops.headbridge.show_uvs(mode="CHECKER", target="Source")
    transfer()
    assert target.headbridge.texture == image and target.headbridge.shown == "TEXTURE"


def test_texture_on_another_layer_than_the_transferred_one_is_not_shown(pair):
    give_texture(pair[0], uv_map="Other")
    pair[0].data.uv_layers.new(name="Other")
    transfer(source_layer="UVMap")
    assert pair[1].headbridge.shown == "CHECKER" and pair[1].headbridge.texture is None
    transfer(source_layer="Other")
    assert pair[1].headbridge.shown == "TEXTURE"


def test_checker_although_there_is_a_texture(pair):
    give_texture(pair[0])
    transfer(show="CHECKER")
    assert slots_of(pair[1]) == [("OBJECT", "HeadBridge Checker")] * 2
    bpy.ops.headbridge.show_uvs(mode="TEXTURE")
    assert pair[1].headbridge.shown == "TEXTURE"


def test_materials_are_kept_when_wanted(pair):
    target = pair[1]
    before = slots_of(target)
    transfer(show="ORIGINAL")
    assert slots_of(target) == before and "HeadBridge Checker" not in bpy.data.materials
    # Its own textures would look wrong on the new layer.
    assert target.data.uv_layers["UVMap"].active_render and target.data.uv_layers.active.name == "FLAME"


def test_no_texture_to_show(pair):
    transfer()
    with pytest.raises(RuntimeError, match="has no texture to show"):
        bpy.ops.headbridge.show_uvs(mode="TEXTURE")
    assert pair[1].headbridge.shown == "CHECKER"


# Registrations the user has made.


def world(obj) -> np.ndarray:
    """Canonical millimetres of an object's vertices."""
    points = np.array([tuple(obj.matrix_world @ vertex.co) for vertex in obj.data.vertices])
    return 1000.0 * np.stack([points[:, 0], points[:, 2], -points[:, 1]], axis=1)


@pytest.mark.parametrize(("source", "target"), [("Source", "Target"), ("Target", "Source")])
def test_known_registration_is_sent_along(pair, source, target):
    bpy.ops.headbridge.register(source=source, target=target)
    lying = world(bpy.data.objects[source]) + (1.0, 2.0, 3.0)
    transfer()
    np.testing.assert_allclose(answer_of(pair[1])["registered"], lying, atol=1e-3)


def test_known_registration_moves_with_the_head_it_lies_on(pair):
    source, target = pair
    target.matrix_world = Matrix.LocRotScale((1.0, 0.5, 0.2), Matrix.Rotation(0.4, 3, "X"), (1.0, 2.0, 1.0))
    bpy.context.view_layer.update()
    bpy.ops.headbridge.register(source="Source", target="Target")
    points = (world(source) + (1.0, 2.0, 3.0)) / 1000.0
    points = np.stack([points[:, 0], -points[:, 2], points[:, 1]], axis=1)
    on_target = [target.matrix_world.inverted() @ Vector(point) for point in points]
    bpy.context.scene.headbridge.result.location.z += 5.0
    target.matrix_world = Matrix.LocRotScale((0.0, 3.0, 0.0), Matrix.Rotation(1.4, 3, "Z"), (0.5, 0.5, 0.7))
    bpy.context.view_layer.update()
    transfer()
    moved = np.array([tuple(target.matrix_world @ point) for point in on_target])
    moved = 1000.0 * np.stack([moved[:, 0], moved[:, 2], -moved[:, 1]], axis=1)
    np.testing.assert_allclose(answer_of(target)["registered"], moved, atol=2e-3)


def test_registration_onto_another_shape_is_not_used(pair):
    bpy.ops.headbridge.register(source="Source", target="Target")
    pair[1].data.vertices[3].co.z += 0.01
    transfer()
    assert "registered" not in answer_of(pair[1])


# What goes wrong.


def fails_untouched(scene_content, match, operator="transfer_uvs", **arguments):
    before = scene_content()
    with pytest.raises(RuntimeError, match=match):
        getattr(bpy.ops.headbridge, operator)(**arguments)
    assert scene_content() == before
    session = bpy.context.window_manager.headbridge
    assert session.task == "" and session.error and session.error_of == f"HEADBRIDGE_OT_{operator}"
    jobs = Path(bpy.utils.extension_path_user("bl_ext.user_default.headbridge", path="jobs", create=True))
    assert list(jobs.iterdir()) == []


PAIR = {"source": "Source", "target": "Target"}


@pytest.mark.parametrize(
    ("mode", "match"),
    [
        ("die", "exit code 3(.|\n)*ran out of luck"),
        ("garbage", "not JSON"),
        ("other-protocol", "protocol 99"),
        ("refuse", "The source is broken; repair it."),
    ],
)
def test_worker_that_fails(heads, fake_worker, scene_content, mode, match):
    fake_worker(mode)
    fails_untouched(scene_content, match, **PAIR)


def test_source_without_uvs(heads, scene_content):
    layers = heads[0].data.uv_layers
    layers.remove(layers[0])
    fails_untouched(scene_content, "'Source' has no UVs; unwrap it", **PAIR)


def test_target_without_uvs_is_fine(pair):
    layers = pair[1].data.uv_layers
    layers.remove(layers[0])
    transfer()
    assert [layer.name for layer in layers] == ["FLAME"]
    bpy.ops.headbridge.show_uvs(mode="ORIGINAL")
    assert layers.active.name == "FLAME"


def test_same_object_twice(heads, scene_content):
    fails_untouched(scene_content, "same object", source="Source", target="Source")


def test_nothing_chosen(scene_content):
    fails_untouched(scene_content, "Pick a source and a target")


def test_no_mesh_selected(scene_content):
    for name in ("One", "Two"):
        empty = bpy.data.objects.new(name, None)
        bpy.context.scene.collection.objects.link(empty)
        empty.select_set(True)
    bpy.context.view_layer.objects.active = empty
    fails_untouched(scene_content, "Pick a source and a target")
    fails_untouched(scene_content, "'One' is not a mesh", source="One", target="Two")


def test_layer_that_is_not_there(heads, scene_content):
    fails_untouched(scene_content, "no UV layer 'Gone'", **PAIR, source_layer="Gone")


def test_target_with_eight_layers(heads, scene_content):
    for _ in range(7):
        heads[1].data.uv_layers.new(name="More")
    fails_untouched(scene_content, "8 UV layers", **PAIR)


def test_target_of_another_file(heads, scene_content, tmp_path):
    library = str(tmp_path / "library.blend")
    bpy.data.libraries.write(library, {heads[1]})
    bpy.data.objects.remove(heads[1])
    with bpy.data.libraries.load(library, link=True) as (_theirs, mine):
        mine.objects = ["Target"]
    bpy.context.scene.collection.objects.link(mine.objects[0])
    image = bpy.data.images.new("Face", 4, 4)
    for operator, arguments in (("transfer_uvs", {}), ("bake_texture", {"image": image.name})):
        fails_untouched(scene_content, "'Target' is linked from another file", operator, **PAIR, **arguments)


def test_backend_not_installed(heads, scene_content, monkeypatch):
    monkeypatch.delenv("HEADBRIDGE_PYTHON")
    fails_untouched(scene_content, "backend is not installed", **PAIR)


def session_of(addon):
    module = addon("uv_session")
    return module.UvSession(module.UvRequest("Source", "Target", {}))


def step_until(session, reached):
    deadline = time.monotonic() + 20.0
    while not reached():
        session.step()
        time.sleep(0.01)
        assert time.monotonic() < deadline


def test_cancel_leaves_no_trace(heads, fake_worker, addon, scene_content):
    fake_worker("cancel")
    before = scene_content()
    session = session_of(addon)
    step_until(session, lambda: session.fraction > 0.0)
    session.cancel()
    step_until(session, lambda: session.step())
    assert session.state == "cancelled" and not session.error
    assert scene_content() == before


def test_target_edited_meanwhile(pair, addon, scene_content):
    session = session_of(addon)
    pair[1].data.vertices.add(1)
    before = scene_content()
    step_until(session, lambda: session.step())
    assert "'Target' was edited while its UVs were computed" in session.error
    assert scene_content() == before


def test_target_deleted_meanwhile(pair, addon):
    session = session_of(addon)
    bpy.data.objects.remove(pair[1])
    step_until(session, lambda: session.step())
    assert "no target object 'Target'" in session.error
