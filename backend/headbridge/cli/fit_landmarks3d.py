"""``headbridge fit-landmarks3d``: picked 3D landmarks to the coefficients of a head model."""

from __future__ import annotations

import argparse

from ..fitting.landmark_files import SUFFIXES, read_landmarks
from ..jobs.fit_landmarks3d import FIT_LANDMARKS3D
from .batch_inputs import BatchInputs
from .fit_table import fit_lines
from .folder_command import FolderCommand

_DESCRIPTION = """Find the likeliest head of a head model through landmarks in any unit and place. POINTS is a file of
MeshLab's picked points (.pp) or .npy, .json or .txt with 68 points, the 51 without the jaw contour, or any that are
named. Written to DIR: head.npz (coefficients), head.obj (the head where the points are), fit.json."""


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("points", metavar="POINTS", help="landmark file (.pp .npy .json .txt)")


define = FolderCommand(
    FIT_LANDMARKS3D,
    _DESCRIPTION,
    _arguments,
    lambda parsed, settings: read_landmarks(parsed.points),
    fit_lines,
    batch=BatchInputs(SUFFIXES),
).define
