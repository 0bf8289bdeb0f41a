"""``headbridge convert-expressions``: FLAME's expressions as ARKit's keys, and back."""

from __future__ import annotations

import argparse

from ..jobs.convert_expressions import write_converted_expressions
from ..jobs.fit_output import check_output_folder
from ..sequences.job import ConvertExpressionsSettings
from .job_options import job_progress
from .setting_options import add_setting_options, settings_from_options

_DESCRIPTION = """Turn the expressions of SEQUENCE (sequence.npz, or the folder of one) from FLAME's coefficients into ARKit's
52 keys, or from these into FLAME's, by least squares over the face, and say how far off they are. Written to DIR:
sequence.npz, which headbridge export-sequence and Blender take, and expressions.json with the error of every frame."""


def define(parser: argparse.ArgumentParser) -> None:
    parser.description = _DESCRIPTION
    parser.add_argument("sequence", metavar="SEQUENCE", help="sequence.npz, or the folder that import wrote")
    parser.add_argument("-o", "--output", required=True, metavar="DIR", help="folder for the results")
    parser.add_argument("--progress", action="store_true", help="write progress as lines to stderr")
    add_setting_options(parser, ConvertExpressionsSettings)
    parser.set_defaults(run=run)


def run(parsed: argparse.Namespace) -> tuple[int, str]:
    settings = settings_from_options(parsed, ConvertExpressionsSettings)
    check_output_folder(parsed.output)
    with job_progress(parsed) as progress:
        answer = write_converted_expressions(parsed.sequence, parsed.output, settings, progress)
    return 0, f"{answer['frames']} frames in {parsed.output}.\n{answer['report']}"
