"""Values continued over an edge: as much as beside it, then ever less, and nothing elsewhere."""

import numpy as np

from headbridge.texture.atlas.membrane import membrane

SIDE, EDGE, REACH = 200, 80, 60.0


def straight_edge():
    row, column = np.mgrid[:SIDE, :SIDE]
    return column < EDGE, column


def test_a_step_becomes_a_slope():
    known, column = straight_edge()
    values = np.zeros((SIDE, SIDE, 2), np.float32)
    values[known] = (0.2, -0.1)
    found = membrane(values, known, np.ones_like(known), REACH)
    middle = found[SIDE // 2]
    np.testing.assert_allclose(middle[EDGE], (0.2, -0.1), rtol=0.02)
    slope = 0.5 + 0.5 * np.cos(np.pi * (np.arange(EDGE, SIDE) - EDGE + 1.0) / REACH)
    slope[int(REACH) :] = 0.0
    np.testing.assert_allclose(middle[EDGE:, 0], 0.2 * slope, atol=0.004)


def test_noise_beside_the_edge_is_not_continued():
    known, _ = straight_edge()
    values = np.random.default_rng(0).normal(0.2, 0.1, (SIDE, SIDE, 1)).astype(np.float32)
    found = membrane(values, known, np.ones_like(known), REACH)
    near = found[40:160, EDGE : EDGE + 10, 0]
    assert near.std() < 0.02
    assert abs(near.mean() - 0.2) < 0.02


def test_values_stay_within_their_bounds():
    known, _ = straight_edge()
    within = np.ones_like(known)
    within[:, EDGE + 20 :] = False
    found = membrane(np.ones((SIDE, SIDE, 1), np.float32), known, within, REACH)
    assert not found[:, EDGE + 20 :].any()
    assert not membrane(np.ones((SIDE, SIDE, 1)), np.zeros_like(known), within, REACH).any()
