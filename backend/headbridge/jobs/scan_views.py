"""Views of a scan for other predictors to look at, and a scan with the dense images that they answered with."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ..errors import InputError
from ..fitting.scan.job import FitScanInput
from ..mesh.io.files import write_files
from ..progress import Progress
from ..settings import device_setting
from .fit_output import encode_picture
from .fit_photo import describe_camera
from .folder import JobFolder
from .options import read_options
from .plain_json import encode_json
from .protocol import Answer, Job, make_output_folder, written

if TYPE_CHECKING:
    # OpenCV takes a moment to load, so naming the job does without.
    from ..fitting.dense_images import DenseImage
    from ..fitting.scan.votes import DenseView
    from ..images import Image

CAMERAS, TRANSFORMS = "cameras.json", "transforms.json"
_IMAGES = (".png", ".exr", ".tif", ".tiff", ".webp")
# Options of a job's folder: texts, and rows of texts.
_TEXTURE, _CAMERA_FILE, _VIEWS, _DENSE, _NORMALS = (
    "texture_file",
    "camera_file",
    "view_names",
    "dense_files",
    "normal_files",
)


@dataclass(frozen=True)
class RenderViewsSettings:
    """Settings of rendering a scan's views."""

    device: str = device_setting()


def read_dense_views(
    folder: str | os.PathLike, cameras: str | os.PathLike | None = None, normals: str | os.PathLike | None = None
) -> tuple[DenseView, ...]:
    """The images of a folder, called as the views of a camera file are: that of `write_views`, fit.json or transforms.json;
    left out, the one in the folder. normals : folder with images of normals, called alike, or None. Views without an
    image are passed over.

    Raises `InputError` where there are no images, and for files that are none."""
    folder = Path(folder)
    if not folder.is_dir():
        raise InputError(f"{folder}: there is no such folder of dense images; see its name.")
    if normals is not None and not Path(normals).is_dir():
        raise InputError(f"{normals}: there is no such folder of normals; see its name.")
    beside = next((folder / name for name in (CAMERAS, TRANSFORMS) if (folder / name).is_file()), None)
    if cameras is None and beside is None:
        raise InputError(
            f"{folder}: the cameras of the images are missing; name {CAMERAS} of the views that they were made of, or copy "
            "it into the folder."
        )
    given = [{} if where is None else _images_in(Path(where)) for where in (folder, normals)]
    return _dense_views(cameras or beside, *given, where=str(folder))


def _images_in(folder: Path) -> dict[str, Path]:
    """The images of a folder by their names without ending; of several endings the first of `_IMAGES`."""
    try:
        found = [path for path in folder.iterdir() if path.suffix.lower() in _IMAGES]
    except OSError as error:
        raise InputError(f"{folder}: the folder cannot be read ({error.strerror}); see its rights.") from None
    found.sort(key=lambda path: _IMAGES.index(path.suffix.lower()), reverse=True)
    return {path.stem: path for path in found}


def _dense_views(
    cameras: str | os.PathLike, uvs: Mapping[str, Path], normals: Mapping[str, Path], where: str
) -> tuple[DenseView, ...]:
    from ..fitting.scan.votes import DenseView
    from .camera_file import read_views, view_name
    from .photo_views import read_dense_image

    images: dict[str, DenseImage] = {}

    def image_of(photo: str) -> DenseImage | None:
        name = view_name(photo)
        if name not in images and name in uvs:
            images[name] = read_dense_image(uvs[name], normals.get(name))
        return images.get(name)

    def size_of(photo: str) -> tuple[int, int] | None:
        image = image_of(photo)
        return None if image is None else (image.valid.shape[1], image.valid.shape[0])

    views = read_views(cameras, size_of)
    found = [DenseView(image, view.camera) for view in views if (image := image_of(view.photo)) is not None]
    if not found:
        such = f", such as {view_name(views[0].photo)}.png" if views else ""
        raise InputError(f"{where}: there is no image that is called like a view of {cameras}{such}.")
    names = [view_name(view.photo) for view in views]
    twice = next((name for name in images if names.count(name) > 1), None)
    if twice is not None:
        raise InputError(
            f"{cameras}: several views are called {twice}, so that it is open which one its image shows; give them names "
            "of their own."
        )
    return tuple(found)


def write_views(
    folder: str | os.PathLike, inputs: FitScanInput, settings: RenderViewsSettings, progress: Progress
) -> list[str]:
    """Write pictures of a scan from all sides, view_00.png and so on, with their cameras, into a folder; the files' names.

    cameras.json : as fit.json has cameras; transforms.json : as NeRF's data have them. Both are in the scan's frame and
    unit."""
    from ..fitting.scan.views import render_views

    views = list(render_views(inputs, settings.device, progress))
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
    return [*names, CAMERAS, TRANSFORMS]


def read_scan_folder(folder: JobFolder) -> FitScanInput:
    """scan.npz; options.npz : texture_file, the name of an image file in the folder, of the scan's UV layout; and of dense
    images camera_file, view_names (N,), the names of N of its views, and of each the files dense_files (N,) and
    normal_files (N,), "" where there is none."""
    options = read_options(folder, {_TEXTURE, _CAMERA_FILE, _VIEWS, _DENSE, _NORMALS})
    return FitScanInput(folder.read_mesh("scan.npz"), _texture(folder, options), _dense_of(folder, options))


def _texture(folder: JobFolder, options: Mapping[str, np.ndarray]) -> Image | None:
    if _TEXTURE not in options:
        return None
    from ..images import read_image

    return read_image(folder.file(_text(options, _TEXTURE)))


def _dense_of(folder: JobFolder, options: Mapping[str, np.ndarray]) -> tuple[DenseView, ...]:
    if _DENSE not in options:
        return ()
    names = _texts(options, _VIEWS)
    uvs, normals = (
        {name: folder.file(file) for name, file in zip(names, _texts(options, kind, len(names))) if file}
        for kind in (_DENSE, _NORMALS)
    )
    return _dense_views(folder.file(_text(options, _CAMERA_FILE)), uvs, normals, "dense images")


def _text(options: Mapping[str, np.ndarray], name: str) -> str:
    found = options.get(name)
    if found is None or found.dtype.kind != "U" or found.ndim:
        raise InputError(f"options.npz should hold {name} as one text.")
    return str(found)


def _texts(options: Mapping[str, np.ndarray], name: str, count: int | None = None) -> Sequence[str]:
    found = options.get(name)
    if found is None or found.dtype.kind != "U" or found.ndim != 1 or count not in (None, len(found)):
        raise InputError(f"options.npz should hold {name} as {'' if count is None else f'{count} '}texts.")
    return found.tolist()


def _write(inputs: FitScanInput, output: Path, settings: RenderViewsSettings, progress: Progress) -> Answer:
    return {"files": write_views(output, inputs, settings, progress)}


RENDER_SCAN_VIEWS = Job(RenderViewsSettings, read_scan_folder, written(_write), "views")
