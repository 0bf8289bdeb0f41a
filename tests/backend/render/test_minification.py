"""Textures finer than the picture: what they come to, and who gets the gradient."""

from __future__ import annotations

import pytest
import torch

from headbridge.errors import InputError
from headbridge.render import interpolate, rasterise, reduce_texture, sample_texture

CORNERS = torch.tensor([[[0.0, 1.0], [1.0, 1.0], [1.0, 0.0], [0.0, 0.0]]])


@pytest.fixture
def seen(square):
    """A square that shows the whole texture on 16 x 16 pixels: its raster and texture coordinates."""
    points, faces = square(0.0, 0.0, 16.0)
    raster = rasterise(points, faces, 16)
    return raster, interpolate(points, raster, CORNERS)


def test_a_fine_checkerboard_is_grey_and_all_its_texels_get_gradient(seen):
    raster, uvs = seen
    board = ((torch.arange(64)[:, None] + torch.arange(64)) % 2).float()[None, :, :, None].requires_grad_()
    plain = sample_texture(board, uvs, raster)
    plain.sum().backward()
    # Read at full size most texels are never seen.
    assert float((board.grad > 1e-3).float().mean()) < 0.3
    board.grad = None
    picture = sample_texture(reduce_texture(board, uvs, raster), uvs, raster)
    torch.testing.assert_close(picture, torch.full_like(picture, 0.5))
    picture.sum().backward()
    torch.testing.assert_close(board.grad, torch.full_like(board.grad, 1.0 / 16.0), atol=1e-4, rtol=0.0)


@pytest.mark.parametrize("height, width, expected", [(64, 64, (16, 16)), (65, 33, (33, 17)), (48, 48, (24, 24))])
def test_texels_are_the_means_of_those_they_stand_for(seen, height, width, expected):
    raster, uvs = seen
    texture = torch.rand((2, height, width, 3), generator=torch.Generator().manual_seed(0))
    reduced = reduce_texture(texture, uvs, raster)
    assert reduced.shape == (2, *expected, 3)
    if height % expected[0] == 0 and width % expected[1] == 0:
        blocks = texture.reshape(2, expected[0], height // expected[0], expected[1], width // expected[1], 3)
        torch.testing.assert_close(reduced, blocks.mean((2, 4)))
    torch.testing.assert_close(reduced.mean(), texture.mean(), atol=0.02, rtol=0.0)


def test_a_texture_not_finer_than_the_picture_and_one_unseen_stay_as_they_are(seen, square):
    raster, uvs = seen
    texture = torch.rand((1, 30, 30, 3))
    assert reduce_texture(texture, uvs, raster) is texture
    points, faces = square(40.0, 40.0, 4.0)
    nowhere = rasterise(points, faces, 16)
    fine = torch.rand((1, 256, 256, 3))
    assert reduce_texture(fine, torch.zeros_like(uvs), nowhere) is fine


def test_wrong_textures_are_refused(seen):
    raster, uvs = seen
    with pytest.raises(InputError, match="should have shape"):
        reduce_texture(torch.zeros((8, 8, 3)), uvs, raster)
    with pytest.raises(InputError, match="should have shape"):
        reduce_texture(torch.zeros((1, 8, 8, 3)), uvs[:, :4], raster)
