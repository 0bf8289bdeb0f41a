"""Which triangle is seen: against the reference, on shared edges, with depth, behind the camera."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy.spatial import Delaunay

from headbridge.errors import InputError
from headbridge.render import Faces, rasterise

from . import reference


def test_every_pixel_shows_the_triangle_of_the_reference(scene):
    raster = rasterise(scene.points, scene.faces, scene.size, scene.perspective)
    expected = reference.visible_triangles(scene.points.double(), scene.faces, scene.size, scene.perspective)
    assert raster.covered.float().mean() > 0.3
    assert int((raster.triangle != expected).sum()) == 0


def test_neighbours_share_no_pixel_and_leave_none_out():
    # Corners on pixel centres and halves of them: every kind of tie.
    rng = np.random.default_rng(0)
    inner = np.rint(2.0 * rng.uniform(2.0, 14.0, (9, 2))) / 2.0
    corners = np.concatenate([[[0.5, 0.5], [15.5, 0.5], [15.5, 15.5], [0.5, 15.5]], np.unique(inner, axis=0)])
    triangles = Delaunay(corners).simplices
    points = torch.tensor(np.column_stack([corners, np.ones(len(corners))])[None], dtype=torch.float32)
    together = rasterise(points, Faces(triangles, len(corners)), 16).covered
    times = sum(rasterise(points, Faces(triangles[[t]], len(corners)), 16).covered.int() for t in range(len(triangles)))
    assert together[0, :15, :15].all() and not together[0, 15].any() and not together[0, :, 15].any()
    assert int(times.max()) == 1 and torch.equal(times > 0, together)


@pytest.mark.parametrize("perspective", [True, False])
def test_the_nearer_square_hides_the_other_and_of_equals_the_first_is_seen(square, perspective):
    near, faces = square(2.0, 2.0, 4.0, 1.0)
    far, _ = square(0.0, 0.0, 8.0, 3.0)
    both = Faces(torch.cat([faces.triangles + 4, faces.triangles, faces.triangles]), 8)
    seen = rasterise(torch.cat([near, far], 1), both, 8, perspective).triangle[0]
    assert (seen >= 0).all()
    assert ((seen == 2) | (seen == 3)).sum() == 16 and ((seen == 0) | (seen == 1)).sum() == 48


def test_depth_may_be_negative_without_perspective_and_hides_nothing_with_it(square):
    points, faces = square(1.0, 1.0, 4.0, -2.0)
    assert rasterise(points, faces, 8, perspective=False).covered.sum() == 16
    assert rasterise(points, faces, 8, perspective=True).covered.sum() == 0


def test_a_triangle_far_larger_than_the_picture_covers_it():
    points = torch.tensor([[[-1e7, -1e7, 1.0], [3e7, -1e7, 1.0], [-1e7, 3e7, 1.0]]])
    assert rasterise(points, Faces([[0, 1, 2]], 3), (5, 7)).covered.all()


def test_views_are_those_of_separate_calls_and_runs_agree(scene):
    together = rasterise(scene.points, scene.faces, scene.size, scene.perspective).triangle
    for view in range(2):
        alone = rasterise(scene.points[[view]], scene.faces, scene.size, scene.perspective).triangle
        assert torch.equal(alone[0], together[view])
    assert torch.equal(together, rasterise(scene.points, scene.faces, scene.size, scene.perspective).triangle)


@pytest.mark.parametrize(
    "change, message",
    [
        (lambda p: p.double(), "should be float32"),
        (lambda p: p[0], "should have shape"),
        (lambda p: p[:, :3], "should have shape"),
        (lambda p: p * torch.nan, "not finite"),
    ],
)
def test_wrong_points_are_refused(square, change, message):
    points, faces = square(1.0, 1.0, 4.0)
    with pytest.raises(InputError, match=message):
        rasterise(change(points), faces, 8)


@pytest.mark.parametrize(
    "triangles, message",
    [
        (np.zeros((0, 3), int), "no triangles"),
        ([[0, 1, 4]], "there are 4 points"),
        ([[0, 1, -1]], "there are 4 points"),
        ([[0, 1]], "shape"),
        ([[0.0, 1.0, 2.0]], "integers"),
    ],
)
def test_wrong_triangles_are_refused(triangles, message):
    with pytest.raises(InputError, match=message):
        Faces(triangles, 4)


def test_a_picture_without_pixels_is_refused(square):
    points, faces = square(1.0, 1.0, 4.0)
    with pytest.raises(InputError, match="cannot be rendered"):
        rasterise(points, faces, (0, 8))
