import numpy as np
import pytest
import torch

from headbridge.errors import Cancelled, InputError
from headbridge.progress import Progress
from headbridge.render import Faces, interpolate, rasterise, sample_texture
from headbridge.texture.stylegan import Generator, GeneratorShape
from headbridge.texture.stylegan.latent_fit import LatentFitSettings, SeenTexture, fit_latents
from headbridge.texture.stylegan.latents import latent_space

SIZE = 32


@pytest.fixture(scope="module")
def generator() -> Generator:
    torch.manual_seed(3)
    made = Generator(GeneratorShape(8, 8, 2, (8, 8, 8))).eval().requires_grad_(False)
    # Colours well within 0..1, as a trained generator's.
    for resolution in made.shape.resolutions:
        getattr(made.synthesis, f"b{resolution}").torgb.weight.mul_(0.15)
    return made


def square(weights=None) -> tuple:
    """A square that fills the picture, its layout that of a texture; light falls off to the right."""
    points = torch.tensor([[[0.0, 0.0, 1.0], [SIZE, 0.0, 1.0], [SIZE, SIZE, 1.0], [0.0, SIZE, 1.0]]])
    faces = Faces(np.array([[0, 2, 1], [0, 3, 2]]), 4)
    raster = rasterise(points, faces, SIZE, perspective=False)
    corners = torch.tensor([[[0.0, 1.0], [1.0, 1.0], [1.0, 0.0], [0.0, 0.0]]])
    uvs = interpolate(points, raster, corners)
    shading = torch.linspace(1.2, 0.4, SIZE).view(1, 1, SIZE, 1).expand(1, SIZE, SIZE, 3).contiguous()
    return raster, uvs, shading, torch.ones(1, SIZE, SIZE) if weights is None else weights


def photo_of(generator: Generator, styles: torch.Tensor, uvs, raster, shading) -> torch.Tensor:
    texture = (0.5 * (generator.synthesis(styles) + 1.0)).permute(0, 2, 3, 1).contiguous()
    return sample_texture(texture, uvs, raster) * shading


@pytest.mark.slow
@pytest.mark.parametrize("name", ["z", "w+"])
def test_a_generated_texture_is_recovered_from_its_picture(generator, name):
    raster, uvs, shading, weights = square()
    z = torch.randn(1, 8, generator=torch.Generator().manual_seed(11))
    colours = photo_of(generator, generator.styles(z), uvs, raster, shading)
    space = latent_space(generator, name)
    settings = LatentFitSettings(schedule=((8, 60), (16, 120)), prior=1e-4)
    result = fit_latents(generator, space, [SeenTexture(raster, uvs, shading, colours, weights)], settings)
    truth = (0.5 * (generator.synthesis(generator.styles(z))[0] + 1.0)).permute(1, 2, 0)
    error = (result.texture - truth.clamp(0.0, 1.0)).square().mean().sqrt().item()
    middle = fit_latents(
        generator,
        space,
        [SeenTexture(raster, uvs, shading, colours, weights)],
        LatentFitSettings(((16, 1),)),
    )
    start = (middle.texture - truth.clamp(0.0, 1.0)).square().mean().sqrt().item()
    assert error < 0.02 < start
    assert result.psnr > 33.0
    assert [stage[0] for stage in result.stages] == [8, 16]
    assert result.stages[-1][2] < 0.1 * result.stages[0][1]


def test_pixels_without_weight_do_not_count(generator):
    weights = torch.ones(1, SIZE, SIZE)
    weights[:, :, : SIZE // 4] = 0.0
    raster, uvs, shading, weights = square(weights)
    z = torch.randn(1, 8, generator=torch.Generator().manual_seed(2))
    colours = photo_of(generator, generator.styles(z), uvs, raster, shading)
    spoiled = torch.where(weights[..., None] > 0.0, colours, torch.zeros(()))
    space, settings = latent_space(generator, "w"), LatentFitSettings(schedule=((16, 30),))
    clean = fit_latents(generator, space, [SeenTexture(raster, uvs, shading, colours, weights)], settings)
    other = fit_latents(generator, space, [SeenTexture(raster, uvs, shading, spoiled, weights)], settings)
    assert torch.equal(clean.texture, other.texture)


def test_a_fit_without_pixels_is_refused_and_one_with_them_can_be_stopped(generator):
    raster, uvs, shading, weights = square()
    colours = torch.zeros(1, SIZE, SIZE, 3)
    space = latent_space(generator, "w")
    with pytest.raises(InputError, match="No pixel"):
        fit_latents(generator, space, [SeenTexture(raster, uvs, shading, colours, 0.0 * weights)])

    class Stopped(Progress):
        def report(self, fraction, message=""):
            raise Cancelled()

    with pytest.raises(Cancelled):
        fit_latents(generator, space, [SeenTexture(raster, uvs, shading, colours, weights)], progress=Stopped())
