"""``headbridge fit-mesh``: a registered mesh to the coefficients of a head model."""

from __future__ import annotations

import argparse

from ..fitting.job import FitMeshInput, FitMeshSettings
from ..jobs.fit_output import check_output_folder, describe_fit, make_output_folder, write_fit
from .fit_table import fit_table
from .job_options import job_progress
from .meshes import load_head_or_mesh, read_vertex_mask
from .setting_options import add_setting_options, settings_from_options

_DESCRIPTION = """Find the coefficients (identity, expression, joints, place) of a head model that give MESH,
a mesh file (.obj .ply .glb .npz) with the vertices of the FLAME, HACK or ICT topology in any unit and place,
such as the result of headbridge register; or the head.npz of another fit, whose coefficients are so
carried over to other identities or another version of the model. Written to DIR: head.npz (coefficients), head.obj (the model's head
where MESH is), fit.json."""


def define(parser: argparse.ArgumentParser) -> None:
    parser.description = _DESCRIPTION
    parser.add_argument("mesh", metavar="MESH", help="registered head: a mesh file, a built-in name, or a head.npz")
    parser.add_argument("-o", "--output", required=True, metavar="DIR", help="folder for the results")
    parser.add_argument(
        "--exclude",
        metavar="FILE",
        action="append",
        default=[],
        help="vertices the fit does not follow: indices as text, or .npy; may be repeated",
    )
    parser.add_argument("--progress", action="store_true", help="write progress as lines to stderr")
    add_setting_options(parser, FitMeshSettings)
    parser.set_defaults(run=run)


def run(parsed: argparse.Namespace) -> tuple[int, str]:
    settings = settings_from_options(parsed, FitMeshSettings)
    check_output_folder(parsed.output)
    with job_progress(parsed) as progress:
        mesh = load_head_or_mesh(parsed.mesh)
        inputs = FitMeshInput(mesh, exclude=read_vertex_mask(parsed.exclude, mesh))
        # Compute libraries take a second to load, so wrong input is told first.
        from ..fitting.mesh import fit_mesh

        result = fit_mesh(inputs, settings, progress)
        write_fit(make_output_folder(parsed.output), result, describe_fit(result, settings))
    return 0, "\n".join([*result.notes, fit_table(result.metrics)])
