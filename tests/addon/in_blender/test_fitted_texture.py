"""Sliders of the textures that fits to photos find, with the fake worker."""

from __future__ import annotations

import sys
from pathlib import Path

import bpy
import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from fake_worker import FITTED_COEFFICIENT, TEXTURE_COUNT


def pixels(image) -> set[tuple]:
    """The colours of a tiled image, in 255ths, all tiles together."""
    found = set()
    for packed in image.packed_files:
        path = Path(bpy.app.tempdir) / f"tile_{packed.tile_number}.png"
        path.write_bytes(packed.packed_file.data)
        single = bpy.data.images.load(str(path))
        values = np.empty(single.size[0] * single.size[1] * single.channels, np.float32)
        single.pixels.foreach_get(values)
        bpy.data.images.remove(single)
        found |= set(map(tuple, np.rint(255.0 * values.reshape(-1, 4)[:, :3]).astype(int).tolist()))
    return found


@pytest.fixture
def fit(fake_worker, addon, tmp_path):
    """`fit(texture)` fits a photo and gives the head's texture; its own picture is white."""
    fake_worker("answer")
    path = tmp_path / "anna.png"
    path.write_bytes(addon("image_encoding").png_file(np.zeros((40, 60, 3), np.uint8)))

    def make(texture: str = "open"):
        assert bpy.ops.headbridge.fit_photo(filepath=str(path), texture=texture) == {"FINISHED"}
        return bpy.context.object.headbridge.texture

    return make


def shown_image():
    """The image of the active head's material."""
    head = bpy.context.object
    material = head.data.materials[len(head.data.materials) - 1]
    return next(node.image for node in material.node_tree.nodes if node.type == "TEX_IMAGE")


def test_sliders_show_what_the_fit_found(fit, addon):
    image = fit()
    state = image.headbridge
    assert image == shown_image() == addon("texture.basis_session").texture_of(bpy.context.object)
    assert [each.value for each in state.coefficients] == [FITTED_COEFFICIENT] * TEXTURE_COUNT
    assert (state.space, state.kind, state.layout, state.fitted, state.detail) == ("open", "space", "hack", True, 1.0)
    assert addon("texture.live").is_up_to_date(image) and state.original is None
    assert pixels(image) == {(255, 255, 255)}
    assert bpy.context.object.headbridge.coverage.colorspace_settings.name == "Non-Color"


def test_a_moved_slider_gives_the_neighbour_of_the_fit_and_the_fits_own_picture_stays(fit):
    image = fit()
    bpy.ops.headbridge.reload_texture()
    assert pixels(image) == {(255, 255, 255)} and image.headbridge.original is None
    image.headbridge.coefficients[0].value = FITTED_COEFFICIENT - 2.0
    # 0.1 a standard deviation, in red.
    assert pixels(image) == {(204, 255, 255)}
    original = image.headbridge.original
    assert original.name == "anna Fit Original" and original.packed_files and pixels(original) == {(255, 255, 255)}
    assert not original.headbridge.space and original.colorspace_settings.name == "sRGB"
    # Without what the fit knows besides, it is the space's: 0.5 + 0.1 (4 x 0.5 - 1.5), 0.5 + 0.1 x 5 x 0.5 and 4 x 0.5.
    image.headbridge.detail = 0.0
    assert pixels(image) == {(140, 191, 178)} or pixels(image) == {(140, 191, 179)}
    assert bpy.ops.headbridge.texture_as_fitted() == {"FINISHED"}
    assert pixels(image) == {(255, 255, 255)} and image.headbridge.detail == 1.0
    assert bpy.ops.headbridge.reset_texture() == {"FINISHED"}
    assert pixels(image) == {(128, 128, 128)} and not any(each.value for each in image.headbridge.coefficients)
    assert image.headbridge.original == original and pixels(original) == {(255, 255, 255)}


def test_undo_gives_the_fits_own_picture_back(fit):
    bpy.context.preferences.edit.use_global_undo = True
    name = fit().name
    bpy.ops.headbridge.reload_texture()
    bpy.ops.ed.undo_push(message="fitted")
    bpy.ops.headbridge.reset_texture("EXEC_DEFAULT", True)
    assert pixels(bpy.data.images[name]) == {(128, 128, 128)}
    bpy.ops.ed.undo()
    image = bpy.data.images[name]
    assert pixels(image) == {(255, 255, 255)} and image.headbridge.original is None
    assert f"{name} Original" not in bpy.data.images
    bpy.ops.ed.redo()
    assert pixels(bpy.data.images[name]) == {(128, 128, 128)}
    assert pixels(bpy.data.images[f"{name} Original"]) == {(255, 255, 255)}


