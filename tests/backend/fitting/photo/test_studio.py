"""Heads in the studio."""

from __future__ import annotations

import numpy as np
import pytest

from headbridge.fitting.photo.studio import StudioHead
from headbridge.fitting.photo.texels import paint_texture
from headbridge.progress import Progress
from headbridge.topologies import load_topology

from .painted_heads import TEXTURE, PaintedHead, soft_light


@pytest.fixture(scope="module")
def head() -> PaintedHead:
    return PaintedHead("flame")


@pytest.fixture(scope="module")
def painted(head):
    photos = [head.photo(0.0, soft_light())]
    return paint_texture(photos, head.template, load_topology("flame"), head.images(), TEXTURE, "cpu", Progress())


@pytest.mark.slow
def test_turntables_show_both_profiles_alike_and_the_face_in_the_middle(head, painted):
    picture = StudioHead(head.template.vertices, head.template, painted).turntable()
    assert picture.shape == (800, 2400, 3)
    shapes = [np.abs(np.diff(cell.astype(int), axis=1)).max(axis=2) for cell in np.split(picture[400:], 6, axis=1)]
    # The backdrop only changes from top to bottom.
    masks = [
        np.maximum.accumulate(e > 4, axis=1) & np.maximum.accumulate((e > 4)[:, ::-1], axis=1)[:, ::-1] for e in shapes
    ]
    for left, right in ((0, 4), (1, 3), (2, 2)):
        assert np.mean(masks[left] != masks[right][:, ::-1]) < 0.03
    # At first the head looks to the right: its nose is the part farthest there, half way up.
    columns = [np.flatnonzero(row).max(initial=0) for row in masks[0]]
    assert 120 < int(np.argmax(columns[:260])) < 260
    # The texture's colours are those of the head.
    face = picture[150:250, 980:1020].reshape(-1, 3).mean(axis=0)
    assert face[0] > face[2]


@pytest.mark.slow
def test_other_lights_come_from_where_they_are_said_to(head, painted):
    """Warm from the left, cool from the right, and from above, on a head whose two halves are lit alike otherwise."""
    left, right, above = np.split(StudioHead(head.template.vertices, head.template, painted).relit() / 255.0, 3, axis=1)
    sides = [(cell[150:250, 140:180].mean(), cell[150:250, 220:260].mean()) for cell in (left, right)]
    assert sides[0][0] > 1.2 * sides[0][1] and sides[1][1] > 1.2 * sides[1][0]
    hues = [cell[150:250, 140:260].mean(axis=(0, 1)) for cell in (left, right)]
    assert hues[0][0] / hues[0][2] > 1.05 * hues[1][0] / hues[1][2]
    assert above[60:120, 180:220].mean() > 1.2 * above[270:300, 180:220].mean()
