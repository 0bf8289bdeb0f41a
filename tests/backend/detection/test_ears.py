"""Ears: their places on all topologies, a found ear's symmetry, and the distance that face and ears tell."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from headbridge.detection.camera_distance import likely_distance
from headbridge.detection.ears.finding import EarFinder, FoundEars
from headbridge.detection.ears.places import NAMES, POINT_COUNT, ear_places
from headbridge.detection.ibug import ibug_weights
from headbridge.fitting.heads import load_head
from headbridge.fitting.posable import Posed
from headbridge.mesh.similarity import fit_similarity
from headbridge.models import head_model
from headbridge.topologies import load_topology


@pytest.mark.parametrize("key", ["flame", "makehuman"])
def test_the_points_are_the_same_places_of_the_mean_head_on_every_topology(key):
    hack, other = head_model("hack").mean, head_model(key).mean
    sets = [
        (load_topology(name).landmarks_51.evaluate(mean), ear_places(name).evaluate(mean))
        for name, mean in ((key, other), ("hack", hack))
    ]
    motion = fit_similarity(sets[0][0], sets[1][0])
    apart = np.linalg.norm(motion.apply(sets[0][1]) - sets[1][1], axis=1)
    assert apart.max() < 3.0


@pytest.mark.parametrize("key", ["hack", "flame", "makehuman"])
def test_the_right_ear_mirrors_the_left_one(key):
    points = ear_places(key).evaluate(head_model(key).mean)
    left, right = points[: len(NAMES)], points[len(NAMES) :]
    np.testing.assert_allclose(left * (-1.0, 1.0, 1.0), right, atol=1.5)
    lobe, top, back, tragus = (left[NAMES.index(name)] for name in ("lobe", "helix_top", "rim_back", "tragus"))
    assert top[1] - lobe[1] > 45.0
    assert tragus[2] - back[2] > 20.0


def test_a_picture_without_a_person_has_no_ears():
    points = np.random.default_rng(1).uniform(80.0, 160.0, (478, 2))
    found = EarFinder()(np.full((240, 240, 3), 0.5, np.float32), points)
    assert found.points.shape == (POINT_COUNT, 2)
    assert (found.chance < 0.5).all()


@pytest.fixture(scope="module")
def people() -> np.ndarray:
    """(40, 67, 3) mm, landmarks and ears' points of ICT-FaceKit's people about the landmarks' middle."""
    head, rng = load_head("ict"), np.random.default_rng(77)
    table, found = load_topology("ict"), []
    for _ in range(40):
        state = head.neutral()
        state.coefficients[head.parts["identity"]] = rng.normal(size=head.identity_count)
        vertices = Posed(head, state).vertices()
        landmarks = table.landmarks_51.evaluate(vertices)
        found.append(np.concatenate([landmarks, ear_places("ict").evaluate(vertices)]) - landmarks.mean(axis=0))
    return np.array(found)


def seen_from(person: np.ndarray, distance: float, yaw: float, rng: np.random.Generator, roll: float = 0.0):
    """The detector's points (478, 2) that make up the person's landmarks as a camera sees them, and the ears."""
    turned = person @ Rotation.from_euler("zxy", (0.0, rng.normal(0.0, 5.0), yaw), degrees=True).as_matrix().T
    pixels = turned[:, :2] * (1.0, -1.0) / (1.0 - turned[:, 2:] / distance) + rng.normal(0.0, 1.0, (len(turned), 2))
    turn = np.radians(roll)
    pixels = 3.0 * pixels @ np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]]).T + 500.0
    landmarks, ears = pixels[:51], pixels[51:]
    weights = ibug_weights()
    return np.linalg.pinv(weights) @ landmarks, FoundEars(ears, np.ones(POINT_COUNT), np.ones(POINT_COUNT))


def test_face_and_ears_tell_the_distance(people):
    rng = np.random.default_rng(5)
    errors, doubts = [], []
    for person in people:
        distance = float(np.exp(rng.uniform(np.log(400.0), np.log(2000.0))))
        told, sigma = likely_distance(*seen_from(person, distance, rng.normal(0.0, 8.0), rng), 0.0)
        errors.append(told - np.log(distance))
        doubts.append(sigma)
    errors, doubts = np.array(errors), np.array(doubts)
    assert np.exp(np.median(np.abs(errors))) < 1.27
    # Guessing the middle is off by a factor 1.5.
    assert np.sqrt(np.mean((errors / doubts) ** 2)) == pytest.approx(1.0, abs=0.35)


def test_hidden_ears_tell_no_distance(people):
    points, ears = seen_from(people[0], 700.0, 5.0, np.random.default_rng(2))
    hidden = FoundEars(ears.points, ears.sigma, np.where(np.arange(POINT_COUNT) < 3, 0.9, 0.1))
    assert likely_distance(points, hidden, 0.0) is None


def test_the_distance_does_not_depend_on_how_the_picture_is_turned(people):
    one = likely_distance(*seen_from(people[0], 700.0, 5.0, np.random.default_rng(2)), 0.0)
    other = likely_distance(*seen_from(people[0], 700.0, 5.0, np.random.default_rng(2), roll=30.0), 30.0)
    np.testing.assert_allclose(one, other, atol=1e-4)
