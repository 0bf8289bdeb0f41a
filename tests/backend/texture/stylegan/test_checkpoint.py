import pickle
import struct

import pytest
import torch

from headbridge.errors import InputError
from headbridge.safetensors import encode_safetensors, read_safetensors
from headbridge.texture.stylegan import Generator, GeneratorShape, load_generator, save_generator
from headbridge.texture.stylegan.checkpoint import read_metadata

FILTER = torch.outer(torch.tensor([1.0, 3.0, 3.0, 1.0]), torch.tensor([1.0, 3.0, 3.0, 1.0])) / 64.0


def published(generator: Generator) -> dict[str, torch.Tensor]:
    """The state_dict as FFHQ-UV's file has it, with the filter of every block and convolution."""
    tensors = dict(generator.state_dict())
    for resolution in generator.shape.resolutions:
        block = f"synthesis.b{resolution}"
        for owner in (block, *(() if resolution == 4 else (f"{block}.conv0",)), f"{block}.conv1"):
            tensors[f"{owner}.resample_filter"] = FILTER
    return tensors


@pytest.fixture
def generator() -> Generator:
    torch.manual_seed(4)
    return Generator(GeneratorShape(8, 12, 2, (10, 8, 6)))


def test_a_generator_of_ffhq_uvs_size_has_its_182_tensors():
    with torch.device("meta"):
        large = Generator(GeneratorShape(512, 512, 8, (512, 512, 512, 512, 512, 256, 128, 64, 32)))
    names = published(large)
    assert len(names) == 182
    assert {"mapping.w_avg", "synthesis.b4.const", "synthesis.b1024.torgb.affine.bias"} <= set(names)
    assert not any(name.startswith("synthesis.b4.conv0") for name in names)
    assert sum(parameter.numel() for parameter in large.parameters()) * 4 == pytest.approx(122e6, rel=0.02)


def test_a_published_state_dict_gives_the_same_pictures(generator, tmp_path):
    path = tmp_path / "texgan.pth"
    torch.save(published(generator), path)
    loaded = load_generator(path)
    assert loaded.shape == generator.shape
    styles = torch.randn(1, generator.shape.style_count, 12)
    # Weights in another memory order are added up in another.
    assert torch.allclose(loaded.synthesis(styles), generator.synthesis(styles), atol=1e-5)
    assert not any(parameter.requires_grad for parameter in loaded.parameters())


def test_safetensors_in_half_precision_come_back(generator, tmp_path):
    path = tmp_path / "open.safetensors"
    save_generator(path, generator, "hack")
    loaded = load_generator(path)
    for name, tensor in generator.state_dict().items():
        assert torch.equal(loaded.state_dict()[name], tensor.half().float())
    assert read_metadata(path) == {"layout": "hack"}
    assert [file.name for file in tmp_path.iterdir()] == ["open.safetensors"]


def test_safetensors_layout_is_the_published_one():
    content = encode_safetensors({"b": torch.tensor([1.0, 2.0]), "a": torch.tensor([[3]], dtype=torch.uint8)})
    length = struct.unpack("<Q", content[:8])[0]
    assert length % 8 == 0
    header = content[8 : 8 + length].rstrip()
    assert header == (
        b'{"a":{"dtype":"U8","shape":[1,1],"data_offsets":[0,1]},"b":{"dtype":"F32","shape":[2],"data_offsets":[1,9]}}'
    )
    assert content[8 + length :] == b"\x03" + struct.pack("<2f", 1.0, 2.0)
    back = read_safetensors(content, "x")
    assert torch.equal(back["b"], torch.tensor([1.0, 2.0])) and back["a"].shape == (1, 1)


class Malicious:
    def __reduce__(self):
        return print, ("run",)


def broken_files(generator: Generator, folder) -> dict[str, tuple]:
    tensors = published(generator)
    whole = folder / "whole.pth"
    torch.save(tensors, whole)
    content = whole.read_bytes()
    cases = {"cut.pth": (content[: len(content) // 2], "the file is damaged")}
    code = folder / "code.pth"
    torch.save({**tensors, "extra": Malicious()}, code)
    cases["code.pth"] = (code.read_bytes(), "holds objects or code")
    cases["raw.pth"] = (pickle.dumps(Malicious()), "holds objects or code")

    def saved(name: str, changed: dict, message: str):
        torch.save(changed, folder / name)
        cases[name] = ((folder / name).read_bytes(), message)

    saved("other.pth", {"weight": torch.zeros(3)}, "no StyleGAN2 generator")
    saved("less.pth", {k: v for k, v in tensors.items() if k != "synthesis.b8.conv1.bias"}, "lacks the tensor")
    saved("more.pth", {**tensors, "mapping.embed.weight": torch.zeros(3)}, "unknown tensor 'mapping.embed.weight'")
    saved("bias.pth", {**tensors, "synthesis.b8.conv1.bias": torch.zeros(3)}, "should have shape")
    saved("nan.pth", {**tensors, "synthesis.b8.conv1.bias": torch.full((8,), float("nan"))}, "not finite")
    saved(
        "filter.pth", {**tensors, "synthesis.b8.resample_filter": torch.ones(4, 4) / 16.0}, "not the one of StyleGAN2"
    )
    saved("list.pth", [torch.zeros(2)], "no raw state_dict")
    safe = encode_safetensors(dict(generator.state_dict()))
    cases["cut.safetensors"] = (safe[:-20], "cut off")
    cases["head.safetensors"] = (b"\xff" * 64, "no safetensors file")
    return cases


def test_broken_files_are_named_with_their_fault(generator, tmp_path, capsys):
    for name, (content, message) in broken_files(generator, tmp_path).items():
        path = tmp_path / name
        path.write_bytes(content)
        with pytest.raises(InputError, match=message) as caught:
            load_generator(path)
        assert str(path) in str(caught.value)
    with pytest.raises(InputError, match="no such file"):
        load_generator(tmp_path / "nowhere.pth")
    assert "run" not in capsys.readouterr().out
