"""Where texels lie in photos, against rays and known pictures."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from headbridge.fitting.photo.projection import seen_texels
from headbridge.fitting.photo.rendering import PhotoRender
from headbridge.fitting.photo.sampling import bilinear_weights, pixels_around, sample_picture
from headbridge.spatial import Surface
from headbridge.topologies import load_topology

from .painted_heads import PaintedHead


def test_texels_are_seen_where_rays_reach_them():
    head = PaintedHead("flame")
    photo = head.photo(35.0, size=400)
    layout = head.layout
    seen = seen_texels(photo, layout, load_topology("flame"), PhotoRender(photo, layout.packed))
    corners = layout.packed.triangles[layout.raster.triangle[layout.covered]]
    weights = layout.raster.barycentrics[layout.covered]
    points = np.einsum("nk,nkd->nd", weights, photo.vertices[corners])
    chosen = np.random.default_rng(0).choice(len(points), 4000, replace=False)
    # Rays start at the camera and end where they meet the head.
    hits = Surface(photo.vertices, layout.packed.triangles).cast(np.zeros((4000, 3)), points[chosen])
    reached = np.linalg.norm(hits.points - points[chosen], axis=1) < 0.5
    found = seen.own[chosen].sum(axis=1) > 0.0
    # Surfaces seen edge-on are either.
    clear = np.abs(seen.facing[chosen]) > 0.15
    assert (found == reached)[clear].mean() > 0.985
    assert (seen.trust[chosen][~reached & clear] < 0.05).mean() > 0.95
    depth = np.linalg.norm(points, axis=1)
    assert np.allclose(seen.places[:, 0], 800.0 * points[:, 0] / -points[:, 2] + 200.0)
    assert np.allclose(seen.places[:, 1], -800.0 * points[:, 1] / -points[:, 2] + 200.0) and depth.min() > 0.0


def test_crops_show_the_same_at_the_same_place():
    head = PaintedHead("flame")
    photo = replace(head.photo(0.0), weights=np.full((192, 192), 0.5, np.float32))
    crop = photo.around_head(80)
    assert max(crop.pixels.shape) == 80 and crop.weights.shape == crop.pixels.shape[:2]
    assert np.allclose(crop.weights, 0.5)
    there = sample_picture(photo.pixels, photo.screen[:, :2], 1.0)
    here = sample_picture(crop.pixels, crop.screen[:, :2], 1.0)
    # Smooth colours survive the smaller size but at edges.
    assert np.median(np.abs(there - here)) < 0.01
    whole = photo.around_head(10_000)
    left, top, _, _ = photo.box
    assert np.allclose(whole.screen - photo.screen, (-(left - 8), -(top - 8), 0.0))


def test_even_slopes_are_sampled_exactly():
    rows, columns = np.mgrid[:40, :60] + 0.5
    picture = np.stack([columns, rows], axis=-1).astype(np.float32)
    places = np.random.default_rng(1).uniform((10, 10), (50, 30), (500, 2))
    # OpenCV's cubic kernel wavers by a twentieth of a pixel.
    assert np.allclose(sample_picture(picture, places, 1.0), places, atol=0.07)
    assert np.allclose(sample_picture(picture, places, 4.0), places, atol=0.3)
    row, column = pixels_around(places, (40, 60))
    weights = bilinear_weights(places)
    assert np.allclose(np.einsum("nk,nkc->nc", weights, picture[row, column]), places)
    assert np.allclose(weights.sum(axis=1), 1.0)


def test_stripes_finer_than_a_texel_become_grey():
    picture = np.tile(np.float32([0.0, 1.0]), (64, 32))[..., None]
    places = np.random.default_rng(2).uniform(8, 56, (200, 2))
    assert np.allclose(sample_picture(picture, places, 4.0), 0.5, atol=1e-6)
    assert np.ptp(sample_picture(picture, places, 1.0)) > 0.9
