"""Texture spaces of FLAME that others publish, read from the user's own files.

- FLAME texture space of MPI (FLAME_texture.npz): `mean`, `tex_dir`, 0..255, blue first.
- AlbedoMM (Smith et al. 2020; albedoModel2020_FLAME_albedoPart.npz): `MU`, `PC` and `specMU`, `specPC`, diffuse and
  specular albedo of linear light; shown as (0.6 (d + s)) ^ (1 / 2.2).
- BFM albedo in FLAME's layout (FLAME_albedo_from_BFM.npz): `MU`, `PC`, flat, 0..1, blue first, without UVs.

What the publishers' words do not settle (order of the channels, 0..255 or 0..1) is checked on the mean face.
"""

from __future__ import annotations

import math
import os
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from ..errors import InputError
from ..memory import check_memory
from ..model_terms import note_use
from ..progress import Progress
from ..reading import reading
from ..spatial.rasterise import rasterise_uv
from ..topologies import load_builtin, load_topology
from .npz_rows import NpzRows
from .space import TextureSpace, resized, resized_components

DEFAULT_COUNT = 64
"""Components read unless more are asked for: later ones are below what a photo shows."""

_LEVELS = 255.0
# Above this a mean is one of 0..255.
_LARGEST_SHARE = 2.0
# How a linear albedo is shown: brightness, and the display's gamma.
_EXPOSURE, _GAMMA = 0.6, 2.2
# Deviation of the first component on the face, rms, that skin can have.
_PLAUSIBLE = (3e-3, 0.6)
# UVs of one layout agree this well.
_SAME_UV = 1e-3


@dataclass(frozen=True)
class PublishedForm:
    """key : of `model_files.MODEL_FILES`. mean, components : names of the arrays, each several where they add up; blue_first : the published order of the
    channels; linear : of linear light, to be encoded."""

    key: str
    label: str
    mean: tuple[str, ...]
    components: tuple[str, ...]
    blue_first: bool
    linear: bool = False


_MPI = PublishedForm("flame_texture", "FLAME texture space (MPI)", ("mean",), ("tex_dir",), blue_first=True)
_ALBEDO_MM = PublishedForm("albedo_mm", "AlbedoMM", ("MU", "specMU"), ("PC", "specPC"), blue_first=False, linear=True)
_BASEL = PublishedForm("flame_albedo_from_bfm", "FLAME albedo from BFM", ("MU",), ("PC",), blue_first=True)
_FORMS = (_MPI, _ALBEDO_MM, _BASEL)


@dataclass(frozen=True)
class PublishedFile:
    """What a file holds: its form, texels along a side, and how many components."""

    form: PublishedForm
    size: int
    count: int


def examine(path: str | os.PathLike) -> PublishedFile:
    """What a published space holds, by the names and shapes of its arrays and its UVs. Raises `InputError` when it is
    none, or one of another UV layout."""
    with NpzRows(path) as stored, reading(path, "download it again"):
        return _examine(stored)


def read_published_space(
    path: str | os.PathLike, size: int = 512, count: int = DEFAULT_COUNT, progress: Progress | None = None
) -> TextureSpace:
    """The space of a published file in FLAME's layout, with tiles of `size` texels and at most `count` components.

    Linear albedos are encoded: the components become what a standard deviation to both sides changes. Raises
    `InputError`, naming the file, when it is damaged, of another form or layout, or when numbers on the face are not
    finite or cannot be colours."""
    progress = progress or Progress()
    name = Path(path).name
    with NpzRows(path) as stored, reading(path, "download it again"):
        found = _examine(stored)
        note_use(found.form.key)
        form, side, count = found.form, found.size, min(count, found.count)
        check_memory(2 * 4 * 3 * side * side * count * len(form.mean), f"{path}: a texture space of {count} components")
        mean = sum(_floats(stored.read(each)).reshape(side, side, 3) for each in form.mean)
        components = np.zeros((side, side, 3, count), np.float32)
        for number, each in enumerate(form.components):
            for row, part in enumerate(stored.parts(each, side)):
                if row % 16 == 0:
                    progress.report((number + row / side) / len(form.components), f"Reading {name}")
                components[row] += part.reshape(side, 3, found.count)[..., :count]
    covered, face = _flame_texels(side)
    _check_finite(path, mean, components, covered)
    notes = [f"Texture space: {form.label}, {count} of {found.count} components."]
    scale = 1.0
    if not form.linear:
        levels = float(mean[face].max()) > _LARGEST_SHARE
        scale = _LEVELS if levels else 1.0
        if levels != (form is _MPI):
            notes.append(f"{name}: its colours are 0..{'255' if levels else '1'}, unlike the published file's.")
    mean, components = mean / np.float32(scale), components / np.float32(scale)
    blue_first = form.blue_first
    red, blue = mean[face][:, 2 if blue_first else 0].mean(), mean[face][:, 0 if blue_first else 2].mean()
    if red < blue:
        blue_first = not blue_first
        notes.append(f"{name}: red and blue are exchanged against the published order; read by the mean face's skin.")
    if blue_first:
        mean, components = mean[..., ::-1], components[..., ::-1, :]
    if form.linear:
        mean, components = _encoded(mean, components)
    _check_plausible(path, mean, components, face)
    mean, components = resized(np.ascontiguousarray(mean), size), resized_components(components, size)
    return TextureSpace(
        "flame",
        name,
        ((0, 0),),
        mean[None].astype(np.float32),
        components[None],
        tuple(f"component {number + 1}" for number in range(count)),
        tuple(notes),
    )


