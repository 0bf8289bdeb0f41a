"""``headbridge export-sequence``: a sequence as another project's files."""

from __future__ import annotations

import argparse

from ..jobs.export_sequence import write_export
from ..jobs.fit_output import check_output_folder
from ..sequences.job import ExportSettings
from .job_options import job_progress
from .setting_options import add_setting_options, settings_from_options

_DESCRIPTION = """Write SEQUENCE (sequence.npz, or the folder of one) into DIR as VHAP's, metrical-tracker's or DECA's own
files, or as a CSV of ARKit's keys, which FLAME's expressions are turned into by least squares. What the files of a project
have no place for is an error: nothing is left out."""


def define(parser: argparse.ArgumentParser) -> None:
    parser.description = _DESCRIPTION
    parser.add_argument("sequence", metavar="SEQUENCE", help="sequence.npz, or the folder that import wrote")
    parser.add_argument("-o", "--output", required=True, metavar="DIR", help="folder for the files")
    parser.add_argument("--progress", action="store_true", help="write progress as lines to stderr")
    add_setting_options(parser, ExportSettings)
    parser.set_defaults(run=run)


def run(parsed: argparse.Namespace) -> tuple[int, str]:
    settings = settings_from_options(parsed, ExportSettings)
    check_output_folder(parsed.output)
    with job_progress(parsed) as progress:
        answer = write_export(parsed.sequence, parsed.output, settings, progress)
    files = answer["files"]
    shown = files[0] if len(files) == 1 else f"{len(files)} files ({files[0]} to {files[-1]})"
    told = f"{answer['frames']} frames as {settings.format}: {shown} in {parsed.output}."
    return 0, "\n".join([told, *answer["notes"]])
