"""Eyeballs behind lids, and their paint."""

import numpy as np

from headbridge.fitting.scan.eyeballs import seat_eyeballs
from headbridge.spatial.rasterise import rasterise_uv
from headbridge.texture.atlas.painted_eyes import paint_eyes
from headbridge.topologies import load_builtin, load_topology


def test_lids_that_shut_too_deep_push_the_eyeball_back_by_as_much():
    head, topology = load_builtin("flame"), load_topology("flame")
    seated = seat_eyeballs(head.vertices, topology)
    deep = seated.copy()
    deep[topology.regions["left_eye_region"], 2] -= 1.5
    moved = seat_eyeballs(deep, topology) - deep
    left, right = topology.regions["left_eyeball"], topology.regions["right_eyeball"]
    assert np.allclose(moved[left], (0.0, 0.0, -1.5), atol=0.3)
    assert np.allclose(moved[~left], 0.0, atol=1e-9)
    assert right.any()


def test_heads_without_eyeballs_stay_as_they_are():
    head = load_builtin("hack")
    assert np.array_equal(seat_eyeballs(head.vertices, load_topology("hack")), head.vertices)


def test_eyes_look_ahead():
    head, topology = load_builtin("flame"), load_topology("flame")
    raster = rasterise_uv(head.uvs[head.triangle_corners], 256)
    picture = np.ones((256, 256, 3), np.float32)
    share = np.zeros((256, 256))
    paint_eyes(picture, share, raster, head, topology)
    points = np.einsum("hwk,hwkd->hwd", raster.barycentrics, head.vertices[head.triangles[raster.triangle]])
    dark = raster.covered & (picture.max(axis=2) < 0.2)
    for side, sign in (("left", 1.0), ("right", -1.0)):
        ball = head.vertices[topology.regions[f"{side}_eyeball"]]
        pupil = points[dark & (sign * points[..., 0] > 0)]
        assert len(pupil) > 5
        centre = 0.5 * (ball.min(axis=0) + ball.max(axis=0))
        assert np.abs(pupil.mean(axis=0)[:2] - centre[:2]).max() < 0.8 and pupil[:, 2].min() > centre[2] + 10.0
    paint_eyes(again := np.ones_like(picture), np.ones_like(share), raster, head, topology)
    assert (again == 1.0).all()
