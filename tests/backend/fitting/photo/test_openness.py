"""Light that hidden places lack."""

from __future__ import annotations

import numpy as np

from headbridge.fitting.photo.openness import openness


def test_a_plane_is_open_and_the_crease_of_two_walls_half_hidden():
    """From the crease of a right angle half of the cosine-weighted sky is the other wall; with what that wall sends
    itself (0.7 of the light) 0.5 / (1 - 0.7 * 0.5) arrives, which is 0.89 of an encoded colour."""
    steps = np.linspace(0.0, 500.0, 41)
    x, y = np.meshgrid(np.linspace(-500.0, 500.0, 81), steps)
    floor = np.stack([x, y, np.zeros_like(x)], axis=-1).reshape(-1, 3)
    wall = np.stack([x, np.full_like(x, -1.0), y], axis=-1).reshape(-1, 3)
    row, column = (k.ravel() for k in np.mgrid[:40, :80])
    corner = 81 * row + column
    quads = np.stack([corner, corner + 1, corner + 82, corner + 81], axis=1)
    triangles = np.concatenate([quads[:, [0, 1, 2]], quads[:, [0, 2, 3]]])
    alone = openness(floor, triangles)
    np.testing.assert_allclose(alone, 1.0)
    # The wall stands a millimetre beside the floor, so that no ray starts in it.
    both = openness(np.concatenate([floor, wall]), np.concatenate([triangles, triangles[:, ::-1] + len(floor)]))
    crease = np.arange(20, 60)
    assert abs(both[crease].mean() - (0.5 / (1.0 - 0.7 * 0.5)) ** (1.0 / 2.2)) < 0.05
    far = 81 * 30 + np.arange(20, 60)
    np.testing.assert_allclose(both[far], 1.0)
