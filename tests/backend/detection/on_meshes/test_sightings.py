"""Lifting points onto a surface and voting over views."""

import numpy as np
import pytest

from headbridge.detection.detector import POINT_COUNT
from headbridge.detection.on_meshes.camera import Camera, looking
from headbridge.detection.on_meshes.scene import Scene
from headbridge.detection.on_meshes.sightings import Sighting, sight_in, vote


class MarkedPicture:
    """Stands in for the detector: finds the pixel marked in the picture, and says that all points are there."""

    def detect(self, picture):
        row, column = np.argwhere(picture[..., 0] == 255)[0]
        return np.tile((column + 0.5, row + 0.5, 0.0), (POINT_COUNT, 1))


@pytest.mark.parametrize("turns", range(4))
def test_a_turned_picture_leads_to_the_same_place_on_the_surface(turns, sphere_mesh):
    camera = Camera(looking(20, 10), np.zeros(3), 1.5, 90)
    picture = np.zeros((90, 90, 3), np.uint8)
    picture[30, 52] = 255
    scene = Scene(sphere_mesh(40, 60))
    found = sight_in(scene, camera, picture, MarkedPicture(), turns)
    assert np.allclose(found.points, scene.cast(camera, np.array([[52.5, 30.5]])).points)
    ray, back = camera.directions(np.array([[52.5, 30.5]]))[0], found.points[0]
    assert np.isclose(found.weights[0], (ray @ back / np.linalg.norm(ray) / np.linalg.norm(back)) ** 2, atol=0.02)


def test_points_beside_the_surface_have_no_weight(sphere_mesh):
    camera = Camera(looking(0, 0), np.zeros(3), 1.5, 90)
    picture = np.zeros((90, 90, 3), np.uint8)
    picture[2, 2] = 255
    found = sight_in(Scene(sphere_mesh(12, 16)), camera, picture, MarkedPicture(), 0)
    assert not found.weights.any() and np.isfinite(found.points).all()


def sightings_of(truth, rng, views, noise):
    shape = (views, *truth.shape)
    return [Sighting(points, np.ones(len(truth))) for points in truth + noise * rng.normal(size=shape)]


def test_a_third_of_wrong_sightings_does_not_move_the_vote():
    rng = np.random.default_rng(3)
    truth = 50.0 * rng.normal(size=(POINT_COUNT, 3))
    seen = sightings_of(truth, rng, 12, 0.3)
    for wrong in seen[:4]:
        wrong.points[:] += (25.0, -10.0, 5.0)
    voted = vote(seen, 70.0)
    assert np.linalg.norm(voted.points - truth, axis=1).max() < 0.6
    assert (voted.count == 8).all() and voted.spread.max() < 1.0


def test_views_that_missed_a_point_do_not_count():
    rng = np.random.default_rng(4)
    truth = 50.0 * rng.normal(size=(POINT_COUNT, 3))
    seen = sightings_of(truth, rng, 6, 0.1)
    for sighting in seen[1:]:
        sighting.weights[0] = 0.0
    for sighting in seen[2:]:
        sighting.points[1], sighting.weights[1] = 0.0, 0.0
    voted = vote(seen, 70.0)
    assert not voted.found[0] and voted.found[1:].all()
    assert np.linalg.norm(voted.points[1] - truth[1]) < 0.5
