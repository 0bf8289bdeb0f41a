"""``headbridge fit-mesh``: a registered mesh to the coefficients of a head model."""

from __future__ import annotations

import argparse

from ..fitting.job import FitMeshInput, FitMeshSettings
from ..jobs.fit_mesh import FIT_MESH
from .fit_table import fit_lines
from .folder_command import FolderCommand
from .meshes import load_head_or_mesh, read_vertex_mask

_DESCRIPTION = """Find the coefficients (identity, expression, joints, place) of a head model that give MESH,
a mesh file (.obj .ply .glb .npz) with the vertices of the FLAME, HACK or ICT topology in any unit and place,
such as the result of headbridge register; or the head.npz of another fit, whose coefficients are so
transferred to other identities or another version of the model. Written to DIR: head.npz (coefficients), head.obj (the model's head
where MESH is), fit.json."""


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("mesh", metavar="MESH", help="registered head: a mesh file, a built-in name, or a head.npz")
    parser.add_argument(
        "--exclude",
        metavar="FILE",
        action="append",
        default=[],
        help="vertices the fit does not follow: indices as text, or .npy; may be repeated",
    )


def _read(parsed: argparse.Namespace, settings: FitMeshSettings) -> FitMeshInput:
    mesh = load_head_or_mesh(parsed.mesh)
    return FitMeshInput(mesh, exclude=read_vertex_mask(parsed.exclude, mesh))


define = FolderCommand(FIT_MESH, _DESCRIPTION, _arguments, _read, fit_lines).define
