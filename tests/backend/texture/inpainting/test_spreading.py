import torch

from headbridge.texture.inpainting.spreading import spread


def test_what_is_known_stays_and_a_constant_fills_the_rest():
    torch.manual_seed(0)
    known = (torch.rand(1, 1, 16, 16) > 0.5).float()
    values = torch.rand(1, 3, 16, 16)
    filled = spread(values, known, 3)
    assert torch.allclose(filled * known, values * known)
    dense = torch.full((1, 3, 16, 16), 0.4)
    assert torch.allclose(spread(dense, torch.full((1, 1, 16, 16), 0.9), 4), dense, atol=1e-4)


def test_what_nothing_known_is_near_becomes_zero():
    known = torch.zeros(1, 1, 32, 32)
    known[..., 0, 0] = 1.0
    filled = spread(torch.ones(1, 1, 32, 32), known, 3)
    assert filled[0, 0, 0, 0] == 1.0 and filled[0, 0, 0, 1] > 0.0
    assert (filled[..., 24:, 24:] == 0.0).all()
