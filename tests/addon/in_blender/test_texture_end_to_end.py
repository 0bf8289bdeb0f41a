"""Textures with sliders on heads, with the real backend."""

from __future__ import annotations

import time

import bpy
import numpy as np
import pytest

SIZE = 64


def pixels(image) -> np.ndarray:
    """(H, W, 3) of an image's first tile, row 0 at the top, in 255ths."""
    values = np.empty(image.size[0] * image.size[1] * image.channels, np.float32)
    image.pixels.foreach_get(values)
    return 255.0 * values.reshape(image.size[1], image.size[0], image.channels)[::-1, :, :3]


def tile_pixels(image, number, folder) -> np.ndarray:
    """(H, W, 3) of one packed tile."""
    packed = next(each for each in image.packed_files if each.tile_number == number)
    path = folder / f"packed_{number}.png"
    path.write_bytes(packed.packed_file.data)
    single = bpy.data.images.load(str(path))
    try:
        return pixels(single)
    finally:
        bpy.data.images.remove(single)


def space_of(addon, image):
    return addon("texture.basis").find(addon("texture.live").key_of(image))


@pytest.mark.parametrize("kind", ["FLAME", "HACK"])
def test_sliders_make_the_spaces_textures(addon, tmp_path, kind):
    bpy.ops.headbridge.add_head(kind=kind)
    head = bpy.context.object
    assert bpy.ops.headbridge.new_texture(size=SIZE) == {"FINISHED"}
    image = head.headbridge.texture
    state = image.headbridge
    assert (state.layout, state.space, state.kind) == (kind.lower(), "open", "space")
    assert image.packed_files and image.colorspace_settings.name == "sRGB" and head.headbridge.shown == "TEXTURE"
    made = space_of(addon, image)
    np.testing.assert_allclose(pixels(image), 255.0 * np.clip(made.mean[0], 0.0, 1.0), atol=0.51)
    names = [each.name for each in state.coefficients]
    assert "beard" in " ".join(names) and len(names) == len(made.components)

    moved = np.zeros(len(names), np.float32)
    for number, value in ((0, 1.5), (3, -2.0), (len(names) - 1, 1.0)):
        state.coefficients[number].value = moved[number] = value
    wanted = 255.0 * np.clip(made.mean + np.tensordot(moved, made.components, 1), 0.0, 1.0)
    for number, tile in zip((1001, 1002), wanted):
        np.testing.assert_allclose(tile_pixels(image, number, tmp_path), tile, atol=0.51)
    assert np.abs(wanted - 255.0 * made.mean).max() > 20.0

    assert bpy.ops.headbridge.render_texture(size=2 * SIZE) == {"FINISHED"}
    assert tuple(image.size) == (2 * SIZE, 2 * SIZE) and len(image.packed_files) == len(wanted)
    for number, tile in zip((1001, 1002), wanted):
        full = tile_pixels(image, number, tmp_path)
        halved = full.reshape(SIZE, 2, SIZE, 2, 3).mean(axis=(1, 3))
        # Charts are smeared over their borders differently at each size.
        assert np.quantile(np.abs(halved - tile), 0.75) < 1.5
    bpy.ops.headbridge.reset_texture()
    assert tuple(image.size) == (SIZE, SIZE)
    np.testing.assert_allclose(pixels(image), 255.0 * np.clip(made.mean[0], 0.0, 1.0), atol=0.51)


def test_a_generator_is_asked_for_its_pictures(addon, small_generator):
    bpy.ops.headbridge.add_head(kind="FLAME")
    assert bpy.ops.headbridge.new_texture(space=small_generator, size=SIZE, components=3) == {"FINISHED"}
    image, live = bpy.context.object.headbridge.texture, addon("texture.live")
    assert image.headbridge.kind == "generator" and len(image.headbridge.coefficients) == 3
    before = pixels(image)
    image.headbridge.coefficients[0].value = 2.0
    np.testing.assert_array_equal(pixels(image), before)
    assert not live.is_up_to_date(image)
    assert bpy.ops.headbridge.render_texture(size=SIZE) == {"FINISHED"}
    assert live.is_up_to_date(image) and np.abs(pixels(image) - before).max() > 2.0
    image.headbridge.coefficients[0].value = 0.0
    bpy.ops.headbridge.render_texture(size=SIZE)
    # The mean came in half precision.
    np.testing.assert_allclose(pixels(image), before, atol=1.01)


