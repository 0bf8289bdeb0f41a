"""Generators of textures, and the UV layouts their textures are in."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ...errors import InputError
from ...mesh import Mesh
from ...mesh.io import read_mesh
from ...model_files import find_model, model_file
from ...progress import Progress
from ...topologies import load_builtin
from ...topologies.builtin import asset_path
from ...uv.job import UvInput, UvSettings
from ...uv.transfer import transfer_uvs
from .checkpoint import SAFETENSORS, load_generator, read_metadata
from .generator import Generator

OPEN, FFHQ_UV = "open-generator", "ffhq_uv"
"""The generator that ships, and FFHQ-UV's, which users have."""

SUFFIXES = (SAFETENSORS, ".pth", ".pt")
_HIFI3D = "hifi3d"
_OPEN_FILE = "texture_generator.safetensors"


@dataclass(frozen=True, eq=False)
class TextureGenerator:
    """A generator with the layout its textures are in: a head whose UVs are that layout. label : for messages."""

    generator: Generator
    head: Mesh
    label: str

    def corner_uvs(self, head: Mesh, progress: Progress | None = None) -> np.ndarray:
        """(C, 2) the layout on another built-in head's corners, by the UV mapper."""
        return transfer_uvs(UvInput(self.head, head), UvSettings(), progress or Progress()).corner_uvs


def is_generator(name: str) -> bool:
    """Whether a name is that of a generator, or of a file that can only hold one."""
    return name in (OPEN, FFHQ_UV) or Path(name).suffix.lower() in SUFFIXES


def load_texture_generator(name: str, device: str = "cpu") -> TextureGenerator:
    """A generator by name: "open-generator", "ffhq_uv" (the user's file in the model folders), or a file.

    Files that HeadBridge wrote say what layout they are in; others are taken to be in FFHQ-UV's, which the user's
    FLAME_w_HIFI3D_UV.obj holds. Raises `InputError` when a file is missing or not valid."""
    if name == OPEN:
        path = asset_path(_OPEN_FILE)
    elif name == FFHQ_UV:
        path = _found(FFHQ_UV, f"use the generator '{OPEN}'")
    else:
        path = Path(name)
    generator = load_generator(path, device)
    layout = read_metadata(path).get("layout", _HIFI3D)
    label = "the open texture generator" if name == OPEN else f"the texture generator {path.name}"
    return TextureGenerator(generator, _head_of(layout, path), label)


def _head_of(layout: str, path: Path) -> Mesh:
    if layout in ("flame", "hack"):
        return load_builtin(layout)
    if layout != _HIFI3D:
        raise InputError(f"{path}: the generator's layout '{layout}' is not known; it should be flame or hack.")
    worn = read_mesh(_found("hifi3d_layout", f"put it beside {path.name}"))
    flame = load_builtin("flame")
    if len(worn.vertices) != len(flame.vertices) or worn.uvs is None:
        raise InputError(
            f"{worn.name}: this should be FLAME's head with FFHQ-UV's layout, {len(flame.vertices)} vertices with UVs; "
            "get the file again."
        )
    # The published file's mouth is open; only its layout is wanted.
    return worn.with_vertices(flame.vertices)


def _found(key: str, otherwise: str) -> Path:
    model = model_file(key)
    path = find_model(model).path
    if path is None:
        raise InputError(
            f"{model.label} ({model.file_names[0]}) lies in none of the model folders; get it from {model.source}, or "
            f"{otherwise}."
        )
    return path
