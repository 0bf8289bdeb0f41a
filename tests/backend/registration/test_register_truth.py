"""HACK's neutral onto other people's heads whose every vertex is known: the true error, not the distance."""

from __future__ import annotations

import numpy as np
import pytest

from headbridge.registration.job import RegisterInput
from headbridge.registration.register import register
from headbridge.topologies import load_builtin, load_topology

from .heads import known_truth


@pytest.fixture(scope="module", params=[(1, 0.001, 1000.0), (4, 0.1, 10.0)], ids=["metres", "centimetres"])
def job(request):
    seed, scale, mm = request.param
    known = known_truth(seed, scale, load_topology("hack").skin)
    return known, mm, register(RegisterInput(load_builtin("hack"), known.target, landmarks=known.pairs))


def test_every_vertex_is_near_its_true_place(job):
    known, mm, result = job
    error = mm * np.linalg.norm(result.registered - known.truth, axis=1)
    regions = load_topology("hack").regions
    moved = mm * np.linalg.norm(result.aligned - known.truth, axis=1)
    assert moved[regions["narrow_face"]].mean() > 2.0
    assert error[regions["narrow_face"]].mean() < 0.35
    assert error[regions["face"]].mean() < 0.4


def test_it_lies_on_the_target_without_folds(job):
    _, _, result = job
    assert result.metrics["flipped_triangles"] == 0
    assert result.metrics["self_intersecting_triangles"] <= result.metrics["template_self_intersecting_triangles"]
    assert result.metrics["distances"]["narrow_face"]["source_to_target"]["p95"] < 0.1


def test_the_unit_is_found(job):
    _, mm, result = job
    assert result.mm_per_target_unit == mm
    assert not any(note.startswith("Target: recognised") for note in result.notes)
