"""The hole of an open mouth in a target says where lips belong."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from headbridge.mesh.interpolation import barycentric_rows
from headbridge.mesh.similarity import Similarity
from headbridge.models import head_model
from headbridge.progress import Progress
from headbridge.registration.anchors import Anchors
from headbridge.registration.model_start import fit_model
from headbridge.registration.mouth_opening import mouth_opening
from headbridge.registration.target_surface import TargetSurface
from headbridge.topologies import load_builtin, load_topology

from .heads import other_diagonals

IDENTITY = Similarity(1.0, np.eye(3), np.zeros(3))
MODEL, TOPOLOGY, MESH = head_model("hack"), load_topology("hack"), load_builtin("hack")
DATA = TOPOLOGY.skin & ~TOPOLOGY.no_match


def head(**expressions: float) -> np.ndarray:
    """(14062, 3) mm."""
    shapes = (weight * MODEL.basis[MODEL.names.index(name.replace("_", "-"))] for name, weight in expressions.items())
    return MODEL.mean + sum(shapes, np.zeros_like(MODEL.mean))


def opened(shape: np.ndarray, placed: Similarity = IDENTITY):
    """What is found on the skin of a head, without the mouth's lining."""
    target = TargetSurface(placed.apply(shape), other_diagonals(MESH), DATA)
    rim = MODEL.mean[MODEL.mouth]
    return mouth_opening(target, rim, rim, placed)


@pytest.mark.parametrize("expressions", [{"jawOpen": 0.6}, {"jawOpen": 1.0, "mouth_open": 1.0}])
def test_every_point_of_the_lips_is_found_on_the_edge(expressions):
    turn = Rotation.from_rotvec([0.3, 1.0, -0.4]).as_matrix()
    placed = Similarity(1.1, turn, np.array([30.0, -200.0, 5.0]))
    shape = head(**expressions)
    opening, lips = opened(shape, placed), placed.apply(shape[MODEL.mouth])
    assert opening.distance(lips) < 1.2
    # Along the edge the corners of a round mouth are not sharp.
    assert np.linalg.norm(opening.points - lips, axis=1).mean() < 4.0
    axes = np.stack(opening.axes, axis=1)
    np.testing.assert_allclose(axes @ axes.transpose(0, 2, 1), np.broadcast_to(np.eye(3), axes.shape), atol=1e-12)


def test_shut_lips_and_a_hole_elsewhere_are_no_open_mouth():
    assert opened(head()) is None
    whole = TargetSurface(MODEL.mean, other_diagonals(MESH), np.ones(len(MODEL.mean), bool))
    rim = MODEL.mean[MODEL.mouth]
    assert mouth_opening(whole, rim, rim, IDENTITY) is None
    cheek = np.linalg.norm(MODEL.mean - (rim.mean(axis=0) + [40.0, 10.0, -15.0]), axis=1) < 15.0
    holed = TargetSurface(MODEL.mean, other_diagonals(MESH), DATA & ~cheek)
    assert mouth_opening(holed, rim, rim, IDENTITY) is None


def test_a_wide_open_mouth_is_found_although_a_detector_saw_it_shut():
    truth = head(jawOpen=1.0, mouth_open=0.9)
    marks = TOPOLOGY.landmarks_51
    moving = np.flatnonzero(TOPOLOGY.skin)
    rows = barycentric_rows(marks.vertices, marks.weights, len(truth))
    seen = rows @ truth
    low = seen[:, 1] < seen[:, 1].max() - 70.0
    seen[low] = (rows @ head())[low]
    fit = fit_model(
        MESH, MODEL, IDENTITY, TargetSurface(truth, other_diagonals(MESH), DATA), moving, DATA[moving].astype(float),
        Anchors(rows[:, moving].tocsr(), seen, np.full(len(seen), 5.0)), Progress(), (0.0, 1.0), 60.0,
    )  # fmt: skip
    assert fit.opened
    off = np.linalg.norm(fit.positions - truth, axis=1)
    assert off[TOPOLOGY.regions["lips"]].mean() < 2.0
    assert off[TOPOLOGY.regions["narrow_face"]].mean() < 1.5
