"""``headbridge sample``: random heads of a model."""

from __future__ import annotations

import argparse

from ..fitting.job import SampleSettings
from ..jobs.fit_output import check_output_folder
from ..jobs.sample import write_samples
from .job_options import job_progress
from .setting_options import add_setting_options, settings_from_options

_DESCRIPTION = """Make random heads of a head model: a mesh file each, heads.npz with their coefficients, and
sample.json. Equal seeds give equal heads, and more of them leave the first as they were."""


def define(parser: argparse.ArgumentParser) -> None:
    parser.description = _DESCRIPTION
    parser.add_argument("-o", "--output", required=True, metavar="DIR", help="folder for the results")
    parser.add_argument("--progress", action="store_true", help="write progress as lines to stderr")
    add_setting_options(parser, SampleSettings)
    parser.set_defaults(run=run)


def run(parsed: argparse.Namespace) -> tuple[int, str]:
    settings = settings_from_options(parsed, SampleSettings)
    check_output_folder(parsed.output)
    with job_progress(parsed) as progress:
        answer = write_samples(parsed.output, settings, progress)
    return 0, "\n".join([*answer["notes"], f"{len(answer['files'])} meshes in {parsed.output}."])
