"""A fit to a scan as a job: a folder with a scan in, a folder of results out."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ..fitting.scan.job import FitScanInput, FitScanResult, FitScanSettings
from ..mesh.io import encode_mesh
from ..mesh.io.npz import write_arrays
from ..mesh.udim import Tile
from ..progress import Progress
from ..topologies import load_builtin
from .bake import texture_contents
from .fit_output import (
    HEAD,
    REPORT,
    TURNTABLE,
    describe_fit,
    encode_picture,
    head_arrays,
    texture_files,
)
from .plain_json import encode_json, plain_json
from .protocol import Job, computed
from .scan_views import read_scan_folder

MODEL_MESH, DETAIL_MESH = "head_model.obj", "head_detail.obj"


def _describe(result: FitScanResult, settings: FitScanSettings) -> dict[str, Any]:
    landmarks = result.landmarks
    return {
        **result.verdict.plain(),
        **describe_fit(result.fit, settings),
        **plain_json(
            {
                "metrics": result.metrics,
                "notes": result.notes,
                "pose": result.pose,
                "mm_per_unit": result.mm_per_unit,
                "landmarks": {
                    name: {"point": point, "spread_mm": spread, "views": count}
                    for name, point, spread, count in zip(
                        landmarks.names, landmarks.points, landmarks.spread, landmarks.count, strict=True
                    )
                },
            }
        ),
    }


def _files(result: FitScanResult, described: dict[str, Any]) -> Iterator[tuple[str, bytes]]:
    """head.npz : the arrays of every fit (`head_arrays`) and detail (V, 3), the free vertices in the same millimetres.
    head_model.obj, head_detail.obj : both shapes in the scan's frame and unit. texture.png, coverage.png : where there
    is a texture, or one for each tile of the layout; coverage is white where the colours are the
    scan's own. turntable.png, fit.json."""
    template = load_builtin(result.fit.model)
    detail = result.fit.similarity.inverse().apply(result.detail)
    yield HEAD, write_arrays({**head_arrays(result.fit), "detail": detail})
    yield MODEL_MESH, encode_mesh(MODEL_MESH, template.with_vertices(result.fit.vertices))
    yield DETAIL_MESH, encode_mesh(DETAIL_MESH, template.with_vertices(result.detail))
    textures, coverages = _texture_files(result)
    if result.texture is not None:
        yield from texture_contents(textures, coverages, result.texture.images, result.texture.coverages)
    yield TURNTABLE, encode_picture(TURNTABLE, result.turntable)
    yield REPORT, encode_json(described)


def _texture_files(result: FitScanResult) -> tuple[dict[Tile, str], dict[Tile, str]]:
    return ({}, {}) if result.texture is None else texture_files(result.texture.images)


def _names(result: FitScanResult) -> dict[str, Any]:
    textures, coverages = ([*names.values()] for names in _texture_files(result))
    files = {"result": HEAD, "mesh": MODEL_MESH, "detail": DETAIL_MESH, "turntable": TURNTABLE}
    return {**files, "textures": textures, "coverages": coverages}


def _compute(inputs: FitScanInput, settings: FitScanSettings, progress: Progress) -> FitScanResult:
    from ..fitting.scan.fit import fit_scan

    return fit_scan(inputs, settings, progress)


FIT_SCAN = Job(FitScanSettings, read_scan_folder, computed(_compute, _describe, _files, _names))
