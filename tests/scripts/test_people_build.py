"""The parts of scripts/build_head_model.py on cases whose answer is known."""

from __future__ import annotations

import numpy as np
import pytest
from people.catmull_clark import subdivide
from people.fields import biharmonic_rows
from people.persons import People, macro_weights
from people.sources import laid_on_template, without_similarity

from headbridge.models.people.person import Person
from headbridge.registration import Similarity
from headbridge.topologies import load_builtin, load_deltas

CUBE = np.array([[x, y, z] for z in (-1, 1) for y in (-1, 1) for x in (-1, 1)], float)
QUADS = np.array([[0, 2, 3, 1], [4, 5, 7, 6], [0, 1, 5, 4], [2, 6, 7, 3], [0, 4, 6, 2], [1, 3, 7, 5]])


def test_one_step_of_catmull_clark_on_a_cube():
    step, quads = subdivide(QUADS, 8, smooth=True)
    refined = step @ CUBE
    assert len(quads) == 24 and len(refined) == 8 + 12 + 6
    np.testing.assert_allclose(refined[:8], CUBE * 5.0 / 9.0)
    np.testing.assert_allclose(np.sort(np.abs(refined[8:20]), axis=1), np.tile([0.0, 0.75, 0.75], (12, 1)))
    np.testing.assert_allclose(np.sort(np.abs(refined[20:]), axis=1), np.tile([0.0, 0.0, 1.0], (6, 1)))
    np.testing.assert_allclose(np.asarray(step.sum(axis=1)).ravel(), 1.0)


def test_the_border_of_a_sheet_becomes_a_cubic_spline():
    square = np.array([[0, 0, 0], [1, 0, 0], [1, 1, 0], [0, 1, 0]], float)
    step, _ = subdivide(np.array([[0, 1, 2, 3]]), 4, smooth=True)
    np.testing.assert_allclose((step @ square)[0], [0.125, 0.125, 0.0])


def test_midpoints_keep_the_shape():
    step, quads = subdivide(QUADS, 8, smooth=False)
    np.testing.assert_allclose(np.abs(step @ CUBE).max(axis=1), 1.0)
    assert quads.min() == 0 and quads.max() == 25


def test_a_field_keeps_its_values_and_carries_affine_maps_exactly():
    random = np.random.default_rng(0)
    centres, points = random.normal(size=(60, 3)) * 50.0, random.normal(size=(20, 3)) * 80.0
    rows = biharmonic_rows(centres, points)
    matrix, shift = random.normal(size=(3, 3)), random.normal(size=3)
    np.testing.assert_allclose(rows @ (centres @ matrix + shift), points @ matrix + shift, atol=1e-6)
    values = random.normal(size=(60, 3))
    np.testing.assert_allclose(biharmonic_rows(centres, centres) @ values, values, atol=0.01)


def test_a_twelve_year_old_boy_is_one_target():
    assert macro_weights(Person(12.0, 1.0, (1.0, 0.0, 0.0))) == {"macrodetails/african-male-child": 1.0}


def test_macro_weights_are_products_that_share_out_one_person():
    weights = macro_weights(Person(50.0, 0.3, (0.2, 0.3, 0.5), muscle=0.75, weight=0.25))
    ancestries = {name: weight for name, weight in weights.items() if "universal" not in name}
    assert sum(ancestries.values()) == pytest.approx(1.0)
    young = (90.0 - 50.0) / 65.0
    assert weights["macrodetails/asian-female-young"] == pytest.approx(0.3 * 0.7 * young)
    assert weights["macrodetails/universal-male-old-maxmuscle-minweight"] == pytest.approx(0.3 * (1 - young) * 0.25)
    average = 0.25 * 1.0
    assert sum(weights.values()) == pytest.approx(1.0 + 1.0 - average)


NAMES = (
    "nose/nose-hump-decr", "nose/nose-hump-incr", "ears/l-ear-lobe-decr", "ears/l-ear-lobe-incr",
    "ears/r-ear-lobe-decr", "ears/r-ear-lobe-incr", "head/head-round", "asym/asym-jaw-1-l", "asym/asym-jaw-1-r",
    "expression/units/asian/mouth-open",
)  # fmt: skip


def test_people_have_one_of_two_opposites_alike_ears_and_no_expression():
    people, random = People(NAMES), np.random.default_rng(1)
    drawn = [people.features(random) for _ in range(400)]
    signed = {
        name: np.array([one.get(f"{name}-incr", 0.0) - one.get(f"{name}-decr", 0.0) for one in drawn])
        for name in ("nose/nose-hump", "ears/l-ear-lobe", "ears/r-ear-lobe")
    }
    assert signed["nose/nose-hump"].std() == pytest.approx(0.15, rel=0.15)
    assert np.corrcoef(signed["ears/l-ear-lobe"], signed["ears/r-ear-lobe"])[0, 1] > 0.9
    assert abs(np.corrcoef(signed["ears/l-ear-lobe"], signed["nose/nose-hump"])[0, 1]) < 0.15
    for one in drawn:
        assert all(0.0 < weight <= 1.0 for weight in one.values())
        assert not ("nose/nose-hump-decr" in one and "nose/nose-hump-incr" in one)
        assert not ("asym/asym-jaw-1-l" in one and "asym/asym-jaw-1-r" in one)
        assert not any(name.startswith("expression") for name in one)


def test_people_of_every_age_are_drawn():
    people, random = People(NAMES), np.random.default_rng(2)
    groups = [people.draw(random)[1].group for _ in range(500)]
    for group, share in (("baby", 0.12), ("child", 0.18), ("adult", 0.48), ("old", 0.22)):
        assert groups.count(group) / 500 == pytest.approx(share, abs=0.06)


def test_a_head_anywhere_is_laid_on_the_template():
    template = load_builtin("hack").vertices
    turn = Similarity(
        0.7, np.array([[0.0, 0.0, 1.0], [0.0, 1.0, 0.0], [-1.0, 0.0, 0.0]]), np.array([10.0, -700.0, 3.0])
    )
    np.testing.assert_allclose(laid_on_template(turn.apply(template)).apply(turn.apply(template)), template, atol=1e-9)


def test_displacements_without_similarity_lay_the_head_on_itself():
    """A head displaced a little by what is left needs no motion to lie on the template; motions themselves vanish."""
    template = load_builtin("hack").vertices
    left = without_similarity(load_deltas("hack").identity[:3].astype(np.float64), template)
    for delta in left:
        motion = laid_on_template(template + 1e-3 * delta)
        assert abs(motion.scale - 1.0) < 1e-7
        np.testing.assert_allclose(motion.rotation, np.eye(3), atol=1e-7)
    motion = np.cross([0.1, -0.2, 0.3], template) + 0.2 * template + [1.0, 2.0, 3.0]
    np.testing.assert_allclose(without_similarity(motion[None], template), 0.0, atol=1e-8)
