import torch
from headbridge.texture.inpainting.network import InpaintingNetwork


def inputs(seed: int = 0) -> list[torch.Tensor]:
    torch.manual_seed(seed)
    return [torch.rand(1, channels, 64, 64) for channels in (3, 1, 3, 1, 3)]


def test_an_untrained_network_adds_to_the_guess_what_it_lacks_nearby():
    _, known, mirrored, mirror_known, guess = inputs()
    known, mirror_known = torch.zeros_like(known), torch.zeros_like(mirror_known)
    known[..., :32] = 1.0
    made = InpaintingNetwork()(guess + 0.1, known, mirrored, mirror_known, guess)
    assert torch.allclose(made[..., :32], (guess + 0.1)[..., :32], atol=1e-6)
    lacks = (made - guess)[..., 32:].mean(dim=(0, 1, 2))
    assert 0.05 < lacks[0] < 0.1 and lacks[0] > lacks[8] > lacks[31] > 0.0


def test_an_untrained_network_believes_the_other_half_and_coarse_features_most():
    _, known, _, mirror_known, guess = inputs()
    column = torch.arange(64.0)
    for period, least, most in ((2, 0.3, 0.5), (64, 0.7, 1.0)):
        wave = (torch.cos(2.0 * torch.pi * (column + 0.5 * (period > 2)) / period) * 0.1).expand_as(guess)
        made = InpaintingNetwork()(guess, torch.zeros_like(known), guess + wave, torch.ones_like(mirror_known), guess)
        assert least < ((made - guess) * wave).sum() / wave.square().sum() < most


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
