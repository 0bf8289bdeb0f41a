"""The generator that ships."""

import json

import pytest
import torch
from texture_training.distillation_targets import DistillationTargets

from headbridge.texture.generators import OPEN_GENERATOR
from headbridge.texture.stylegan.latents import latent_space
from headbridge.texture.stylegan.textures import load_texture_generator
from headbridge.topologies.builtin import asset_path

SIZE = 64


@pytest.fixture(scope="module")
def generator():
    return load_texture_generator(OPEN_GENERATOR).generator


@pytest.fixture(scope="module")
def textures(generator):
    return DistillationTargets("flame", SIZE, generator.shape.latent)


def decibels(made: torch.Tensor, wanted: torch.Tensor, weights: torch.Tensor) -> float:
    return -10.0 * torch.log10(((made.clamp(-1.0, 1.0) - wanted).square() * weights).mean() / 4.0).item()


@pytest.mark.slow
def test_its_textures_are_its_distillation_targets(generator, textures):
    z = torch.randn(8, generator.shape.latent, generator=torch.Generator().manual_seed(123))
    made, wanted = generator(z, resolution=SIZE), textures.pictures(z, SIZE)
    assert decibels(made, wanted, textures.weights[SIZE]) > 37.0
    others = decibels(made.roll(1, 0), wanted, textures.weights[SIZE])
    assert others < 25.0


def test_its_mean_style_and_its_widest_direction_are_skin_tones(generator, textures):
    z = torch.randn(4000, generator.shape.latent, generator=torch.Generator().manual_seed(4))
    w = generator.mapping(z)
    assert torch.allclose(generator.mapping.w_avg, w.mean(dim=0), atol=0.25)
    space = latent_space(generator, "w")
    pictures = []
    for amount in (-1.0, 1.0):
        latents = space.start.clone()
        latents[0, -1] = amount
        pictures.append(generator.synthesis(space.styles(latents), resolution=SIZE)[0].mean(dim=0))
    cheek = slice(SIZE * 9 // 16, SIZE * 5 // 8), slice(SIZE * 5 // 16, SIZE * 6 // 16)
    assert (pictures[0][cheek].mean() - pictures[1][cheek].mean()).abs() > 0.3


def test_its_card_says_what_it_is_and_it_is_small(generator):
    card = json.loads(asset_path("texture_generator.json").read_text())
    assert card["channels"] == list(generator.shape.channels)
    assert card["parameters"] == sum(parameter.numel() for parameter in generator.parameters())
    assert card["regression_steps"] > 0 and card["note"]
    assert asset_path("texture_generator.safetensors").stat().st_size <= 15e6
