"""Textures with sliders, with the fake worker: layouts, undo, failures, random values, export."""

from __future__ import annotations

import json

import bpy
import numpy as np
import pytest


def pixels(image) -> np.ndarray:
    """(H, W, 3) of an image's first tile, row 0 at the top, in 255ths."""
    values = np.empty(image.size[0] * image.size[1] * image.channels, np.float32)
    image.pixels.foreach_get(values)
    return np.rint(255.0 * values.reshape(image.size[1], image.size[0], image.channels)[::-1, :, :3])


def layer_uvs(obj, name) -> np.ndarray:
    values = np.empty(2 * len(obj.data.loops), np.float32)
    obj.data.uv_layers[name].uv.foreach_get("vector", values)
    return values.reshape(-1, 2)


@pytest.fixture
def head(fake_worker):
    """The active head of FLAME."""
    fake_worker("answer")
    bpy.ops.headbridge.add_head(kind="FLAME")
    return bpy.context.object


@pytest.fixture
def texture(head):
    """The texture the head was given."""
    assert bpy.ops.headbridge.new_texture() == {"FINISHED"}
    return head.headbridge.texture


def test_pixels_are_those_of_the_coefficients(texture):
    assert [each.name for each in texture.headbridge.coefficients][:2] == ["part 1", "part 2"]
    assert (pixels(texture) == 128).all()
    texture.headbridge.coefficients[0].value = 2.0
    texture.headbridge.coefficients[5].value = -1.5
    texture.headbridge.coefficients[4].value = -10.0
    # 0.5 + 0.2, 0.5 - 1 cut off at 0, 0.5 - 0.15.
    assert (pixels(texture) == (178, 0, 89)).all()
    assert texture.packed_files and not texture.is_dirty and texture.colorspace_settings.name == "sRGB"


def test_the_head_wears_it_and_its_own_materials_come_back(head, texture, addon):
    assert addon("base_colour").texture_of(head) == (texture, "UVMap")
    bpy.ops.headbridge.show_uvs(target=head.name, mode="ORIGINAL")
    assert head.material_slots[0].material.name == "HeadBridge Skin"


def test_undo_takes_back_a_texture_and_what_a_slider_did(head, addon):
    bpy.context.preferences.edit.use_global_undo = True
    bpy.ops.ed.undo_push(message="before")
    bpy.ops.headbridge.new_texture("EXEC_DEFAULT", True)
    name = head.headbridge.texture.name
    bpy.ops.headbridge.randomise_texture("EXEC_DEFAULT", True, seed=5)
    random = pixels(bpy.data.images[name])
    assert (random != 128).any()
    bpy.ops.ed.undo()
    image = bpy.data.images[name]
    assert (pixels(image) == 128).all() and addon("texture.live").is_up_to_date(image)
    bpy.ops.ed.redo()
    np.testing.assert_array_equal(pixels(bpy.data.images[name]), random)
    bpy.ops.ed.undo()
    bpy.ops.ed.undo()
    assert name not in bpy.data.images and bpy.data.objects["FLAME"].headbridge.texture is None


def test_sliders_wait_until_their_space_is_read_again(texture, addon):
    addon("texture.basis").forget()
    texture.headbridge.coefficients[1].value = 1.0
    assert (pixels(texture) == 128).all() and not addon("texture.live").is_up_to_date(texture)
    assert bpy.ops.headbridge.reload_texture() == {"FINISHED"}
    assert (pixels(texture) == (128, 153, 128)).all()
    texture.headbridge.coefficients[0].name = "another"
    with pytest.raises(RuntimeError, match="is another than the one 'FLAME Texture' was made with"):
        bpy.ops.headbridge.reload_texture()


def test_a_saved_texture_keeps_its_coefficients(texture, tmp_path):
    texture.headbridge.coefficients[2].value = 1.0
    name = texture.name
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "scene.blend"))
    bpy.ops.wm.open_mainfile(filepath=str(tmp_path / "scene.blend"))
    image = bpy.data.images[name]
    assert (pixels(image) == (128, 128, 153)).all()
    assert image.headbridge.coefficients[2].value == 1.0 and bpy.data.objects["FLAME"].headbridge.texture == image


