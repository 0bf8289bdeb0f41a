"""``headbridge convert-albedo``: colours of the Basel Face Model as an albedo space of FLAME."""

from __future__ import annotations

import argparse

from ..building.job import ConvertAlbedoSettings
from ..mesh.io.files import write_file
from ..mesh.io.npz import write_arrays
from ..model_terms import credit_lines
from .job_options import add_progress_option, check_outputs, job_progress
from .setting_options import add_setting_options, settings_from_options
from .verdict_report import add_accept_option, exit_code, verdict_lines

_DESCRIPTION = """Transfer the colours of the Basel Face Model (your 01_MorphableModel.mat of 2009) into FLAME's UV layout
and write them as the published FLAME_albedo_from_BFM.npz: MU and PC, 0..1, blue first. In a folder of model files
it serves as the texture space flame_albedo_from_bfm."""


def define(parser: argparse.ArgumentParser) -> None:
    parser.description = _DESCRIPTION
    parser.add_argument("model", metavar="MODEL", help="01_MorphableModel.mat")
    parser.add_argument("-o", "--output", required=True, metavar="FILE", help=".npz file to write")
    add_progress_option(parser)
    add_accept_option(parser)
    add_setting_options(parser, ConvertAlbedoSettings)
    parser.set_defaults(run=run)


def run(parsed: argparse.Namespace) -> tuple[int, str]:
    settings = settings_from_options(parsed, ConvertAlbedoSettings)
    check_outputs([("--output", parsed.output)], [parsed.model])
    with job_progress(parsed) as progress:
        # Compute libraries take a second to load, so wrong options are told first.
        from ..building.basel_albedo import convert_albedo
        from ..building.basel_file import read_basel_colours

        progress.report(0.0, "Reading the model")
        albedo = convert_albedo(read_basel_colours(parsed.model), settings, progress)
        write_file(parsed.output, write_arrays({"MU": albedo.mean, "PC": albedo.components}))
    written = f"{albedo.components.shape[1]} components in {parsed.output}."
    return exit_code(parsed, albedo.verdict), "\n".join(
        [*verdict_lines(albedo.verdict), *albedo.notes, *credit_lines(), written]
    )
