"""HACK's published folder: read without running anything in it, checked, converted to millimetres."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from ...errors import InputError
from ...mesh import Mesh
from ...mesh.io import read_mesh
from ...mesh.io.files import read_file
from ...topologies import check_topology, load_builtin
from ...topologies.builtin import asset_path
from ..safe_pickle import parse_npy
from .bones import parse_bones
from .data import BONES, EXPRESSIONS, IDENTITIES, VERTICES, HackData

MILLIMETRES = 10.0
TEMPLATE = "000_generic_neutral_mesh_newuv.obj"
FILES = (
    "S.npy",
    "E.npy",
    "P.npy",
    "bones_neutral.json",
    "weight_map_smooth.npy",
    TEMPLATE,
    "Lc_mid.png",
    "ts_larynx.npy",
)
SOURCE = "https://github.com/ZoneLikeWonderland/HACK-Model"
# The mean head is about as large as the template; another unit makes it ten times as large or small.
_LARGEST_RATIO = 1.5


def read_hack_folder(folder: str | os.PathLike) -> HackData:
    """The HACK model from its published folder, or from the folder that holds it as "model". Arrays are read-only.

    Raises `InputError`, naming the file, what was expected and what was found, when files are missing or hold
    something else."""
    folder = _model_folder(Path(folder))
    # The small files first: what is wrong in them is told at once.
    bones = folder / "bones_neutral.json"
    spine = parse_bones(read_file(bones), str(bones), MILLIMETRES)
    weights = _weights(folder / "weight_map_smooth.npy")
    mesh = read_mesh(folder / TEMPLATE)
    check_topology(mesh, "hack")
    mean, identity = _space(folder / "S.npy", (VERTICES, 3), (IDENTITIES, VERTICES, 3))
    expression, _ = _space(folder / "E.npy", (EXPRESSIONS, VERTICES, 3))
    correctives, _ = _space(folder / "P.npy", (BONES, 3, 3, VERTICES, 3))
    _check_size(mean * MILLIMETRES, folder / "S.npy")
    # OpenCV takes a moment to load, and only this folder needs it.
    from ...images import read_image

    image = read_image(folder / "Lc_mid.png")
    with np.load(asset_path("ict_deltas.npz"), allow_pickle=False) as stored:
        names = tuple(name for name in stored["expression_names"].tolist() if not name.startswith("PupilDilate"))
    arrays = {
        "mean": mean * MILLIMETRES,
        "identity": identity * np.float32(MILLIMETRES),
        "expression": expression * np.float32(MILLIMETRES),
        # The root's are not used: its rotation corrects nothing.
        "pose_correctives": correctives[1:].reshape(-1, VERTICES, 3) * np.float32(MILLIMETRES),
        "weights": weights,
        "larynx": image.pixels[..., : image.colour_channels].mean(axis=-1),
        "larynx_places": _larynx_places(mesh, str(folder / TEMPLATE)),
        "larynx_push": _array(folder / "ts_larynx.npy", (3,)).astype(np.float64) * MILLIMETRES,
    }
    for array in arrays.values():
        array.setflags(write=False)
    return HackData(**arrays, expression_names=names, bones=spine, name=folder.name)


def _model_folder(folder: Path) -> Path:
    if not folder.is_dir():
        raise InputError(f"{folder}: there is no such folder; name the folder 'model' of {SOURCE}.")
    found = max((folder, folder / "model"), key=lambda place: sum((place / name).is_file() for name in FILES))
    missing = [name for name in FILES if not (found / name).is_file()]
    if missing:
        raise InputError(f"{found}: {', '.join(missing)} of HACK's files are missing; get them from {SOURCE}.")
    return found


def _space(path: Path, mean_shape: tuple[int, ...], basis_shape: tuple[int, ...] | None = None):
    """The arrays "mean" and, where its shape is given, "VT_std" (else None) of a pickled space of shapes."""
    content = parse_npy(read_file(path), str(path))
    table = content.item() if isinstance(content, np.ndarray) and content.shape == () else None
    if not isinstance(table, Mapping) or not {"mean", "VT_std"} <= set(table):
        raise InputError(f"{path}: this should be a pickled dictionary of 'mean' and 'VT_std'; use HACK's file.")
    mean = _checked(table["mean"], mean_shape, f"{path}: 'mean'")
    return mean, None if basis_shape is None else _checked(table["VT_std"], basis_shape, f"{path}: 'VT_std'")


def _array(path: Path, shape: tuple[int, ...]) -> np.ndarray:
    return _checked(parse_npy(read_file(path), str(path)), shape, str(path))


def _checked(array, shape: tuple[int, ...], what: str) -> np.ndarray:
    """The array as float32, or float64 where it is that."""
    if not isinstance(array, np.ndarray) or array.dtype.kind not in "fiu":
        raise InputError(f"{what} should hold numbers of the shape {shape}; this is not HACK's file.")
    if array.shape != shape:
        raise InputError(f"{what} should have the shape {shape}, but has {array.shape}; this is not HACK's file.")
    if not np.isfinite(array).all():
        bad = int(array.size - np.isfinite(array).sum())
        raise InputError(f"{what} has {bad} values that are no numbers (NaN or infinite); get the file again.")
    return np.array(array, np.float64 if array.dtype == np.float64 else np.float32)


def _check_size(mean: np.ndarray, path: Path) -> None:
    """`mean` in millimetres, if the file is in centimetres."""
    size, wanted = np.ptp(mean, axis=0), np.ptp(load_builtin("hack").vertices, axis=0)
    ratio = float(np.linalg.norm(size) / np.linalg.norm(wanted))
    if not 1.0 / _LARGEST_RATIO < ratio < _LARGEST_RATIO:
        extent, expected = (" x ".join(f"{side / MILLIMETRES:.4g}" for side in box) for box in (size, wanted))
        raise InputError(
            f"{path}: the mean head should measure about {expected} centimetres, but measures {extent}; it is in "
            "another unit: use the file as published."
        )


def _weights(path: Path) -> np.ndarray:
    """(V, 8) float64; the published columns sum to 0.43 to 1.46."""
    weights = _array(path, (BONES, VERTICES)).astype(np.float64).T
    total = weights.sum(axis=1, keepdims=True)
    if weights.min() < 0.0 or total.min() <= 0.0:
        raise InputError(f"{path}: every vertex needs skinning weights that are not negative; get the file again.")
    return np.ascontiguousarray(weights / total)


def _larynx_places(mesh: Mesh, source: str) -> np.ndarray:
    """(V, 2) float64, where each vertex reads the larynx map: the UV of the first corner it has in the file."""
    if mesh.uvs is None:
        raise InputError(f"{source}: the mesh has no UVs; use HACK's file as published.")
    vertices, first = np.unique(mesh.corners, return_index=True)
    places = np.zeros((VERTICES, 2))
    places[vertices] = 2.0 * mesh.uvs[first].astype(np.float64) - 1.0
    # Image rows run downwards, UVs upwards.
    return places * [1.0, -1.0]
