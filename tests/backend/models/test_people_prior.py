"""Smooth modes beyond the components of all people, and kinds of people as a prior."""

from __future__ import annotations

import numpy as np
import pytest

from headbridge.models import head_model
from headbridge.models.conversion import flame_hack_correspondence
from headbridge.models.people.identity import sized_people
from headbridge.models.people.kinds import Kinds, load_kinds
from headbridge.models.people.smooth_modes import load_smooth_modes, smooth_modes_on
from headbridge.topologies import load_topology

COMPONENTS = 120


@pytest.fixture(scope="module")
def modes():
    return {key: smooth_modes_on(key) for key in ("flame", "hack")}


def test_smooth_modes_come_after_the_components_which_stay_as_they_were(modes):
    row = np.zeros(5023)
    row[7] = 1.0
    without, with_modes = (sized_people("flame", row, smooth) for smooth in (False, True))
    np.testing.assert_array_equal(with_modes.identity[: 1 + COMPONENTS], without.identity)
    np.testing.assert_array_equal(with_modes.identity[1 + COMPONENTS :], modes["flame"])
    np.testing.assert_array_equal(with_modes.template, without.template)
    assert with_modes.names[121:123] == ("smooth000", "smooth001") and len(with_modes.names) == 300


def test_the_same_coefficients_make_the_same_face_in_both_topologies(modes):
    """As nearly as the components do: 0.14 mm of 1.5 when every mode is at one standard deviation."""
    table, both = load_topology("flame"), flame_hack_correspondence()
    face = table.regions["narrow_face"] & ~table.no_match
    transferred = (both.flame_from_hack[face] @ modes["hack"].transpose(1, 2, 0).reshape(14062, -1)).reshape(-1, 3, 179)
    own = np.einsum("kvd,de->vek", modes["flame"][:, face], load_smooth_modes().flame_rotation)
    apart, size = (np.sqrt((field**2).sum(axis=(1, 2)).mean()) for field in (own - transferred, transferred))
    assert apart < 0.2 and size > 1.2


def test_each_mode_is_even_or_odd_under_mirroring(modes):
    shapes, mirror = modes["hack"], load_topology("hack").mirror
    image = shapes[:, mirror] * np.array([-1.0, 1.0, 1.0], np.float32)
    sign = np.where(load_smooth_modes().even, 1.0, -1.0)[:, None, None]
    np.testing.assert_allclose(image, sign * shapes, atol=2e-2)


def test_eyeballs_stay_spheres(modes):
    mean, ball = head_model("flame").mean, load_topology("flame").regions["left_eyeball"]
    coefficients = np.random.default_rng(2).normal(size=len(modes["flame"]))
    moved = mean[ball] + np.tensordot(coefficients, modes["flame"][:, ball], 1)

    def unevenness(points):
        away = np.linalg.norm(points - points.mean(axis=0), axis=1)
        return away.std() / away.mean()

    assert unevenness(moved) < unevenness(mean[ball]) + 0.01


def test_given_data_the_kinds_are_the_mixture_by_bayes():
    """Two kinds along a line, against sums over a fine grid."""
    kinds = Kinds(
        np.array(["low", "high"]), np.array([0.7, 0.3]), np.array([[-1.0], [2.0]]), np.array([[[0.25]], [[1.0]]])
    )
    precision, information = np.array([[0.8]]), np.array([0.9])
    line = np.linspace(-12.0, 12.0, 200_001)
    likelihood = np.exp(information[0] * line - 0.5 * precision[0, 0] * line**2)
    density = [np.exp(-0.5 * (line + 1.0) ** 2 / 0.25) / 0.5, np.exp(-0.5 * (line - 2.0) ** 2)]
    evidence = np.array([0.7, 0.3]) * [(likelihood * one).sum() for one in density]
    share = evidence / evidence.sum()
    found = kinds.given(precision, information)
    assert found.shares == pytest.approx({"low": share[0], "high": share[1]}, rel=1e-6)
    mean = share @ [-1.0, 2.0]
    assert found.mean == pytest.approx([mean])
    second = share @ [0.25 + (-1.0 - mean) ** 2, 1.0 + (2.0 - mean) ** 2]
    assert found.root[0, 0] == pytest.approx(np.sqrt(second))


def test_somebody_well_seen_is_of_their_kind():
    kinds = load_kinds()
    random = np.random.default_rng(4)
    for name in ("baby", "child", "old", "scanned adult"):
        kind = kinds.names.tolist().index(name)
        person = random.multivariate_normal(kinds.means[kind], kinds.covariances[kind])
        precision = 400.0 * np.eye(len(person))
        likely = kinds.given(precision, precision @ person)
        assert max(likely.shares, key=likely.shares.get) == name
