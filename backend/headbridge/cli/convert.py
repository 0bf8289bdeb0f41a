"""``headbridge convert``: the same face as a head of another topology."""

from __future__ import annotations

import argparse

from ..jobs.convert import CONVERT
from .fit_table import fit_lines
from .folder_command import FolderCommand
from .meshes import load_head_or_mesh

_DESCRIPTION = """Turn HEAD into the FLAME, HACK or ICT head of the same face with its expression. HEAD is a mesh
file (.obj .ply .glb .npz) in FLAME, HACK or ICT topology, a Basel Face Model mesh (53,490, 53,215 or 35,709
vertices), or head.npz of another fit. Written to DIR: head.obj (the face itself), head.npz (coefficients
nearest to it), model.obj (the model's head of these), fit.json."""


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("head", metavar="HEAD", help="head to convert: a mesh file, head.npz or a built-in name")
    parser.add_argument(
        "--head-model-file", metavar="FILE", default="", help="model file of HEAD, where it is coefficients alone"
    )


define = FolderCommand(
    CONVERT,
    _DESCRIPTION,
    _arguments,
    lambda parsed, settings: load_head_or_mesh(parsed.head, parsed.head_model_file),
    lambda result, *_: fit_lines(result.fit),
    judged=True,
).define
