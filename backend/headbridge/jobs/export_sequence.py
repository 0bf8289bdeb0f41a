"""A sequence as another project's files, as a job: sequence.npz in, the files out."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from ..errors import InputError
from ..mesh.io.files import write_files
from ..progress import Progress
from ..sequences.job import ExportSettings
from .fit_output import make_output_folder
from .folder import JobFolder
from .import_sequence import SEQUENCE
from .plain_json import plain_json

_FILES = "files"


def run_export_sequence(folder: JobFolder, settings: ExportSettings, progress: Progress) -> dict[str, Any]:
    """Write the sequence.npz of the folder as another project's files into its subfolder "files" (see `write_export`)."""
    return write_export(folder.file(SEQUENCE), folder.path / _FILES, settings, progress)


def write_export(
    sequence_file: str | os.PathLike, folder: str | os.PathLike, settings: ExportSettings, progress: Progress
) -> dict[str, Any]:
    """Write the files of a sequence into a folder, which is made if need be; all of them or none. The answer names them."""
    # Compute libraries take a second to load, so wrong options are told first.
    from ..sequences.exporting import export_files
    from ..sequences.file import read_sequence

    path = Path(sequence_file)
    if path.is_dir():
        path = path / SEQUENCE
    progress.report(0.0, "Reading the sequence")
    sequence = read_sequence(path)
    progress.report(0.1, f"Writing {settings.format}")
    files = export_files(sequence, settings)
    if not files:
        raise InputError(f"{path}: there is nothing to write.")
    out = make_output_folder(folder)
    write_files((out / name, content) for name, content in files)
    return plain_json({"files": [name for name, _ in files], "frames": sequence.frame_count, "settings": settings})
