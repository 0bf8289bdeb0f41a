import numpy as np
import pytest

from headbridge.fitting.photo.light import (
    LIGHT_COUNT,
    PositiveShading,
    light_basis,
    light_precision,
    shading_slopes,
    white_light,
)


@pytest.fixture
def normals():
    normals = np.random.default_rng(0).normal(size=(20, 3))
    return normals / np.linalg.norm(normals, axis=1, keepdims=True)


def test_white_light_leaves_albedo_as_it_is(normals):
    np.testing.assert_allclose(light_basis(normals) @ white_light(), 1.0, atol=1e-6)


def test_slopes_are_those_of_the_shading(normals):
    light = np.random.default_rng(1).normal(size=(9, 3))
    slopes, step = shading_slopes(normals, light), 1e-6
    for axis in range(3):
        offset = step * np.eye(3)[axis]
        change = (light_basis(normals + offset) - light_basis(normals - offset)) @ light / (2.0 * step)
        np.testing.assert_allclose(slopes[:, :, axis], change, atol=1e-7)


def test_prior_takes_a_tint_for_less_likely_than_a_lamp():
    precision = light_precision()
    assert np.linalg.eigvalsh(precision).min() > 0.0
    lamp, tint = np.zeros((9, 3)), np.zeros((9, 3))
    lamp[1] = 0.2
    tint[1] = 0.2 * np.array([1.0, 0.0, -1.0])
    cost = [float(offset.reshape(-1) @ precision @ offset.reshape(-1)) for offset in (lamp, tint)]
    assert 3.0 * cost[0] < cost[1]


def test_negative_shading_costs_and_is_pulled_back():
    sign = PositiveShading()
    light = white_light()
    assert sign.cost(light) == 0.0
    light[1, 0] = 5.0
    matrix, right, cost = sign.normal_equations(light)
    assert cost == sign.cost(light) > 0.0
    step = 1e-6
    for entry in range(0, LIGHT_COUNT, 4):
        offset = step * np.eye(LIGHT_COUNT)[entry].reshape(9, 3)
        slope = (sign.cost(light + offset) - sign.cost(light - offset)) / (2.0 * step)
        assert slope == pytest.approx(-2.0 * right[entry], rel=1e-4, abs=1e-3)
    assert np.abs(matrix[1::3]).max() == np.abs(matrix[2::3]).max() == 0.0
