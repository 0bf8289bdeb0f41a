"""The linear head models: what their coefficients mean on the head."""

from __future__ import annotations

import numpy as np
import pytest

from headbridge.errors import InputError
from headbridge.models import head_model
from headbridge.topologies import load_builtin, load_deltas, load_topology


@pytest.fixture(scope="module")
def hack():
    return head_model("hack")


@pytest.mark.parametrize("key", ["flame", "makehuman", "lee-perry-smith"])
def test_topologies_without_deltas_have_no_model(key):
    assert head_model(key) is None


def test_an_unknown_topology_is_refused():
    with pytest.raises(InputError, match="no built-in topology 'bfm'"):
        head_model("bfm")


@pytest.mark.parametrize("key", ["hack", "ict"])
def test_the_basis_is_identities_then_expressions_in_single_precision(key):
    model, deltas = head_model(key), load_deltas(key)
    assert model.basis.dtype == np.float32
    assert model.basis.shape == (157, len(load_builtin(key).vertices), 3)
    np.testing.assert_array_equal(model.basis[:100], deltas.identity)
    np.testing.assert_array_equal(model.basis[100:], deltas.expression)
    assert len(model.names) == len(set(model.names)) == 157
    assert model.names[100:] == deltas.expression_names


def test_hack_is_the_first_part_of_ict(hack):
    np.testing.assert_array_equal(head_model("ict").basis[:, :14062], hack.basis)


def test_a_model_is_loaded_once_and_cannot_be_changed(hack):
    assert head_model("hack") is hack
    with pytest.raises(ValueError):
        hack.basis[0, 0, 0] = 1.0


def test_identities_are_whitened_and_expressions_stay_between_0_and_1(hack):
    identity = slice(0, 100)
    np.testing.assert_array_equal(hack.sigma[identity], 1.0)
    np.testing.assert_array_equal(hack.lower[identity], -hack.upper[identity])
    assert (hack.upper[identity] >= 3.0).all()
    np.testing.assert_array_equal(hack.lower[100:], 0.0)
    np.testing.assert_array_equal(hack.upper[100:], 1.0)
    assert (hack.sigma[100:] < 1.0).all()


def test_jaw_open_lowers_the_lower_lip_and_leaves_the_forehead(hack):
    topology = load_topology("hack")
    jaw = hack.basis[hack.names.index("jawOpen")]
    moved = topology.landmarks_51.evaluate(load_builtin("hack").vertices + jaw)
    lower_lip = (moved - topology.landmarks_51.evaluate(load_builtin("hack").vertices))[40]
    assert lower_lip[1] < -10.0
    assert np.abs(jaw[topology.regions["forehead"]]).mean() < 0.1


def test_the_first_identity_moves_more_than_the_last(hack):
    size = np.linalg.norm(hack.basis[:100], axis=2).mean(axis=1)
    assert size[0] > 5.0 * size[99]
