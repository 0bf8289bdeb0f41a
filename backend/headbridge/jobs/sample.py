"""Random heads as a job: settings in, a folder of meshes and their coefficients out."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from ..errors import Cancelled
from ..fitting.job import SampleSettings
from ..mesh.io import write_mesh
from ..mesh.io.files import write_files
from ..mesh.io.npz import write_arrays
from ..progress import Progress
from ..topologies import load_builtin
from ..units import MM_PER_UNIT
from .plain_json import encode_json, plain_json
from .protocol import Job, make_output_folder, written
from .versions import result_origin

COEFFICIENTS, REPORT = "heads.npz", "sample.json"


def _identities(settings: SampleSettings) -> str:
    """Whose heads are wanted; `InputError` where what is wanted is not understood."""
    if settings.identities != "auto":
        return settings.identities
    return "people" if settings.wanted().anything else "ict"


def _write(_none: None, folder: Path, settings: SampleSettings, progress: Progress) -> dict[str, Any]:
    """Write a mesh file for every head, heads.npz and sample.json into a folder; the answer is the latter.

    The folder is made if need be, once the model is read.

    heads.npz : model, version, label, units ("mm") as text; names (N,); the coefficients of all heads, (N, ...) each.
    What was written before a cancel stays: each file is whole."""
    # Compute libraries take a second to load, so wrong input is told first.
    from ..fitting.heads import load_head
    from ..fitting.sampling import check_wanted, sample_heads

    progress.report(0.0, "Reading the model")
    head = load_head(settings.model, settings.model_file, _identities(settings))
    check_wanted(head, settings)
    make_output_folder(folder)
    template, mm = load_builtin(head.key), MM_PER_UNIT[settings.unit]
    names, files, coefficients = [], [], []
    try:
        for sample in sample_heads(head, settings, progress):
            files.append(f"{sample.name}.{settings.format}")
            write_mesh(folder / files[-1], template.with_vertices(sample.vertices / mm))
            names.append(sample.name)
            coefficients.append(sample.coefficients)
    except Cancelled:
        raise Cancelled(f"Cancelled; {len(names)} of {settings.count} heads were written to {folder}.") from None
    arrays = {
        "model": np.array(head.key),
        "version": np.array(head.version),
        "label": np.array(head.label),
        "units": np.array("mm"),
        "names": np.array(names),
        "expression_names": np.array(head.expression_names, dtype=np.str_),
        **{key: np.stack([row[key] for row in coefficients]) for key in coefficients[0]},
    }
    answer = plain_json(
        {
            "model": {"key": head.key, "version": head.version, "label": head.label},
            "files": files,
            "notes": [f"Model: {head.label}."],
            "settings": settings,
            **result_origin(),
        }
    )
    report = encode_json(answer)
    write_files([(folder / COEFFICIENTS, write_arrays(arrays)), (folder / REPORT, report)])
    return answer


SAMPLE = Job(SampleSettings, lambda folder: None, written(_write))
