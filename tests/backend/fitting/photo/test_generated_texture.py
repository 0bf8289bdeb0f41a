import numpy as np
import pytest
import torch

from headbridge.fitting.photo.generated_texture import generate_texture
from headbridge.fitting.photo.light import white_light
from headbridge.fitting.photo.posed_photo import PosedPhoto
from headbridge.fitting.photo.rendering import PhotoRender
from headbridge.fitting.texturing.layout import HeadLayout
from headbridge.progress import Progress
from headbridge.texture.stylegan import Generator, GeneratorShape
from headbridge.texture.stylegan.latent_fit import LatentFitSettings, texture_of
from headbridge.texture.stylegan.latents import latent_space
from headbridge.texture.stylegan.textures import TextureGenerator
from headbridge.topologies import load_builtin

SIZE = 160


@pytest.fixture(scope="module")
def textures() -> TextureGenerator:
    torch.manual_seed(3)
    generator = Generator(GeneratorShape(8, 8, 2, (8, 8, 8))).eval().requires_grad_(False)
    for resolution in generator.shape.resolutions:
        getattr(generator.synthesis, f"b{resolution}").torgb.weight.mul_(0.15)
    return TextureGenerator(generator, load_builtin("flame"), "a small generator")


def photo(head, light, pixels=None) -> PosedPhoto:
    vertices = head.vertices - head.vertices.mean(axis=0) + (0.0, 0.0, -900.0)
    matrix = np.array([[620.0, 0.0, SIZE / 2], [0.0, 620.0, SIZE / 2], [0.0, 0.0, 1.0]])
    return PosedPhoto(np.zeros((SIZE, SIZE, 3), np.float32) if pixels is None else pixels, vertices, matrix, light)


def test_the_texture_that_a_photo_shows_is_found_under_its_light(textures):
    head, light = load_builtin("flame"), white_light()
    light[1] += 0.2
    truth = texture_of(textures.generator, textures.generator.styles(torch.full((1, 8), 0.7)), 16).clamp(0.0, 1.0)
    seen = PhotoRender(photo(head, light), head)
    pixels = seen.colours(truth)
    settings = LatentFitSettings(schedule=((8, 50), (16, 80)), prior=1e-6)
    made = generate_texture((photo(head, light, pixels),), head, textures, "w", 64, "cpu", Progress(), settings)
    assert made.fit.psnr > 33.0
    layout = HeadLayout(head, 64)
    expected = layout.carried(truth[0].numpy(), head.uvs)
    found = made.images[(0, 0)].pixels
    # Of the layout's texels about a third are seen; the generator knows the others from them.
    middle = texture_of(textures.generator, latent_space(textures.generator, "w").styles(torch.zeros(1, 8)), 16)
    start = np.abs(layout.carried(middle[0].numpy(), head.uvs) - expected)[layout.covered].mean()
    assert np.abs(found - expected)[layout.covered].mean() < 0.5 * start
