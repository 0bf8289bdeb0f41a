"""Expressions of a sequence for another kind of head, as a job: sequence.npz in, sequence.npz out."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from ..mesh.io.files import write_files
from ..progress import Progress
from ..sequences.job import ConvertExpressionsSettings
from .import_sequence import SEQUENCE, sequence_of_folder
from .plain_json import encode_json, plain_json
from .protocol import Job, make_output_folder, written
from .versions import result_origin

REPORT = "expressions.json"


def _write(
    sequence_file: str | os.PathLike,
    folder: str | os.PathLike,
    settings: ConvertExpressionsSettings,
    progress: Progress,
) -> dict[str, Any]:
    """Write sequence.npz with the other expressions and expressions.json into a folder, which is made if need be.

    The answer, which is the latter: metrics (error_mm and moved_mm of every frame, see `ConvertedExpressions`), report,
    a sentence, frames, settings, versions."""
    # Compute libraries take a second to load, so wrong options are told first.
    from ..sequences.expressions import convert_expressions
    from ..sequences.file import encode_sequence, read_sequence

    path = Path(sequence_file)
    sequence = read_sequence(path / SEQUENCE if path.is_dir() else path)
    found = convert_expressions(sequence, settings.to, settings.model_file, progress)
    answer = plain_json(
        {
            "report": found.report,
            "frames": sequence.frame_count,
            "metrics": {"error_mm": found.errors, "moved_mm": found.moved},
            "settings": settings,
            **result_origin(),
        }
    )
    out = make_output_folder(folder)
    report = encode_json(answer)
    write_files([(out / SEQUENCE, encode_sequence(found.sequence)), (out / REPORT, report)])
    return answer


CONVERT_EXPRESSIONS = Job(ConvertExpressionsSettings, sequence_of_folder, written(_write), "converted")
"""Reads sequence.npz; the files go into the subfolder."""
