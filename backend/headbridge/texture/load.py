"""Texture spaces by name."""

from __future__ import annotations

from pathlib import Path

from ..cache import content_key
from ..errors import InputError
from ..mesh.io.files import read_file
from ..model_files import TEXTURE_FILES, find_model, model_file
from ..models.catalogue import LAYOUTS
from ..progress import Progress
from .built_space import is_built_space, read_built_space
from .open_space import NAME as OPEN
from .open_space import load_open_space
from .published import DEFAULT_COUNT, read_published_space
from .space import TextureSpace
from .transfer import transferred_space

SIZES = (64, 1024)
"""Smallest and largest tiles."""


def load_texture_space(
    name: str = OPEN,
    layout: str = "flame",
    size: int = 512,
    count: int = DEFAULT_COUNT,
    progress: Progress | None = None,
) -> TextureSpace:
    """The texture space `name` in the UV layout of the built-in head "flame" or "hack".

    name : "open", one of `model_files.TEXTURE_FILES` (the user's file in the model folders), or a file of a published
    space or of one built from images (`built_space`). size : texels along a tile's side. count : the most components of
    a space of a file; the open one has all of its own.
    Raises `InputError` for a name, layout or size that is not offered, and where the file is missing or not valid."""
    if layout not in LAYOUTS:
        raise InputError(f"There are no textures in the layout '{layout}'; choose one of {', '.join(LAYOUTS)}.")
    if not SIZES[0] <= size <= SIZES[1]:
        raise InputError(f"A texture space has tiles of {SIZES[0]} to {SIZES[1]} texels, not {size}.")
    if count < 1:
        raise InputError(f"A texture space should have at least one component, not {count}.")
    progress = progress or Progress()
    if name == OPEN:
        return load_open_space(layout, size)
    path = _space_file(name)
    read = read_built_space if is_built_space(path) else read_published_space
    space = read(path, size, count, progress.part(0.0, 0.8))
    return space if layout == space.layout else transferred_space(space, layout, progress.part(0.8, 1.0))


def space_key(name: str) -> str:
    """What a result that a texture space of that name is in depends on: the name, and of a file its content."""
    return name if name == OPEN else content_key(name, read_file(_space_file(name)))


def _space_file(name: str) -> Path:
    if name in TEXTURE_FILES:
        model = model_file(name)
        path = find_model(model).path
        if path is None:
            raise InputError(
                f"The texture space {name} ({model.file_names[0]}) lies in none of the model folders; get it from "
                f"{model.source}, or use the space '{OPEN}'."
            )
        return path
    if Path(name).suffix.lower() != ".npz":
        raise InputError(
            f"There is no texture space '{name}'; choose one of {', '.join((OPEN, *TEXTURE_FILES))}, or name an .npz "
            "file."
        )
    return Path(name)
