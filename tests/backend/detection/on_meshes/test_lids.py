"""Shut and open eyes told apart on heads whose expression is known: the head models' own."""

from __future__ import annotations

import numpy as np
import pytest

from headbridge.detection.on_meshes.detections import VotedPoints
from headbridge.detection.on_meshes.lids import shut_lids
from headbridge.detection.surface_points import surface_points
from headbridge.models import head_model
from headbridge.topologies import load_builtin


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
