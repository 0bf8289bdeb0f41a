"""Heads between the FLAME and HACK topologies."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from headbridge.errors import InputError
from headbridge.models.conversion import flame_hack_correspondence, flame_to_hack, hack_to_flame
from headbridge.models.open_flame import load_open_flame
from headbridge.spatial import Surface
from headbridge.topologies import load_builtin, load_deltas, load_topology


@pytest.fixture(scope="module")
def both():
    return flame_hack_correspondence()


@pytest.fixture(scope="module")
def flame_heads():
    """Four FLAME-topology heads with random identities, three of them with random expressions."""
    model, random = load_open_flame(), np.random.default_rng(5)
    heads = []
    for strength in (0.0, 0.3, 0.5, 0.5):
        identity, expression = random.normal(size=101), strength * random.uniform(size=55)
        heads.append(
            model.template + np.tensordot(identity, model.identity, 1) + np.tensordot(expression, model.expression, 1)
        )
    return heads


def test_there_and_back_a_face_returns_within_a_tenth_of_a_millimetre(flame_heads):
    face = load_topology("flame").regions["face"]
    for head in flame_heads:
        error = np.linalg.norm(hack_to_flame(flame_to_hack(head)) - head, axis=1)[face]
        assert error.mean() < 0.06
        assert np.quantile(error, 0.95) < 0.2


def test_a_hack_face_returns_too():
    deltas, random = load_deltas("hack"), np.random.default_rng(6)
    head = load_builtin("hack").vertices + np.tensordot(random.normal(size=100), deltas.identity, 1)
    error = np.linalg.norm(flame_to_hack(hack_to_flame(head)) - head, axis=1)
    assert error[load_topology("hack").regions["face"]].mean() < 0.12


def test_the_converted_head_lies_on_the_given_one(flame_heads):
    flame, topology = load_builtin("flame"), load_topology("flame")
    face = load_topology("hack").regions["narrow_face"]
    skin = flame.triangles[~topology.no_match[flame.triangles].any(axis=1)]
    for head in flame_heads[:2]:
        distance = Surface(head, skin).closest(flame_to_hack(head)[face]).distances
        assert distance.mean() < 0.2


def test_turned_moved_and_scaled_heads_convert_alike(flame_heads):
    turn = Rotation.from_rotvec([0.4, 2.0, -0.7]).as_matrix()
    plain = flame_to_hack(flame_heads[1])
    moved = flame_to_hack(0.001 * flame_heads[1] @ turn.T + [1.0, -2.0, 0.5])
    np.testing.assert_allclose(moved, 0.001 * plain @ turn.T + [1.0, -2.0, 0.5], atol=1e-5)


def test_rows_sum_to_1(both):
    for matrix in (both.flame_from_hack, both.hack_from_flame):
        np.testing.assert_allclose(np.asarray(matrix.sum(axis=1)).ravel(), 1.0, atol=1e-4)


def test_the_neutral_hack_head_is_the_registered_flame_head(both):
    np.testing.assert_allclose(hack_to_flame(both.hack_rest), both.flame_rest, atol=1e-6)


def test_upper_lips_stay_with_the_upper_and_lower_with_the_lower(both):
    deltas = load_deltas("hack")
    fall = -deltas.expression[deltas.expression_names.index("jawOpen")][:, 1]
    rim = load_topology("flame").rims["lips_inner"]
    half = len(rim) // 2
    # From the middle of the upper lip by the corner of the mouth to the middle of the lower one.
    along = (both.flame_from_hack @ fall)[rim[: half + 1]]
    assert along[0] < 4.0 and along[-1] > 30.0
    assert (np.diff(along) > 0.0).all()


def test_eyeballs_follow_as_wholes(both):
    deltas = load_deltas("hack")
    moved = both.flame_from_hack @ deltas.identity[3]
    eyeball = load_topology("flame").regions["left_eyeball"]
    np.testing.assert_allclose(moved[eyeball], np.broadcast_to(moved[eyeball][0], (546, 3)), atol=1e-9)
    blink = both.flame_from_hack @ deltas.expression[deltas.expression_names.index("eyeBlink_L")]
    assert np.linalg.norm(blink[eyeball][0]) < 0.6


def test_an_ict_head_converts_as_its_hack_part():
    ict = load_builtin("ict").vertices
    np.testing.assert_array_equal(hack_to_flame(ict), hack_to_flame(ict[:14062]))


def test_other_heads_are_refused():
    with pytest.raises(InputError, match=r"\(5023, 3\), not \(14062, 3\)"):
        flame_to_hack(load_builtin("hack").vertices)
    with pytest.raises(InputError, match=r"\(14062, 3\) or \(26719, 3\), not \(5023, 3\)"):
        hack_to_flame(load_builtin("flame").vertices)
    broken = np.array(load_builtin("flame").vertices)
    broken[7, 1] = np.nan
    with pytest.raises(InputError, match="not finite"):
        flame_to_hack(broken)
