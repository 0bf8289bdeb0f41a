"""Generators in files: FFHQ-UV's checkpoints, and safetensors."""

from __future__ import annotations

import io
import os
import pickle
import re
import zipfile
from pathlib import Path

import torch

from ...errors import InputError
from ...memory import FileBudget
from ...mesh.io.files import read_file
from ...reading import reading
from ...safetensors import encode_safetensors, read_safetensors, read_safetensors_metadata
from .generator import Generator, GeneratorShape
from .layers import BLUR

SAFETENSORS = ".safetensors"
_ZIP = b"PK\x03\x04"
_BLOCK = re.compile(r"synthesis\.b(\d+)\.torgb\.weight")
# Buffers of the low-pass filter, which is always the same.
_FILTER = "resample_filter"
_ADVICE = "use FFHQ-UV's texgan_ffhq_uv.pth or a generator that HeadBridge wrote"


def load_generator(path: str | os.PathLike, device="cpu", clamp: float | None = 256.0) -> Generator:
    """The generator of a file, ready to be evaluated; what it is built of is read off its tensors.

    path : a raw state_dict saved by torch (.pth .pt), read without running code, or .safetensors. clamp : where
        activations are cut off, which the file does not say; published ones use 256.
    Raises `InputError` when the file is missing, damaged, holds code, or is of another architecture."""
    path = Path(path)
    tensors = read_generator_tensors(path)
    with reading(path, _ADVICE):
        generator = Generator(_shape_of(tensors, path, clamp))
    expected = generator.state_dict()
    missing, unknown = sorted(set(expected) - set(tensors)), sorted(set(tensors) - set(expected))
    if missing or unknown:
        what = f"lacks the tensor '{missing[0]}'" if missing else f"has an unknown tensor '{unknown[0]}'"
        raise InputError(f"{path}: this is no StyleGAN2 generator of skip architecture: it {what}; {_ADVICE}.")
    for name, tensor in tensors.items():
        if tensor.shape != expected[name].shape:
            raise InputError(
                f"{path}: the tensor '{name}' should have shape {tuple(expected[name].shape)} beside the others, not "
                f"{tuple(tensor.shape)}; get the file again."
            )
        if not torch.isfinite(tensor).all():
            raise InputError(f"{path}: the tensor '{name}' holds values that are not finite; get the file again.")
    generator.load_state_dict(tensors)
    return generator.eval().requires_grad_(False).to(device=device, memory_format=torch.channels_last)


def save_generator(
    path: str | os.PathLike, generator: Generator, layout: str, dtype: torch.dtype = torch.float16
) -> None:
    """Write a generator as .safetensors with weights of `dtype`, the file whole or not at all.

    layout : the head ("flame" or "hack") whose UV layout its textures are in; `read_metadata` gives it back."""
    tensors = {name: tensor.detach().cpu().to(dtype) for name, tensor in generator.state_dict().items()}
    path = Path(path)
    partial = path.with_name(path.name + ".part")
    partial.write_bytes(encode_safetensors(tensors, {"layout": layout}))
    os.replace(partial, path)


def read_metadata(path: str | os.PathLike) -> dict[str, str]:
    """What a .safetensors file says of itself; nothing for other files."""
    path = Path(path)
    return read_safetensors_metadata(read_file(path), path) if path.suffix.lower() == SAFETENSORS else {}


def read_generator_tensors(path: str | os.PathLike) -> dict[str, torch.Tensor]:
    """The tensors of a generator's file by name, as float32, without those of its filters.

    Raises `InputError` when the file is missing, damaged, or holds anything but tensors, and where a filter is not
    StyleGAN2's."""
    path = Path(path)
    content = read_file(path)
    tensors = read_safetensors(content, path) if path.suffix.lower() == SAFETENSORS else _read_torch(content, path)
    taps = torch.tensor(BLUR) / sum(BLUR)
    for name, tensor in tensors.items():
        if name.endswith(_FILTER) and not (
            tensor.shape == (4, 4) and torch.allclose(tensor.float(), torch.outer(taps, taps), atol=1e-4)
        ):
            raise InputError(f"{path}: the filter '{name}' is not the one of StyleGAN2 (1 3 3 1); {_ADVICE}.")
    return {name: tensor.float() for name, tensor in tensors.items() if not name.endswith(_FILTER)}


def _read_torch(content: bytes, path: Path) -> dict[str, torch.Tensor]:
    budget = FileBudget(len(content), str(path))
    with reading(path, "get it again"):
        if content.startswith(_ZIP):
            with zipfile.ZipFile(io.BytesIO(content)) as archive:
                budget.take(sum(entry.file_size for entry in archive.infolist()), "what is packed in it")
        try:
            # weights_only reads tensors and refuses everything that could run.
            found = torch.load(io.BytesIO(content), map_location="cpu", weights_only=True)
        except pickle.UnpicklingError as problem:
            raise InputError(
                f"{path}: the file is no plain state_dict: it holds objects or code beside tensors, which are not "
                f"loaded; {_ADVICE}."
            ) from problem
    if not isinstance(found, dict) or not all(isinstance(value, torch.Tensor) for value in found.values()):
        raise InputError(f"{path}: the file is no raw state_dict (names and tensors); {_ADVICE}.")
    for name, tensor in found.items():
        # Strides of zero show one number a thousand times, each of which a copy would hold.
        budget.take(tensor.numel() * max(tensor.element_size(), 4), f"the tensor '{name}'")
    return found


def _shape_of(tensors: dict[str, torch.Tensor], path: Path, clamp: float | None) -> GeneratorShape:
    sizes = sorted(int(match.group(1)) for name in tensors if (match := _BLOCK.fullmatch(name)))
    layers = sum(bool(re.fullmatch(r"mapping\.fc\d+\.weight", name)) for name in tensors)
    if not layers or sizes != [4 << level for level in range(len(sizes))] or len(sizes) < 2:
        raise InputError(f"{path}: this is no StyleGAN2 generator; {_ADVICE}.")
    colours = [tensors[f"synthesis.b{size}.torgb.weight"] for size in sizes]
    mapping = tensors["mapping.fc0.weight"] if "mapping.fc0.weight" in tensors else torch.empty(0)
    if mapping.dim() != 2 or any(weight.dim() != 4 for weight in colours):
        raise InputError(f"{path}: this is no StyleGAN2 generator; {_ADVICE}.")
    return GeneratorShape(
        latent=mapping.shape[1],
        style=mapping.shape[0],
        mapping_layers=layers,
        channels=tuple(weight.shape[1] for weight in colours),
        colours=colours[-1].shape[0],
        clamp=clamp,
    )
