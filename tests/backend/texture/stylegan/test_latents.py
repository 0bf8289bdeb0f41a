import math

import pytest
import torch

from headbridge.errors import InputError
from headbridge.texture.stylegan import Generator, GeneratorShape
from headbridge.texture.stylegan.latents import geodesic_spread, latent_space


@pytest.fixture(scope="module")
def generator() -> Generator:
    torch.manual_seed(0)
    made = Generator(GeneratorShape(6, 8, 2, (6, 6, 6))).eval().requires_grad_(False)
    made.mapping.w_avg.copy_(made.mapping(torch.randn(2000, 6)).mean(dim=0))
    return made


def test_whitened_latents_of_the_generators_own_styles_have_unit_variance(generator):
    space = latent_space(generator, "w")
    w = generator.mapping(torch.randn(4000, 6, generator=torch.Generator().manual_seed(5)))
    origin = space.styles(torch.zeros(1, 8))[0, 0]
    axes = torch.stack([space.styles(row[None])[0, 0] - origin for row in torch.eye(8)])
    latents = torch.linalg.solve(axes.T, (w - origin).T).T
    covariance = latents.T @ latents / len(latents)
    varied = axes.norm(dim=1) > 2e-3 * axes.norm(dim=1).max()
    assert varied.sum() >= 6
    assert torch.allclose(covariance[varied][:, varied], torch.eye(int(varied.sum())), atol=0.15)


def test_latents_are_those_whose_styles_are_given(generator):
    space = latent_space(generator, "w+")
    latents = torch.randn(1, generator.shape.style_count, 8)
    assert torch.allclose(space.latents(space.styles(latents[0])), latents, atol=1e-2)


def test_w_repeats_one_style_and_w_plus_has_its_own_for_every_layer(generator):
    count = generator.shape.style_count
    one = latent_space(generator, "w")
    latents = torch.randn(1, 8)
    assert torch.equal(one.styles(latents), one.styles(latents)[:, :1].expand(1, count, 8))
    many = latent_space(generator, "w+")
    assert many.start.shape == (count, 8)
    apart = torch.randn(count, 8)
    assert torch.allclose(many.styles(apart)[0, 3], one.styles(apart[3:4])[0, 0], atol=1e-6)


def test_z_stays_on_its_sphere_and_starts_near_the_mean_style(generator):
    space = latent_space(generator, "z")
    assert space.held(torch.randn(3, 6)).norm(dim=1) == pytest.approx(math.sqrt(6.0))
    mean = generator.mapping.w_avg
    typical = (generator.mapping(torch.randn(500, 6)) - mean).norm(dim=1).median()
    assert (space.styles(space.start)[0, 0] - mean).norm() < 0.6 * typical


def test_geodesic_spread_is_the_squared_angle():
    latents = torch.tensor([[2.0, 0.0], [0.0, 2.0]], dtype=torch.float64)
    assert geodesic_spread(latents).item() == pytest.approx((math.pi / 2.0) ** 2, rel=1e-6)
    assert geodesic_spread(latents[:1].repeat(3, 1)).item() == pytest.approx(0.0, abs=1e-8)


def test_truncation_holds_every_direction(generator):
    space = latent_space(generator, "w+", truncation=1.5)
    assert space.held(torch.full((2, 8), 4.0)).max() == 1.5


def test_an_unknown_space_is_refused(generator):
    with pytest.raises(InputError, match="choose one of z, w, w"):
        latent_space(generator, "s")
