"""Finding the face, and one frame for every pose and unit of a scan."""

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from headbridge.detection.on_meshes.canonical import canonical_head, canonical_landmarks
from headbridge.detection.on_meshes.finding import SeveralFaces
from headbridge.detection.on_meshes.landmarks import FEATURES
from headbridge.detection.on_meshes.pose import settle_pose
from headbridge.detection.on_meshes.scene import Scene
from headbridge.detection.surface_points import surface_points
from headbridge.errors import InputError
from headbridge.mesh import Mesh
from headbridge.progress import Progress
from headbridge.registration import Similarity
from headbridge.spatial.preparation import prepare_target
from headbridge.topologies import load_builtin, load_topology

pytestmark = pytest.mark.slow

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


# Closest points of head 7 may take other places: its ends are a hundredth of a millimetre apart.
@pytest.mark.parametrize("number, apart", [(5, 1e-8), (12, 1e-8), (7, 0.02)])
def test_the_settled_pose_is_the_same_from_any_start_pose_and_unit(number, apart, random_head):
    scan, _ = random_head(number)
    frames = []
    for seed, scale in ((0, 1.0), (1, 0.001), (2, 39.37)):
        placed = similarity(seed, scale)
        nudge = Similarity(
            1.0 + 0.01 * seed, Rotation.from_rotvec([0.02 * seed, 0.03, 0]).as_matrix(), np.full(3, seed)
        )
        scene = Scene(scan.with_vertices(placed.apply(scan.vertices)))
        frames.append(settled(nudge.then(placed), scene).inverse().apply(scene.mesh.vertices))
    assert np.abs(frames[1] - frames[0]).max() < apart and np.abs(frames[2] - frames[0]).max() < apart


def test_landmarks_of_a_head_in_any_pose_and_unit_are_lifted_to_their_places(random_head, detector):
    scan, vertices = random_head(11)
    placed = similarity(11, 0.001)
    head = canonical_head(
        prepare_target(scan.with_vertices(placed.apply(scan.vertices)), "target"), "target", detector, Progress()
    )
    assert head.face.agreement > 0.75 and head.overlap > 0.8
    voted = canonical_landmarks(head, detector, Progress())
    # The head has no eyeballs: through the open lids rays go astray.
    chosen = np.array([number for name, number in FEATURES.items() if "lid" not in name])
    assert voted.found[chosen].mean() > 0.9
    chosen = chosen[voted.found[chosen]]
    truth = head.pose.inverse().apply(placed.apply(TABLE.landmarks.evaluate(vertices)))
    apart = np.linalg.norm(voted.points - truth, axis=1)[chosen]
    assert apart.mean() < 3.0 and apart.max() < 7.0


def test_a_head_turned_inside_out_is_found_and_turned(random_head, detector):
    scan, _ = random_head(3)
    inward = Mesh.from_faces(scan.vertices, np.ascontiguousarray(scan.triangles[:, ::-1]), name="inward")
    found, expected = (
        canonical_head(prepare_target(mesh, "target"), "target", detector, Progress()) for mesh in (inward, scan)
    )
    assert any("turned" in note for note in found.notes)
    # A coordinate between two steps of the grid may be rounded to either.
    np.testing.assert_allclose(found.mesh.vertices, expected.mesh.vertices, atol=1.01 * 2.0**-10)


def test_of_a_body_the_head_is_left(random_head, detector):
    """A head on a long trunk: what lies far below the face goes, the head stays where it was."""
    scan, _ = random_head(5)
    low = scan.vertices[:, 1] < np.percentile(scan.vertices[:, 1], 2)
    trunk = load_trunk(scan.vertices[low].mean(axis=0))
    count = len(scan.vertices)
    both = Mesh.from_faces(
        np.concatenate([scan.vertices, trunk.vertices]), np.concatenate([scan.triangles, trunk.triangles + count])
    )
    head = canonical_head(prepare_target(both, "target"), "target", detector, Progress())
    kept = head.prepared.vertex_of
    assert kept.max() < count and len(kept) > 0.9 * count


def load_trunk(top: np.ndarray) -> Mesh:
    """A closed ellipsoid of 1.2 m below a neck."""
    turns, rises = np.meshgrid(np.linspace(0, 2 * np.pi, 24, endpoint=False), np.linspace(0.05, np.pi - 0.05, 30))
    points = np.stack([np.sin(rises) * np.cos(turns), np.cos(rises), np.sin(rises) * np.sin(turns)], axis=2)
    rows = np.arange(30 * 24).reshape(30, 24)
    a, b, c, d = rows[:-1], np.roll(rows, -1, axis=1)[:-1], np.roll(rows, -1, axis=1)[1:], rows[1:]
    quads = np.stack([a, b, c, d], axis=2).reshape(-1, 4)
    faces = np.concatenate([quads[:, [0, 1, 2]], quads[:, [0, 2, 3]]]).astype(np.int32)
    return Mesh.from_faces(points.reshape(-1, 3) * [220.0, 600.0, 130.0] + top - [0.0, 640.0, 0.0], faces)


def test_a_ball_shows_no_face(sphere_mesh, detector):
    with pytest.raises(InputError, match=r"No face was found.*crop"):
        canonical_head(prepare_target(sphere_mesh(60, 80), "target"), "target", detector, Progress())


def test_a_smaller_head_beside_a_head_is_refused(random_head, detector):
    # It is the less prominent face of every view that shows both.
    scan, _ = random_head(2)
    count = len(scan.vertices)
    both = Mesh.from_faces(
        np.concatenate([scan.vertices, 0.85 * scan.vertices + [420.0, 0.0, 0.0]]),
        np.concatenate([scan.triangles, scan.triangles + count]),
        name="pair",
    )
    with pytest.raises(SeveralFaces, match="'pair' shows more than one face; keep one head"):
        canonical_head(prepare_target(both, "target"), "target", detector, Progress())
