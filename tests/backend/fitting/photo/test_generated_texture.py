import sys
from dataclasses import replace

import numpy as np
import pytest
import torch

from headbridge.errors import InputError
from headbridge.fitting.photo.fit import fit_photo
from headbridge.fitting.photo.generated_texture import _seen, generate_texture
from headbridge.fitting.photo.job import FitPhotoInput, FitPhotoSettings, PhotoView
from headbridge.fitting.photo.light import white_light
from headbridge.fitting.photo.posed_photo import PosedPhoto
from headbridge.fitting.photo.rendering import PhotoRender
from headbridge.images import Photo
from headbridge.progress import Progress
from headbridge.render import RASTERISERS, rasterise
from headbridge.texture.atlas.layout import HeadLayout
from headbridge.texture.stylegan import Generator, GeneratorShape
from headbridge.texture.stylegan.latent_fit import LatentFitSettings, texture_of
from headbridge.texture.stylegan.latents import latent_space
from headbridge.texture.stylegan.textures import TextureGenerator
from headbridge.topologies import load_builtin, load_topology

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


@pytest.mark.slow
def test_the_texture_that_a_photo_shows_is_found_under_its_light(textures):
    head, light = load_builtin("flame"), white_light()
    light[1] += 0.2
    truth = texture_of(textures.generator, textures.generator.styles(torch.full((1, 8), 0.7)), 16).clamp(0.0, 1.0)
    seen = PhotoRender(photo(head, light), head)
    pixels = seen.colours(truth)
    settings = LatentFitSettings(schedule=((8, 50), (16, 80)), prior=1e-4)
    layout = HeadLayout(head, 64)
    behind = np.zeros((*layout.shape, 3), np.float32)
    made = generate_texture((photo(head, light, pixels),), layout, behind, textures, "w", Progress(), settings)
    assert made.fit.psnr > 33.0
    expected = layout.transferred(truth[0].numpy(), head.uvs)
    # Of the layout's texels about a third are seen; the generator knows the others from them.
    middle = texture_of(textures.generator, latent_space(textures.generator, "w").styles(torch.zeros(1, 8)), 16)
    start = np.abs(layout.transferred(middle[0].numpy(), head.uvs) - expected)[layout.covered].mean()
    assert np.abs(made.picture - expected)[layout.covered].mean() < 0.5 * start


@pytest.mark.slow
def test_what_the_generator_does_not_picture_is_what_lies_behind(textures):
    head, light = load_builtin("flame"), white_light()
    beside = load_topology("flame").regions["left_eyeball"][head.triangles].all(axis=1)
    uvs = head.uvs.copy()
    uvs[np.unique(head.triangle_corners[beside])] += (1.0, 0.0)
    worn = TextureGenerator(textures.generator, replace(head, uvs=uvs), "without the left eye")
    layout = HeadLayout(head, 64)
    behind = np.full((*layout.shape, 3), 0.3, np.float32)
    once = LatentFitSettings(schedule=((16, 1),))
    made = generate_texture((photo(head, light),), layout, behind, worn, "w", Progress(), once)
    left = np.append(beside, False)[layout.raster.triangle]
    assert left.sum() > 10
    np.testing.assert_array_equal(made.picture[left], np.float32(0.3))
    assert np.abs(made.picture[layout.covered & ~left] - 0.3).mean() > 0.01


def test_the_renderer_that_was_asked_for_says_what_is_seen(textures, monkeypatch):
    """A rasteriser that sees nothing leaves nothing to fit to."""
    head, asked = load_builtin("flame"), []

    def nothing(points, faces, size, perspective=True):
        asked.append(size)
        raster = rasterise(points, faces, size, perspective)
        return replace(raster, triangle=torch.full_like(raster.triangle, -1))

    monkeypatch.setitem(RASTERISERS, "pytorch3d", nothing)
    own, other = (
        _seen(photo(head, white_light()), head, "cpu", RASTERISERS[name]) for name in ("headbridge", "pytorch3d")
    )
    assert asked == [(SIZE, SIZE)]
    assert own.weights.sum() > 1000 and other.weights.sum() == 0.0


def test_that_pytorch3d_is_missing_is_told_before_any_work(monkeypatch):
    monkeypatch.setitem(sys.modules, "pytorch3d", None)
    nothing = FitPhotoInput((PhotoView(Photo(np.zeros((8, 8, 3), np.float32), name="black.png")),))
    told = []
    with pytest.raises(InputError, match="PyTorch3D cannot be imported.*choose the renderer headbridge"):
        fit_photo(nothing, FitPhotoSettings(renderer="pytorch3d"), Progress(lambda *_: told.append(1)))
    assert not told