def _examine(stored: NpzRows) -> PublishedFile:
    shapes = stored.shapes
    form = next((form for form in _FORMS if {*form.mean, *form.components} <= shapes.keys()), None)
    if form is None:
        raise InputError(
            f"{stored.path}: this is no texture space that is known (mean and tex_dir, or MU and PC); it holds "
            f"{', '.join(sorted(shapes)) or 'no arrays'}."
        )
    names = (*form.mean, *form.components)
    if any(stored.types[name].kind not in "fiu" for name in names):
        raise InputError(f"{stored.path}: the arrays {', '.join(names)} should hold numbers; download the file again.")
    numbers = math.prod(shapes[form.mean[0]])
    side = math.isqrt(numbers // 3)
    counts = {math.prod(shapes[name]) / max(numbers, 1) for name in form.components}
    squares = all(shapes[name] in ((side, side, 3), (3 * side * side,)) for name in form.mean)
    bases = all(shapes[name][:-1] in ((side, side, 3), (3 * side * side,)) for name in form.components)
    if not (squares and bases and len(counts) == 1 and min(counts) >= 1.0):
        told = ", ".join(f"{name} {shapes[name]}" for name in names)
        raise InputError(
            f"{stored.path}: the arrays should have shapes (S, S, 3) and (S, S, 3, K), or flat ones, not {told}."
        )
    _check_layout(stored)
    return PublishedFile(form, side, int(counts.pop()))


def _check_layout(stored: NpzRows) -> None:
    """Compare the file's UVs, where it has any, with those of the built-in FLAME head."""
    if not {"vt", "ft"} <= stored.shapes.keys():
        return
    vt, ft = stored.read("vt"), stored.read("ft")
    mesh = load_builtin("flame")
    wanted = mesh.uvs[mesh.triangle_corners]
    fits = vt.ndim == 2 and vt.shape[1] >= 2 and ft.shape == wanted.shape[:2] and ft.dtype.kind in "iu"
    if fits and 0 <= int(ft.min()) and int(ft.max()) < len(vt):
        found = vt[ft.astype(np.int64), :2].astype(np.float64)
        if np.abs(found - wanted).max() < _SAME_UV:
            return
    raise InputError(
        f"{stored.path}: its UVs (vt, ft) are not those of FLAME's layout; a space of another layout cannot be used "
        "with this head."
    )


@cache
def _flame_texels(size: int) -> tuple[np.ndarray, np.ndarray]:
    """(size, size) bool: texels of FLAME's layout, and those of the face's skin."""
    mesh, topology = load_builtin("flame"), load_topology("flame")
    raster = rasterise_uv(mesh.uvs[mesh.triangle_corners].astype(np.float64), size)
    face = (topology.regions["narrow_face"] & topology.skin)[mesh.triangles].all(axis=1)
    return raster.covered, np.append(face, False)[raster.triangle]


def _floats(values: np.ndarray) -> np.ndarray:
    return values.astype(np.float32)


def _check_finite(path, mean: np.ndarray, components: np.ndarray, covered: np.ndarray) -> None:
    """Refuse numbers that are not finite on the head; off it they become 0."""
    bad = ~(np.isfinite(mean).all(axis=-1) & np.isfinite(components).all(axis=(-1, -2)))
    if (bad & covered).any():
        raise InputError(
            f"{path}: {int((bad & covered).sum())} texels on the head are not finite numbers; download the file again."
        )
    mean[bad], components[bad] = 0.0, 0.0


def _encoded(mean: np.ndarray, components: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """A linear albedo as it is shown, and half of what lies between both sides of every component's deviation."""
    encoded = np.empty_like(components)
    for number in range(components.shape[-1]):
        deviation = components[..., number]
        encoded[..., number] = 0.5 * (_shown(mean + deviation) - _shown(mean - deviation))
    return _shown(mean), encoded


def _shown(albedo: np.ndarray) -> np.ndarray:
    return np.clip(_EXPOSURE * albedo, 0.0, None) ** (1.0 / _GAMMA)


def _check_plausible(path, mean: np.ndarray, components: np.ndarray, face: np.ndarray) -> None:
    colour = mean[face]
    if not 0.02 < float(colour.mean()) < 0.98:
        raise InputError(
            f"{path}: the mean face is {colour.mean():.3g} of white, which is no skin; the file is damaged or in other "
            "units."
        )
    deviation = float(np.sqrt((components[face][..., 0] ** 2).mean()))
    if not _PLAUSIBLE[0] < deviation < _PLAUSIBLE[1]:
        raise InputError(
            f"{path}: the first component changes the face by {deviation:.2g} of white; components should be scaled by "
            "their standard deviations, in the unit of the mean."
        )
