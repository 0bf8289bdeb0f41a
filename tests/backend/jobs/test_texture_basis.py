"""Mean and components of a texture as a job, and which textures are found."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from headbridge.errors import InputError
from headbridge.jobs.folder import JobFolder
from headbridge.jobs.texture_basis import run_find_textures, run_texture_basis, run_texture_pictures
from headbridge.progress import Progress
from headbridge.texture import load_texture_space
from headbridge.texture.job import FindTexturesSettings, TextureBasisSettings, TexturePictureSettings
from headbridge.texture.plausible import plausible_coefficients
from headbridge.texture.stylegan import Generator, GeneratorShape, save_generator
from headbridge.texture.stylegan.generated_space import load_generated_space

SIZE = 64


@pytest.fixture(scope="module")
def generator_file(tmp_path_factory):
    torch.manual_seed(4)
    path = tmp_path_factory.mktemp("generator") / "mine.safetensors"
    save_generator(path, Generator(GeneratorShape(6, 8, 2, (6, 6, 6, 4, 4))), "flame")
    return path


def basis(folder, **settings):
    answer = run_texture_basis(JobFolder(folder), TextureBasisSettings(size=SIZE, **settings), Progress())
    with np.load(folder / answer["result"]) as stored:
        return answer, stored["mean"].astype(np.float32), stored["components"].astype(np.float32)


@pytest.mark.slow
@pytest.mark.parametrize("layout", ["flame", "hack"])
def test_mean_and_components_make_the_spaces_textures(tmp_path, layout):
    answer, mean, components = basis(tmp_path, layout=layout)
    space = load_texture_space("open", layout, SIZE)
    assert (answer["kind"], answer["layout"], answer["space"]) == ("space", layout, "open")
    assert answer["labels"] == list(space.labels) and answer["tiles"] == [list(tile) for tile in space.tiles]
    coefficients = np.random.default_rng(2).normal(size=space.count).astype(np.float32)
    made = mean + np.einsum("ktyxc,k->tyxc", components, coefficients)
    # Half floats are good to a quarter of a level of 255 each.
    np.testing.assert_allclose(made, space.colours(coefficients), atol=2.0 / 255.0)


def test_a_generator_gives_its_middle_texture_and_no_components(tmp_path, generator_file):
    answer, mean, components = basis(tmp_path, space=str(generator_file), components=5)
    assert answer["kind"] == "generator" and components.shape == (0, 1, SIZE, SIZE, 3)
    assert answer["labels"] == [f"direction {k}" for k in range(1, 6)] and answer["label"] == "mine.safetensors"
    middle = load_generated_space(str(generator_file), "flame", 5).image(np.zeros(5), SIZE)[0, 0].pixels
    np.testing.assert_allclose(mean[0], middle, atol=1e-3)


def pictures(folder, arrays, **settings):
    np.savez(folder / "options.npz", **arrays)
    answer = run_texture_pictures(JobFolder(folder), TexturePictureSettings(size=SIZE, **settings), Progress())
    with np.load(folder / answer["result"]) as stored:
        return answer, stored["pixels"]


@pytest.mark.parametrize("layout", ["flame", "hack"])
def test_pictures_of_a_space_are_its_textures(tmp_path, layout):
    space = load_texture_space("open", layout, SIZE)
    rows = np.random.default_rng(1).normal(size=(2, space.count)).astype(np.float32)
    answer, pixels = pictures(tmp_path, {"coefficients": rows}, layout=layout)
    assert answer["whole"] and answer["tiles"] == [list(tile) for tile in space.tiles]
    for row, made in zip(rows, pixels, strict=True):
        truth = [image.pixels for image in space.image(row).values()]
        np.testing.assert_allclose(made / 255.0, truth, atol=0.51 / 255.0)


def test_pictures_of_a_generator_are_coarse_where_less_is_asked_for(tmp_path, generator_file):
    generated = load_generated_space(str(generator_file), "flame", 5)
    styles = generated.latents.styles(torch.randn(10, 8, generator=torch.Generator().manual_seed(0)))[0].numpy()
    row = np.array([1.0, -0.5, 0.0, 2.0, 0.0])
    given = {"coefficients": np.array([row, row]), "styles": styles, "kept": np.array([1.0, 0.25])}
    for resolution, whole in ((16, False), (64, True), (256, True)):
        settings = {"space": str(generator_file), "components": 5, "resolution": resolution}
        answer, pixels = pictures(tmp_path, given, **settings)
        assert answer["whole"] == whole
        for made, kept in zip(pixels, given["kept"], strict=True):
            truth = generated.image(row, SIZE, styles, kept, resolution)[0, 0].pixels
            np.testing.assert_allclose(made[0] / 255.0, truth, atol=0.51 / 255.0)
    assert np.abs(pixels[0].astype(int) - pixels[1]).mean() > 1.0


def test_wrong_rows_of_coefficients_are_named(tmp_path):
    for arrays, said in (
        ({}, r"coefficients \(R, K\)"),
        ({"coefficients": np.zeros(3)}, r"coefficients \(R, K\)"),
        ({"coefficients": np.zeros((1, 3)), "kept": np.zeros(2)}, r"kept \(1,\)"),
        ({"coefficients": np.full((1, 3), np.nan)}, "finite"),
    ):
        with pytest.raises(InputError, match=said):
            pictures(tmp_path, arrays)


def test_natural_values_are_told(tmp_path, generator_file):
    answer, _, _ = basis(tmp_path)
    normal = np.random.default_rng(0).normal(size=(50, len(answer["labels"])))
    drawn = np.empty_like(normal)
    for number, told in enumerate(answer["natural"]):
        least, most = (
            told[name] if told[name] is not None else sign * np.inf for name, sign in (("least", -1), ("most", 1))
        )
        drawn[:, number] = told["scale"] * np.clip(normal[:, number], least, most) + told["offset"]
    np.testing.assert_allclose(drawn, plausible_coefficients(tuple(answer["labels"]), normal), atol=1e-6)
    answer, _, _ = basis(tmp_path, space=str(generator_file), components=2)
    assert answer["natural"] == 2 * [{"scale": 0.7, "offset": 0.0, "least": -2.0, "most": 2.0}]


def test_what_is_found_can_be_loaded(tmp_path, monkeypatch, generator_file):
    monkeypatch.setenv("HEADBRIDGE_MODELS", str(tmp_path))
    own = tmp_path / "textures"
    own.mkdir()
    (own / "mine.safetensors").write_bytes(generator_file.read_bytes())
    (own / "ours.npz").write_bytes(b"")
    (own / "notes.txt").write_text("no texture")
    (tmp_path / "FLAME_texture.npz").write_bytes(b"")
    answer = run_find_textures(JobFolder(tmp_path), FindTexturesSettings(), Progress())
    found = {each["name"]: (each["label"], each["kind"]) for each in answer["textures"]}
    assert next(iter(found.items())) == ("open", ("Open texture space", "space"))
    assert found["flame_texture"] == ("FLAME texture space", "space")
    assert found[str(own / "mine.safetensors")] == ("mine.safetensors", "generator")
    assert found[str(own / "ours.npz")] == ("ours.npz", "space")
    assert "albedo_mm" not in found and not any("notes" in name for name in found)


def test_textures_that_are_not_there_are_named(tmp_path, monkeypatch):
    monkeypatch.setenv("HEADBRIDGE_MODELS", str(tmp_path))
    for name, message in (
        ("ffhq_uv", "lies in none of the model folders"),
        ("none.safetensors", "none.safetensors: there is no such file"),
        ("skins", "There is no texture space 'skins'"),
    ):
        with pytest.raises(InputError, match=message):
            run_texture_basis(JobFolder(tmp_path), TextureBasisSettings(space=name, size=SIZE), Progress())
    assert not (tmp_path / "basis.npz").exists()
