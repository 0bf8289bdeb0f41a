"""Textures of a space or a generator as a job: settings in, a folder of images and their coefficients out."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import Cancelled
from ..mesh.io.files import write_file, write_files
from ..mesh.io.npz import write_arrays
from ..mesh.udim import PLACEHOLDER, tile_paths
from ..progress import Progress
from ..texture.job import SampleTextureSettings, parse_coefficients
from .plain_json import encode_json, plain_json
from .protocol import Job, make_output_folder, written
from .versions import result_origin

if TYPE_CHECKING:
    from ..texture.choice import Textures

COEFFICIENTS, REPORT = "textures.npz", "sample_texture.json"
# Spaces are read up to this size, and larger textures enlarged from it.
_LARGEST_SPACE = 1024


def _write(_none: None, folder: Path, settings: SampleTextureSettings, progress: Progress) -> dict[str, Any]:
    """Write a PNG for every texture and tile, textures.npz and sample_texture.json into a folder; the answer is the
    latter: space, layout, labels of the components, files, notes, settings, versions.

    The folder is made if need be, once the space is read. textures.npz : space and layout as text; labels (K,);
    names (N,); coefficients (N, K). What was written before a cancel stays: each file is whole."""
    chosen = parse_coefficients(settings.coefficients)
    # Compute libraries take a second to load, so wrong input is told first.
    from ..images import encode_image
    from ..texture.choice import load_textures

    progress.report(0.0, "Reading the textures")
    size = min(settings.size, _LARGEST_SPACE)
    space = load_textures(settings.space, settings.layout, size, settings.components, progress.part(0.0, 0.5))
    coefficients = _random(space, settings) if chosen is None else _given(space, chosen)
    make_output_folder(folder)
    names, files = [], []
    try:
        for number, row in enumerate(coefficients):
            progress.report(0.5 + 0.5 * number / len(coefficients), f"Texture {number + 1} of {len(coefficients)}")
            names.append(f"texture_{number:0{max(4, len(str(len(coefficients) - 1)))}d}")
            pattern = f"{names[-1]}.png" if len(space.tiles) == 1 else f"{names[-1]}_{PLACEHOLDER}.png"
            paths = tile_paths(pattern, space.tiles, space.name)
            for tile, image in space.image(row, settings.size).items():
                write_file(folder / paths[tile], encode_image(paths[tile], image))
            files.append([paths[tile] for tile in space.tiles])
    except Cancelled:
        raise Cancelled(f"Cancelled; {len(files)} of {len(coefficients)} textures were written to {folder}.") from None
    arrays = texture_arrays(space.name, space.layout, space.labels, names, coefficients)
    answer = plain_json(
        {
            "space": space.name,
            "layout": space.layout,
            "labels": space.labels,
            "files": files,
            "notes": space.notes,
            "settings": settings,
            **result_origin(),
        }
    )
    report = encode_json(answer)
    write_files([(folder / COEFFICIENTS, write_arrays(arrays)), (folder / REPORT, report)])
    return answer


def texture_arrays(
    space: str, layout: str, labels: tuple[str, ...], names: list[str], coefficients: np.ndarray
) -> dict[str, np.ndarray]:
    """The arrays of textures.npz: space and layout as text; labels (K,); names (N,); coefficients (N, K)."""
    return {
        "space": np.array(space),
        "layout": np.array(layout),
        "labels": np.array(labels, dtype=np.str_),
        "names": np.array(names),
        "coefficients": coefficients,
    }


def _given(space: Textures, chosen: list[float]) -> np.ndarray:
    """(1, K) the coefficients that are given, 0 for the others."""
    space.check_coefficients(chosen)
    return np.pad(np.array([chosen]), ((0, 0), (0, space.count - len(chosen))))


def _random(space: Textures, settings: SampleTextureSettings) -> np.ndarray:
    """(N, K) coefficients that look plausible, of truncated normal numbers; more textures leave the first ones as they
    were."""
    from ..random_draws import generator, truncated_normal
    from ..texture.choice import plausible_texture

    rows = [
        truncated_normal(space.count, settings.limit, generator(settings.seed, index))
        for index in range(settings.count)
    ]
    return plausible_texture(space, settings.spread * np.array(rows))


SAMPLE_TEXTURE = Job(SampleTextureSettings, lambda folder: None, written(_write))
