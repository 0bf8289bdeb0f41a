"""What an albedo is allowed to be beside what a texture model knows."""

from __future__ import annotations

import numpy as np
import pytest

from headbridge.fitting.photo.relightable import bounded, without_highlights
from headbridge.fitting.photo.skin_mask import albedo_spread
from headbridge.fitting.photo.texels import paint_texture
from headbridge.images.colour import linear_to_srgb, srgb_to_linear
from headbridge.progress import Progress
from headbridge.topologies import load_topology

from .painted_heads import TEXTURE, PaintedHead, decibels, soft_light

SKIN = np.float32((0.72, 0.52, 0.44))


@pytest.fixture(scope="module")
def head() -> PaintedHead:
    return PaintedHead("flame")


@pytest.mark.parametrize("factor", [0.85, 1.0, 1.1])
def test_grey_light_on_top_is_told_from_a_lighter_skin(factor):
    base = srgb_to_linear(SKIN[None])
    shiny = linear_to_srgb(factor * base + np.float32([[0.0], [0.06], [0.15]]))
    found = srgb_to_linear(without_highlights(shiny, np.repeat(SKIN[None], 3, axis=0)))
    np.testing.assert_allclose(found, np.repeat(factor * base, 3, axis=0), atol=0.025)


def test_a_skin_of_another_lightness_has_no_highlight():
    lighter = linear_to_srgb(srgb_to_linear(SKIN[None]) * np.float32([[0.8], [1.15]]))
    np.testing.assert_allclose(without_highlights(lighter, np.repeat(SKIN[None], 2, axis=0)), lighter, atol=0.01)


def test_what_skins_differ_by_stays_and_what_none_has_is_pulled_back(head):
    layout = head.layout
    model = np.repeat(SKIN[None], np.count_nonzero(layout.covered), axis=0)
    plain = np.ones(len(model))
    usual = np.clip(model * 1.05, 0.0, 1.0)
    np.testing.assert_allclose(bounded(usual, model, plain, layout), usual, atol=2e-3)
    for colour in ((1.0, 1.0, 1.0), (0.0, 0.0, 0.0), (0.3, 0.5, 0.9)):
        kept = bounded(np.broadcast_to(np.float32(colour), model.shape), model, plain, layout)
        # Lighter by at most a factor exp(0.10), darker by exp(-0.25), and of a hue of at most exp(0.05); nothing is narrow.
        ratio = (kept + 0.03) / (model + 0.03)
        assert ratio.max() < np.exp(0.151) and ratio.min() > np.exp(-0.301) and np.abs(kept - model).max() < 0.25
    # A spot is narrow: it may be much darker, as a mole is, but no white.
    spot = np.array(model)
    spot[len(spot) // 2] = 0.1
    assert 0.3 < bounded(spot, model, plain, layout)[len(spot) // 2].mean() < 0.4 < model[0].mean() - 0.15


def test_lips_may_be_painted_red_and_skin_may_not(head):
    layout, red = head.layout, np.float32((0.70, 0.12, 0.14))
    model = np.repeat(SKIN[None], np.count_nonzero(layout.covered), axis=0)
    painted, plain = np.broadcast_to(red, model.shape), np.ones(len(model))
    lips = bounded(painted, model, plain, layout, np.ones(len(model)))
    skin = bounded(painted, model, plain, layout, np.zeros(len(model)))
    # Red against green: in the photo, and what of it is kept.
    seen, kept, pulled = (np.log(np.median(p[:, 0]) / np.median(p[:, 1])) for p in (painted, lips, skin))
    own = np.log(SKIN[0] / SKIN[1])
    assert kept - own > 0.75 * (seen - own) and pulled - own < 0.25 * (seen - own)


@pytest.mark.slow
def test_a_shadow_and_a_shine_that_the_light_does_not_explain_leave_the_albedo_as_it_was(head):
    """The painted albedo is known: as it is, and as the model's knowledge of it keeps it."""
    photo = head.photo(0.0, soft_light())
    pixels = np.array(photo.pixels)
    pixels[80:110, 70:95] *= 0.5
    pixels[85:105, 105:118] = np.clip(pixels[85:105, 105:118] + 0.3, 0.0, 1.0)
    spoiled = type(photo)(pixels, photo.vertices, photo.matrix, photo.light, name="spoiled")
    face = np.append(load_topology("flame").regions["narrow_face"][head.layout.packed.triangles].all(axis=1), False)
    # Hairs of brows and lashes may be as dark as they are.
    face &= np.append(albedo_spread(head.template, load_topology("flame")) < 1.1, False)
    inside = face[head.layout.raster.triangle] & head.layout.covered
    off = {}
    for name, explained in (("free", None), ("kept", head.picture)):
        painted = paint_texture(
            [spoiled],
            head.template,
            load_topology("flame"),
            head.images(),
            TEXTURE,
            "cpu",
            Progress(),
            explained=explained,
        )
        off[name] = painted.picture[inside] - head.picture[inside]
    assert decibels(off["kept"]) > 25.0 > decibels(off["free"]) + 3.0
    assert np.abs(off["kept"]).max() < 0.25 < np.abs(off["free"]).max()
