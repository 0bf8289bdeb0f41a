"""A conversion between heads as a job: a mesh in, a head of another topology out."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from ..fitting.job import ConvertResult, ConvertSettings
from ..mesh.io import encode_mesh
from ..mesh.io.files import write_files
from ..mesh.io.npz import write_arrays
from ..progress import Progress
from ..topologies import load_builtin
from .fit_output import DETAIL, HEAD, MESH, REPORT, describe_fit, head_arrays
from .folder import JobFolder

MODEL_MESH = "model.obj"


def run_convert(folder: JobFolder, settings: ConvertSettings, progress: Progress) -> dict[str, Any]:
    """Convert the head of `mesh.npz`; write the files of `write_converted`."""
    mesh = folder.read_mesh("mesh.npz")
    # Compute libraries take a second to load, so wrong input is told first.
    from ..fitting.convert import convert

    result = convert(mesh, settings, progress)
    answer = describe_converted(result, settings)
    write_converted(folder.path, result, answer)
    return {**answer, "result": HEAD, "mesh": MESH, "model_mesh": MODEL_MESH}


def describe_converted(result: ConvertResult, settings: ConvertSettings) -> dict[str, Any]:
    """The JSON-able side of a result: verdict, reasons and what `describe_fit` gives."""
    return {**result.verdict.plain(), **describe_fit(result.fit, settings)}


def write_converted(folder: str | os.PathLike, result: ConvertResult, described: dict[str, Any]) -> None:
    """Write a converted head into an existing folder, all files or none.

    head.obj : the face itself in the other topology. model.obj : the model's head nearest to it. head.npz : that one's
    coefficients (see `jobs.fit_output`), and detail (V, 3), the face itself in millimetres. fit.json : measures of the
    two against each other."""
    template = load_builtin(result.fit.model)
    detail = result.fit.similarity.inverse().apply(result.vertices)
    files = [
        (HEAD, write_arrays({**head_arrays(result.fit), DETAIL: detail})),
        (MESH, encode_mesh(MESH, template.with_vertices(result.vertices))),
        (MODEL_MESH, encode_mesh(MODEL_MESH, template.with_vertices(result.fit.vertices))),
        (REPORT, json.dumps(described, indent=1, allow_nan=False).encode("utf-8")),
    ]
    write_files((Path(folder) / name, content) for name, content in files)
