import numpy as np
import pytest
import torch
from texture_training.distillation_targets import DistillationTargets

from headbridge.errors import InputError
from headbridge.texture.open_space import load_open_space
from headbridge.texture.plausible import plausible_coefficients

SIZE, LATENT = 64, 44


@pytest.fixture(scope="module")
def textures() -> DistillationTargets:
    return DistillationTargets("flame", SIZE, LATENT)


def test_the_first_entries_of_z_are_the_spaces_coefficients(textures):
    space = load_open_space("flame", SIZE)
    z = torch.zeros(1, LATENT)
    z[0, : space.count] = torch.randn(space.count, generator=torch.Generator().manual_seed(0))
    z *= LATENT**0.5 / z.norm()
    expected = space.colours(plausible_coefficients(space.labels, z[0, : space.count].numpy()))[0]
    made = 0.5 * (textures.pictures(3.0 * z, SIZE)[0].permute(1, 2, 0).numpy() + 1.0)
    assert made == pytest.approx(np.clip(expected, 0.0, 1.0), abs=1e-5)


def test_coarser_pictures_are_means_of_finer_ones(textures):
    z = torch.zeros(1, LATENT)
    z[0, -1] = 1.0
    fine, coarse = textures.pictures(z, SIZE), textures.pictures(z, SIZE // 4)
    inside = (fine.abs() < 0.999).float()
    whole = torch.nn.functional.avg_pool2d(inside, 4) == 1.0
    assert torch.allclose(torch.nn.functional.avg_pool2d(fine, 4)[whole], coarse[whole], atol=1e-5)


def test_the_other_entries_change_the_tone_a_little_and_only_the_skins(textures):
    space = load_open_space("flame", SIZE)
    one, other = torch.zeros(1, LATENT), torch.zeros(1, LATENT)
    one[0, space.count], other[0, space.count] = 1.0, -1.0
    apart = 0.5 * (textures.pictures(one, SIZE) - textures.pictures(other, SIZE))[0].mean(dim=0)
    middle = slice(SIZE // 4, 3 * SIZE // 4)
    assert 0.0 < apart[middle, middle].mean() < 0.2
    eyeballs = apart[: SIZE // 16, : SIZE // 16]
    assert eyeballs.abs().max() < 1e-3


def test_the_face_counts_most_and_weights_are_even_in_the_mean(textures):
    weights = textures.weights[SIZE][0, 0]
    assert weights.mean() == pytest.approx(1.0)
    assert weights[SIZE * 5 // 8, SIZE // 2] > 1.5 * weights[SIZE * 15 // 16, SIZE // 2]


def test_tone_matters_most_of_all_entries(textures):
    lengths = textures.lengths()
    assert lengths.argmax() == 0 and lengths.mean() == pytest.approx(1.0)


def test_a_latent_shorter_than_the_space_is_refused():
    with pytest.raises(InputError, match="38 components"):
        DistillationTargets("flame", SIZE, 20)
