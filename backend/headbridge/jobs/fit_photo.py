"""A fit to photos of one person as a job: a folder with photos in, a folder of results out."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ..detection.parsing.classes import CLASSES, COLOURS
from ..errors import InputError
from ..fitting.photo.job import (
    DETECTED,
    FitPhotoInput,
    FitPhotoResult,
    FitPhotoSettings,
    FittedView,
    PhotoCamera,
)
from ..images.indexed_png import encode_indexed_png
from ..mesh.io import mtl_writer, obj_writer
from ..mesh.io.files import read_file, write_file, write_files
from ..mesh.io.npz import write_arrays
from ..mesh.udim import Tile
from ..progress import Progress
from ..topologies import load_builtin, load_topology
from .bake import texture_contents
from .fit_output import (
    HEAD,
    MESH,
    REPORT,
    TURNTABLE,
    describe_fit,
    encode_picture,
    head_arrays,
    texture_files,
)
from .folder import JobFolder
from .options import read_options
from .plain_json import encode_json, plain_json
from .protocol import Job, computed
from .texture_model import describe_texture_model, style_files

if TYPE_CHECKING:
    from ..images import Photo
    from ..mesh import Mesh

MATERIALS, PREVIEW, PARSE = "head.mtl", "preview.png", "parse.png"
RELIT, STATE = "relit.png", "state.npz"
PARTS_MESH, PARTS_MATERIALS, PARTS_TEXTURE = "inner_parts.obj", "inner_parts.mtl", "inner_parts.png"
_FILES = ("photo_files", "landmark_files", "mask_files", "pin_files", "dense_files", "normal_files")
_KEPT = "kept_file"
# Blender turns no TIFF file upright.
_TURNED_BY_NOBODY = (".tif", ".tiff")


class _PhotoJob(Job):
    """In a worker's folder it writes `preview.png`, the overlay so far, while it runs. The answer's views name as `picture`
    an upright photo written into the folder where Blender would not show the file as it was fitted."""

    def run(self, folder: JobFolder, settings: FitPhotoSettings, progress: Progress) -> dict[str, Any]:
        inputs = self.read(folder)

        def preview(picture: np.ndarray) -> None:
            write_file(folder.file(PREVIEW), encode_picture(PREVIEW, picture))

        result = _compute(inputs, settings, progress, preview)
        answer = describe_photo_fit(result, settings)
        shown = [
            None if _shown_as_fitted(folder.file(name), view.photo) else f"view_{number:02d}_photo.png"
            for number, (view, name) in enumerate(zip(inputs.views, _file_names(folder)[0]["photo_files"]), start=1)
        ]
        for described in answer["views"]:
            described["picture"] = shown[described["number"]]
        pictures = (
            (shown[number], encode_picture(shown[number], np.round(255.0 * inputs.views[number].photo.pixels)))
            for number in result.used
            if shown[number] is not None
        )
        write_files((folder.file(name), content) for name, content in chain(pictures, photo_files(result, answer)))
        return {**answer, **_names(result)}


def _read(folder: JobFolder) -> FitPhotoInput:
    """options.npz : photo_files (K,) text, names of image files in the folder; landmark_files, mask_files, pin_files,
    dense_files, normal_files (K,) text, the same with "" for none; kept_file text, the `STATE` of an earlier fit, or ""."""
    from .photo_views import read_kept, read_view

    names, kept_name = _file_names(folder)
    views = tuple(
        read_view(*(folder.file(name) if name else None for name in row))
        for row in zip(*(names[key] for key in _FILES), strict=True)
    )
    return FitPhotoInput(views, kept=read_kept(folder.file(kept_name)) if kept_name else None)


def _compute(
    inputs: FitPhotoInput,
    settings: FitPhotoSettings,
    progress: Progress,
    preview: Callable[[np.ndarray], None] | None = None,
) -> FitPhotoResult:
    from ..fitting.photo.fit import fit_photo

    return fit_photo(inputs, settings, progress, preview)


def _names(result: FitPhotoResult) -> dict[str, Any]:
    textures, coverages = ([*files.values()] for files in _texture_files(result))
    overlays, renders, parses = zip(*(_view_files(result, number) for number in range(len(result.views))), strict=True)
    return {
        "result": HEAD,
        "state": STATE,
        "mesh": MESH,
        "textures": textures,
        "coverages": coverages,
        "turntable": None if result.turntable is None else TURNTABLE,
        "overlays": [name for name, view in zip(overlays, result.views) if view.overlay is not None],
        "renders": [name for name, view in zip(renders, result.views) if view.render is not None],
        "parses": [name for name, view in zip(parses, result.views) if view.parse is not None],
    }


def describe_photo_fit(result: FitPhotoResult, settings: FitPhotoSettings) -> dict[str, Any]:
    """The JSON-able side of a result: verdict, reasons, what `describe_fit` gives, `stages`, `texture_model`, and `views`.

    texture_model : as `describe_texture_model` has it.
    classes : names of the numbers in pictures of a parse. inner_parts : sRGB of teeth, gums, irises and whites, None
    without such parts.
    Each view has: number, which of the photos it is, from 0; photo, its name; size (width, height); camera
    (`describe_camera`); light (9, 3) or None; landmarks
    of the 68 by name with their pixels in the photo (detected) and of the head (projected); coefficients of its own;
    metrics."""
    return {
        **result.verdict.plain(),
        **describe_fit(result.fit, settings),
        **plain_json(
            {
                "metrics": result.metrics,
                "notes": result.notes,
                "stages": result.stages,
                "texture_model": describe_texture_model(result.texture_model),
                "classes": CLASSES,
                "inner_parts": None if result.parts is None else result.parts.colours,
                "views": [
                    {"number": number, **_describe_view(view)}
                    for number, view in zip(result.used, result.views, strict=True)
                ],
            }
        ),
    }


def describe_camera(camera: PhotoCamera) -> dict[str, Any]:
    """A camera: K for pixels of which the first one's centre lies at `pixel_centre`; R, t from head.obj's frame (mm) to
    OpenCV's camera axes; the picture's width and height."""
    return {
        "K": camera.matrix,
        "R": camera.rotation,
        "t": camera.translation,
        "width": camera.width,
        "height": camera.height,
        "pixel_centre": 0.5,
    }


def _describe_view(view: FittedView) -> dict[str, Any]:
    camera = view.camera
    own = {name: value for name, value in view.fit.coefficients.items() if name not in ("identity", "root")}
    del own["translation"]
    return {
        "name": view.name,
        "photo": view.name,
        "size": [camera.width, camera.height],
        "camera": describe_camera(camera),
        "light": view.light,
        "landmarks": _describe_landmarks(view),
        "coefficients": own,
        "metrics": view.metrics,
    }


def _describe_landmarks(view: FittedView) -> dict[str, Any]:
    """Of the detector's points, those of the 68 landmarks that they make up; else the landmarks themselves."""
    marks, topology = view.landmarks, load_topology(view.fit.model)
    if marks.order == DETECTED:
        from ..detection.ibug import ibug_weights

        weights = ibug_weights()[:, marks.numbers]
        whole = weights.sum(axis=1) > 1.0 - 1e-9
        places, given = topology.landmarks_51.subset(whole), weights[whole] @ marks.given
    else:
        places, given = topology.landmarks_68.subset(marks.numbers), marks.given
    camera = view.camera
    seen = (places.evaluate(view.fit.vertices) @ camera.rotation.T + camera.translation) @ camera.matrix.T
    return {"names": places.names, "detected": given, "projected": seen[:, :2] / seen[:, 2:]}


