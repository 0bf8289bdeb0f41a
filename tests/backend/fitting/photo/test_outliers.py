import numpy as np

from headbridge.fitting.photo.outliers import noise_sigma, skin_chances


def test_a_bar_is_found_and_noise_is_not():
    rng = np.random.default_rng(0)
    residuals = rng.normal(0.0, 0.04, (80, 80, 3))
    residuals[30:42] += 0.4
    chances = skin_chances(residuals, np.ones((80, 80), bool), np.full((80, 80), 0.04), 2.0)
    assert chances[31:41].max() < 0.01
    rest = np.r_[0:24, 48:80]
    assert np.median(chances[rest]) > 0.9 and (chances[rest] > 0.5).mean() > 0.99


def test_what_is_not_seen_has_no_chance():
    seen = np.zeros((10, 10), bool)
    seen[2:5, 2:5] = True
    chances = skin_chances(np.zeros((10, 10, 3)), seen, np.full((10, 10), 0.05), 1.0)
    assert np.array_equal(chances > 0.0, seen)


def test_noise_counts_pixels_by_their_weight():
    residuals = np.concatenate([np.full((5, 3), 0.1), np.full((5, 3), 10.0)])
    weights = np.repeat([1.0, 0.0], 5)
    assert noise_sigma(residuals, weights, 0.01) == np.float64(0.1)
    assert noise_sigma(residuals, weights, 0.2) == 0.2