def test_random_values_are_those_of_the_seed_and_natural(texture):
    coefficients = texture.headbridge.coefficients
    drawn = []
    for seed in (1, 2, 1):
        assert bpy.ops.headbridge.randomise_texture(seed=seed, spread=2.0, limit=1.5) == {"FINISHED"}
        drawn.append([each.value for each in coefficients])
    assert drawn[0] == drawn[2] != drawn[1]
    # 0.8 x + 0.1 with x from -1 on, and at most 2 times 1.5.
    assert np.min(drawn) == pytest.approx(-0.7) and 1.5 < np.max(drawn) <= 2.5
    bpy.ops.headbridge.randomise_texture(seed=1, spread=0.0, limit=1.5)
    np.testing.assert_allclose([each.value for each in coefficients], 0.1, atol=1e-6)
    bpy.ops.headbridge.reset_texture()
    assert not any(each.value for each in coefficients) and (pixels(texture) == 128).all()


def test_sliders_end_where_values_are_natural_and_go_on_for_those_who_type(texture, addon):
    slider_of = addon("texture.properties").slider_of
    each = texture.headbridge.coefficients[0]
    for scale, offset, least, most, limit, name in (
        (0.8, 0.1, -1.0, 10.0, 2.5, "shown_1_3"),
        (1.3, -1.3, 1.0, 10.0, 2.5, "shown_0_2"),
        (0.5, -0.5, -1.0, 1.0, 2.5, "shown_1_0"),
        (1.0, 0.0, -10.0, 10.0, 2.5, "shown_3_3"),
        (1.0, 0.0, -10.0, 10.0, 9.0, "shown_3_3"),
    ):
        each.scale, each.offset, each.least, each.most = scale, offset, least, most
        assert slider_of(each, limit) == name
    each.shown_1_3 = 2.0
    assert each.value == 2.0 and (pixels(texture) == (178, 128, 128)).all()
    each.shown_1_3 = 7.0
    assert each.shown_0_2 == each.value == 7.0


@pytest.mark.parametrize("kind", ["FLAME", "HACK"])
def test_a_layer_that_is_missing_is_added(fake_worker, kind):
    fake_worker("answer")
    bpy.ops.headbridge.add_head(kind=kind)
    head = bpy.context.object
    own = layer_uvs(head, "UVMap")
    # Another unwrapping has taken the layout's place.
    head.data.uv_layers["UVMap"].uv.foreach_set("vector", np.zeros(own.size, np.float32))
    bpy.ops.headbridge.new_texture()
    layer = head.data.uv_layers.active
    assert layer.name == kind and layer.active_render
    np.testing.assert_allclose(layer_uvs(head, kind), own, atol=1e-7)
    assert head.headbridge.texture_layer == kind and head.headbridge.own_layer == "UVMap"
    bpy.ops.headbridge.new_texture()
    assert len(head.data.uv_layers) == 2


def test_faces_in_another_order_and_turn_are_known(head, addon):
    mesh = head.data
    corners = [list(polygon.vertices) for polygon in mesh.polygons]
    uvs = layer_uvs(head, "UVMap").reshape(-1, 3, 2)
    turned = bpy.data.meshes.new("Turned")
    order = np.random.default_rng(0).permutation(len(corners))
    turned.from_pydata([vertex.co for vertex in mesh.vertices], [], [np.roll(corners[k], 1).tolist() for k in order])
    other = bpy.data.objects.new("Turned", turned)
    bpy.context.scene.collection.objects.link(other)
    other.scale.x = -1.0
    bpy.context.view_layer.update()
    assert bpy.ops.headbridge.new_texture(object="Turned") == {"FINISHED"}
    expected = np.roll(uvs[order], 1, axis=1).reshape(-1, 2)
    np.testing.assert_allclose(layer_uvs(other, "FLAME"), expected, atol=1e-7)


