"""Registration as a job: a folder of arrays in, a folder of arrays out."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..progress import Progress
from ..registration.job import RegisterInput, RegisterResult, RegisterSettings
from .folder import JobFolder
from .options import LANDMARKS, landmark_options, read_options
from .plain_json import plain_json
from .versions import result_origin

_OPTIONS = LANDMARKS | {"source_exclude", "target_exclude", "source_weights"}


def run_register(folder: JobFolder, settings: RegisterSettings, progress: Progress) -> dict[str, Any]:
    """Register `source.npz` onto `target.npz` as `options.npz` says; write `result.npz` and `metrics.json`.

    result.npz : aligned (V, 3), registered (V, 3), distance_mm (V,), in the target's frame and units.
    Raises `FailedResult` when the result is no registration by its own verdict.
    """
    inputs = read_inputs(folder)
    # Compute libraries take a second to load, so wrong input is told first.
    from ..registration.register import register

    progress.report(0.0, "Starting")
    result = register(inputs, settings, progress)
    result.verdict.raise_if_failed()
    folder.write_arrays(
        "result.npz", aligned=result.aligned, registered=result.registered, distance_mm=result.distance_mm
    )
    answer = describe_result(result, settings)
    folder.write_json("metrics.json", answer)
    return {**answer, "result": "result.npz"}


def describe_result(result: RegisterResult, settings: RegisterSettings) -> dict[str, Any]:
    """The JSON-able side of a result: verdict, reasons, metrics, notes, similarity, mm_per_target_unit, settings, versions."""
    return plain_json(
        {
            **result.verdict.plain(),
            "metrics": result.metrics,
            "notes": result.notes,
            "similarity": result.similarity,
            "mm_per_target_unit": result.mm_per_target_unit,
            "settings": settings,
            **result_origin(),
        }
    )


def read_inputs(folder: JobFolder) -> RegisterInput:
    """The meshes and options of a registration job; `InputError` when a file is missing, damaged or misnamed."""
    options = read_options(folder, _OPTIONS)
    masks = {name: options[name].astype(bool) for name in ("source_exclude", "target_exclude") if name in options}
    weights = options.get("source_weights")
    return RegisterInput(
        folder.read_mesh("source.npz"),
        folder.read_mesh("target.npz"),
        landmarks=landmark_options(options),
        source_weights=None if weights is None else np.asarray(weights, dtype=np.float64),
        **masks,
    )
