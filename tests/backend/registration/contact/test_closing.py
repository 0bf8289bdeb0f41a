"""Lips that are shut in the target meet in one line; open ones stay open."""

from __future__ import annotations

import numpy as np
import pytest

from headbridge.metrics.flips import count_flipped_triangles
from headbridge.registration.contact import close_openings, describe
from headbridge.registration.target_surface import TargetSurface
from headbridge.spatial.intersections import count_self_intersecting_triangles

from ..shapes import sheet
from .mouths import UP, mouth


def plane(depth: float = 0.0) -> TargetSurface:
    vertices, triangles = sheet(91, 91)
    return TargetSurface(vertices - [45.0, 45.0, depth], triangles, np.ones(len(vertices), bool))


def closed(rest, positions, target):
    return close_openings(
        rest.vertices, rest.triangles, positions, rest.has_data, {"lips_inner": rest.curve}, UP, target
    )


def gaps(positions, curve):
    """Distances of the rim's upper vertices, off the corners, to the lower ones."""
    half = len(curve) // 2
    upper, lower = positions[curve[4 : half - 3]], positions[curve[half:]]
    return np.linalg.norm(upper[:, None] - lower, axis=2).min(axis=1)


@pytest.mark.slow
@pytest.mark.parametrize("half_height", [1.0, 0.05, -0.7])
def test_lips_apart_and_lips_through_each_other_meet_without_crossing(half_height):
    rest, registered = mouth(), mouth(half_height=half_height)
    result = closed(rest, registered.vertices, plane())
    (rim,) = result.rims
    assert rim.shut and rim.closed
    assert gaps(result.positions, rest.curve).max() < 0.3
    assert count_self_intersecting_triangles(result.positions, rest.triangles) == 0
    assert count_flipped_triangles(rest.vertices, result.positions, rest.triangles) == 0
    assert np.abs(result.positions[rest.has_data, 2]).max() < 0.2
    # They meet where both were: in the middle.
    assert np.abs(result.positions[rest.curve, 1]).max() < 0.4
    assert "closed" in describe(rim)


@pytest.mark.slow
def test_only_the_surroundings_of_the_rim_move():
    rest, registered = mouth(), mouth(half_height=1.0)
    moved = np.linalg.norm(closed(rest, registered.vertices, plane()).positions - registered.vertices, axis=1)
    away = np.linalg.norm(rest.vertices[:, None] - rest.vertices[rest.curve], axis=2).min(axis=1)
    assert moved[away > 10.0].max() == 0.0
    assert moved[rest.curve].max() > 0.5


def test_an_open_mouth_stays_as_it_is():
    rest, registered = mouth(), mouth(half_height=2.5)
    opening = mouth(half_height=2.5, lining=False)
    target = TargetSurface(opening.vertices, opening.triangles, np.ones(len(opening.vertices), bool))
    result = closed(rest, registered.vertices, target)
    (rim,) = result.rims
    assert not rim.shut and not rim.closed and describe(rim) is None
    np.testing.assert_array_equal(result.positions, registered.vertices)
    assert rim.evidence.share < 0.3 and rim.evidence.view > 3.0


@pytest.mark.slow
def test_a_closed_line_is_the_same_again():
    rest, registered = mouth(), mouth(half_height=1.0)
    first, second = (closed(rest, registered.vertices, plane()).positions for _ in range(2))
    np.testing.assert_array_equal(first, second)


def test_a_result_with_more_faults_than_before_is_not_taken(monkeypatch):
    from headbridge.registration.contact import newton

    rest, registered = mouth(), mouth(half_height=1.0)
    monkeypatch.setattr(newton.RimSolver, "unfold", lambda self, positions, flips: positions)
    worse = mouth(half_height=-2.0).vertices
    monkeypatch.setattr(
        newton.RimSolver, "run", lambda self, start: newton.Closed(worse[self._patch.vertices], 1, True)
    )
    result = closed(rest, registered.vertices, plane())
    (rim,) = result.rims
    assert rim.shut and not rim.closed and rim.after.crossings > rim.before.crossings
    np.testing.assert_array_equal(result.positions, registered.vertices)
    assert "could not be closed" in describe(rim)


@pytest.mark.slow
def test_what_does_not_hang_together_with_the_rim_stays():
    """A pocket of lining that lies near the rim but opens elsewhere."""
    rest, registered = mouth(), mouth(half_height=1.0)
    pocket, triangles = sheet(4, 4)
    pocket = pocket + [0.0, 4.0, -4.0]
    count = len(rest.vertices)
    result = close_openings(
        np.concatenate([rest.vertices, pocket]),
        np.concatenate([rest.triangles, triangles + count]),
        np.concatenate([registered.vertices, pocket]),
        np.concatenate([rest.has_data, np.zeros(len(pocket), bool)]),
        {"lips_inner": rest.curve},
        UP,
        plane(),
    )
    assert result.rims[0].closed
    np.testing.assert_array_equal(result.positions[count:], pocket)
