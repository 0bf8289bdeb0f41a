"""The lips' edges of open mouths, on heads whose expression is known: the head models' own."""

from __future__ import annotations

import numpy as np
import pytest

from headbridge.detection.on_meshes.landmarks import FEATURES
from headbridge.detection.on_meshes.lips import lip_edges
from headbridge.mesh import Mesh
from headbridge.topologies import load_topology

from .test_lids import head


@pytest.mark.parametrize("key", ["hack", "flame"])
@pytest.mark.parametrize("jaw", [0.4, 0.9])
def test_the_edges_lie_where_the_lips_meet(key, jaw):
    mesh, voted = head(key, {"jawOpen": jaw}, 0)
    edges = lip_edges(mesh, voted)
    rim = mesh.vertices[load_topology(key).rims["lips_inner"]]
    middle = 0.5 * (rim[:, 1].min() + rim[:, 1].max())
    for edge, half, way in zip(edges, (rim[rim[:, 1] > middle], rim[rim[:, 1] < middle]), (1.0, -1.0)):
        half = half[np.argsort(half[:, 0])]
        off = way * (edge[:, 1] - np.interp(edge[:, 0], *half[:, :2].T))
        assert abs(np.median(off)) < 1.5
        assert np.ptp(off) < 2.5


def test_a_mouth_that_is_shut_has_none():
    # HACK's own lips stand apart.
    assert lip_edges(*head("flame", {}, 0)) is None


def strip(profile):
    """A surface 60 mm wide of (y, z) corners, from below to above."""
    y, z = np.array(profile, float).T
    left, right = (np.stack([np.full(len(y), x), y, z], axis=1) for x in (-30.0, 30.0))
    count = np.arange(len(y) - 1)
    return Mesh.from_faces(
        np.concatenate([left, right]), np.stack([count, count + len(y), count + len(y) + 1, count + 1], axis=1)
    )


def test_a_collar_below_the_chin_is_no_lower_lip():
    _, voted = head("hack", {}, 0)
    lip = voted.points[FEATURES["upper lip inside"], 1]
    collar = [(lip - 75, 125), (lip - 60, 125), (lip - 59.9, 80), (lip - 50, 80), (lip - 49.9, 110)]
    mouth = [(lip - 15, 110), (lip - 14.9, 60), (lip - 0.1, 60), (lip, 112), (lip + 40, 112)]
    upper, lower = lip_edges(strip(collar + mouth), voted)
    np.testing.assert_allclose(upper[:, 1], lip, atol=0.6)
    np.testing.assert_allclose(lower[:, 1], lip - 15, atol=0.6)
    # A chin is no upper lip, either.
    assert lip_edges(strip([*collar, (lip + 40, 112)]), voted) is None
