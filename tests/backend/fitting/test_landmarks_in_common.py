"""Lists of 49, 70 and 106 landmarks, built here from the 68 by what their makers say of each point."""

from __future__ import annotations

import numpy as np
import pytest

from headbridge.fitting.landmark_orders import EXCHANGED, likeliest_order, mirror_of_68, possible_orders
from headbridge.topologies import load_builtin, load_topology

KNOWN = load_topology("flame").landmarks_68
POINTS = KNOWN.evaluate(load_builtin("flame").vertices)


def along(curve: np.ndarray, count: int) -> np.ndarray:
    """(count, 3) points at equal distances on the polyline through (N, 3) points, both ends among them."""
    lengths = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(curve, axis=0), axis=1))])
    wanted = np.linspace(0.0, lengths[-1], count)
    return np.stack([np.interp(wanted, lengths, curve[:, axis]) for axis in range(3)], axis=1)


def eye_of_eight(six: np.ndarray) -> np.ndarray:
    """An eye as the challenge marks it: both corners, and either lid at its quarters."""
    upper, lower = along(six[:4], 5), along(np.concatenate([six[3:], six[:1]]), 5)
    return np.concatenate([upper, lower[1:4]])


def challenge() -> np.ndarray:
    """The 106-point challenge: contour 0-32, brows 33-41 and 42-50, nose 51-65, eyes 66-73 and 75-82 with 74 and 83 in
    their middles, lips 84-103, pupils 104 and 105."""
    below = np.array([0.0, -4.0, 0.0])
    right, left = POINTS[36:42], POINTS[42:48]
    side = POINTS[[27, 31, 31]] + below
    return np.concatenate([
        along(POINTS[:17], 33), POINTS[17:22], POINTS[18:22] + below, POINTS[22:27], POINTS[22:26] + below, POINTS[27:31],
        side, POINTS[31:36], side, eye_of_eight(right), right.mean(0)[None], eye_of_eight(left), left.mean(0)[None],
        POINTS[48:], right.mean(0)[None], left.mean(0)[None],
    ])  # fmt: skip


def phones() -> np.ndarray:
    """The face SDKs': contour 0-32, brows' tops 33-42, nose 43-51, eyes 52-63, what was added 64-83, lips, pupils."""
    added = np.repeat(POINTS[36:38], 10, axis=0)
    return np.concatenate([along(POINTS[:17], 33), POINTS[17:48], added, POINTS[48:], POINTS[[36, 42]]])


def taken(points: np.ndarray):
    """The chosen order of a list, and how far the landmarks that it gives are from where they are, in mm."""
    orders = possible_orders(len(points), (), KNOWN, "points")
    turned = 0.013 * points[:, [2, 0, 1]] + 7.0
    order, notes = likeliest_order(turned, np.ones(len(points), bool), orders, POINTS, "points")
    return order, np.linalg.norm(order.points(points) - POINTS[order.indices], axis=1), notes


def test_49_points_are_the_inner_face_without_inner_lip_corners():
    inner = [number for number in range(17, 68) if KNOWN.names[number] not in (KNOWN.names[60], KNOWN.names[64])]
    order, off, notes = taken(POINTS[inner])
    assert order.indices.tolist() == inner and off.max() < 1e-9
    assert notes and "49" in notes[0]


def test_70_points_are_the_68_and_pupils():
    order, off, _ = taken(np.concatenate([POINTS, POINTS[36:42].mean(0)[None], POINTS[42:48].mean(0)[None]]))
    assert order.indices.tolist() == [*range(68)] and off.max() < 1e-9


def test_106_points_of_the_challenge():
    points = challenge()
    assert len(points) == 106
    order, off, _ = taken(points)
    assert "challenge" in order.label and EXCHANGED not in order.label
    lids = np.isin(order.indices, [37, 38, 40, 41, 43, 44, 46, 47])
    assert off[~lids & (order.indices >= 17)].max() < 1e-9
    # The 68 have no point at a lid's quarters: what is taken lies on the lid, within a tenth of the eye's width.
    assert off[lids].max() < 3.2
    edges = [
        along(POINTS[list(edge)], 200)
        for edge in ((36, 37, 38, 39), (39, 40, 41, 36), (42, 43, 44, 45), (45, 46, 47, 42))
    ]
    for point in order.points(points)[lids]:
        assert np.linalg.norm(np.concatenate(edges) - point, axis=1).min() < 1.0
    # The contour is at equal distances here, and not on the mean head.
    assert off.max() < 10.0


def test_106_points_of_phones():
    order, off, _ = taken(phones())
    assert "SDK" in order.label and off[order.indices >= 17].max() < 1e-9


# InsightFace's picture of its points, read off by name.
INSIGHTFACE = {
    "jaw 9": 0, "jaw 1": 1, "jaw 17": 17, "nose tip": 86, "right eye outer corner": 35, "right eye inner corner": 39,
    "left eye inner corner": 89, "left eye outer corner": 93, "right lip corner": 52, "left lip corner": 61,
    "right brow 1": 43, "right brow 5": 50, "left brow 1": 102, "left brow 5": 101, "subnasale": 80,
}  # fmt: skip


def test_106_points_of_insightface():
    order = possible_orders(106, (), KNOWN, "points")[0]
    assert "InsightFace" in order.label
    given = np.full((106, 3), np.nan)
    for name, number in INSIGHTFACE.items():
        given[number] = POINTS[KNOWN.names.index(name)]
    found = order.points(np.nan_to_num(given))
    for name, number in INSIGHTFACE.items():
        row = int(np.flatnonzero(order.indices == KNOWN.names.index(name))[0])
        np.testing.assert_allclose(found[row], given[number])
    # Every landmark comes from points of its own.
    assert (order.weights.argmax(axis=1)[:, None] != order.weights.argmax(axis=1)).sum() == 68 * 67
    np.testing.assert_allclose(order.weights.sum(axis=1), 1.0)


@pytest.mark.parametrize("made", [challenge, phones])
def test_lists_by_the_viewers_sides_are_told_with_both_possible_causes(made):
    mirrored = made() * (-1.0, 1.0, 1.0)
    order, _, notes = taken(mirrored)
    assert EXCHANGED in order.label
    assert "mirror image (left-handed coordinates)" in " ".join(notes)
    row = int(np.flatnonzero(order.indices == 36)[0])
    off = np.linalg.norm(order.points(mirrored)[row] - POINTS[36])
    assert off < 4.0, "the right eye's corner is where the mirrored left one was"
    assert mirror_of_68(KNOWN)[36] == 45


def test_points_that_are_missing_take_their_landmarks_with_them():
    order = possible_orders(106, (), KNOWN, "points")[1]
    there = np.ones(106, bool)
    there[[67, 88]] = False
    gone = sorted(order.indices[~order.all_of(there)].tolist())
    assert gone == [37, 52]
