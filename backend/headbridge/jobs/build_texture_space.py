"""A texture space of photos as a job: a folder with images in, a file out."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..building.job import BuildTextureSpaceSettings
from ..errors import InputError
from ..mesh.io.files import check_output, write_file
from ..progress import Progress
from .folder import JobFolder
from .options import read_options
from .plain_json import plain_json
from .protocol import Job, written
from .versions import result_origin

if TYPE_CHECKING:
    from ..building.unwrapping import Unwrap

SPACE = "space.npz"
_FILES = "photo_files"


def write_texture_space(
    images: Sequence[str | os.PathLike],
    output: str | os.PathLike,
    settings: BuildTextureSpaceSettings,
    progress: Progress,
    unwrap: Unwrap | None = None,
) -> dict[str, Any]:
    """Build a space of images (files, and folders of them) and write it; the answer tells space (the file's name),
    layout, labels, explained_variance, images and skipped (each by name), work (the folder with what is finished,
    beside the output), metrics, notes, settings and versions.

    unwrap : how textures are taken off the images; None fits a head to each. Errors as `build_texture_space`, and
    `InputError` for an output that cannot be written or is no .npz file; nothing is computed then."""
    output = Path(output)
    if output.suffix.lower() != ".npz":
        raise InputError(f"{output}: texture spaces are .npz files; name it {output.stem or 'space'}.npz.")
    check_output(output, images)
    work = output.with_suffix(".work")
    # Compute libraries take a second to load, so wrong input is told first.
    from ..building.build import build_texture_space
    from ..building.unwrapping import FittedUnwrap
    from ..texture.built_space import encode_built_space

    progress.report(0.0, "Reading the model")
    unwrap = FittedUnwrap(settings) if unwrap is None else unwrap
    built = build_texture_space(images, output.name, work, settings, unwrap, progress)
    write_file(output, encode_built_space(built.space, built.explained, tuple(image.name for image in built.used)))
    return plain_json(
        {
            "space": output.name,
            "layout": built.space.layout,
            "labels": built.space.labels,
            "explained_variance": built.explained,
            "images": built.used,
            "skipped": built.skipped,
            "work": str(work),
            "metrics": built.metrics,
            "notes": built.notes,
            "settings": settings,
            **result_origin(),
        }
    )


def _read(folder: JobFolder) -> list[Path]:
    """The images that options.npz names as photo_files (K,) text, files in the folder."""
    names = read_options(folder, {_FILES}).get(_FILES)
    if names is None or names.dtype.kind != "U" or names.ndim != 1 or not names.size:
        raise InputError(f"options.npz names no images; give {_FILES}, one text for each.")
    return [folder.file(name) for name in names.tolist()]


BUILD_TEXTURE_SPACE = Job(BuildTextureSpaceSettings, _read, written(write_texture_space), SPACE)