def test_a_saved_fit_keeps_its_coefficients_and_its_own_picture(fit, tmp_path):
    image = fit()
    name = image.name
    bpy.ops.headbridge.reload_texture()
    image.headbridge.coefficients[1].value = FITTED_COEFFICIENT - 1.0
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "scene.blend"))
    bpy.ops.wm.open_mainfile(filepath=str(tmp_path / "scene.blend"))
    image = bpy.data.images[name]
    assert pixels(image) == {(255, 230, 255)} or pixels(image) == {(255, 229, 255)}
    assert pixels(image.headbridge.original) == {(255, 255, 255)}
    bpy.ops.headbridge.texture_as_fitted(image=name)
    assert pixels(image) == {(255, 255, 255)}


def test_a_generators_styles_stay_with_its_fit(fit, addon):
    image = fit("a-generator")
    fitted = addon("texture.fitted")
    np.testing.assert_array_equal(fitted.styles_of(image), np.full((3, 2), 0.25, np.float32))
    image.headbridge.coefficients[0].value = FITTED_COEFFICIENT - 2.0
    assert pixels(image) == {(255, 255, 255)} and image.headbridge.original is None
    assert bpy.ops.headbridge.render_texture() == {"FINISHED"}
    assert pixels(image) == {(204, 255, 255)} and pixels(image.headbridge.original) == {(255, 255, 255)}
    # The fit's own picture is here, the generator need not be asked.
    bpy.ops.headbridge.texture_as_fitted()
    assert pixels(image) == {(255, 255, 255)} and addon("texture.live").is_up_to_date(image)


def test_a_new_fit_takes_all_pictures_of_the_old_one_away(fit):
    image = fit()
    bpy.ops.headbridge.reload_texture()
    image.headbridge.coefficients[0].value = 0.0
    assert len(bpy.data.images) == 4
    assert bpy.ops.headbridge.refit_photo() == {"FINISHED"}
    assert {each.name for each in bpy.data.images} == {"anna.png", "anna Fit", "anna Fit Coverage"}


def test_detail_is_what_the_original_has_beyond_the_model(addon):
    fitted = addon("texture.fitted")
    rng = np.random.default_rng(0)
    original = rng.integers(60, 200, (2, 16, 16, 3)).astype(np.uint8)
    then, now = rng.uniform(0.3, 0.6, (2, 2, 8, 8, 3)).astype(np.float32)
    np.testing.assert_array_equal(fitted.with_detail(original, then, then, 1.0), original)
    # Without detail the model's picture, with all of it the same difference everywhere.
    plain = fitted.with_detail(original, now, then, 0.0)
    np.testing.assert_allclose(plain, 255.0 * np.stack([fitted.resized(each, 16) for each in now]), atol=0.51)
    shifted = fitted.with_detail(original, then + np.float32(0.1), then, 1.0)
    np.testing.assert_allclose(shifted, original + 25.5, atol=0.51)
    # A smaller picture has the means of the original's texels.
    small = fitted.with_detail(original, then, then, 1.0, most=8)
    np.testing.assert_allclose(small, original.reshape(2, 8, 2, 8, 2, 3).mean(axis=(2, 4)), atol=0.51)


def test_pictures_grow_linearly_between_texels(addon):
    resized = addon("texture.fitted").resized
    ramp = np.repeat(np.arange(8.0, dtype=np.float32)[None, :, None], 8, axis=0)
    # Texels' centres lie at (k + 0.5) / size; beyond the outermost the border goes on.
    wanted = np.clip((np.arange(20) + 0.5) * 8 / 20 - 0.5, 0.0, 7.0)
    np.testing.assert_allclose(resized(ramp, 20)[3, :, 0], wanted, atol=1e-5)
    np.testing.assert_allclose(resized(ramp.transpose(1, 0, 2), 20)[:, 3, 0], wanted, atol=1e-5)
    np.testing.assert_allclose(resized(ramp, 4)[0, :, 0], [0.5, 2.5, 4.5, 6.5])
