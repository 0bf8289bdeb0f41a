from __future__ import annotations

import numpy as np
from scipy.spatial.transform import Rotation

from headbridge.mesh.similarity import Similarity
from headbridge.registration.parts import transfer_parts

from .shapes import joined, sphere


def head_with_balls():
    """A sphere and two small ones within its wall; labels 4, 7 and 9."""
    small = sphere(1, 8.0)
    vertices, triangles = joined(
        sphere(3, 50.0), (small[0] + [20.0, 10, 40], small[1]), (small[0] + [-20.0, 10, 40], small[1])
    )
    sizes = [len(sphere(3)[0]), len(small[0]), len(small[0])]
    return vertices, triangles, np.repeat([4, 7, 9], sizes)


def test_separate_parts_follow_a_similarity_of_the_main_part_exactly():
    vertices, _, labels = head_with_balls()
    truth = Similarity(0.8, Rotation.from_rotvec([0.4, -1.0, 0.3]).as_matrix(), np.array([10.0, -200, 3]))
    moved = np.full_like(vertices, np.nan)
    moved[labels == 4] = truth.apply(vertices)[labels == 4]
    np.testing.assert_allclose(transfer_parts(vertices, moved, labels, 4), truth.apply(vertices), atol=1e-9)


def test_a_part_follows_its_own_surroundings_and_keeps_its_shape():
    vertices, _, labels = head_with_balls()
    moved = np.array(vertices)
    # Only the left half moves away, and it bends.
    left = (labels == 4) & (vertices[:, 0] > 0)
    moved[left] += [5.0, 0, 0] + 0.002 * vertices[left] ** 2
    out = transfer_parts(vertices, moved, labels, 4)
    np.testing.assert_array_equal(out[labels == 4], moved[labels == 4])
    np.testing.assert_allclose(out[labels == 9], vertices[labels == 9], atol=1e-9)
    ball = out[labels == 7]
    radii = np.linalg.norm(ball - ball.mean(axis=0), axis=1)
    assert np.ptp(radii) < 1e-9
    assert ball.mean(axis=0)[0] > vertices[labels == 7].mean(axis=0)[0] + 4.0


def test_without_separate_parts_nothing_changes():
    vertices, _ = sphere(2, 10.0)
    moved = vertices + [1.0, 2, 3]
    np.testing.assert_array_equal(transfer_parts(vertices, moved, np.zeros(len(vertices), int), 0), moved)
