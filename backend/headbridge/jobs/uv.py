"""UV transfer as a job: a folder of arrays in, a folder of arrays out."""

from __future__ import annotations

from typing import Any

from ..errors import InputError
from ..progress import Progress
from ..uv.job import UvInput, UvResult, UvSettings
from .folder import JobFolder
from .options import LANDMARKS, VERDICT, landmark_options, read_options, verdict_option
from .plain_json import plain_json
from .registered_mesh import read_registered
from .versions import result_origin


def run_uv(folder: JobFolder, settings: UvSettings, progress: Progress) -> dict[str, Any]:
    """Give the target of `target.npz` the UV layout of `source.npz`; write `result.npz` and `metrics.json`.

    `registered.npz` may give one of the two lying on the other, and `options.npz` then the verdict on that registration
    (registered_verdict, JSON text), or else the arrays landmarks_source and landmarks_target (N, 3) for registering them.
    result.npz : corner_uvs (C, 2) float32, matched (V,) bool, problem_triangles (T,) bool, all of the target.
    """
    source, target = folder.read_mesh("source.npz"), folder.read_mesh("target.npz")
    registered = read_registered(folder, source, target)
    options = read_options(folder, LANDMARKS | {VERDICT})
    landmarks = landmark_options(options)
    if registered is not None and landmarks is not None:
        raise InputError("There are landmarks for a registration and a registered mesh; give one of the two.")
    judged = verdict_option(options)
    inputs = UvInput(source, target, registered=registered, registered_verdict=judged, landmarks=landmarks)
    # Compute libraries take a second to load, so wrong input is told first.
    from ..uv.transfer import transfer_uvs

    progress.report(0.0, "Starting")
    result = transfer_uvs(inputs, settings, progress)
    folder.write_arrays(
        "result.npz",
        corner_uvs=result.corner_uvs,
        matched=result.matched,
        problem_triangles=result.problem_triangles,
    )
    answer = describe_uv_result(result, settings)
    folder.write_json("metrics.json", answer)
    return {**answer, "result": "result.npz"}


def describe_uv_result(result: UvResult, settings: UvSettings) -> dict[str, Any]:
    """The JSON-able side of a result: verdict, reasons, metrics, notes, layout_name, settings, versions."""
    return plain_json(
        {
            **result.verdict.plain(),
            "metrics": result.metrics,
            "notes": result.notes,
            "layout_name": result.layout_name,
            "settings": settings,
            **result_origin(),
        }
    )
