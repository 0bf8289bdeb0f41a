"""A sequence as another project's files, as a job: sequence.npz in, the files out."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from ..errors import InputError
from ..mesh.io.files import write_files
from ..model_terms import credit_lines
from ..progress import Progress
from ..sequences.job import ExportSettings
from .import_sequence import SEQUENCE, sequence_of_folder
from .plain_json import plain_json
from .protocol import Job, make_output_folder, written

_CREDITS = "credits.txt"


def _write(
    sequence_file: str | os.PathLike, folder: str | os.PathLike, settings: ExportSettings, progress: Progress
) -> dict[str, Any]:
    """Write the files of a sequence into a folder, which is made if need be; all of them or none. The answer names them."""
    # Compute libraries take a second to load, so wrong options are told first.
    from ..sequences.exporting import export_files, with_expressions_of
    from ..sequences.file import read_sequence

    path = Path(sequence_file)
    if path.is_dir():
        path = path / SEQUENCE
    progress.report(0.0, "Reading the sequence")
    sequence, report = with_expressions_of(read_sequence(path), settings, progress.part(0.1, 0.9))
    progress.report(0.9, f"Writing {settings.format}")
    files = export_files(sequence, settings)
    if not files:
        raise InputError(f"{path}: there is nothing to write.")
    out = make_output_folder(folder)
    if lines := credit_lines():
        files = [*files, (_CREDITS, "\n".join([*lines, ""]).encode("utf-8"))]
    write_files((out / name, content) for name, content in files)
    written = [name for name, _ in files]
    notes = [report] if report else []
    return plain_json({"files": written, "frames": sequence.frame_count, "notes": notes, "settings": settings})


EXPORT_SEQUENCE = Job(ExportSettings, sequence_of_folder, written(_write), "files")
"""Reads sequence.npz; the files go into the subfolder."""
