"""A fit to a scan as a job: a folder with a scan in, a folder of results out."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import InputError
from ..fitting.scan.job import FitScanInput, FitScanResult, FitScanSettings
from ..mesh.io import encode_mesh
from ..mesh.io.files import write_files
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
from .fit_photo import describe_camera
from .folder import JobFolder
from .options import read_options
from .plain_json import encode_json, plain_json
from .protocol import Job, computed, make_output_folder

if TYPE_CHECKING:
    # OpenCV takes a moment to load, so naming the task does without.
    from ..fitting.scan.votes import DenseView
    from ..images import Image

MODEL_MESH, DETAIL_MESH = "head_model.obj", "head_detail.obj"
CAMERAS, TRANSFORMS = "cameras.json", "transforms.json"
_IMAGES = (".png", ".exr", ".tif", ".tiff", ".npz", ".webp")


def read_dense_views(
    folder: str | os.PathLike, cameras: str | os.PathLike | None = None, normals: str | os.PathLike | None = None
) -> tuple[DenseView, ...]:
    """The images of a folder, called as the views of a camera file are: that of `write_views`, fit.json or transforms.json;
    left out, the one in the folder. normals : folder with images of normals, called alike, or None. Views without an
    image are passed over.

    Raises `InputError` where there are no images, and for files that are none."""
    from ..fitting.scan.votes import DenseView
    from .camera_file import read_views
    from .photo_views import read_dense_image

    folder = Path(folder)
    beside = next((folder / name for name in (CAMERAS, TRANSFORMS) if (folder / name).is_file()), folder / CAMERAS)
    found = []
    for view in read_views(cameras or beside):
        stem = Path(view.photo).stem
        files = [_image_of(where, stem) for where in (folder, normals)]
        if files[0] is not None:
            found.append(DenseView(read_dense_image(*files), view.camera))
    if not found:
        raise InputError(f"{folder}: there is no image that is called like a view of {cameras or beside}.")
    return tuple(found)


def _image_of(folder: str | os.PathLike | None, stem: str) -> Path | None:
    if folder is None:
        return None
    return next((path for ending in _IMAGES if (path := Path(folder) / f"{stem}{ending}").is_file()), None)


def write_views(folder: str | os.PathLike, inputs: FitScanInput, settings: FitScanSettings, progress: Progress) -> int:
    """Write pictures of a scan from all sides, view_00.png and so on, with their cameras, into a folder; how many.

    cameras.json : as fit.json has cameras; transforms.json : as NeRF's data have them. Both are in the scan's frame and
    unit."""
    from ..fitting.scan.views import render_views

    views = list(render_views(inputs, settings, progress))
    names = [f"view_{number:02d}.png" for number in range(len(views))]
    cameras = [{"photo": name, "camera": describe_camera(camera)} for name, (_, camera) in zip(names, views)]
    frames = []
    for name, (_, camera) in zip(names, views):
        pose = np.eye(4)
        pose[:3, :3] = camera.rotation.T @ np.diag([1.0, -1.0, -1.0])
        pose[:3, 3] = -camera.rotation.T @ camera.translation
        (fx, _, cx), (_, fy, cy) = camera.matrix[:2]
        frame = {"file_path": name, "transform_matrix": pose, "fl_x": fx, "fl_y": fy, "cx": cx, "cy": cy}
        frames.append({**frame, "w": camera.width, "h": camera.height})
    out = make_output_folder(folder)
    documents = ((CAMERAS, {"views": cameras}), (TRANSFORMS, {"frames": frames}))
    write_files(
        [
            *((out / name, encode_picture(name, picture)) for name, (picture, _) in zip(names, views)),
            *((out / name, encode_json(document)) for name, document in documents),
        ]
    )
    return len(views)


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


def _read(folder: JobFolder) -> FitScanInput:
    """scan.npz; options.npz : texture_file, the name of an image file in the folder, of the scan's UV layout."""
    return FitScanInput(folder.read_mesh("scan.npz"), _read_texture(folder))


def _read_texture(folder: JobFolder) -> Image | None:
    named = read_options(folder, {"texture_file"}).get("texture_file")
    if named is None:
        return None
    if named.dtype.kind != "U" or named.ndim:
        raise InputError(f"options.npz should hold texture_file as one text, not {named.dtype} {named.shape}.")
    from ..images import read_image

    return read_image(folder.file(str(named)))


def _compute(inputs: FitScanInput, settings: FitScanSettings, progress: Progress) -> FitScanResult:
    from ..fitting.scan.fit import fit_scan

    return fit_scan(inputs, settings, progress)


FIT_SCAN = Job(FitScanSettings, _read, computed(_compute, _describe, _files, _names))