def test_a_transferred_layout_serves_any_head(fake_worker, heads):
    fake_worker("answer")
    bpy.ops.headbridge.transfer_uvs(source="Source", target="Target")
    assert bpy.ops.headbridge.new_texture(object="Target") == {"FINISHED"}
    target = heads[1]
    assert target.headbridge.texture.headbridge.layout == "flame" and target.headbridge.texture_layer == "FLAME"


def test_what_cannot_have_a_texture_is_named(fake_worker, heads, scene_content):
    fake_worker("answer")
    bpy.ops.headbridge.add_head(kind="FLAME")
    full = bpy.context.object
    full.data.uv_layers["UVMap"].uv.foreach_set("vector", np.zeros(2 * len(full.data.loops), np.float32))
    while len(full.data.uv_layers) < 8:
        full.data.uv_layers.new()
    bpy.ops.object.empty_add()
    before = scene_content()
    for arguments, message in (
        ({"object": "Source"}, "'Source' is no head of FLAME's or HACK's topology"),
        ({"object": "FLAME"}, "has 8 UV layers"),
        ({}, "is not a mesh"),
    ):
        with pytest.raises(RuntimeError, match=message):
            bpy.ops.headbridge.new_texture(**arguments)
        assert scene_content() == before
    for operator in ("randomise_texture", "reset_texture", "reload_texture", "render_texture"):
        with pytest.raises(RuntimeError, match="has no texture with sliders"):
            getattr(bpy.ops.headbridge, operator)()
    assert bpy.context.window_manager.headbridge.error_of == "HEADBRIDGE_OT_render_texture"


@pytest.mark.parametrize(("mode", "message"), [("refuse", "repair it"), ("die", "ended|stopped")])
def test_a_failed_job_changes_nothing(fake_worker, scene_content, mode, message):
    fake_worker(mode)
    bpy.ops.headbridge.add_head(kind="HACK")
    before = scene_content()
    with pytest.raises(RuntimeError, match=message):
        bpy.ops.headbridge.new_texture()
    assert scene_content() == before


def test_export_writes_what_the_head_shows(texture, tmp_path, addon):
    texture.headbridge.coefficients[0].value = 1.0
    assert bpy.ops.headbridge.export_texture(filepath=str(tmp_path / "skin")) == {"FINISHED"}
    assert (pixels(bpy.data.images.load(str(tmp_path / "skin.png"))) == (153, 128, 128)).all()
    bpy.ops.headbridge.add_head(kind="HACK")
    with pytest.raises(RuntimeError, match="'HACK' shows no texture"):
        bpy.ops.headbridge.export_texture(filepath=str(tmp_path / "none.png"))
    bpy.ops.headbridge.new_texture()
    bpy.ops.headbridge.export_texture(filepath=str(tmp_path / "head.png"))
    with pytest.raises(RuntimeError, match="cannot be written"):
        bpy.ops.headbridge.export_texture(filepath=str(tmp_path / "nowhere" / "head.png"))
    assert sorted(path.name for path in tmp_path.glob("*.png")) == ["head.1001.png", "head.1002.png", "skin.png"]


def test_a_photo_is_fitted_with_a_chosen_texture(texture, tmp_path):
    bpy.ops.headbridge.export_texture(filepath=str(tmp_path / "photo.png"))
    arguments = {"filepath": str(tmp_path / "photo.png"), "texture": "open-generator"}
    assert bpy.ops.headbridge.fit_photo(**arguments) == {"FINISHED"}
    assert json.loads(bpy.context.object["headbridge_fit"])["settings"]["texture"] == "open-generator"


def test_first_sliders_are_those_that_say_what_they_change(texture, addon):
    first = addon("texture.panel")._first
    coefficients = texture.headbridge.coefficients
    assert [each.name for each in first(coefficients)] == [f"part {number}" for number in range(1, 13)]
    coefficients[12].name = "beard"
    assert [each.name for each in first(coefficients)] == [*(f"part {number}" for number in range(1, 7)), "beard"]


def test_what_ships_is_offered_before_anything_was_looked_for(addon):
    assert bpy.context.window_manager.headbridge.textures == ""
    names = [each["name"] for each in addon("texture.choices").found()]
    assert names[0] == "open" and set(names) <= {"open", "open-generator"}
