from dataclasses import replace

import numpy as np
import pytest
import torch

from headbridge.errors import InputError
from headbridge.mesh.io import write_mesh
from headbridge.texture.stylegan import Generator, GeneratorShape, save_generator
from headbridge.texture.stylegan.textures import load_texture_generator
from headbridge.topologies import load_builtin


@pytest.fixture
def models(tmp_path, monkeypatch):
    """A model folder with a small generator in FFHQ-UV's form."""
    monkeypatch.setenv("HEADBRIDGE_MODELS", str(tmp_path))
    monkeypatch.setenv("HOME", str(tmp_path / "nobody"))
    folder = tmp_path / "ffhq_uv"
    folder.mkdir()
    torch.manual_seed(0)
    torch.save(dict(Generator(GeneratorShape(4, 6, 2, (4, 4))).state_dict()), folder / "texgan_ffhq_uv.pth")
    return folder


def published_head():
    """FLAME with another layout, its own size and an open mouth, as FFHQ-UV's file has it."""
    flame = load_builtin("flame")
    return replace(flame, vertices=1.1 * flame.vertices + (0.0, 3.0, 0.0), uvs=0.5 * flame.uvs[:, ::-1] + 0.25)


@pytest.mark.slow
def test_ffhq_uvs_layout_comes_from_the_users_head_and_only_the_layout(models):
    head = published_head()
    write_mesh(models / "FLAME_w_HIFI3D_UV.obj", head)
    textures = load_texture_generator("ffhq_uv")
    flame = load_builtin("flame")
    assert np.array_equal(textures.head.vertices, flame.vertices)
    assert textures.corner_uvs(flame) == pytest.approx(head.uvs, abs=1e-5)
    assert textures.generator.shape.resolution == 8


def test_without_its_layout_ffhq_uvs_generator_is_of_no_use_and_says_so(models):
    with pytest.raises(InputError, match=r"FLAME_w_HIFI3D_UV\.obj"):
        load_texture_generator("ffhq_uv")
    write_mesh(models / "FLAME_w_HIFI3D_UV.obj", load_builtin("makehuman"))
    with pytest.raises(InputError, match="5023 vertices with UVs"):
        load_texture_generator("ffhq_uv")


def test_a_missing_generator_is_named_with_where_to_get_it(models):
    (models / "texgan_ffhq_uv.pth").unlink()
    with pytest.raises(InputError, match="FFHQ-UV"):
        load_texture_generator("ffhq_uv")


def test_files_that_headbridge_wrote_know_their_layout(tmp_path):
    generator = Generator(GeneratorShape(4, 6, 2, (4, 4)))
    save_generator(tmp_path / "own.safetensors", generator, "hack")
    textures = load_texture_generator(str(tmp_path / "own.safetensors"))
    assert len(textures.head.vertices) == len(load_builtin("hack").vertices)
    save_generator(tmp_path / "other.safetensors", generator, "smpl")
    with pytest.raises(InputError, match="layout 'smpl' is not known"):
        load_texture_generator(str(tmp_path / "other.safetensors"))
