"""``headbridge fit-sequence``: the meshes of a performance to one head that moves."""

from __future__ import annotations

import argparse
from typing import Any

from ..jobs.fit_sequence import FIT_SEQUENCE
from .fit_table import fit_table
from .folder_command import FolderCommand

_DESCRIPTION = """Find one identity, and expression, jaw, neck, eyes and place of every frame, that give MESHES: files,
folders or patterns of meshes (.obj .ply .glb .npz), or arrays of vertices (.npy .npz), all with the vertices of the
FLAME, HACK or ICT topology. Written to DIR: sequence.npz (which Import in Blender loads), sequence.json."""


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "paths", nargs="+", metavar="MESHES", help="mesh files, folders, patterns or arrays of vertices"
    )


def _lines(answer: dict[str, Any], parsed: argparse.Namespace, settings: Any) -> list[str]:
    return [*answer["notes"], f"{answer['frames']} frames in {parsed.output}.", fit_table(answer["metrics"])]


define = FolderCommand(FIT_SEQUENCE, _DESCRIPTION, _arguments, lambda parsed, settings: parsed.paths, _lines).define
