"""A conversion between heads as a job: a mesh in, a head of another topology out."""

from __future__ import annotations

from typing import Any

from ..fitting.job import ConvertResult, ConvertSettings
from ..mesh import Mesh
from ..mesh.io import encode_mesh
from ..mesh.io.npz import write_arrays
from ..progress import Progress
from ..topologies import load_builtin
from .fit_output import DETAIL, HEAD, MESH, REPORT, describe_fit, head_arrays, names_of_fit
from .folder import JobFolder
from .plain_json import encode_json
from .protocol import Job, computed

MODEL_MESH = "model.obj"


def _read(folder: JobFolder) -> Mesh:
    return folder.read_mesh("mesh.npz")


def _compute(mesh: Mesh, settings: ConvertSettings, progress: Progress) -> ConvertResult:
    from ..fitting.convert import convert

    return convert(mesh, settings, progress)


def _describe(result: ConvertResult, settings: ConvertSettings) -> dict[str, Any]:
    return {**result.verdict.plain(), **describe_fit(result.fit, settings)}


def _files(result: ConvertResult, described: dict[str, Any]) -> list[tuple[str, bytes]]:
    template = load_builtin(result.fit.model)
    detail = result.fit.similarity.inverse().apply(result.vertices)
    return [
        (HEAD, write_arrays({**head_arrays(result.fit), DETAIL: detail})),
        (MESH, encode_mesh(MESH, template.with_vertices(result.vertices))),
        (MODEL_MESH, encode_mesh(MODEL_MESH, template.with_vertices(result.fit.vertices))),
        (REPORT, encode_json(described)),
    ]


def _names(result: ConvertResult) -> dict[str, Any]:
    return {**names_of_fit(result.fit), "model_mesh": MODEL_MESH}


CONVERT = Job(ConvertSettings, _read, computed(_compute, _describe, _files, _names))
"""head.obj : the face itself in the other topology. model.obj : the model's head nearest to it. head.npz : that one's
coefficients (`fit_output`), and detail (V, 3), the face itself in millimetres. fit.json : measures of the two against
each other."""
