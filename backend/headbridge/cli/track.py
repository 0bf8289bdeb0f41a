"""``headbridge track``: the face of a video becomes a head that moves."""

from __future__ import annotations

import argparse

from ..fitting.video.job import TrackVideoSettings
from ..jobs.fit_output import check_output_folder
from ..jobs.track_video import write_track
from ..verdict import Verdict
from .job_options import job_progress
from .setting_options import add_setting_options, settings_from_options
from .verdict_report import add_accept_option, exit_code, verdict_lines

_DESCRIPTION = """Follow the face in VIDEO, a video file or a folder of its frames: one identity and focal length, and
expression, jaw, eyes, lids and place of every frame. Written to DIR: sequence.npz (which Import in Blender loads, with its
camera), sequence.json, and overlays of some frames. A job that was ended goes on where it was."""


def define(parser: argparse.ArgumentParser) -> None:
    parser.description = _DESCRIPTION
    parser.add_argument("video", metavar="VIDEO", help="video file, or folder of numbered pictures")
    parser.add_argument("-o", "--output", required=True, metavar="DIR", help="folder for the results")
    parser.add_argument("--progress", action="store_true", help="write progress as lines to stderr")
    add_accept_option(parser)
    add_setting_options(parser, TrackVideoSettings)
    parser.set_defaults(run=run)


def run(parsed: argparse.Namespace) -> tuple[int, str]:
    settings = settings_from_options(parsed, TrackVideoSettings)
    check_output_folder(parsed.output)
    with job_progress(parsed) as progress:
        answer = write_track(parsed.video, parsed.output, settings, progress)
    verdict, metrics = Verdict.from_plain(answer), answer["metrics"]
    lines = [
        *verdict_lines(verdict),
        *answer["notes"],
        f"{metrics['seen']} of {metrics['frames']} frames show the face, with {metrics['cuts']} cuts or leaps.",
        f"points off by {100.0 * metrics['landmark_error']:.2f} % of the distance of the outer eye corners (worst "
        f"{100.0 * metrics['worst_frame']['landmark_error']:.1f} % in frame {metrics['worst_frame']['frame']}), focal "
        f"length {metrics['focal_px']:.0f} px",
        f"{answer['frames']} frames in {parsed.output}.",
    ]
    return exit_code(parsed, verdict), "\n".join(lines)
