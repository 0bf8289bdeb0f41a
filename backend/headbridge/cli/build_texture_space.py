"""``headbridge build-texture-space``: a texture space of photos."""

from __future__ import annotations

import argparse
from typing import Any

from ..building.job import BuildTextureSpaceSettings
from ..jobs.build_texture_space import write_texture_space
from ..mesh.io.files import write_files
from .job_options import add_progress_option, check_outputs, job_progress, report_file
from .metrics_table import time_lines
from .setting_options import add_setting_options, settings_from_options

_DESCRIPTION = """Build a texture space of photos, one per person or several: a head is fitted to every IMAGE, its texture
unwrapped where the photo shows skin, the rest filled in by the texture space that the photos are fitted with, and the
principal components of all are written to one file, which fit-photo and sample-texture read. Images without a face or
that cannot be read are named and skipped. What is finished lies in a folder beside the output (space.work for
space.npz): a run that was stopped goes on there and gives the same file, and one with more images fits only the new
ones. Delete the folder when it is not needed any more."""


def define(parser: argparse.ArgumentParser) -> None:
    parser.description = _DESCRIPTION
    parser.add_argument("images", nargs="+", metavar="IMAGE", help="photo, or folder of photos")
    parser.add_argument("-o", "--output", required=True, metavar="FILE", help=".npz file to write")
    parser.add_argument("--json", metavar="FILE", help="write images, metrics, settings and versions to this file")
    add_progress_option(parser)
    add_setting_options(parser, BuildTextureSpaceSettings)
    parser.set_defaults(run=run)


def run(parsed: argparse.Namespace) -> tuple[int, str]:
    settings = settings_from_options(parsed, BuildTextureSpaceSettings)
    check_outputs([("--output", parsed.output), ("--json", parsed.json)], parsed.images)
    with job_progress(parsed) as progress:
        answer = write_texture_space(parsed.images, parsed.output, settings, progress)
        write_files(report_file(parsed, answer))
    return 0, "\n".join(_lines(answer, parsed.output))


def _lines(answer: dict[str, Any], output: str) -> list[str]:
    metrics = answer["metrics"]
    lines = [f"{image['name']}: skipped: {image['reason']}" for image in answer["skipped"]]
    lines += answer["notes"]
    lines.append(f"The first 5 explain {metrics['explained_by_first_5']:.1%} of the variance.")
    lines.append(f"Finished textures are kept in {answer['work']}.")
    return [*lines, *time_lines(metrics), f"{output} written."]
