"""The projection of photos on a fitted head as a job: a folder with head, cameras and photos in, textures out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from ..errors import InputError
from ..fitting.photo.projection_job import (
    ProjectedPhoto,
    ProjectTextureInput,
    ProjectTextureResult,
    ProjectTextureSettings,
)
from ..progress import Progress
from .bake import texture_contents
from .camera_file import FiledView, read_views, view_name
from .description import describe
from .fit_output import texture_files
from .folder import JobFolder
from .options import read_options
from .protocol import Job, computed


def _read(folder: JobFolder) -> ProjectTextureInput:
    """The photos for mesh.npz, by the cameras of cameras.json (`read_views`).

    options.npz : photo_files (K,) text, names of image files in the folder."""
    named = read_options(folder, {"photo_files"}).get("photo_files")
    if named is None or named.dtype.kind != "U" or named.ndim != 1 or not named.size:
        raise InputError("options.npz names no photos; give photo_files (K,) as text.")
    photos = read_projected([folder.file(name) for name in named.tolist()], folder.file("cameras.json"))
    return ProjectTextureInput(photos, folder.read_mesh("mesh.npz"))


def compute_projection(
    inputs: ProjectTextureInput, settings: ProjectTextureSettings, progress: Progress
) -> ProjectTextureResult:
    """The projection; what it imports comes after the input is read."""
    from ..fitting.photo.project_texture import project_texture

    return project_texture(inputs, settings, progress)


def describe_projection(result: ProjectTextureResult, settings: ProjectTextureSettings) -> dict[str, Any]:
    """The JSON-able side of a result: metrics, settings, versions."""
    return describe(result, settings, "metrics")


def _files(result: ProjectTextureResult, described: dict[str, Any]) -> Iterator[tuple[str, bytes]]:
    """texture.png and coverage.png, or one of each for each tile of the layout."""
    texture = result.texture
    return texture_contents(*texture_files(texture.images), texture.images, texture.coverages)


def _names(result: ProjectTextureResult) -> dict[str, Any]:
    textures, coverages = texture_files(result.texture.images)
    return {"textures": [*textures.values()], "coverages": [*coverages.values()]}


def read_projected(files: Sequence[str | Path], camera_file: str | Path) -> tuple[ProjectedPhoto, ...]:
    """Photos, each with its view of the camera file: the one of its name, else the one at its place.

    Raises `InputError` when there is none."""
    from ..images import read_photo

    photos = [read_photo(path) for path in files]
    sizes = {view_name(photo.name): (photo.pixels.shape[1], photo.pixels.shape[0]) for photo in photos}
    views = read_views(camera_file, lambda picture: sizes.get(view_name(picture)))
    chosen = [_view_of(photo.name, number, len(photos), views, camera_file) for number, photo in enumerate(photos)]
    return tuple(ProjectedPhoto(photo, view.camera, view.light) for photo, view in zip(photos, chosen, strict=True))


def _view_of(name: str, number: int, count: int, views: list[FiledView], camera_file: str | Path) -> FiledView:
    named = [view for view in views if view.photo == name]
    named = named or [view for view in views if view_name(view.photo) == view_name(name)]
    if len(named) == 1:
        return named[0]
    if len(views) == count:
        return views[number]
    known = ", ".join(view.photo or "(no name)" for view in views)
    raise InputError(
        f"{camera_file}: has {len(views)} views ({known}), but none of '{name}', and there are {count} photos; give "
        "the photos that were fitted."
    )


PROJECT_TEXTURE = Job(ProjectTextureSettings, _read, computed(compute_projection, describe_projection, _files, _names))
