"""Finding a head in any pose, size and unit without landmarks."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from headbridge.device import available_devices
from headbridge.errors import Cancelled, HeadBridgeError
from headbridge.progress import Progress
from headbridge.registration.alignment import align_without_landmarks
from headbridge.topologies import load_builtin, load_topology

from .heads import known_truth, other_diagonals
from .shapes import sheet

pytestmark = pytest.mark.slow

DEVICES = available_devices()
SPAN = (0.0, 1.0)


@pytest.fixture(scope="module")
def source():
    """The HACK head without neck and inner parts: (V, 3) mm and its triangles."""
    mesh, topology = load_builtin("hack"), load_topology("hack")
    head = topology.skin & ~topology.no_match & ~topology.regions["neck"]
    return mesh.vertices, mesh.triangles[head[mesh.triangles].all(axis=1)]


def crop(keep):
    """Triangles of the HACK skin, cut along the other diagonals, with every corner in `keep`, and their vertices."""
    triangles = other_diagonals(load_builtin("hack"))
    used, local = np.unique(triangles[keep[triangles].all(axis=1)], return_inverse=True)
    return used, local.reshape(-1, 3)


def angle(found, expected):
    return np.degrees(Rotation.from_matrix(found @ expected.T).magnitude())


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("seed, scale", [(1, 0.001), (2, 37.0)])
def test_the_head_is_found_on_itself(source, seed, scale, device):
    used, triangles = crop(load_topology("hack").skin)
    turn = Rotation.random(random_state=seed).as_matrix()
    target = scale * (load_builtin("hack").vertices[used] @ turn.T + [500.0, -20, 3])
    found, confidence = align_without_landmarks(*source, target, triangles, Progress(), SPAN, seed, device)
    assert angle(found.rotation, turn) < 1.0
    assert found.scale == pytest.approx(scale, rel=0.01)
    assert confidence > 0.9


@pytest.mark.parametrize("seed, scale", [(3, 1.0), (4, 0.1), (5, 12.0)])
def test_the_head_is_found_on_a_mask_of_its_face(source, seed, scale):
    used, triangles = crop(load_topology("hack").regions["face"])
    turn = Rotation.random(random_state=seed).as_matrix()
    target = scale * load_builtin("hack").vertices[used] @ turn.T
    found, _ = align_without_landmarks(*source, target, triangles, Progress(), SPAN, seed)
    assert angle(found.rotation, turn) < 5.0
    assert found.scale == pytest.approx(scale, rel=0.05)


def test_a_mask_that_lies_on_the_head_is_told_with_confidence(source):
    used, triangles = crop(load_topology("hack").regions["face"])
    target = load_builtin("hack").vertices[used]
    _, confidence = align_without_landmarks(*source, target, triangles, Progress(), SPAN)
    assert confidence > 0.9


@pytest.mark.parametrize("seed", [6, 7])
def test_another_persons_head_is_found(source, seed):
    known = known_truth(seed, 0.01, load_topology("hack").skin)
    found, confidence = align_without_landmarks(
        *source, known.target.vertices, known.target.triangles, Progress(), SPAN, seed
    )
    assert angle(found.rotation, known.placed.rotation) < 10.0
    assert found.scale == pytest.approx(0.01, rel=0.1)
    assert confidence > 0.5


def test_the_same_seed_gives_the_same_bits(source):
    used, triangles = crop(load_topology("hack").regions["face"])
    target = load_builtin("hack").vertices[used] @ Rotation.random(random_state=0).as_matrix().T
    first, second = (align_without_landmarks(*source, target, triangles, Progress(), SPAN, 9)[0] for _ in range(2))
    np.testing.assert_array_equal(first.rotation, second.rotation)
    np.testing.assert_array_equal(first.translation, second.translation)
    assert first.scale == second.scale


def test_a_head_that_is_not_there_is_an_error_with_a_way_out(source):
    # A picket fence: nothing of it looks like a head.
    fence = [sheet(3, 60, 5.0)[0] @ np.diag([0.4, 1.0, 1.0]) + [40.0 * k, 0, 300.0 * (k % 2)] for k in range(12)]
    faces = sheet(3, 60)[1]
    target = np.concatenate(fence)
    triangles = np.concatenate([faces + k * len(fence[0]) for k in range(12)])
    with pytest.raises(HeadBridgeError, match="landmark pairs"):
        align_without_landmarks(*source, target, triangles, Progress(), SPAN)


def test_progress_stays_in_its_span_and_a_cancel_is_heard(source):
    used, triangles = crop(load_topology("hack").skin)
    fractions = []
    progress = Progress(lambda fraction, *_: fractions.append(fraction), lambda: len(fractions) >= 10)
    with pytest.raises(Cancelled):
        align_without_landmarks(*source, load_builtin("hack").vertices[used], triangles, progress, (0.1, 0.3))
    assert len(fractions) == 10
    assert (np.diff(fractions) > 0).all() and fractions[0] == pytest.approx(0.1) and fractions[-1] < 0.3
