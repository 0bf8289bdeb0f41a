"""The end state without folds: what is at fault is mended, and nothing else moves."""

from __future__ import annotations

import numpy as np
import pytest

from headbridge.device import available_devices
from headbridge.errors import Cancelled
from headbridge.progress import Progress
from headbridge.registration.untangle import Untangler
from headbridge.spatial.intersections import self_intersecting_triangles

from .shapes import joined, sphere

DEVICES = available_devices()
SPAN = (0.0, 1.0)


@pytest.fixture(params=DEVICES)
def device(request):
    return request.param


def untangler(vertices, triangles, has_data=None, device="cpu"):
    return Untangler(vertices, triangles, np.ones(len(vertices), bool) if has_data is None else has_data, device)


def crossings(vertices, triangles):
    return len(np.unique(self_intersecting_triangles(vertices, triangles)))


def near(vertices, middle, distance):
    return np.linalg.norm(vertices - middle, axis=1) < distance


def test_a_sound_shape_is_left_alone(device):
    vertices, triangles = sphere(3, 20.0)
    moved = 1.3 * vertices + [5.0, 0, 0]
    tool = untangler(vertices, triangles, device=device)
    assert [len(tool.faults(moved)[0]), len(tool.faults(moved)[1]), tool.faults(moved)[2]] == [0, 0, 0]
    np.testing.assert_array_equal(tool.run(moved, Progress(), SPAN), moved)


def test_faults_name_the_flipped_and_the_crossing_triangles():
    ball, faces = sphere(3, 20.0)
    vertices, triangles = joined((ball - [25.0, 0, 0], faces), (ball + [25.0, 0, 0], faces))
    half = len(vertices) // 2
    moved = np.array(vertices)
    moved[half:, 0] -= 12.0
    tool = untangler(vertices, triangles)
    flipped, crossing, count = tool.faults(moved)
    expected = np.unique(self_intersecting_triangles(moved, triangles))
    assert len(flipped) == 0 and len(expected) > 20
    np.testing.assert_array_equal(crossing, expected)
    assert count == len(expected)


@pytest.mark.slow
@pytest.mark.parametrize("dent", [1, 7, 40])
def test_vertices_pushed_through_a_sphere_come_back(dent, device):
    vertices, triangles = sphere(4, 40.0)
    moved = np.array(vertices)
    middle = vertices[100]
    order = np.argsort(np.linalg.norm(vertices - middle, axis=1))[:dent]
    # Turned over within the surface: mirrored about the place's middle, and a little off it.
    moved[order] = 2.0 * middle - moved[order] + 1.5 * vertices[(order + 1) % len(vertices)] / 40.0
    tool = untangler(vertices, triangles, device=device)
    if dent > 1:
        assert len(tool.faults(moved)[0]) + len(tool.faults(moved)[1]) > 0
    out = tool.run(moved, Progress(), SPAN)
    flipped, crossing, _ = tool.faults(out)
    assert len(flipped) == 0 and len(crossing) == 0
    assert crossings(out, triangles) == 0
    far = ~near(vertices, middle, 25.0)
    np.testing.assert_array_equal(out[far], moved[far])
    # The sheets meet half way, so a deep dent leaves a low mound: at most a quarter of the radius.
    assert np.linalg.norm(out - vertices, axis=1).max() < 10.0


def colliding_balls():
    """Rest shape and state: two balls 1 mm apart, then 2 mm into each other."""
    ball, triangles = sphere(4, 20.0)
    rest, faces = joined((ball - [20.5, 0, 0], triangles), (ball + [20.5, 0, 0], triangles))
    moved = np.array(rest)
    moved[: len(ball), 0] += 1.5
    moved[len(ball) :, 0] -= 1.5
    return rest, moved, faces


def test_colliding_sheets_are_parted_half_way(device):
    rest, moved, triangles = colliding_balls()
    assert crossings(moved, triangles) > 50
    out = untangler(rest, triangles, device=device).run(moved, Progress(), SPAN)
    assert crossings(out, triangles) == 0
    half = len(rest) // 2
    assert np.abs(out[:half, 0].max()) < 0.5 and np.abs(out[half:, 0].min()) < 0.5
    far = np.abs(moved[:, 0]) > 15.0
    np.testing.assert_array_equal(out[far], moved[far])


def test_a_sheet_without_data_gives_way_to_one_with_data():
    rest, moved, triangles = colliding_balls()
    half = len(rest) // 2
    has_data = np.arange(len(rest)) < half
    out = untangler(rest, triangles, has_data).run(moved, Progress(), SPAN)
    assert crossings(out, triangles) == 0
    shift = np.linalg.norm(out - moved, axis=1)
    assert shift[:half].max() < 0.3
    assert shift[half:].max() > 1.5


def test_the_templates_own_crossings_are_not_mended():
    ball, triangles = sphere(3, 20.0)
    rest, faces = joined((ball - [18.0, 0, 0], triangles), (ball + [18.0, 0, 0], triangles))
    tool = untangler(rest, faces)
    own = crossings(rest, faces)
    flipped, crossing, count = tool.faults(rest)
    assert (len(flipped), len(crossing), count) == (0, 0, own) and own > 0
    np.testing.assert_array_equal(tool.run(rest, Progress(), SPAN), rest)


def test_it_is_deterministic_and_does_not_change_its_input():
    rest, moved, triangles = colliding_balls()
    kept = np.array(moved)
    first = untangler(rest, triangles).run(moved, Progress(), SPAN)
    np.testing.assert_array_equal(moved, kept)
    np.testing.assert_array_equal(first, untangler(rest, triangles).run(moved, Progress(), SPAN))


def test_a_cancel_is_heard():
    rest, moved, triangles = colliding_balls()
    with pytest.raises(Cancelled):
        untangler(rest, triangles).run(moved, Progress(should_stop=lambda: True), SPAN)


def test_what_stays_flipped_gets_the_templates_shape_and_its_surroundings_stay():
    """Triangles pushed over their neighbours within a plane sheet, where no other sheet says the way out."""
    vertices, triangles = sphere(4, 40.0)
    tool = untangler(vertices, triangles)
    rng = np.random.default_rng(3)
    for middle in vertices[[100, 700, 1500]]:
        moved = np.array(vertices)
        place = np.flatnonzero(near(vertices, middle, 6.0))
        moved[place] += rng.normal(0.0, 2.5, (len(place), 3))
        flipped = tool.faults(moved)[0]
        assert len(flipped) > 5
        out = tool._filled(moved)
        assert len(tool.faults(out)[0]) == 0
        np.testing.assert_array_equal(out[~near(vertices, middle, 25.0)], moved[~near(vertices, middle, 25.0)])
        # The sheet is smooth again where it was crumpled: nearer to the ball than the crumpled one was.
        off = [np.abs(np.linalg.norm(state[place], axis=1) - 40.0).mean() for state in (moved, out)]
        assert off[1] < 0.5 * off[0]