def test_textures_of_the_model_folders_are_found(addon, tmp_path, monkeypatch):
    monkeypatch.setenv("HEADBRIDGE_MODELS", str(tmp_path))
    (tmp_path / "textures").mkdir()
    own = tmp_path / "textures" / "ours.npz"
    own.write_bytes(b"")
    addon("backend_worker").stop()
    assert bpy.ops.headbridge.find_textures() == {"FINISHED"}
    choices = addon("texture.choices")
    assert {each["name"] for each in choices.found()} >= {"open", str(own)}
    assert choices.label_of(str(own)) == "ours.npz"
    chosen = bpy.context.scene.headbridge.texture.texture_basis
    bpy.ops.headbridge.choose_texture(space=str(own))
    assert chosen.space == str(own)
    bpy.ops.headbridge.add_head(kind="FLAME")
    with pytest.raises(RuntimeError, match="ours.npz"):
        bpy.ops.headbridge.new_texture()
    assert bpy.context.object.headbridge.texture is None and not bpy.data.images.get("FLAME Texture")
    addon("backend_worker").stop()


def masked_texture(addon, size):
    """The FLAME head with a texture, its left half of the image hidden; the texture and the mask."""
    bpy.ops.headbridge.add_head(kind="FLAME")
    bpy.ops.headbridge.new_texture(size=size)
    bpy.ops.headbridge.randomise_texture(seed=3)
    image = bpy.context.object.headbridge.texture
    mask = bpy.data.images.new("Known", size, size)
    mask.colorspace_settings.name = "Non-Color"
    white = np.ones((size, size, 4), np.float32)
    white[:, : size // 2, :3] = 0.0
    mask.pixels.foreach_set(white.ravel())
    return image, mask


def test_the_hidden_half_is_filled_in(addon):
    image, mask = masked_texture(addon, 128)
    before = pixels(image)
    assert bpy.ops.headbridge.complete_texture(mask=mask.name, method="symmetric") == {"FINISHED"}
    head = bpy.context.object
    made = head.headbridge.texture
    assert made != image and made.name == "FLAME Texture Completed" and made.packed_files
    assert made.colorspace_settings.name == "sRGB" and head.headbridge.shown == "TEXTURE"
    np.testing.assert_array_equal(pixels(image), before)
    whole, known = pixels(made), np.arange(128) >= 64
    # The edge of what is kept is blended.
    assert np.median(np.abs(whole - before)[:, known]) < 1.0
    skin = before[:, ~known].min(axis=2) > 40.0
    assert np.abs(whole - before)[:, ~known][skin].mean() < 25.0


def test_what_cannot_be_completed_is_named(addon, scene_content):
    image, _mask = masked_texture(addon, SIZE)
    before = scene_content()
    for arguments, message in (
        ({}, "Nothing says what is known of 'FLAME Texture'"),
        ({"mask": "none"}, "There is no image 'none'"),
        ({"object": "nobody"}, "There is no object 'nobody'"),
    ):
        with pytest.raises(RuntimeError, match=message):
            bpy.ops.headbridge.complete_texture(**arguments)
        assert scene_content() == before
    session = bpy.context.window_manager.headbridge
    assert session.error_of == "HEADBRIDGE_OT_complete_texture"
    assert image.packed_files


def test_a_cancelled_job_changes_nothing(addon, scene_content):
    bpy.ops.headbridge.add_head(kind="HACK")
    before = scene_content()
    session = addon("texture.basis_session").NewTextureSession("", "open", 1024, 8)
    while session.state != "running" and not session.step():
        time.sleep(0.01)
    assert session.state == "running", session.error
    session.cancel()
    while not session.step():
        time.sleep(0.01)
    assert session.state == "cancelled" and not session.error
    assert scene_content() == before and bpy.context.object.headbridge.texture is None


def test_a_texture_is_found_in_the_space_it_is_of(addon):
    bpy.ops.headbridge.add_head(kind="HACK")
    bpy.ops.headbridge.new_texture(size=SIZE)
    bpy.ops.headbridge.randomise_texture(seed=2)
    head = bpy.context.object
    image = head.headbridge.texture
    wanted, before = [each.value for each in image.headbridge.coefficients], pixels(image)
    assert bpy.ops.headbridge.fit_texture(size=SIZE) == {"FINISHED"}
    made = head.headbridge.texture
    state = made.headbridge
    assert made != image and made.name == "HACK Texture in open" and made.packed_files and state.fitted
    assert (state.space, state.kind, state.layout) == ("open", "space", "hack")
    # 8 bits, and texels of 64 x 64, leave the weakest components open.
    assert np.abs([a.value - b for a, b in zip(state.coefficients, wanted)])[:4].max() < 0.2
    assert np.median(np.abs(pixels(made) - before)) < 1.0
    np.testing.assert_array_equal(pixels(image), before)
