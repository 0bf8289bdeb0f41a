"""``headbridge export-sequence``: a sequence as another project's files."""

from __future__ import annotations

import argparse
from typing import Any

from ..jobs.export_sequence import EXPORT_SEQUENCE
from ..sequences.job import ExportSettings
from .batch_inputs import PERFORMANCES
from .convert_expressions import add_sequence, sequence_of
from .folder_command import FolderCommand

_DESCRIPTION = """Write SEQUENCE (sequence.npz, or the folder of one) into DIR as VHAP's, metrical-tracker's or DECA's own
files, or as a CSV of ARKit's keys, which FLAME's expressions are turned into by least squares. What the files of a project
have no place for is an error: nothing is left out."""


def _lines(answer: dict[str, Any], parsed: argparse.Namespace, settings: ExportSettings) -> list[str]:
    files = answer["files"]
    shown = files[0] if len(files) == 1 else f"{len(files)} files ({files[0]} to {files[-1]})"
    return [f"{answer['frames']} frames as {settings.format}: {shown} in {parsed.output}.", *answer["notes"]]


define = FolderCommand(EXPORT_SEQUENCE, _DESCRIPTION, add_sequence, sequence_of, _lines, batch=PERFORMANCES).define
