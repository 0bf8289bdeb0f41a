"""Textures painted from photos of heads whose colours are known."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from headbridge.errors import InputError
from headbridge.fitting.photo.projection import seen_texels
from headbridge.fitting.photo.rendering import PhotoRender
from headbridge.fitting.photo.texels import paint_texture
from headbridge.progress import Progress
from headbridge.topologies import load_topology

from .painted_heads import TEXTURE, PaintedHead, decibels, soft_light

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def flame() -> PaintedHead:
    return PaintedHead("flame")


def paint(head: PaintedHead, photos, behind, key="flame", **more):
    topology = load_topology(key)
    return paint_texture(photos, head.template, topology, behind, TEXTURE, "cpu", Progress(), **more)


def on_skin(head: PaintedHead, key="flame") -> np.ndarray:
    """(H, W) bool, texels of the outer skin."""
    outer = load_topology(key).skin[head.layout.packed.triangles].all(axis=1)
    return np.append(outer, False)[head.layout.raster.triangle]


@pytest.mark.parametrize("key", ["flame", "hack"])
def test_known_albedo_comes_back_and_the_photo_is_repeated(key):
    head, light = PaintedHead(key), soft_light()
    photo = head.photo(20.0, light)
    painted = paint(head, [photo], head.images(tone=0.8), key)
    assert list(painted.images) == list(head.layout.packing.tiles)
    seen = seen_texels(photo, head.layout, load_topology(key), PhotoRender(photo, head.layout.packed))
    well = np.zeros(head.layout.shape, bool)
    well[head.layout.covered] = (seen.trust > 0.99) & (seen.facing > 0.5)
    well &= on_skin(head, key)
    assert well.sum() > 0.1 * head.layout.covered.sum()
    assert decibels((painted.picture - head.picture)[well]) > 38.0
    assert painted.psnr[0] > 40.0
    render = PhotoRender(photo, head.layout.packed)
    face = load_topology(key).regions["narrow_face"][head.layout.packed.triangles].all(axis=1)
    shown = np.append(face, False)[render.triangle] & render.covered
    again = render.colours(torch.from_numpy(painted.picture)[None])
    assert decibels((again - photo.pixels)[shown]) > 40.0


def test_the_other_side_is_mirrored_and_the_rest_takes_the_tone(flame):
    # The picture behind is darker, as a texture model may be.
    painted = paint(flame, [flame.photo(-50.0, soft_light())], flame.images(tone=0.7))
    error = np.abs(painted.picture - flame.picture).max(axis=2)
    skin = on_skin(flame)
    coverage = next(iter(painted.coverages.values()))
    hidden = skin & (coverage == 0)
    assert hidden.sum() > 0.4 * skin.sum()
    # The head looks to the left, so that its left side shows.
    cheek = (
        skin & (flame.points[..., 0] < -40.0) & (flame.points[..., 2] > 20.0) & (np.abs(flame.points[..., 1]) < 40.0)
    )
    assert (coverage[cheek] == 0).mean() > 0.5
    assert np.median(error[cheek]) < 0.01
    assert np.median(error[hidden]) < 0.01
    # Lips that nobody saw are no darker than those that were seen.
    lips = np.append(load_topology("flame").regions["lips"][flame.layout.packed.triangles].all(axis=1), False)
    lips = skin & lips[flame.layout.raster.triangle] & (np.abs(flame.points[..., 0]) > 12.0)
    assert np.median(error[lips]) < 0.05


def test_what_the_user_masks_out_is_not_painted(flame):
    photo = flame.photo(0.0)
    known = np.ones(photo.pixels.shape[:2], np.float32)
    # A hand before the mouth, well inside the face.
    middle = known.shape[0] // 2
    known[middle + 10 : middle + 30, middle - 25 : middle + 25] = 0.0
    spoilt = np.where(known[..., None] > 0.0, photo.pixels, np.float32((0.0, 1.0, 0.0)))
    painted = paint(flame, [replace(photo, pixels=spoilt, known=known)], flame.images())
    assert np.abs(painted.picture - flame.picture)[on_skin(flame)].max() < 0.1
    unmasked = paint(flame, [replace(photo, pixels=spoilt)], flame.images())
    assert np.abs(unmasked.picture - flame.picture)[on_skin(flame)].max() > 0.3


def test_hair_is_painted_on_the_scalp_alone_and_only_when_it_is_given(flame):
    photo = flame.photo(0.0)
    topology = load_topology("flame")
    rows = np.arange(photo.pixels.shape[0])
    # Green hair over the upper third, as far as below the hair line.
    hair = (PhotoRender(photo, flame.layout.packed).covered & (rows < np.median(rows) - 20)[:, None]).astype(np.float32)
    pixels = np.where(hair[..., None] > 0.0, np.float32((0.1, 0.7, 0.1)), photo.pixels)
    greenness = []
    for told in (None, hair):
        given = replace(photo, pixels=pixels, weights=1.0 - hair, known=1.0 - hair, hair=told)
        painted = paint(flame, [given], flame.images())
        greenness.append(painted.picture[..., 1] - painted.picture[..., [0, 2]].max(axis=2))
    scalp, face = (
        np.append(topology.regions[name][flame.layout.packed.triangles].all(axis=1), False)[
            flame.layout.raster.triangle
        ]
        for name in ("scalp", "narrow_face")
    )
    seen = scalp & (flame.points[..., 2] > 20.0)
    assert greenness[0][on_skin(flame)].max() < 0.2
    assert (greenness[1][seen] > 0.4).mean() > 0.3 and greenness[1][face].max() < 0.2


def test_skin_that_light_does_not_explain_gets_no_whiter_than_is_likely(flame):
    # A light fitted wrongly: dark where the photo is bright.
    light = soft_light()
    photo = flame.photo(0.0, light)
    dark = 0.15 * light
    painted = paint(flame, [replace(photo, light=dark)], flame.images())
    assert (painted.picture - 1.6 * flame.picture)[on_skin(flame)].max() < 0.3


def test_skin_in_the_dark_is_completed_from_the_lit_side(flame):
    # A lamp from the left alone; in the photo's shadow lies green noise.
    light = np.zeros((9, 3))
    light[0], light[1] = 1.2, -1.2
    photo = flame.photo(0.0, light)
    render = PhotoRender(photo, flame.layout.packed)
    dark = render.covered & (render.shading.mean(axis=2) < 0.05)
    assert 0.1 < dark.sum() / render.covered.sum() < 0.6
    pixels = np.where(dark[..., None], np.float32((0.0, 0.1, 0.0)), photo.pixels)
    painted = paint(flame, [replace(photo, pixels=pixels)], flame.images())
    error = np.abs(painted.picture - flame.picture).max(axis=2)[on_skin(flame)]
    assert np.percentile(error, 99.0) < 0.1


def test_what_is_no_skin_stays_where_it_is(flame):
    photo = flame.photo(0.0)
    topology = load_topology("flame")
    render = PhotoRender(photo, flame.layout.packed)
    neck = np.append(topology.regions["neck"][flame.layout.packed.triangles].any(axis=1), False)[render.triangle]
    pixels = np.where(neck[..., None], np.float32((0.0, 0.0, 1.0)), photo.pixels)
    weights = np.where(neck | ~render.covered, 0.0, 1.0).astype(np.float32)
    inside = topology.regions["neck"][flame.layout.packed.triangles].all(axis=1)
    inside = np.append(inside, False)[flame.layout.raster.triangle]
    painted = paint(flame, [replace(photo, pixels=pixels, weights=weights)], flame.images())
    assert np.abs(painted.picture - flame.picture)[inside].max() < 0.05
    without = paint(flame, [replace(photo, pixels=pixels)], flame.images())
    assert (without.picture[inside][:, 2] > 0.8).mean() > 0.2


def test_backgrounds_do_not_reach_the_head(flame):
    # A head that the fit has made a little too wide shows background at its outline.
    photo = flame.photo(0.0, soft_light())
    wide = photo.vertices * (1.04, 1.0, 1.0)
    render = PhotoRender(photo, flame.layout.packed)
    weights = render.covered.astype(np.float32)
    blueness = []
    for told in (weights, None):
        painted = paint(flame, [replace(photo, vertices=wide, weights=told)], flame.images())
        colours = painted.picture[on_skin(flame)]
        blueness.append(np.sort(colours[:, 2] - colours[:, 0])[-50:].mean())
    assert blueness[0] < 0.15 < 0.4 < blueness[1]


def test_two_photos_show_more_and_meet_without_a_seam(flame):
    light = soft_light()
    photos = [flame.photo(yaw, light) for yaw in (-40.0, 40.0)]
    both = paint(flame, photos, flame.images(tone=0.8))
    single = paint(flame, photos[:1], flame.images(tone=0.8))
    assert both.share > 1.2 * single.share
    assert min(both.psnr) > 38.0
    # Steps between texels are those of the truth.
    skin = on_skin(flame)
    inside = skin[:, 1:] & skin[:, :-1]
    excess = np.abs(np.diff(both.picture, axis=1) - np.diff(flame.picture, axis=1)).max(axis=2)[inside]
    assert np.percentile(excess, 98.0) < 0.015


def test_raw_colours_hold_light_and_nothing_unseen(flame):
    photo = replace(flame.photo(0.0, soft_light()), light=None)
    painted = paint(flame, [photo], None, completed=False)
    coverage = next(iter(painted.coverages.values()))
    assert (painted.picture[flame.layout.covered & (coverage == 0)] == 0.0).all()
    back = flame.layout.covered & (flame.points[..., 2] < -90.0) & (flame.points[..., 1] > 0.0)
    assert (coverage[back] == 0).all() and back.any()
    assert painted.psnr[0] > 40.0


def test_the_same_twice(flame):
    photo = flame.photo(10.0, soft_light())
    first, second = (paint(flame, [photo], flame.images()).picture for _ in range(2))
    assert np.array_equal(first, second)


def test_photos_without_the_head_and_pictures_of_other_sizes_are_refused(flame):
    photo = flame.photo(0.0)
    aside = photo.matrix + [[0.0, 0.0, 5000.0], [0.0] * 3, [0.0] * 3]
    with pytest.raises(InputError, match="painted: the head does not lie in this picture of 192 x 192"):
        paint(flame, [replace(photo, matrix=aside)], None)
    with pytest.raises(InputError, match="256 x 256"):
        paint(flame, [photo], {tile: replace(im, pixels=im.pixels[::2, ::2]) for tile, im in flame.images().items()})
    with pytest.raises(InputError, match="not wholly before the camera"):
        replace(photo, vertices=-photo.vertices)
    with pytest.raises(InputError, match="weights of shape"):
        replace(photo, weights=np.ones((4, 4)))
