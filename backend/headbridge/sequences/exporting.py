"""Sequences as files of other projects."""

from __future__ import annotations

from dataclasses import replace

from ..errors import InputError
from ..models.flame.data import UNKNOWN_VERSION
from ..progress import Progress
from .expressions import ARKIT, FLAME, convert_expressions
from .job import ExportSettings
from .sequence import Sequence
from .writers.deca import deca_files
from .writers.live_link import live_link_files
from .writers.metrical_tracker import metrical_tracker_files
from .writers.vhap import vhap_files

# What writes a format, and the version of FLAME that its codes are of.
_WRITERS = {
    "vhap": (vhap_files, "2023"),
    "metrical-tracker": (metrical_tracker_files, "2020"),
    "deca": (deca_files, "2020"),
    "arkit-csv": (live_link_files, ""),
}


def with_expressions_of(sequence: Sequence, settings: ExportSettings, progress: Progress) -> tuple[Sequence, str]:
    """The sequence with ARKit's keys where a table of these is to be written of FLAME's codes, and a sentence on the error;
    else as it is."""
    if settings.format != "arkit-csv" or sequence.model != FLAME:
        return sequence, ""
    found = convert_expressions(sequence, ARKIT, settings.model_file, progress)
    return found.sequence, found.report


def export_files(sequence: Sequence, settings: ExportSettings) -> list[tuple[str, bytes]]:
    """Names and contents of the files that a sequence is in another project's form.

    Raises `InputError` where the codes are of another FLAME than the project's, and for all that its files cannot say:
    nothing is left out."""
    write, version = _WRITERS[settings.format]
    if settings.fps:
        sequence = replace(sequence, fps=settings.fps)
    if version and sequence.model == "flame" and sequence.version not in (version, UNKNOWN_VERSION):
        raise InputError(
            f"{sequence.source}: the codes are of FLAME {sequence.version}, but {settings.format} has codes of FLAME "
            f"{version}, and codes of one are another face in the other; fit the meshes with headbridge fit-mesh."
        )
    return write(sequence, settings.model_file)