def photo_files(result: FitPhotoResult, described: dict[str, Any]) -> Iterator[tuple[str, bytes]]:
    """Name and content of the result's files, one by one.

    head.npz : the arrays of every fit (`head_arrays`), of the first photo's head. head.obj, head.mtl : that head in
    millimetres, upright at the origin, with its texture. texture.png, coverage.png : or one for each tile of the
    layout; coverage is white where the colours are the photo's own. styles.npz : styles (N, D) of the generator's layers,
    where the texture model is one. overlay.png, render.png : the head drawn over the
    photo, and alone, transparent around it; of several photos `view_01_overlay.png` and so on. parse.png : indexed, what
    each of the photo's pixels shows. inner_parts.obj, inner_parts.mtl, inner_parts.png : teeth, gums, tongue and perhaps
    eyes, where the fit has them, in head.obj's frame. turntable.png, relit.png (the head under other lights), fit.json.
    state.npz : what the same photos are fitted again from (`KeptFit.arrays`).
    A fit to landmarks alone has no texture, render, parse, turntable or relit head."""
    from ..images import encode_image

    mesh = load_builtin(result.fit.model).with_vertices(result.fit.vertices)
    textures, coverages = _texture_files(result)
    yield HEAD, write_arrays(head_arrays(result.fit))
    yield MESH, obj_writer.encode(mesh, MATERIALS if textures else "")
    if textures:
        yield MATERIALS, mtl_writer.encode(_pictures_of_materials(mesh, textures))
    if result.texture is not None:
        yield from texture_contents(textures, coverages, result.texture.images, result.texture.coverages)
    for number, view in enumerate(result.views):
        overlay, render, parse = _view_files(result, number)
        for name, picture in ((overlay, view.overlay), (render, view.render)):
            if picture is not None:
                yield name, encode_picture(name, picture)
        if view.parse is not None:
            yield parse, encode_indexed_png(view.parse, COLOURS)
    if result.turntable is not None:
        yield TURNTABLE, encode_picture(TURNTABLE, result.turntable)
    if result.relit is not None:
        yield RELIT, encode_picture(RELIT, result.relit)
    yield from style_files(result.texture_model)
    if result.parts is not None:
        yield PARTS_MESH, obj_writer.encode(result.parts.mesh.with_vertices(result.parts.upright), PARTS_MATERIALS)
        yield PARTS_MATERIALS, mtl_writer.encode(dict.fromkeys(result.parts.mesh.material_names, PARTS_TEXTURE))
        yield PARTS_TEXTURE, encode_image(PARTS_TEXTURE, result.parts.image)
    yield STATE, write_arrays(result.kept.arrays())
    yield REPORT, encode_json(described)


