"""``headbridge import``: results of trackers become a sequence."""

from __future__ import annotations

import argparse
from typing import Any

from ..errors import InputError
from ..jobs.import_sequence import IMPORT_SEQUENCE
from ..sequences.job import ImportSettings
from .batch_inputs import PERFORMANCES
from .folder_command import FolderCommand

_DESCRIPTION = """Read the results of a tracker: files, folders or patterns of MICA, metrical-tracker, Pixel3DMM, VHAP
(and its export, GaussianAvatars, NeRSemble), flame-head-tracker, DECA, EMOCA, SMIRK, RingNet, TF_FLAME, FLAME_PyTorch,
Deep3DFaceRecon, Live Link Face, MediaPipe's blendshapes, and meshes or arrays of vertices. Written to DIR: sequence.npz,
sequence.json (what was read), head.npz for a single head, and with --meshes every frame's mesh."""


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("paths", nargs="+", metavar="PATH", help="files, folders or patterns of one tracker's results")


def _read(parsed: argparse.Namespace, settings: ImportSettings) -> list[str]:
    # Unset is 0 in the settings; said aloud it is a mistake.
    if getattr(parsed, "setting_fps", None) == 0.0:
        raise InputError("--fps is 0; name the frames a second of the source, for example --fps 25.")
    return parsed.paths


def _lines(answer: dict[str, Any], parsed: argparse.Namespace, settings: ImportSettings) -> list[str]:
    from ..sequences.description import description_lines

    meshes = sum(name.startswith("meshes/") for name in answer["files"])
    written = [name for name in answer["files"] if not name.startswith("meshes/")]
    written += [f"{meshes} meshes"] if meshes else []
    return [*description_lines(answer["tracker"], answer), f"{', '.join(written)} in {parsed.output}."]


define = FolderCommand(IMPORT_SEQUENCE, _DESCRIPTION, _arguments, _read, _lines, batch=PERFORMANCES).define
