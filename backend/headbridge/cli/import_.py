"""``headbridge import``: results of trackers become a sequence."""

from __future__ import annotations

import argparse

from ..errors import InputError
from ..jobs.fit_output import check_output_folder
from ..jobs.import_sequence import write_import
from ..sequences.job import ImportSettings
from .job_options import job_progress
from .setting_options import add_setting_options, settings_from_options

_DESCRIPTION = """Read the results of a tracker: files, folders or patterns of MICA, metrical-tracker, Pixel3DMM, VHAP
(and its export, GaussianAvatars, NeRSemble), flame-head-tracker, DECA, EMOCA, SMIRK, RingNet, TF_FLAME, FLAME_PyTorch,
Deep3DFaceRecon, Live Link Face, MediaPipe's blendshapes, and meshes or arrays of vertices. Written to DIR: sequence.npz,
sequence.json (what was read), head.npz for a single head, and with --meshes every frame's mesh."""


def define(parser: argparse.ArgumentParser) -> None:
    parser.description = _DESCRIPTION
    parser.add_argument("paths", nargs="+", metavar="PATH", help="files, folders or patterns of one tracker's results")
    parser.add_argument("-o", "--output", required=True, metavar="DIR", help="folder for the results")
    parser.add_argument("--progress", action="store_true", help="write progress as lines to stderr")
    add_setting_options(parser, ImportSettings)
    parser.set_defaults(run=run)


def run(parsed: argparse.Namespace) -> tuple[int, str]:
    settings = settings_from_options(parsed, ImportSettings)
    # Unset is 0 in the settings; said aloud it is a mistake.
    if getattr(parsed, "setting_fps", None) == 0.0:
        raise InputError("--fps is 0; name the frames a second of the source, for example --fps 25.")
    check_output_folder(parsed.output)
    with job_progress(parsed) as progress:
        answer = write_import(parsed.paths, parsed.output, settings, progress)
    from ..sequences.description import description_lines

    meshes = sum(name.startswith("meshes/") for name in answer["files"])
    written = [name for name in answer["files"] if not name.startswith("meshes/")] + (
        [f"{meshes} meshes"] if meshes else []
    )
    return 0, "\n".join([*description_lines(answer["tracker"], answer), f"{', '.join(written)} in {parsed.output}."])
