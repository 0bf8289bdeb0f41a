from __future__ import annotations

import numpy as np

from headbridge.registration.anchors import EdgeLine, closest_on_closed_curve


def circle(count: int, radius: float, phase: float = 0.0):
    angle = phase + 2.0 * np.pi * np.arange(count) / count
    return radius * np.stack([np.cos(angle), np.sin(angle), np.zeros(count)], axis=1)


def test_points_around_a_circle_go_to_it_radially():
    onto = closest_on_closed_curve(circle(23, 1.3, 0.1), circle(400, 1.0))
    np.testing.assert_allclose(onto, circle(23, 1.0, 0.1), atol=2e-3)


def test_points_on_the_polyline_stay():
    square = np.array([[0.0, 0, 0], [4, 0, 0], [4, 4, 0], [0, 4, 0]])
    curve = np.array([[0.5, 0, 0], [2, 0, 0], [3.5, 0, 0], [4, 2, 0], [2, 4, 0], [0, 2, 0]])
    np.testing.assert_allclose(closest_on_closed_curve(curve, square), curve, atol=1e-12)


def test_the_closing_edge_counts():
    triangle = np.array([[0.0, 0, 0], [6, 0, 0], [0, 6, 0]])
    curve = circle(12, 0.5) + [1.0, 1.5, 0]
    onto = closest_on_closed_curve(curve, triangle)
    leftmost = int(np.argmin(curve[:, 0]))
    np.testing.assert_allclose(onto[leftmost], [0.0, curve[leftmost, 1], 0.0], atol=1e-12)


def closed_lips(gap: float, middle: float):
    """A flattened loop: 11 points to the right along the lower lip, 11 back along the upper one."""
    x = np.linspace(-10.0, 10.0, 11)
    lower = np.stack([x, np.full(11, middle - gap / 2), np.zeros(11)], axis=1)
    upper = np.stack([x[::-1], np.full(11, middle + gap / 2), np.zeros(11)], axis=1)
    return np.concatenate([lower, upper])


def test_a_lip_goes_to_its_own_lip_although_the_other_one_is_nearer():
    lips = closed_lips(0.2, 0.0)
    # The whole mouth 1 mm lower: its upper lip lies nearer to the other mouth's lower lip.
    onto = closest_on_closed_curve(closed_lips(0.2, -1.0), lips)
    np.testing.assert_allclose(onto[2:9, 1], -0.1, atol=1e-12)
    np.testing.assert_allclose(onto[13:20, 1], 0.1, atol=1e-12)


def test_lips_that_coincide_are_told_apart_by_their_direction():
    lips = closed_lips(0.0, 0.0)
    lips[:11, 2], lips[11:, 2] = 0.0, 1e-9
    onto = closest_on_closed_curve(closed_lips(2.0, 0.0), lips)
    np.testing.assert_array_equal(onto[2:9, 2], 0.0)
    np.testing.assert_array_equal(onto[13:20, 2], 1e-9)


def test_an_edge_draws_across_it_and_not_along_it_nor_in_depth():
    edge = EdgeLine(np.arange(4), np.array([[-2.0, 1.0], [0.0, 1.0], [2.0, 3.0]]))
    curve = np.array([[-1.0, 2.0, 7.0], [1.0, 0.0, -5.0], [-3.0, 0.0, 0.0], [3.0, 4.5, 0.0]])
    beside, ways, across = edge.ways(curve)
    # The last two lie beyond its ends.
    np.testing.assert_array_equal(beside, [0, 1])
    np.testing.assert_allclose(ways, [[0.0, -1.0, 0.0], [-1.0, 1.0, 0.0]], atol=1e-12)
    np.testing.assert_allclose(np.abs((ways * across).sum(axis=1)), [1.0, np.sqrt(2.0)], atol=1e-12)
    assert abs(edge.distance(curve) - 0.5 * (1.0 + np.sqrt(2.0))) < 1e-12
    # A curve beside all of it is off by the way to it.
    assert abs(edge.distance(curve + [10.0, 0.0, 0.0]) - np.mean([82**0.5, 50**0.5, 34**0.5])) < 1e-12


def test_a_shut_lip_is_drawn_down_to_the_middle_of_an_open_one():
    x = np.linspace(-9.0, 9.0, 9)
    edge = EdgeLine(np.arange(5), np.stack([x, 0.08 * x**2 - 30.0], axis=1))
    curve = np.stack([np.linspace(-6.0, 6.0, 5), np.zeros(5), np.zeros(5)], axis=1)
    beside, ways, _ = edge.ways(curve)
    assert len(beside) == 5 and (ways[:, 1] < -10.0).all() and ways[2, 1] < -29.0
