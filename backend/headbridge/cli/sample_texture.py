"""``headbridge sample-texture``: textures of a texture space."""

from __future__ import annotations

import argparse

from ..jobs.fit_output import check_output_folder
from ..jobs.sample_texture import write_textures
from ..texture.job import SampleTextureSettings
from .job_options import job_progress
from .setting_options import add_setting_options, settings_from_options

_DESCRIPTION = """Make textures of a texture space, random or of given coefficients: a PNG for each (and for each tile
of the layout), textures.npz with their coefficients, and sample_texture.json. Equal seeds give equal textures, and more
of them leave the first as they were. Coefficients that begin with a minus go behind an equals sign:
--coefficients=-1,2."""


def define(parser: argparse.ArgumentParser) -> None:
    parser.description = _DESCRIPTION
    parser.add_argument("-o", "--output", required=True, metavar="DIR", help="folder for the results")
    parser.add_argument("--progress", action="store_true", help="write progress as lines to stderr")
    add_setting_options(parser, SampleTextureSettings)
    parser.set_defaults(run=run)


def run(parsed: argparse.Namespace) -> tuple[int, str]:
    settings = settings_from_options(parsed, SampleTextureSettings)
    check_output_folder(parsed.output)
    with job_progress(parsed) as progress:
        answer = write_textures(parsed.output, settings, progress)
    return 0, "\n".join([*answer["notes"], f"{len(answer['files'])} textures in {parsed.output}."])
