"""``headbridge convert``: the same face as a head of another topology."""

from __future__ import annotations

import argparse

from ..fitting.job import ConvertSettings
from ..jobs.convert import describe_converted, write_converted
from ..jobs.fit_output import check_output_folder, make_output_folder
from .fit_table import fit_table
from .job_options import job_progress
from .meshes import load_head_or_mesh
from .setting_options import add_setting_options, settings_from_options
from .verdict_report import add_accept_option, exit_code, verdict_lines

_DESCRIPTION = """Turn HEAD into the FLAME, HACK or ICT head of the same face with its expression. HEAD is a mesh
file (.obj .ply .glb .npz) in FLAME, HACK or ICT topology, a Basel Face Model mesh (53,490, 53,215 or 35,709
vertices), or head.npz of another fit. Written to DIR: head.obj (the face itself), head.npz (coefficients
nearest to it), model.obj (the model's head of these), fit.json."""


def define(parser: argparse.ArgumentParser) -> None:
    parser.description = _DESCRIPTION
    parser.add_argument("head", metavar="HEAD", help="head to convert: a mesh file, head.npz or a built-in name")
    parser.add_argument("-o", "--output", required=True, metavar="DIR", help="folder for the results")
    parser.add_argument(
        "--head-model-file", metavar="FILE", default="", help="model file of HEAD, where it is coefficients alone"
    )
    parser.add_argument("--progress", action="store_true", help="write progress as lines to stderr")
    add_accept_option(parser)
    add_setting_options(parser, ConvertSettings)
    parser.set_defaults(run=run)


def run(parsed: argparse.Namespace) -> tuple[int, str]:
    settings = settings_from_options(parsed, ConvertSettings)
    check_output_folder(parsed.output)
    with job_progress(parsed) as progress:
        # Compute libraries take a second to load, so wrong options are told first.
        from ..fitting.convert import convert

        mesh = load_head_or_mesh(parsed.head, parsed.head_model_file)
        result = convert(mesh, settings, progress)
        write_converted(make_output_folder(parsed.output), result, describe_converted(result, settings))
    report = [*verdict_lines(result.verdict), *result.fit.notes, fit_table(result.fit.metrics)]
    return exit_code(parsed, result.verdict), "\n".join(report)
