"""Principal components of few large samples."""

import numpy as np
import pytest

from headbridge.texture.principal_components import principal_components


@pytest.fixture(scope="module")
def samples():
    rng = np.random.default_rng(2)
    # More rows than one block of the computation.
    return (0.5 + 0.1 * rng.normal(size=(20000, 5)) @ np.diag([4.0, 3.0, 2.0, 1.0, 0.5])).astype(np.float32)


def coefficients(samples, mean, components):
    return np.linalg.lstsq(components, samples - mean[:, None], rcond=None)[0]


def test_samples_are_reproduced(samples):
    mean, components = principal_components(samples)
    assert components.shape == (20000, 4)
    values = coefficients(samples, mean, components)
    np.testing.assert_allclose(mean[:, None] + components @ values, samples, atol=1e-5)


def test_components_are_orthogonal_and_fall(samples):
    _, components = principal_components(samples)
    gram = components.T.astype(np.float64) @ components
    lengths = np.sqrt(np.diag(gram))
    np.testing.assert_allclose(gram / np.outer(lengths, lengths), np.eye(4), atol=1e-4)
    assert (np.diff(lengths) < 0.0).all()


def test_samples_own_coefficients_have_variance_one(samples):
    mean, components = principal_components(samples)
    values = coefficients(samples, mean, components)
    np.testing.assert_allclose(values.mean(axis=1), 0.0, atol=1e-4)
    np.testing.assert_allclose(values.var(axis=1, ddof=1), 1.0, rtol=1e-3)


def test_variances_are_those_of_the_covariance_matrix():
    samples = np.random.default_rng(3).normal(size=(6, 9)).astype(np.float32)
    _, components = principal_components(samples)
    expected = np.linalg.eigvalsh(np.cov(samples.astype(np.float64)))[::-1]
    np.testing.assert_allclose((components**2).sum(axis=0), expected, rtol=1e-4)


def test_sign_and_count(samples):
    _, components = principal_components(samples, count=2)
    assert components.shape == (20000, 2)
    assert (components.sum(axis=0) > 0.0).all()
