"""The Basel Face Model's file of 2009 (Paysan et al., "A 3D face model for pose and illumination invariant face
recognition"): 01_MorphableModel.mat."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace

import numpy as np

from ..errors import InputError
from ..matlab import read_matlab
from ..mesh import Mesh
from ..mesh.normals import triangle_cross
from ..model_terms import note_use

_ADVICE = "give the MATLAB file 01_MorphableModel.mat of the Basel Face Model 2009; not that of 2017 or 2019"
_ARRAYS = ("shapeMU", "texMU", "texPC", "texEV", "tl")


@dataclass(frozen=True, eq=False)
class BaselColours:
    """The mean face and its colours.

    mesh : in the file's unit (micrometres), Y up, looking along +Z. mean (V, 3) and components (V, 3, K), one standard
    deviation each, sRGB 0..1."""

    mesh: Mesh
    mean: np.ndarray
    components: np.ndarray


def read_basel_colours(path: str | os.PathLike) -> BaselColours:
    """Read the mean shape and the colours; the shape's components are left alone.

    Raises `InputError` for files that are damaged, of another form (the .h5 files of 2017 and 2019), or whose arrays do
    not fit each other, and `TermsNotAccepted`."""
    # What is made of it has its terms, and its user is asked about these once.
    note_use("flame_albedo_from_bfm")
    arrays = read_matlab(path, _ADVICE, _ARRAYS)
    missing = [name for name in _ARRAYS if name not in arrays]
    if missing:
        raise InputError(
            f"{path}: the array '{missing[0]}' is missing or holds no numbers; give 01_MorphableModel.mat of the Basel Face Model 2009."
        )
    vertices, mean = (arrays[name].astype(np.float64).ravel() for name in ("shapeMU", "texMU"))
    basis, deviations, triangles = arrays["texPC"], arrays["texEV"].astype(np.float32).ravel(), arrays["tl"]
    count = len(vertices) // 3
    fits = len(vertices) == len(mean) == 3 * count and basis.shape == (3 * count, len(deviations))
    if not fits or triangles.ndim != 2 or triangles.shape[1] != 3:
        told = ", ".join(f"{name} {arrays[name].shape}" for name in _ARRAYS)
        raise InputError(f"{path}: the arrays do not fit each other ({told}); download it again.")
    if not (np.isfinite(vertices).all() and np.isfinite(mean).all() and np.isfinite(basis).all()):
        raise InputError(f"{path}: holds numbers that are not finite; download it again.")
    mesh = Mesh(
        vertices.reshape(-1, 3),
        triangles.astype(np.int64).ravel() - 1,
        np.full(len(triangles), 3),
        name=os.path.basename(path),
    )
    # An open face looks along +Z with most of its surface; turned faces would hide it.
    if triangle_cross(mesh.vertices, mesh.triangles)[:, 2].sum() < 0.0:
        mesh = replace(mesh, corners=mesh.triangles[:, ::-1].ravel())
    components = basis.astype(np.float32) * (deviations / np.float32(255.0))
    return BaselColours(mesh, (mean / 255.0).reshape(-1, 3), components.reshape(count, 3, -1))
