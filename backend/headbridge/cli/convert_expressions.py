"""``headbridge convert-expressions``: FLAME's expressions as ARKit's keys, and back."""

from __future__ import annotations

import argparse
from typing import Any

from ..jobs.convert_expressions import CONVERT_EXPRESSIONS
from .folder_command import FolderCommand

_DESCRIPTION = """Turn the expressions of SEQUENCE (sequence.npz, or the folder of one) from FLAME's coefficients into ARKit's
52 keys, or from these into FLAME's, by least squares over the face, and say how far off they are. Written to DIR:
sequence.npz, which headbridge export-sequence and Blender take, and expressions.json with the error of every frame."""


def add_sequence(parser: argparse.ArgumentParser) -> None:
    """The argument of commands that read a sequence."""
    parser.add_argument("sequence", metavar="SEQUENCE", help="sequence.npz, or the folder that import wrote")


def sequence_of(parsed: argparse.Namespace, settings: Any) -> str:
    return parsed.sequence


def _lines(answer: dict[str, Any], parsed: argparse.Namespace, settings: Any) -> list[str]:
    return [f"{answer['frames']} frames in {parsed.output}.", answer["report"]]


define = FolderCommand(CONVERT_EXPRESSIONS, _DESCRIPTION, add_sequence, sequence_of, _lines).define
