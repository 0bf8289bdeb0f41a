"""What a mesh file says about colours besides the mesh: colours of vertices, and pictures of materials."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ..mesh import Mesh


@dataclass(frozen=True, eq=False)
class Picture:
    """The colours of one material.

    content : of its image file (PNG, JPEG, WebP), None for a material without one. factor : (3,) linear
    light that the image is multiplied by, or the colour itself. wraps : whether the picture repeats beyond 0..1 across
    and down; else its edge goes on. transform : (2, 3), from the mesh's UVs to the picture's, both with v counted from
    below; None where they are the same. name : for messages.
    """

    content: bytes | None
    factor: np.ndarray
    wraps: tuple[bool, bool]
    transform: np.ndarray | None
    name: str


@dataclass(frozen=True, eq=False)
class ColouredMesh:
    """A mesh as it was read.

    vertex_colours : (V, 3) float32, 0..1, or None. linear : whether these are linear light instead of sRGB. pictures : gives
    one for every name in `mesh.material_names`, none where no material has an image; raises `InputError` for images that
    are not read, which only who wants colours needs to know.
    """

    mesh: Mesh
    vertex_colours: np.ndarray | None = None
    linear: bool = False
    pictures: Callable[[], tuple[Picture, ...]] = tuple


def shares_of_one(values: np.ndarray) -> np.ndarray | None:
    """(N, 3) float32 colours 0..1 of (N, 3) numbers, which may also be 0..255 or 0..65535; None for what is none."""
    values = np.asarray(values)
    if values.dtype.kind in "iu" and values.dtype.itemsize <= 2:
        largest = float(np.iinfo(values.dtype).max)
    else:
        # Wider numbers are used for the same ranges.
        top = float(values.max()) if len(values) else 0.0
        largest = next((limit for limit in (1.0, 255.0, 65535.0) if top <= limit), 65535.0)
    scaled = values.astype(np.float64) / largest
    # NaN is in no range either.
    return scaled.astype(np.float32) if ((scaled >= 0.0) & (scaled <= 1.0)).all() else None
