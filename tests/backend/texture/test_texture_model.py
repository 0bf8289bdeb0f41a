"""What texture spaces and generators have of fitted textures."""

import numpy as np
import pytest
import torch

from headbridge.texture.space import TextureSpace
from headbridge.texture.stylegan import Generator, GeneratorShape
from headbridge.texture.stylegan.latents import latent_space
from headbridge.texture.stylegan.textures import TextureGenerator
from headbridge.texture.texture_model import generator_model, space_model
from headbridge.topologies import load_builtin


def test_a_spaces_coefficients_are_the_first_ones():
    shape = (1, 2, 2, 3)
    space = TextureSpace("flame", "mine", ((0, 0),), np.zeros(shape), np.zeros((*shape, 2)), ("dark", "beard"))
    model = space_model("mine.npz", space, np.array([0.5, -1.0, 9.0]))
    assert (model.name, model.kind, model.layout, model.labels) == ("mine.npz", "space", "flame", ("dark", "beard"))
    np.testing.assert_array_equal(model.coefficients, [0.5, -1.0])


def test_a_generators_coefficients_are_the_layers_means_the_widest_direction_first():
    torch.manual_seed(0)
    generator = Generator(GeneratorShape(6, 8, 2, (6, 6))).eval().requires_grad_(False)
    textures = TextureGenerator(generator, load_builtin("flame"), "a small generator")
    latents = torch.randn(generator.shape.style_count, 8)
    styles = latent_space(generator, "w+").styles(latents)
    model = generator_model("small.pth", "hack", textures, styles)
    assert (model.kind, model.layout, model.labels[0], len(model.labels)) == ("generator", "hack", "direction 1", 8)
    # The widest six; z has no more dimensions.
    np.testing.assert_allclose(model.coefficients[:6], latents.mean(dim=0).flip(0)[:6], atol=1e-3)
    assert model.styles == pytest.approx(styles[0].numpy())
