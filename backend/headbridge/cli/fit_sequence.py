"""``headbridge fit-sequence``: the meshes of a performance to one head that moves."""

from __future__ import annotations

import argparse

from ..fitting.sequence.job import FitSequenceSettings
from ..jobs.fit_output import check_output_folder
from ..jobs.fit_sequence import write_fit_sequence
from .fit_table import fit_table
from .job_options import job_progress
from .setting_options import add_setting_options, settings_from_options

_DESCRIPTION = """Find one identity, and expression, jaw, neck, eyes and place of every frame, that give MESHES: files,
folders or patterns of meshes (.obj .ply .glb .npz), or arrays of vertices (.npy .npz), all with the vertices of the
FLAME, HACK or ICT topology. Written to DIR: sequence.npz (which Import in Blender loads), sequence.json."""


def define(parser: argparse.ArgumentParser) -> None:
    parser.description = _DESCRIPTION
    parser.add_argument(
        "paths", nargs="+", metavar="MESHES", help="mesh files, folders, patterns or arrays of vertices"
    )
    parser.add_argument("-o", "--output", required=True, metavar="DIR", help="folder for the results")
    parser.add_argument("--progress", action="store_true", help="write progress as lines to stderr")
    add_setting_options(parser, FitSequenceSettings)
    parser.set_defaults(run=run)


def run(parsed: argparse.Namespace) -> tuple[int, str]:
    settings = settings_from_options(parsed, FitSequenceSettings)
    check_output_folder(parsed.output)
    with job_progress(parsed) as progress:
        answer = write_fit_sequence(parsed.paths, parsed.output, settings, progress)
    written = f"{answer['frames']} frames in {parsed.output}."
    return 0, "\n".join([*answer["notes"], written, fit_table(answer["metrics"])])
