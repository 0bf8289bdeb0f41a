import pytest
import torch

from headbridge.texture.inpainting.network import InpaintingNetwork


def inputs(seed: int = 0) -> list[torch.Tensor]:
    torch.manual_seed(seed)
    return [torch.rand(1, channels, 64, 64) for channels in (3, 1, 3, 1, 3)]


def test_an_untrained_network_keeps_the_guess_and_any_does_where_the_texture_is_known():
    network = InpaintingNetwork()
    picture, _, mirrored, mirror_known, guess = inputs()
    known = torch.zeros_like(mirror_known)
    known[..., :32] = 1.0
    assert torch.equal(network(picture, known, mirrored, mirror_known, guess), guess)
    torch.nn.init.normal_(network.last.weight)
    made = network(picture, known, mirrored, mirror_known, guess)
    assert torch.equal(made[..., :32], guess[..., :32]) and (made - guess)[..., 32:].abs().mean() > 0.01


def test_what_is_hidden_does_not_matter():
    network = InpaintingNetwork()
    torch.nn.init.normal_(network.last.weight)
    picture, known, mirrored, mirror_known, guess = inputs()
    known, mirror_known = (known > 0.5).float(), (mirror_known > 0.5).float()
    made = network(picture, known, mirrored, mirror_known, guess)
    spoiled = torch.where(known > 0.0, picture, torch.tensor(7.0))
    other = torch.where(mirror_known > 0.0, mirrored, torch.tensor(-3.0))
    assert torch.equal(network(spoiled, known, other, mirror_known, guess), made)
    assert not torch.equal(network(spoiled, known, other, 1.0 - mirror_known, guess), made)


@pytest.mark.slow
def test_it_learns_to_copy_the_mirrored_side():
    network = InpaintingNetwork()
    optimiser = torch.optim.Adam(network.parameters(), 3e-3)
    losses = []
    for step in range(50):
        picture, known, mirrored, mirror_known, guess = inputs(step)
        made = network(picture, torch.zeros_like(known), mirrored, torch.ones_like(mirror_known), guess)
        loss = (made - mirrored).square().mean()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        losses.append(loss.item())
    assert losses[-1] < 0.5 * losses[0]
