"""Lifting points onto a surface and voting over views."""

import numpy as np

from headbridge.detection.detector import POINT_COUNT
from headbridge.detection.on_meshes.camera import Camera, looking
from headbridge.detection.on_meshes.detections import Detection, sight_each, vote
from headbridge.detection.on_meshes.scene import Scene
from headbridge.progress import Progress


class MarkedPicture:
    """Stands in for the detector: finds the pixel marked in a picture, and says that all points are there."""

    def detect_each(self, pictures, most):
        return [
            [np.tile((c + 0.5, r + 0.5, 0.0), (POINT_COUNT, 1)) for r, c in marked(picture)] for picture in pictures
        ]


def marked(picture):
    return np.argwhere(picture[..., 0] == 255)


class Painted(Scene):
    """A scene that looks black from everywhere, but for one white pixel."""

    def __init__(self, mesh, row, column):
        super().__init__(mesh)
        self.place, self.rendered = (row, column), 0

    def render(self, camera):
        picture = np.zeros((camera.size, camera.size, 3), np.uint8)
        picture[self.place] = 255
        self.rendered += 1
        return picture


def seen_in(scene, looks):
    return list(sight_each(scene, looks, MarkedPicture(), Progress(), "Looking"))


def test_turned_pictures_lead_to_the_same_place_on_the_surface(sphere_mesh):
    camera, scene = Camera(looking(20, 10), np.zeros(3), 1.5, 90), Painted(sphere_mesh(40, 60), 30, 52)
    found = seen_in(scene, [(camera, turns) for turns in range(4)])
    assert len(found) == 4 and scene.rendered == 1
    place = scene.cast(camera, np.array([[52.5, 30.5]])).points
    ray = camera.directions(np.array([[52.5, 30.5]]))[0]
    for detection in found:
        assert np.allclose(detection.points, place)
        cosine = ray @ detection.points[0] / np.linalg.norm(ray) / np.linalg.norm(detection.points[0])
        assert np.isclose(detection.weights[0], cosine**2, atol=0.02)


def test_views_without_a_face_give_no_sighting_and_the_others_keep_their_order(sphere_mesh):
    # More views than are looked at together; every third shows nothing.
    scene = Painted(sphere_mesh(12, 16), 40, 40)
    scene.render = lambda camera: Painted.render(scene, camera) * (camera.half_height < 2.0)
    cameras = [Camera(looking(5 * number, 0), np.zeros(3), 2.5 if number % 3 == 0 else 1.5, 90) for number in range(20)]
    found = seen_in(scene, [(camera, 0) for camera in cameras])
    expected = [scene.cast(c, np.array([[40.5, 40.5]])).points[0] for c in cameras if c.half_height < 2.0]
    np.testing.assert_allclose([detection.points[0] for detection in found], expected)


def test_points_beside_the_surface_have_no_weight(sphere_mesh):
    camera = Camera(looking(0, 0), np.zeros(3), 1.5, 90)
    [found] = seen_in(Painted(sphere_mesh(12, 16), 2, 2), [(camera, 0)])
    assert not found.weights.any() and np.isfinite(found.points).all()


def detections_of(truth, rng, views, noise):
    shape = (views, *truth.shape)
    return [Detection(points, np.ones(len(truth))) for points in truth + noise * rng.normal(size=shape)]


def test_a_third_of_wrong_detections_does_not_move_the_vote():
    rng = np.random.default_rng(3)
    truth = 50.0 * rng.normal(size=(POINT_COUNT, 3))
    seen = detections_of(truth, rng, 12, 0.3)
    for wrong in seen[:4]:
        wrong.points[:] += (25.0, -10.0, 5.0)
    voted = vote(seen, 70.0)
    assert np.linalg.norm(voted.points - truth, axis=1).max() < 0.6
    assert (voted.count == 8).all() and voted.spread.max() < 1.0


def test_views_that_missed_a_point_do_not_count():
    rng = np.random.default_rng(4)
    truth = 50.0 * rng.normal(size=(POINT_COUNT, 3))
    seen = detections_of(truth, rng, 6, 0.1)
    for detection in seen[1:]:
        detection.weights[0] = 0.0
    for detection in seen[2:]:
        detection.points[1], detection.weights[1] = 0.0, 0.0
    voted = vote(seen, 70.0)
    assert not voted.found[0] and voted.found[1:].all()
    assert np.linalg.norm(voted.points[1] - truth[1]) < 0.5


def test_support_comes_and_goes_without_a_step():
    rng = np.random.default_rng(5)
    truth = 50.0 * rng.normal(size=(POINT_COUNT, 3))
    place = np.array([0.0, 0.0, 1.0])

    def support(facing: float, apart: float) -> float:
        """Of points that five views agree on, with a sixth view that sees them under a cosine and some way off."""
        views = [Detection(truth, np.ones(POINT_COUNT)) for _ in range(5)]
        last = Detection(truth + apart * place, np.full(POINT_COUNT, facing**2))
        return float(vote([*views, last], 60.0).support[0])

    # A view that barely sees the surface, or sees another place, adds nothing; a good one adds one.
    assert abs(support(0.301, 0.0) - 5.0) < 0.01 and abs(support(1.0, 40.0) - 5.0) < 0.01
    assert abs(support(1.0, 0.0) - 6.0) < 1e-6
    steps = [support(1.0, apart) for apart in np.linspace(0.0, 8.0, 161)]
    assert np.abs(np.diff(steps)).max() < 0.02 and min(steps) < 5.2
