"""Registration as a job: a folder of arrays in, a folder of arrays out."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..mesh.io.npz import write_arrays
from ..progress import Progress
from ..registration.job import RegisterInput, RegisterResult, RegisterSettings
from .description import describe
from .folder import JobFolder
from .options import LANDMARKS, landmark_options, read_options
from .plain_json import encode_json
from .protocol import Job, computed

RESULT, METRICS = "result.npz", "metrics.json"
_OPTIONS = LANDMARKS | {"source_exclude", "target_exclude", "source_weights"}


def compute_registration(inputs: RegisterInput, settings: RegisterSettings, progress: Progress) -> RegisterResult:
    """The registration; `FailedResult` when it is none by its own verdict."""
    from ..registration.register import register

    result = register(inputs, settings, progress)
    result.verdict.raise_if_failed()
    return result


def describe_result(result: RegisterResult, settings: RegisterSettings) -> dict[str, Any]:
    """The JSON-able side of a result: verdict, reasons, metrics, notes, similarity, mm_per_target_unit, settings, versions."""
    return describe(result, settings, "metrics", "notes", "similarity", "mm_per_target_unit")


def _files(result: RegisterResult, described: dict[str, Any]) -> list[tuple[str, bytes]]:
    """result.npz : aligned (V, 3), registered (V, 3), distance_mm (V,), in the target's frame and units; metrics.json."""
    arrays = {name: getattr(result, name) for name in ("aligned", "registered", "distance_mm")}
    return [(RESULT, write_arrays(arrays)), (METRICS, encode_json(described))]


def _read(folder: JobFolder) -> RegisterInput:
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


REGISTER = Job(
    RegisterSettings, _read, computed(compute_registration, describe_result, _files, lambda result: {"result": RESULT})
)
