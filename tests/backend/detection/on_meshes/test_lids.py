"""Shut and open eyes told apart, and the upper lids' edges found, on heads whose expression is known: the head models' own."""

from __future__ import annotations

import numpy as np
import pytest

from headbridge.detection.on_meshes.detections import VotedPoints
from headbridge.detection.on_meshes.lids import eye_lids
from headbridge.detection.surface_points import surface_points
from headbridge.mesh import Mesh
from headbridge.models import head_model
from headbridge.topologies import load_builtin, load_topology


def head(key, expressions, seed):
    """A person of a head model with expressions, and the detector's points where they are known to be."""
    model, rng = head_model(key, "people"), np.random.default_rng(seed)
    coefficients = np.where(model.is_expression, 0.0, 0.7 * rng.standard_normal(len(model.sigma)))
    for name, value in expressions.items():
        coefficients[model.names.index(name)] = value
    vertices = model.mean + np.tensordot(coefficients, model.basis, 1)
    known = surface_points(key)
    points = known.landmarks.evaluate(vertices)
    return load_builtin(key).with_vertices(vertices), VotedPoints(
        points, np.zeros(478), np.full(478, 9), np.full(478, 9.0)
    )


def shut_lids(mesh, voted):
    right, left = eye_lids(mesh, voted)
    return right.shut, left.shut


# HACK has empty sockets, FLAME has eyeballs in them, which come near to the lids.
@pytest.mark.parametrize("key", ["hack", "flame"])
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_each_eye_is_told_by_itself(key, seed):
    assert shut_lids(*head(key, {}, seed)) == (False, False)
    assert shut_lids(*head(key, {"eyeSquint_L": 0.7, "eyeSquint_R": 0.7}, seed)) == (False, False)
    assert shut_lids(*head(key, {"eyeBlink_R": 1.0}, seed)) == (True, False)
    assert shut_lids(*head(key, {"eyeBlink_R": 1.0, "eyeBlink_L": 1.0}, seed)) == (True, True)


def test_an_eye_that_was_not_found_is_not_called_shut():
    mesh, voted = head("hack", {"eyeBlink_R": 1.0, "eyeBlink_L": 1.0}, 0)
    voted.count[33] = 0
    assert shut_lids(mesh, voted) == (False, True)


@pytest.mark.parametrize("key", ["hack", "flame"])
@pytest.mark.parametrize("blink", [0.3, 0.6, 0.8])
def test_the_edge_of_an_upper_lid_lies_on_its_rim(key, blink):
    mesh, voted = head(key, {"eyeBlink_R": blink, "eyeBlink_L": blink}, 0)
    # FLAME's eyeballs cross its lids; what is looked at has no parts that lie loose.
    table = load_topology(key)
    skin = Mesh.from_faces(mesh.vertices, mesh.triangles[table.skin[mesh.triangles].all(axis=1)])
    # A corner that no view shows is found beside the others.
    voted.count[33] = 0
    for eye, name in zip(eye_lids(skin, voted), ("right_lids", "left_lids")):
        rim = mesh.vertices[table.rims[name]]
        upper = rim[rim[:, 1] > np.interp(rim[:, 0], *np.sort(rim[[rim[:, 0].argmin(), rim[:, 0].argmax()], :2], 0).T)]
        upper = upper[np.argsort(upper[:, 0])]
        assert not eye.shut
        np.testing.assert_allclose(eye.edge[:, 1], np.interp(eye.edge[:, 0], *upper[:, :2].T), atol=0.9)
        assert abs(np.median(eye.edge[:, 1] - np.interp(eye.edge[:, 0], *upper[:, :2].T))) < 0.4


def test_lids_that_touch_and_eyes_that_are_wide_open_have_no_edge():
    shut, wide = eye_lids(*head("hack", {"eyeBlink_R": 1.0, "eyeWide_L": 1.0}, 0))
    assert shut.edge is None
    assert wide.edge is None