def _texture_files(result: FitPhotoResult) -> tuple[dict[Tile, str], dict[Tile, str]]:
    return ({}, {}) if result.texture is None else texture_files(result.texture.images)


def _view_files(result: FitPhotoResult, number: int) -> tuple[str, str, str]:
    """The names of a view's overlay, render and parse."""
    start = f"view_{result.used[number] + 1:02d}_" if len(result.views) > 1 else ""
    return f"{start}overlay.png", f"{start}render.png", f"{start}{PARSE}"


def _pictures_of_materials(mesh: Mesh, textures: dict[Tile, str]) -> dict[str, str]:
    """Every material's texture: that of the tile its first face lies in."""
    first = [int(np.argmax(mesh.face_materials == number)) for number in range(len(mesh.material_names))]
    tiles = np.floor(mesh.uvs[mesh.face_starts[first]]).astype(int).tolist()
    return {name: textures.get(tuple(tile), "") for name, tile in zip(mesh.material_names, tiles, strict=True)}


def _file_names(folder: JobFolder) -> tuple[dict[str, list[str]], str]:
    """The names of the photos' files by option, and that of the kept state."""
    options = read_options(folder, {*_FILES, _KEPT})
    photos = options.get("photo_files")
    if photos is None or not photos.size:
        raise InputError("options.npz names no photos; give photo_files.")
    names = {}
    for key in sorted(_FILES):
        array = options.get(key, np.full(photos.shape, ""))
        if array.dtype.kind != "U" or array.ndim != 1 or array.shape != photos.shape:
            raise InputError(f"options.npz should hold {key} as {len(photos)} texts, not {array.dtype} {array.shape}.")
        names[key] = array.tolist()
    kept = options.get(_KEPT, np.array(""))
    if kept.dtype.kind != "U" or kept.shape != ():
        raise InputError(f"options.npz should hold {_KEPT} as one text, not {kept.dtype} {kept.shape}.")
    return names, str(kept)


def _shown_as_fitted(path: Path, photo: Photo) -> bool:
    """Whether the file's stored pixels are the photo's, in 8 bits and upright."""
    from ..images import codec

    if path.suffix.lower() in _TURNED_BY_NOBODY:
        return False
    values = codec.decode(read_file(path))
    same = values is not None and values.dtype == np.uint8 and values.shape == photo.pixels.shape
    return same and np.array_equal(values, np.round(255.0 * photo.pixels).astype(np.uint8))


FIT_PHOTO = _PhotoJob(FitPhotoSettings, _read, computed(_compute, describe_photo_fit, photo_files, _names))
