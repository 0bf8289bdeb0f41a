import numpy as np
import pytest
import torch

from headbridge.uv.neural.soap import Soap


def random(*shape: int) -> torch.Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(2))


def test_first_step_follows_the_nearest_orthogonal_matrix():
    """In the eigenbases of G G^T and G^T G a gradient U S V^T is diagonal, and normalised it is U V^T."""
    parameter = torch.nn.Parameter(torch.zeros(6, 4))
    parameter.grad = random(6, 4)
    u, _, vt = torch.linalg.svd(parameter.grad, full_matrices=False)
    Soap([parameter], 0.5, damping=1e-3).step()
    assert torch.allclose(parameter.detach(), -0.5 * u @ vt, atol=5e-3)


def test_vectors_get_adam():
    """Adam without the averages' bias: a constant gradient moves every component by the learning rate."""
    parameter = torch.nn.Parameter(torch.zeros(3))
    optimizer = Soap([parameter], 0.1)
    for _ in range(5):
        parameter.grad = torch.tensor([1.0, -100.0, 0.01])
        optimizer.step()
    assert parameter.detach().numpy() == pytest.approx([-0.5, 0.5, -0.5], rel=1e-4)


def test_solves_an_ill_conditioned_least_squares_problem_that_adam_does_not():
    scales = torch.logspace(0, -2.5, 12)
    basis, _ = torch.linalg.qr(random(12, 12))
    inputs = random(400, 12) * scales @ basis
    wanted = inputs @ random(12, 5)
    left = {}
    for name, make in (("soap", lambda p: Soap(p, 0.1)), ("adam", lambda p: torch.optim.Adam(p, 0.1))):
        weight = torch.nn.Parameter(torch.zeros(12, 5))
        optimizer = make([weight])
        for step in range(300):
            for group in optimizer.param_groups:
                group["lr"] = 0.1 * (1.0 - step / 300)
            optimizer.zero_grad()
            (inputs @ weight - wanted).square().mean().backward()
            optimizer.step()
        left[name] = float((weight.detach() - random(12, 5)).norm() / random(12, 5).norm())
    assert left["soap"] < 0.1
    assert left["adam"] > 0.5


def test_no_step_is_longer_than_its_components_allow():
    """Where the eigenbases turn, the squares turn with them; left behind, they let steps grow a thousandfold."""
    generator = torch.Generator().manual_seed(4)
    parameter = torch.nn.Parameter(torch.zeros(40, 6))
    optimizer = Soap([parameter], 1.0)
    direction = torch.randn(40, 1, generator=generator) @ torch.randn(1, 6, generator=generator)
    longest = 0.0
    for step in range(40):
        # From rank one to full rank, along which the bases turn far.
        share = step / 40
        parameter.grad = (1.0 - share) * direction + share * 1e-3 * torch.randn(40, 6, generator=generator)
        before = parameter.detach().clone()
        optimizer.step()
        longest = max(longest, float((parameter.detach() - before).square().mean().sqrt()))
    assert np.isfinite(longest)
    assert longest < 3.0
