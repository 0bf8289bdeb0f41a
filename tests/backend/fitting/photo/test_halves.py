"""Wide changes of an albedo are those of both halves of the face."""

from __future__ import annotations

import numpy as np
import pytest

from headbridge.fitting.photo.halves import with_like_halves
from headbridge.texture.atlas.layout import HeadLayout
from headbridge.topologies import load_builtin, load_topology

SIZE = 256
SKIN = np.float32((0.72, 0.52, 0.44))


@pytest.fixture(scope="module")
def layout() -> HeadLayout:
    return HeadLayout(load_builtin("flame"), SIZE)


def places(layout: HeadLayout) -> np.ndarray:
    """(N, 3) mm, where the covered texels lie on the mean head."""
    corners = layout.packed.vertices[layout.packed.triangles[layout.raster.triangle[layout.covered]]]
    return np.einsum("nk,nkd->nd", layout.raster.barycentrics[layout.covered], corners)


def around(layout: HeadLayout, landmark: int, reach: float, mirrored: bool = False) -> np.ndarray:
    """(N,) bool, skin within so many mm of one of the 51 landmarks, or of its mirror image."""
    topology = load_topology("flame")
    middle = topology.landmarks_51.evaluate(layout.packed.vertices)[landmark] * ((-1.0 if mirrored else 1.0), 1.0, 1.0)
    skin = topology.skin & ~topology.no_match
    outer = np.append(skin[layout.packed.triangles].all(axis=1), False)[layout.raster.triangle[layout.covered]]
    return outer & (np.linalg.norm(places(layout) - middle, axis=1) < reach)


def test_a_shadow_on_one_half_goes_and_a_beard_on_both_stays(layout):
    topology, count = load_topology("flame"), np.count_nonzero(layout.covered)
    model = np.repeat(SKIN[None], count, axis=0)
    seen = np.ones(count, np.float32)
    # Beside the mouth's corners, and the left eye.
    beard = around(layout, 31, 16.0) | around(layout, 31, 16.0, mirrored=True)
    shadow = around(layout, 28, 16.0)
    albedo = np.where(beard[:, None], 0.6 * SKIN, SKIN).astype(np.float32)
    shadowed = np.where(shadow[:, None], 0.6 * SKIN, albedo).astype(np.float32)
    found = with_like_halves(shadowed, model, seen, layout, topology)
    inner = around(layout, 28, 8.0)
    before, after = (np.abs(picture[inner] - SKIN).mean() for picture in (shadowed, found))
    assert after < 0.35 * before
    deep = around(layout, 31, 8.0) | around(layout, 31, 8.0, mirrored=True)
    np.testing.assert_allclose(found[deep], albedo[deep], atol=0.02)
    # Nothing is invented where both halves are as the model has them, and a head without a shadow stays as it is.
    np.testing.assert_allclose(with_like_halves(albedo, model, seen, layout, topology), albedo, atol=0.02)


def test_a_half_that_is_not_seen_takes_the_tone_of_the_other_and_keeps_its_freckles(layout):
    topology, count = load_topology("flame"), np.count_nonzero(layout.covered)
    model = np.repeat(SKIN[None], count, axis=0)
    left = places(layout)[:, 0] > 0.0
    albedo = np.where(left[:, None], 0.9 * SKIN, SKIN).astype(np.float32)
    freckle = np.flatnonzero(around(layout, 28, 12.0, mirrored=True))[0]
    albedo[freckle] *= 0.7
    found = with_like_halves(albedo, model, left.astype(np.float32), layout, topology)
    cheek = np.flatnonzero(around(layout, 28, 12.0, mirrored=True))
    others = cheek[cheek != freckle]
    np.testing.assert_allclose(np.median(found[others], axis=0), 0.9 * SKIN, atol=0.02)
    assert found[freckle].mean() / np.median(found[others], axis=0).mean() == pytest.approx(0.7, abs=0.05)


def test_photos_that_show_no_skin_well_change_nothing(layout):
    topology, count = load_topology("flame"), np.count_nonzero(layout.covered)
    skin = np.append((topology.skin & ~topology.no_match)[layout.packed.triangles].all(axis=1), False)
    seen = np.where(skin[layout.raster.triangle[layout.covered]], 0.3, 1.0).astype(np.float32)
    albedo = np.repeat(SKIN[None], count, axis=0)
    np.testing.assert_array_equal(with_like_halves(albedo, 0.5 * albedo, seen, layout, topology), albedo)
