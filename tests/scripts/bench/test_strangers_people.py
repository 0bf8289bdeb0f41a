"""MakeHuman's macro rule, and persons made by it."""

from __future__ import annotations

import numpy as np
import pytest
from strangers import people
from strangers.hair import STYLES, fitted_hair
from strangers.macro import Macro, age_shares, macro_weights
from strangers.makehuman_mesh import base_positions, body, head, head_rows
from strangers.open_data import makehuman_base, target_names

from headbridge.topologies import load_builtin, load_topology


@pytest.mark.parametrize("years", [1.0, 4.0, 10.0, 17.5, 25.0, 60.0, 90.0])
def test_age_shares_sum_to_one(years):
    shares = age_shares(years)
    assert sum(shares.values()) == pytest.approx(1.0)
    assert min(shares.values()) >= 0.0
    assert sum(share > 0.0 for share in shares.values()) <= 2


def test_a_corner_of_the_rule_is_one_target():
    weights = macro_weights(Macro(years=25.0, male=0.0, ancestry=(0.0, 1.0, 0.0)))
    assert weights == {"macrodetails/asian-female-young": 1.0}


def test_macro_weights_sum_to_one():
    macro = Macro(years=14.0, male=0.3, ancestry=(0.2, 0.5, 0.3), muscle=0.8, weight=0.1)
    weights = macro_weights(macro)
    universal = sum(weight for name, weight in weights.items() if "universal" in name)
    assert sum(weights.values()) - universal == pytest.approx(1.0)
    # What is missing is the share of average muscle (0.4) and average weight (0.2), the base mesh itself.
    assert universal == pytest.approx(1.0 - 0.4 * 0.2)


@pytest.mark.parametrize("kind", people.KINDS)
def test_persons_are_made_of_targets_that_exist(open_data, kind):
    one, again, other = (people.person(open_data, kind, seed) for seed in (3, 3, 4))
    assert one == again
    assert one.weights != other.weights
    assert set(one.weights) <= set(target_names(open_data))
    assert all(0.0 <= weight <= 1.0 for weight in one.weights.values())


def test_without_weights_the_head_is_the_shipped_one(open_data):
    nobody = people.Person("adult", Macro(), {})
    assert np.abs(head(open_data, nobody).vertices - load_builtin("makehuman").vertices).max() < 1e-3


def test_shut_eyes_are_shut_and_open_mouths_open(open_data):
    """Heights in millimetres of the openings between lids, and between lips, with and without the expression."""
    rims = load_topology("makehuman").rims

    def opening(positions: np.ndarray, rim: str) -> float:
        """The extent in y of the rim's middle fifth."""
        points = positions[rims[rim]]
        offset = np.abs(points[:, 0] - 0.5 * (points[:, 0].min() + points[:, 0].max()))
        return float(np.ptp(points[offset < 0.1 * np.ptp(points[:, 0]), 1]))

    def openings(kind: str, rim: str) -> list[float]:
        made = people.person(open_data, kind, 5)
        plain = {name: weight for name, weight in made.weights.items() if "expression" not in name}
        both = (people.Person(kind, made.macro, plain), made)
        return [opening(head(open_data, person).vertices, rim) for person in both]

    plain, shut = openings("shut_eyes", "right_lids")
    # The lids meet in a crease that the rim outlines.
    assert plain > 5.0 and shut < 0.35 * plain
    plain, wide = openings("open_mouth", "lips_inner")
    assert wide > plain + 15.0


def test_a_body_carries_the_head_unchanged(open_data):
    made = people.person(open_data, "adult", 2)
    whole, alone = body(open_data, made), head(open_data, made).vertices
    high = makehuman_base(open_data).vertices[head_rows(), 1] > 6.0
    shift = whole.head[high] - alone[high]
    assert np.ptp(shift, axis=0).max() < 1e-9
    assert np.isfinite(whole.mesh.vertices).all()


@pytest.mark.parametrize("style", STYLES)
def test_hair_grows_with_its_person(open_data, style):
    positions = base_positions(open_data, people.person(open_data, "adult", 1))
    hair = fitted_hair(open_data, style, positions)
    larger = fitted_hair(open_data, style, 2.0 * positions + (5.0, -3.0, 1.0))
    # The file's weights sum to 1 with five digits.
    assert np.abs(2.0 * hair.vertices + (5.0, -3.0, 1.0) - larger.vertices).max() < 1e-3
    assert abs(hair.vertices[:, 1].max() - positions[head_rows(), 1].max()) < 60.0
