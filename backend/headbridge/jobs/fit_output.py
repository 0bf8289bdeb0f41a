"""The files of a fitted head: head.npz, head.obj, fit.json and textures."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import InputError
from ..fitting.job import FitResult
from ..mesh.io import encode_mesh
from ..mesh.io.files import write_error, write_files
from ..mesh.io.npz import write_arrays
from ..mesh.udim import PLACEHOLDER, Tile, tile_paths
from ..topologies import load_builtin
from .plain_json import plain_json
from .versions import result_origin

HEAD, MESH, REPORT = "head.npz", "head.obj", "fit.json"
TEXTURE, COVERAGE, TURNTABLE = "texture.png", "coverage.png", "turntable.png"
DETAIL = "detail"
"""The array of head.npz, (V, 3) mm, with the face itself where it is more than the model's coefficients give."""


def describe_fit(result: FitResult, settings: Any) -> dict[str, Any]:
    """The JSON-able side of a result: model, metrics, notes, similarity, settings, versions."""
    return plain_json(
        {
            "model": {"key": result.model, "version": result.version, "label": result.label},
            "metrics": result.metrics,
            "notes": result.notes,
            "similarity": result.similarity,
            "settings": settings,
            **result_origin(),
        }
    )


def head_arrays(result: FitResult) -> dict[str, np.ndarray]:
    """The arrays of head.npz: model, version and units ("mm") as text; identity, expression, root, neck, jaw,
    left_eye, right_eye (axis-angle, radians) and translation (mm); expression_names; scale, rotation and translation
    of the similarity to the data's frame and unit (similarity_*); vertices (V, 3) in millimetres."""
    similarity = result.similarity
    return {
        "model": np.array(result.model),
        "version": np.array(result.version),
        "label": np.array(result.label),
        "units": np.array("mm"),
        **result.coefficients,
        "expression_names": np.array(result.expression_names, dtype=np.str_),
        "similarity_scale": np.array(similarity.scale),
        "similarity_rotation": similarity.rotation,
        "similarity_translation": similarity.translation,
        "vertices": similarity.inverse().apply(result.vertices),
    }


def fit_files(result: FitResult, described: dict[str, Any]) -> list[tuple[str, bytes]]:
    """Name and content of the three files; head.obj is in the frame and unit of the data."""
    mesh = load_builtin(result.model).with_vertices(result.vertices)
    return [
        (HEAD, write_arrays(head_arrays(result))),
        (MESH, encode_mesh(MESH, mesh)),
        (REPORT, json.dumps(described, indent=1, allow_nan=False).encode("utf-8")),
    ]


def write_fit(folder: str | os.PathLike, result: FitResult, described: dict[str, Any]) -> None:
    """Write the three files into an existing folder, all of them or none."""
    write_files((Path(folder) / name, content) for name, content in fit_files(result, described))


def texture_files(tiles: Iterable[Tile]) -> tuple[dict[Tile, str], dict[Tile, str]]:
    """The names of texture and coverage files by tile: `TEXTURE` and `COVERAGE`, with the tile's number before the
    suffix where the layout has several."""
    tiles = list(tiles)
    if len(tiles) == 1:
        return {tiles[0]: TEXTURE}, {tiles[0]: COVERAGE}
    return tuple(tile_paths(name.replace(".", f"_{PLACEHOLDER}."), tiles, "") for name in (TEXTURE, COVERAGE))


def encode_picture(name: str, pixels: np.ndarray) -> bytes:
    """The file of a picture (H, W, 3) or, with alpha, (H, W, 4) uint8 sRGB."""
    # OpenCV takes a moment to load, so naming a task does without.
    from ..images import Image, encode_image

    return encode_image(name, Image(pixels.astype(np.float32) / np.float32(255.0), name=name))


def check_output_folder(path: str | os.PathLike) -> None:
    """Raise `InputError` when results cannot go to the folder `path`: it is a file, or there is no folder to make it
    in."""
    path = Path(path)
    if path.exists() and not path.is_dir():
        raise InputError(f"{path}: this is a file; name a folder for the results.")
    if not path.exists() and not path.absolute().parent.is_dir():
        raise InputError(f"{path}: the folder {path.absolute().parent} does not exist; create it or choose another.")


def make_output_folder(path: str | os.PathLike) -> Path:
    """The folder `path`, made if need be."""
    path = Path(path)
    try:
        path.mkdir(exist_ok=True)
    except OSError as problem:
        raise write_error(path, problem) from problem
    return path
