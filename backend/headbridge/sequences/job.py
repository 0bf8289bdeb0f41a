"""What an import takes."""

from __future__ import annotations

from dataclasses import dataclass

from ..fitting.sequence.job import fps_setting, frames_setting
from ..settings import model_file_setting, setting


@dataclass(frozen=True)
class ImportSettings:
    """Settings of reading a tracker's files."""

    format: str = setting(
        "auto",
        label="Format",
        help="Insist on the project whose files these are; auto tells by their content (headbridge info says which).",
    )
    fps: float = fps_setting()
    frames: str = frames_setting()
    model_file: str = model_file_setting("FLAME model file of the codes; empty looks for the right version by itself.")
    meshes: str = setting(
        "none",
        label="Meshes",
        help="Also write every frame's mesh, in the source's own frame and unit.",
        choices=("none", "obj", "ply", "npz"),
    )
    mesh: bool = setting(
        False,
        label="Vertices of the Files",
        help="Take the vertices that the files have in place of the codes, so that no model is needed.",
    )


@dataclass(frozen=True)
class ExportSettings:
    """Settings of writing a sequence as another project's files."""

    format: str = setting(
        "vhap",
        label="Format",
        help="The project whose files to write.",
        choices=("vhap", "metrical-tracker", "deca", "arkit-csv"),
    )
    fps: float = fps_setting()
    model_file: str = model_file_setting(
        "FLAME model file of the codes, needed where the head's motion moves into the camera or back; empty looks "
        "for the right version by itself."
    )


@dataclass(frozen=True)
class ConvertExpressionsSettings:
    """Settings of a conversion of expressions."""

    to: str = setting(
        "arkit",
        label="To",
        help="arkit turns FLAME's coefficients into ARKit's keys; flame turns ARKit's keys into FLAME's coefficients.",
        choices=("arkit", "flame"),
    )
    model_file: str = model_file_setting(
        "FLAME model file. Empty: to arkit, the one of the version that the sequence needs; to flame, the one in "
        "the model folders, else the open head."
    )
