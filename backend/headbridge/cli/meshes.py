"""What SOURCE, TARGET and vertex lists on the command line mean."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import numpy as np

from ..errors import InputError
from ..mesh import Mesh
from ..mesh.io import READABLE, npy, read_mesh
from ..mesh.io.files import read_file
from ..mesh.udim import PLACEHOLDER, Tile, occupied_tiles, tile_number, tile_paths
from ..topologies import TOPOLOGY_KEYS, load_builtin


def load_mesh(name: str) -> Mesh:
    """A built-in head (millimetres, Y up) by its name, or a mesh file in its own units and frame."""
    if name in TOPOLOGY_KEYS:
        return load_builtin(name)
    if not Path(name).suffix and not Path(name).exists():
        raise InputError(
            f"There is no built-in head '{name}'; use one of {', '.join(TOPOLOGY_KEYS)}, or a mesh file "
            f"({', '.join(READABLE)})."
        )
    return read_mesh(name)


def load_head_or_mesh(name: str, model_file: str = "") -> Mesh:
    """What `load_mesh` reads, or the head of a fit's head.npz; model_file : its model, where it is coefficients alone."""
    # Compute libraries take a second to load, and only heads by their coefficients need them.
    from ..jobs.head_file import is_head_file, read_head_mesh

    return read_head_mesh(name, model_file) if is_head_file(name) else load_mesh(name)


def input_files(*names: str | None) -> list[str]:
    """The arguments that name files: neither built-in heads nor options that were left out."""
    return [name for name in names if name is not None and name not in TOPOLOGY_KEYS]


def tile_files(name: str, mesh: Mesh) -> dict[Tile, str]:
    """The image file of every tile of a mesh's layout, or of the first tile alone; `InputError` when a tile has none."""
    if PLACEHOLDER not in name:
        return {(0, 0): name}
    files = tile_paths(name, occupied_tiles(mesh), "")
    for tile, path in files.items():
        if not Path(path).exists():
            raise InputError(
                f"{path}: there is no such file, but the layout of '{mesh.name}' lies in UDIM tile "
                f"{tile_number(tile)} too; add its image."
            )
    return files


def read_vertex_mask(paths: Iterable[str], mesh: Mesh) -> np.ndarray | None:
    """(V,) bool, true for every vertex listed in any of the files; None without files.

    A .npy file holds indices or a (V,) bool mask, any other file whole numbers as text."""
    mask = None
    for path in paths:
        mask = np.zeros(len(mesh.vertices), dtype=bool) if mask is None else mask
        listed = _vertex_list(path)
        if listed.dtype == bool:
            if listed.shape != mask.shape:
                raise InputError(
                    f"{path}: the mask has shape {listed.shape}, but '{mesh.name}' has {len(mask)} vertices."
                )
            mask |= listed
            continue
        if listed.size and (listed.min() < 0 or listed.max() >= len(mask)):
            wrong = int(listed.min() if listed.min() < 0 else listed.max())
            raise InputError(f"{path}: there is no vertex {wrong}; '{mesh.name}' has {len(mask)}, counted from 0.")
        mask[listed] = True
    return mask


def _vertex_list(path: str) -> np.ndarray:
    content = read_file(path)
    if Path(path).suffix.lower() == ".npy":
        if not content.startswith(npy.MAGIC):
            raise InputError(f"{path}: this is no NumPy array of numbers; save vertex indices with numpy.save.")
        listed = npy.decode(content, path)
        if listed.dtype.kind not in "iub" or listed.ndim != 1:
            raise InputError(f"{path}: should hold one row of vertex indices, or a mask of True and False.")
        return listed
    try:
        return np.array([int(word) for word in content.decode("utf-8").replace(",", " ").split()], dtype=np.int64)
    except (ValueError, OverflowError):
        raise InputError(f"{path}: should hold vertex indices (whole numbers) and nothing else.") from None
