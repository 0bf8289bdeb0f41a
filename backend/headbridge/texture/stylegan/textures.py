"""Generators of textures, and the UV layouts their textures are in."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ...errors import InputError
from ...mesh import Mesh
from ...mesh.io import read_mesh
from ...models.catalogue import LAYOUTS
from ...progress import Progress
from ...topologies import load_builtin
from ...uv.job import UvInput, UvSettings
from ...uv.transfer import transfer_uvs
from ..generators import OPEN_GENERATOR, found_file, generator_file
from .checkpoint import load_generator, read_metadata
from .generator import Generator

_HIFI3D = "hifi3d"


@dataclass(frozen=True, eq=False)
class TextureGenerator:
    """A generator with the layout its textures are in: a head whose UVs are that layout. label : for messages."""

    generator: Generator
    head: Mesh
    label: str

    def corner_uvs(self, head: Mesh, progress: Progress | None = None) -> np.ndarray:
        """(C, 2) the layout on another built-in head's corners, by the UV mapper."""
        return transfer_uvs(UvInput(self.head, head), UvSettings(), progress or Progress()).corner_uvs


def load_texture_generator(name: str, device: str = "cpu") -> TextureGenerator:
    """A generator by name: "open-generator", "ffhq_uv" (the user's file in the model folders), or a file.

    Files that HeadBridge wrote say what layout they are in; others are taken to be in FFHQ-UV's, which the user's
    FLAME_w_HIFI3D_UV.obj holds. Raises `InputError` when a file is missing or not valid."""
    path = generator_file(name)
    generator = load_generator(path, device)
    layout = read_metadata(path).get("layout", _HIFI3D)
    label = "the open texture generator" if name == OPEN_GENERATOR else f"the texture generator {path.name}"
    return TextureGenerator(generator, _head_of(layout, path), label)


def _head_of(layout: str, path: Path) -> Mesh:
    if layout in LAYOUTS:
        return load_builtin(layout)
    if layout != _HIFI3D:
        raise InputError(f"{path}: the generator's layout '{layout}' is not known; it should be flame or hack.")
    worn = read_mesh(found_file("hifi3d_layout", f"put it beside {path.name}"))
    flame = load_builtin("flame")
    if len(worn.vertices) != len(flame.vertices) or worn.uvs is None:
        raise InputError(
            f"{worn.name}: this should be FLAME's head with FFHQ-UV's layout, {len(flame.vertices)} vertices with UVs; "
            "get the file again."
        )
    # The published file's mouth is open; only its layout is wanted.
    return worn.with_vertices(flame.vertices)
