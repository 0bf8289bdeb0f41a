"""Textures of a generator by coefficients, in the layouts of the heads."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from headbridge.errors import InputError
from headbridge.jobs.folder import JobFolder
from headbridge.jobs.sample_texture import SAMPLE_TEXTURE
from headbridge.progress import Progress
from headbridge.texture.atlas.layout import HeadLayout
from headbridge.texture.job import SampleTextureSettings
from headbridge.texture.stylegan import Generator, GeneratorShape, save_generator
from headbridge.texture.stylegan.generated_space import load_generated_space
from headbridge.topologies import load_builtin

SIZE = 64


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    torch.manual_seed(1)
    path = tmp_path_factory.mktemp("generator") / "small.safetensors"
    save_generator(path, Generator(GeneratorShape(6, 8, 2, (6, 6, 6, 4, 4))), "flame")
    return path


def test_coefficients_move_w_by_standard_deviations_the_widest_direction_first(path):
    space = load_generated_space(str(path), "flame", 100)
    assert space.count == 8 and space.tiles == ((0, 0),)
    w = space.textures.generator.mapping(torch.randn(20_000, 6, generator=torch.Generator().manual_seed(3)))
    deviations = torch.linalg.eigvalsh(torch.cov(w.T)).clamp_min(0.0).sqrt().flip(0)

    def style(*coefficients):
        seen = []
        hook = space.textures.generator.synthesis.register_forward_pre_hook(lambda _, given: seen.append(given[0]))
        space.image(np.array(coefficients), SIZE)
        hook.remove()
        return seen[0][0, 0]

    moved = [style(*np.eye(8)[number]) - style(0.0) for number in range(3)]
    for step, deviation in zip(moved, deviations, strict=False):
        assert step.norm() == pytest.approx(float(deviation), rel=0.05)
    assert abs(torch.dot(moved[0], moved[1])) < 1e-3 * moved[0].norm() * moved[1].norm()


def test_the_generators_own_layout_keeps_its_picture(path):
    space = load_generated_space(str(path), "flame", 4)
    styles = space.latents.styles(torch.zeros(1, 8))
    picture = space.textures.generator.synthesis(styles)[0].permute(1, 2, 0).numpy()
    layout = HeadLayout(load_builtin("flame"), 64)
    made = space.image(np.zeros(4), 64)[0, 0].pixels
    np.testing.assert_allclose(made[layout.covered], np.clip(0.5 * picture + 0.5, 0.0, 1.0)[layout.covered], atol=1e-4)


def test_styles_of_a_texture_are_kept_beside_what_the_coefficients_say(path):
    space = load_generated_space(str(path), "flame", 3)
    count = space.textures.generator.shape.style_count
    latents = torch.randn(count, 8, generator=torch.Generator().manual_seed(2))
    styles = space.latents.styles(latents)[0]
    picture = space.textures.generator.synthesis(styles[None])[0].permute(1, 2, 0).numpy()
    own = latents.flip(1)[:, :3].mean(dim=0).numpy()
    covered = HeadLayout(load_builtin("flame"), 64).covered
    made = space.image(own, 64, styles.numpy())[0, 0].pixels
    np.testing.assert_allclose(made[covered], np.clip(0.5 * picture + 0.5, 0.0, 1.0)[covered], atol=1e-3)
    plain = space.image(own, 64)[0, 0].pixels
    np.testing.assert_allclose(space.image(own, 64, styles.numpy(), 0.0)[0, 0].pixels, plain, atol=1e-5)
    assert np.abs(made - plain)[covered].mean() > 0.02
    with pytest.raises(InputError, match=r"Styles of shape \(1, 9\) are not of the texture generator small"):
        space.image(own, 64, np.zeros((1, 9)))


@pytest.mark.slow
def test_sample_texture_takes_generators(path, tmp_path):
    settings = SampleTextureSettings(space=str(path), size=SIZE, count=2, components=3)
    answer = SAMPLE_TEXTURE.run(JobFolder(tmp_path), settings, Progress())
    assert answer["labels"] == ["direction 1", "direction 2", "direction 3"]
    assert len(answer["files"]) == 2 and (tmp_path / answer["files"][1][0]).is_file()
    with np.load(tmp_path / "textures.npz") as stored:
        assert 0.1 < np.abs(stored["coefficients"]).max() <= 1.4
    with pytest.raises(InputError, match="has 8 components; give at most as many"):
        SAMPLE_TEXTURE.run(
            JobFolder(tmp_path), SampleTextureSettings(space=str(path), coefficients="1 " * 9), Progress()
        )


def test_bad_layout_and_count_are_named(path):
    with pytest.raises(InputError, match="layout 'ict'"):
        load_generated_space(str(path), "ict", 3)
    with pytest.raises(InputError, match="at least one direction, not 0"):
        load_generated_space(str(path), "flame", 0)
