"""The files of a fitted head: head.npz, head.obj, fit.json and textures."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from ..fitting.job import FitResult
from ..mesh.io import encode_mesh
from ..mesh.io.npz import write_arrays
from ..mesh.udim import PLACEHOLDER, Tile, tile_paths
from ..topologies import load_builtin
from .description import describe
from .plain_json import encode_json

HEAD, MESH, REPORT = "head.npz", "head.obj", "fit.json"
TEXTURE, COVERAGE, TURNTABLE = "texture.png", "coverage.png", "turntable.png"
DETAIL = "detail"
"""The array of head.npz, (V, 3) mm, with the face itself where it is more than the model's coefficients give."""


def describe_fit(result: FitResult, settings: Any) -> dict[str, Any]:
    """The JSON-able side of a result: model, metrics, notes, similarity, settings, versions."""
    model = {"key": result.model, "version": result.version, "label": result.label}
    return {"model": model, **describe(result, settings, "metrics", "notes", "similarity")}


def names_of_fit(result: FitResult) -> dict[str, Any]:
    """What the answer names of the files of `fit_files`."""
    return {"result": HEAD, "mesh": MESH}


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
        (REPORT, encode_json(described)),
    ]


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
