"""Pictures of fits."""

from __future__ import annotations

import numpy as np
import pytest

from headbridge.fitting.photo.job import FittedLandmarks
from headbridge.fitting.photo.pictures import head_render, shape_overlay
from headbridge.fitting.photo.rendering import PhotoRender
from headbridge.fitting.photo.texels import paint_texture
from headbridge.progress import Progress
from headbridge.topologies import load_topology

from .painted_heads import TEXTURE, PaintedHead, soft_light


@pytest.fixture(scope="module")
def head() -> PaintedHead:
    return PaintedHead("flame")


@pytest.fixture(scope="module")
def photo(head):
    return head.photo(0.0, soft_light())


@pytest.fixture(scope="module")
def painted(head, photo):
    return paint_texture([photo], head.template, load_topology("flame"), head.images(), TEXTURE, "cpu", Progress())


def test_the_shape_lies_over_the_photo_and_landmarks_where_they_are(head, photo):
    picture = shape_overlay(photo, head.template)
    covered = PhotoRender(photo, head.template).covered
    inside, outside = covered.copy(), ~covered
    for axis in (0, 1):
        for step in (-1, 1):
            inside &= np.roll(covered, step, axis)
            outside &= ~np.roll(covered, step, axis)
    original = np.rint(255.0 * photo.pixels)
    assert np.array_equal(picture[outside], original[outside])
    assert np.abs(picture[inside] - original[inside]).max(axis=1).mean() > 20.0
    # One mark off the head, and one that does not count.
    marks = FittedLandmarks(
        "ibug", np.arange(3), np.array([[20.5, 30.5], [60.5, 90.5], [150.5, 10.5]]), np.full((3, 2), 100.5),
        np.array([1.0, 1.0, 0.0]),
    )  # fmt: skip
    changed = (shape_overlay(photo, head.template, marks) != picture).any(axis=2)
    assert changed[30, 20] and changed[100, 100] and not changed[10, 150]
    assert not changed[:15].any() and changed.sum() < 100


@pytest.mark.slow
def test_the_render_laid_over_the_photo_is_the_photo(head, photo, painted):
    render = head_render(photo, head.template, painted)
    assert render.shape == (192, 192, 4) and render.dtype == np.uint8
    covered = PhotoRender(photo, head.template).covered
    assert (render[..., 3] > 127).mean() == pytest.approx(covered.mean(), abs=0.01)
    alpha = render[..., 3:] / 255.0
    over = alpha * render[..., :3] / 255.0 + (1.0 - alpha) * photo.pixels
    assert np.sqrt(np.mean((over - photo.pixels) ** 2)) < 0.02
