"""Heads of meshes that nobody prepared, brought into the mean head's frame: the mean head itself is the truth."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from headbridge.detection.detector import FaceDetector
from headbridge.detection.on_meshes.canonical import canonical_head, canonical_landmarks
from headbridge.detection.surface_points import surface_points
from headbridge.mesh import Mesh
from headbridge.mesh.similarity import Similarity
from headbridge.progress import Progress
from headbridge.spatial.preparation import prepare_target
from headbridge.topologies import load_builtin

pytestmark = pytest.mark.slow

POSE = Similarity(
    0.01, Rotation.from_euler("yxz", (130.0, -20.0, 15.0), degrees=True).as_matrix(), np.array([1.0, 2.0, 3.0])
)


@pytest.fixture(scope="module")
def detector():
    with FaceDetector() as detector:
        yield detector


def found(mesh, detector):
    return canonical_head(prepare_target(mesh, "target"), "target", detector, Progress())


def cut(mesh, keep):
    """The triangles of the mesh whose vertices are all kept."""
    triangles = mesh.triangles[keep[mesh.triangles].all(axis=1)]
    used, inverse = np.unique(triangles, return_inverse=True)
    return Mesh.from_faces(mesh.vertices[used], inverse.reshape(-1, 3), name="cut")


def test_the_mean_head_lies_on_itself_however_it_was_turned_and_scaled(detector):
    mean = load_builtin("hack")
    head = found(mean.with_vertices(POSE.apply(mean.vertices)), detector)
    assert head.overlap > 0.99 and head.looked_at is head.mesh
    near = np.linalg.norm(head.pose.apply(mean.vertices) - POSE.apply(mean.vertices), axis=1) / POSE.scale
    assert near.max() < 0.05


@pytest.mark.parametrize("side, off", [(1.0, 0.0), (-1.0, 4.0)])
def test_half_a_head_that_was_cut_beside_its_middle(detector, side, off):
    mean = load_builtin("hack")
    half = cut(mean, side * mean.vertices[:, 0] > off)
    head = found(half.with_vertices(POSE.apply(half.vertices)), detector)
    assert len(head.looked_at.vertices) == 2 * len(head.mesh.vertices)
    assert any("half of a head" in note for note in head.notes)
    apart = np.linalg.norm(head.pose.apply(half.vertices) - POSE.apply(half.vertices), axis=1) / POSE.scale
    # The mirror image puts the middle where the cut is, to a large triangle's size.
    assert apart.mean() < 5.0
    voted = canonical_landmarks(head, detector, Progress())
    known = surface_points("hack")
    truth = known.landmarks.evaluate(mean.vertices)
    # Points lie on the half that is there, and where they are known to be.
    clear = voted.found & np.isfinite(known.spread) & (side * truth[:, 0] > off + 5.0)
    assert clear.sum() > 100 and not (voted.found & (side * truth[:, 0] < -20.0)).any()
    assert np.median(np.linalg.norm(voted.points - truth, axis=1)[clear]) < 5.0
