"""Finding the face, and one frame for every pose and unit of a scan."""

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from headbridge.detection.on_meshes.finding import find_face
from headbridge.detection.on_meshes.landmarks import FEATURES, find_landmarks
from headbridge.detection.on_meshes.pose import settle_pose
from headbridge.detection.on_meshes.scene import Scene
from headbridge.detection.surface_points import surface_points
from headbridge.errors import InputError
from headbridge.progress import Progress
from headbridge.registration import Similarity
from headbridge.topologies import load_builtin, load_topology

HACK, TOPOLOGY, TABLE = load_builtin("hack"), load_topology("hack"), surface_points("hack")
POINTS, USABLE = TABLE.landmarks.evaluate(HACK.vertices), np.isfinite(TABLE.spread)


def similarity(seed: int, scale: float) -> Similarity:
    rng = np.random.default_rng(seed)
    return Similarity(scale, Rotation.random(random_state=seed).as_matrix(), scale * 50.0 * rng.normal(size=3))


def settled(start: Similarity, scene: Scene) -> Similarity:
    return settle_pose(start, HACK.vertices, HACK.triangles, TOPOLOGY, scene, Progress())


def test_a_displaced_mean_head_is_laid_back_exactly():
    truth = similarity(1, 0.01)
    scene = Scene(HACK.with_vertices(truth.apply(HACK.vertices)))
    nudge = Similarity(1.03, Rotation.from_rotvec([0.04, -0.05, 0.03]).as_matrix(), np.array([3.0, -2.0, 2.0]))
    found = settled(nudge.then(truth), scene)
    back = truth.inverse().apply(found.apply(HACK.vertices))
    assert np.abs(back - HACK.vertices).max() < 1e-6


def test_the_settled_pose_is_the_same_from_any_start_pose_and_unit(random_head):
    scan, _ = random_head(7)
    frames = []
    for seed, scale in ((0, 1.0), (1, 0.001), (2, 39.37)):
        placed = similarity(seed, scale)
        nudge = Similarity(
            1.0 + 0.01 * seed, Rotation.from_rotvec([0.02 * seed, 0.03, 0]).as_matrix(), np.full(3, seed)
        )
        scene = Scene(scan.with_vertices(placed.apply(scan.vertices)))
        frames.append(settled(nudge.then(placed), scene).inverse().apply(scene.mesh.vertices))
    assert np.abs(frames[1] - frames[0]).max() < 1e-8 and np.abs(frames[2] - frames[0]).max() < 1e-8


def test_landmarks_of_a_head_in_any_pose_and_unit_are_lifted_to_their_places(random_head, detector):
    scan, vertices = random_head(11)
    placed = similarity(11, 0.001)
    scene = Scene(scan.with_vertices(placed.apply(scan.vertices)), two_sided=True)
    found = find_face(scene, POINTS, USABLE, detector, Progress())
    assert found.share > 0.8
    pose = settled(refine_pose(scene, found.pose, POINTS, USABLE, detector, Progress()), scene)
    canonical = pose.inverse()
    voted = find_landmarks(
        Scene(scan.with_vertices(canonical.apply(scene.mesh.vertices))),
        POINTS[USABLE].mean(axis=0),
        detector,
        Progress(),
    )
    # The head has no eyeballs: through the open lids rays go astray.
    chosen = np.array([number for name, number in FEATURES.items() if "lid" not in name])
    assert voted.found[chosen].mean() > 0.9
    chosen = chosen[voted.found[chosen]]
    truth = canonical.apply(placed.apply(TABLE.landmarks.evaluate(vertices)))
    apart = np.linalg.norm(voted.points - truth, axis=1)[chosen]
    assert apart.mean() < 3.0 and apart.max() < 7.0


def test_a_ball_shows_no_face(sphere_mesh, detector):
    with pytest.raises(InputError, match=r"No face was found.*crop"):
        find_face(Scene(sphere_mesh(60, 80)), POINTS, USABLE, detector, Progress())
