import pytest
import torch

from headbridge.uv.neural.losses import chart_loss, robust, smoothness_loss, uv_loss


def test_small_errors_count_squared_and_large_ones_linearly():
    offsets = torch.tensor([[0.3, 0.4], [3000.0, 4000.0], [6000.0, 8000.0]])
    values = robust(offsets)
    assert float(values[0]) == pytest.approx(0.25, rel=0.01)
    assert float(values[2] - values[1]) == pytest.approx(10.0 * 5000.0, rel=1e-3)


def test_uvs_count_only_on_the_patches_a_point_is_on():
    found = torch.tensor([[[0.5, 0.5], [9.0, 9.0]], [[9.0, 9.0], [0.5, 0.5 + 0.1 / 1024]]])
    wanted = torch.full((2, 2), 0.5)
    member = torch.tensor([[1.0, 0.0], [0.0, 1.0]])
    assert float(uv_loss(found, wanted, member)) == pytest.approx(0.5 * 0.01, rel=0.01)


def test_smoothness_ignores_what_neighbours_share_and_sees_the_slope():
    wanted = torch.tensor([[[0.2, 0.2], [0.21, 0.2]]])
    points = torch.tensor([[[0.0, 0.0, 0.0], [4.0, 0.0, 0.0]]])
    member = torch.ones(1, 1)
    shifted = (wanted + 0.05)[:, :, None]
    assert float(smoothness_loss(shifted, wanted, points, member)) == pytest.approx(0.0, abs=1e-4)
    # Two pixels in four millimetres: half a pixel per millimetre, squared.
    steeper = wanted[:, :, None] + torch.tensor([[[[0.0, 0.0]], [[0.0, 2.0 / 1024]]]])
    assert float(smoothness_loss(steeper, wanted, points, member)) == pytest.approx(0.25, rel=0.01)


def test_charts_are_right_when_logits_are_minus_the_costs():
    costs = torch.tensor([[0.0, 2.0, 30.0], [1.0, 0.5, 8.0]])
    logits = (-costs).requires_grad_()
    chart_loss(logits, costs).backward()
    assert float(logits.grad.abs().max()) < 1e-7
