"""UV transfer as a job: a folder of arrays in, a folder of arrays out."""

from __future__ import annotations

from typing import Any

from ..errors import InputError
from ..mesh.io.npz import write_arrays
from ..progress import Progress
from ..uv.job import UvInput, UvResult, UvSettings
from .description import describe
from .folder import JobFolder
from .options import LANDMARKS, VERDICT, landmark_options, read_options, verdict_option
from .plain_json import encode_json
from .protocol import Job, computed
from .register import METRICS, RESULT
from .registered_mesh import read_registered


def _read(folder: JobFolder) -> UvInput:
    """source.npz, whose layout target.npz gets; registered.npz may give one of the two lying on the other, and options.npz
    then the verdict on that registration (registered_verdict, JSON text), or else the arrays landmarks_source and
    landmarks_target (N, 3) for registering them."""
    source, target = folder.read_mesh("source.npz"), folder.read_mesh("target.npz")
    registered = read_registered(folder, source, target)
    options = read_options(folder, LANDMARKS | {VERDICT})
    landmarks = landmark_options(options)
    if registered is not None and landmarks is not None:
        raise InputError("There are landmarks for a registration and a registered mesh; give one of the two.")
    judged = verdict_option(options)
    return UvInput(source, target, registered=registered, registered_verdict=judged, landmarks=landmarks)


def compute_uvs(inputs: UvInput, settings: UvSettings, progress: Progress) -> UvResult:
    """The transfer; what it imports comes after the input is read."""
    from ..uv.transfer import transfer_uvs

    return transfer_uvs(inputs, settings, progress)


def describe_uv_result(result: UvResult, settings: UvSettings) -> dict[str, Any]:
    """The JSON-able side of a result: verdict, reasons, metrics, notes, layout_name, settings, versions."""
    return describe(result, settings, "metrics", "notes", "layout_name")


def _files(result: UvResult, described: dict[str, Any]) -> list[tuple[str, bytes]]:
    """result.npz : corner_uvs (C, 2) float32, matched (V,) bool, problem_triangles (T,) bool, all of the target;
    metrics.json."""
    arrays = {name: getattr(result, name) for name in ("corner_uvs", "matched", "problem_triangles")}
    return [(RESULT, write_arrays(arrays)), (METRICS, encode_json(described))]


UV = Job(UvSettings, _read, computed(compute_uvs, describe_uv_result, _files, lambda result: {"result": RESULT}))
