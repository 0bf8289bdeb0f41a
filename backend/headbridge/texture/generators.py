"""Generators of textures by name, and their files."""

from __future__ import annotations

from pathlib import Path

from ..errors import InputError
from ..model_files import find_model, model_file
from ..model_terms import note_file
from ..topologies.builtin import ASSETS, asset_path

OPEN_GENERATOR, FFHQ_UV = "open-generator", "ffhq_uv"
"""The generator that ships, and FFHQ-UV's, which users have."""

SUFFIXES = (".safetensors", ".pth", ".pt")
_OPEN_FILE = "texture_generator.safetensors"


def is_generator(name: str) -> bool:
    """Whether a name is that of a generator, or of a file that can only hold one."""
    return name in (OPEN_GENERATOR, FFHQ_UV) or Path(name).suffix.lower() in SUFFIXES


def is_shipped() -> bool:
    """Whether this installation has the open generator."""
    return (ASSETS / _OPEN_FILE).is_file()


def generator_file(name: str) -> Path:
    """The file of a generator by name; `InputError` for FFHQ-UV's where it lies in none of the model folders."""
    if name == OPEN_GENERATOR:
        return asset_path(_OPEN_FILE)
    path = found_file(FFHQ_UV, f"use the generator '{OPEN_GENERATOR}'") if name == FFHQ_UV else Path(name)
    note_file(path)
    return path


def found_file(key: str, otherwise: str) -> Path:
    """The user's file of an entry of MODEL_FILES; `InputError` where there is none. otherwise : what else helps."""
    model = model_file(key)
    path = find_model(model).path
    if path is None:
        raise InputError(
            f"{model.label} ({model.file_names[0]}) lies in none of the model folders; get it from {model.source}, or "
            f"{otherwise}."
        )
    return path
