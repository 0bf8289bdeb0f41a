"""Textures of a space as a job and as a command."""

from __future__ import annotations

import json

import numpy as np
import pytest

from headbridge.cli.main import main
from headbridge.errors import Cancelled, InputError
from headbridge.images import read_image
from headbridge.jobs.folder import JobFolder
from headbridge.jobs.sample_texture import SAMPLE_TEXTURE
from headbridge.jobs.tasks import TASKS
from headbridge.progress import Progress
from headbridge.texture import load_texture_space
from headbridge.texture.job import SampleTextureSettings, parse_coefficients
from headbridge.texture.plausible import plausible_coefficients

SIZE = 64


def sampled(folder, **settings):
    answer = SAMPLE_TEXTURE.run(JobFolder(folder), SampleTextureSettings(size=SIZE, **settings), Progress())
    with np.load(folder / "textures.npz") as stored:
        return answer, dict(stored)


def test_images_are_those_of_the_coefficients(tmp_path):
    answer, stored = sampled(tmp_path, layout="hack", count=2, seed=3)
    space = load_texture_space("open", "hack", SIZE)
    assert answer["files"] == [[f"texture_000{k}_1001.png", f"texture_000{k}_1002.png"] for k in range(2)]
    assert stored["coefficients"].shape == (2, space.count)
    assert stored["labels"].tolist() == list(space.labels) == answer["labels"]
    for row, names in zip(stored["coefficients"], answer["files"], strict=True):
        for name, truth in zip(names, space.image(row).values(), strict=True):
            np.testing.assert_allclose(read_image(tmp_path / name).pixels, truth.pixels, atol=0.51 / 255.0)
    assert json.loads((tmp_path / "sample_texture.json").read_text()) == answer


def test_more_textures_leave_the_first_as_they_were_and_stay_within_the_limit(tmp_path):
    _, few = sampled(tmp_path, count=2, seed=5, limit=1.5)
    _, many = sampled(tmp_path, count=20, seed=5, limit=1.5)
    np.testing.assert_array_equal(many["coefficients"][:2], few["coefficients"])
    labels = tuple(many["labels"].tolist())
    least, most = (plausible_coefficients(labels, np.full(len(labels), cut)) for cut in (-1.5, 1.5))
    assert (many["coefficients"] >= least).all() and (many["coefficients"] <= most).all()
    assert (many["coefficients"].std(axis=0) > 0.2 * (most - least)).mean() > 0.7
    _, other = sampled(tmp_path, count=2, seed=6, limit=1.5)
    assert (other["coefficients"] != few["coefficients"]).mean() > 0.8


def test_random_textures_look_natural(tmp_path):
    _, stored = sampled(tmp_path, count=100, seed=1)
    of = dict(zip(stored["labels"].tolist(), stored["coefficients"].T, strict=True))
    # Nobody has a beard lighter than skin, most have none; without spread all are the average texture.
    assert of["beard"].min() == 0.0 and (of["beard"] == 0.0).mean() > 0.5 and of["beard"].max() > 0.3
    _, average = sampled(tmp_path, count=2, spread=0.0)
    wanted = plausible_coefficients(tuple(stored["labels"].tolist()), np.zeros(len(of)))
    np.testing.assert_allclose(average["coefficients"], [wanted, wanted], atol=1e-6)


def test_given_coefficients_make_one_texture(tmp_path):
    _, stored = sampled(tmp_path, coefficients="1.5, 0 -2", count=4)
    assert stored["coefficients"].shape[0] == 1
    np.testing.assert_allclose(stored["coefficients"][0, :4], [1.5, 0.0, -2.0, 0.0])


def test_textures_larger_than_a_space_can_be_are_enlarged(tmp_path, monkeypatch):
    monkeypatch.setattr("headbridge.jobs.sample_texture._LARGEST_SPACE", SIZE)
    SAMPLE_TEXTURE.run(JobFolder(tmp_path), SampleTextureSettings(size=2 * SIZE, coefficients="1"), Progress())
    pixels = read_image(tmp_path / "texture_0000.png").pixels
    assert pixels.shape == (2 * SIZE, 2 * SIZE, 3)
    small = load_texture_space("open", "flame", SIZE).image([1.0])[0, 0].pixels
    means = pixels.reshape(SIZE, 2, SIZE, 2, 3).mean(axis=(1, 3))
    assert np.abs(means - small).mean() < 0.01


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"coefficients": "1,red"}, "numbers such as"),
        ({"coefficients": "nan"}, "finite"),
        ({"coefficients": "1 " * 39}, "38 components"),
        ({"space": "nobody's"}, "no texture space"),
    ],
)
def test_wrong_settings_are_named_and_nothing_is_written(tmp_path, settings, said):
    with pytest.raises(InputError, match=said):
        sampled(tmp_path, **settings)
    assert not list(tmp_path.iterdir())


def test_a_cancelled_job_stops(tmp_path):
    with pytest.raises(Cancelled):
        SAMPLE_TEXTURE.run(JobFolder(tmp_path), SampleTextureSettings(size=SIZE), Progress(should_stop=lambda: True))


def test_no_coefficients_are_none_and_commas_do_not_matter():
    assert parse_coefficients("  ") is None and parse_coefficients("1,") == [1.0]


def test_the_command_writes_a_folder(tmp_path, capsys):
    assert main(["sample-texture", "-o", str(tmp_path / "out"), "--size", "64", "--coefficients=-1,2"]) == 0
    assert {path.name for path in (tmp_path / "out").iterdir()} == {
        "texture_0000.png",
        "textures.npz",
        "sample_texture.json",
    }
    assert "1 textures in" in capsys.readouterr().out
    assert TASKS["sample_texture"].settings_class is SampleTextureSettings
