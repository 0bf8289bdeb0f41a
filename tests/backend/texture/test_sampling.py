"""Bilinear sampling of pictures in tiles."""

import numpy as np

from headbridge.texture.sampling import bilinear_matrix

TILES = ((0, 0), (1, 0))


def test_centres_of_texels_give_the_texels():
    size = 4
    rows, columns = np.mgrid[:size, :size]
    uvs = np.stack([(columns + 0.5) / size + 1.0, 1.0 - (rows + 0.5) / size], axis=-1).reshape(-1, 2)
    pictures = np.arange(2 * size * size, dtype=np.float32)
    np.testing.assert_allclose(bilinear_matrix(uvs, TILES, size) @ pictures, pictures[size * size :])


def test_a_linear_picture_is_met_everywhere_inside():
    size = 8
    centres = (np.arange(size) + 0.5) / size
    picture = (3.0 * centres[None] - 2.0 * (1.0 - centres)[:, None]).astype(np.float32)
    uvs = np.random.default_rng(0).uniform(0.07, 0.93, (200, 2))
    sampled = bilinear_matrix(uvs, ((0, 0),), size) @ picture.ravel()
    np.testing.assert_allclose(sampled, 3.0 * uvs[:, 0] - 2.0 * uvs[:, 1], atol=1e-5)


def test_beyond_the_border_goes_on_and_rows_sum_to_one():
    size = 3
    matrix = bilinear_matrix([[0.0, 1.0], [-0.4, 0.5], [2.6, 0.0]], TILES, size)
    picture = np.arange(2 * size * size, dtype=np.float32)
    np.testing.assert_allclose(matrix @ picture, [0.0, 3.0, 17.0], atol=1e-5)
    np.testing.assert_allclose(np.asarray(matrix.sum(axis=1)).ravel(), 1.0, atol=1e-6)


def test_one_texel():
    np.testing.assert_allclose(bilinear_matrix([[0.2, 0.9]], ((0, 0),), 1) @ np.array([7.0]), [7.0])
