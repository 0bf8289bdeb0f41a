"""``headbridge fit-landmarks3d``: picked 3D landmarks to the coefficients of a head model."""

from __future__ import annotations

import argparse

from ..fitting.job import FitLandmarksSettings
from ..fitting.landmark_files import read_landmarks
from ..jobs.fit_output import check_output_folder, describe_fit, make_output_folder, write_fit
from .fit_table import fit_table
from .job_options import job_progress
from .setting_options import add_setting_options, settings_from_options

_DESCRIPTION = """Find the likeliest head of a head model through landmarks in any unit and place. POINTS is a file of
MeshLab's picked points (.pp) or .npy, .json or .txt with 68 points, the 51 without the jaw contour, or any that are
named. Written to DIR: head.npz (coefficients), head.obj (the head where the points are), fit.json."""


def define(parser: argparse.ArgumentParser) -> None:
    parser.description = _DESCRIPTION
    parser.add_argument("points", metavar="POINTS", help="landmark file (.pp .npy .json .txt)")
    parser.add_argument("-o", "--output", required=True, metavar="DIR", help="folder for the results")
    parser.add_argument("--progress", action="store_true", help="write progress as lines to stderr")
    add_setting_options(parser, FitLandmarksSettings)
    parser.set_defaults(run=run)


def run(parsed: argparse.Namespace) -> tuple[int, str]:
    settings = settings_from_options(parsed, FitLandmarksSettings)
    check_output_folder(parsed.output)
    with job_progress(parsed) as progress:
        points = read_landmarks(parsed.points)
        # Compute libraries take a second to load, so wrong input is told first.
        from ..fitting.landmarks3d import fit_landmarks3d

        result = fit_landmarks3d(points, settings, progress)
        write_fit(make_output_folder(parsed.output), result, describe_fit(result, settings))
    return 0, "\n".join([*result.notes, fit_table(result.metrics)])
