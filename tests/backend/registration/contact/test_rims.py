"""A rim is cut at its corners into halves whose equal places face each other."""

from __future__ import annotations

import numpy as np

from headbridge.registration.contact.patch import RimPatch
from headbridge.registration.contact.rims import cut_at_corners

from .mouths import UP, mouth


def test_halves_of_an_ellipse():
    shape = mouth()
    rim = cut_at_corners(shape.vertices, shape.curve, UP)
    upper, lower = shape.vertices[rim.upper.vertices], shape.vertices[rim.lower.vertices]
    assert rim.upper.vertices[0] == rim.lower.vertices[0] and rim.upper.vertices[-1] == rim.lower.vertices[-1]
    assert abs(upper[0, 0]) == abs(upper[-1, 0]) == 12.0
    assert (upper[1:-1, 1] > 0).all() and (lower[1:-1, 1] < 0).all()
    assert sorted(rim.vertices) == sorted(shape.curve)


def test_across_is_upper_minus_lower():
    shape = mouth()
    rows, places = cut_at_corners(shape.vertices, shape.curve, UP).across(len(shape.vertices))
    across = rows @ shape.vertices
    np.testing.assert_allclose(across[:, [0, 2]], 0.0, atol=1e-9)
    middle = np.abs(places - 0.5) < 1e-6
    np.testing.assert_allclose(across[middle, 1], 6.0)


def test_the_skin_around_tells_above_from_below():
    """Where the template's lips overlap, the lower lip's rim lies above the upper lip's."""
    shape = mouth(half_height=-1.0)
    patch = RimPatch(shape.vertices, shape.triangles, shape.has_data, shape.curve, UP)
    upper = patch.rest[patch.rim.upper.inner]
    assert (upper[:, 1] < 0).all()
    skin = patch.has_data & (patch.rim_distance > 3.0)
    assert (np.sign(patch.rest[skin, 1]) == patch.sheets[skin])[np.abs(patch.rest[skin, 1]) > 1.0].all()
