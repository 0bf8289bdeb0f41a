"""Orders of landmark lists."""

import numpy as np
import pytest

from headbridge.errors import InputError
from headbridge.fitting.landmark_orders import mirror_of_68, possible_orders
from headbridge.topologies import load_builtin, load_topology

KNOWN = load_topology("flame").landmarks_68


def orders(count, names=()):
    return possible_orders(count, tuple(names), KNOWN, "points")


@pytest.mark.parametrize("key", ["flame", "ict"])
def test_mirror_exchanges_left_and_right(key):
    landmarks = load_topology(key).landmarks_68
    partner = mirror_of_68(landmarks)
    np.testing.assert_array_equal(partner[partner], np.arange(68))
    points = landmarks.evaluate(load_builtin(key).vertices)
    # Templates are nearly symmetric; a wrong partner is centimetres away.
    off = np.linalg.norm(points[partner] * [-1.0, 1.0, 1.0] - points, axis=1)
    assert off.max() < 4.0


def test_counts_mean_ibug_first():
    np.testing.assert_array_equal(orders(68)[0].indices, np.arange(68))
    np.testing.assert_array_equal(orders(51)[0].indices, np.arange(17, 68))
    last = next(order for order in orders(68) if order.label == "the 17 of the contour last")
    np.testing.assert_array_equal(last.indices, [*range(17, 68), *range(17)])


def test_names_in_any_order_and_spelling():
    found = orders(4, ["Nose_Tip", "left lip corner", "RIGHT-EYE-OUTER-CORNER", "subnasale"])[0]
    assert [KNOWN.names[k] for k in found.indices] == [
        "nose tip", "left lip corner", "right eye outer corner", "subnasale"
    ]  # fmt: skip


def test_numbers_may_count_from_one_or_zero():
    found = {order.label: order.indices.tolist() for order in orders(4, ["31", "37", "46", "49"])}
    assert found["numbers 1 to 68"] == [30, 36, 45, 48]
    assert found["numbers 0 to 67"] == [31, 37, 46, 49]
    assert found["numbers 1 to 51"] == [47, 53, 62, 65]


def test_names_that_say_nothing_do_not_matter_with_all_points():
    names = [f"picked {k}" for k in range(51)]
    np.testing.assert_array_equal(orders(51, names)[0].indices, np.arange(17, 68))


@pytest.mark.parametrize(
    ("count", "names", "message"),
    [
        (50, (), "50 points"),
        (4, ["nose tip", "chin", "subnasale", "left ala"], "no landmark 'chin'"),
        (4, ["nose tip", "subnasale", "left ala", "nose tip"], "'nose tip' is there twice"),
        (4, ["1", "2", "3", "69"], "numbers go from 1 to 68"),
    ],
)
def test_what_is_no_order_is_told(count, names, message):
    with pytest.raises(InputError, match=message):
        orders(count, names)
