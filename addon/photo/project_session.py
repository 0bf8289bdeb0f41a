# SPDX-License-Identifier: GPL-3.0-or-later
"""A photo projected onto a head of the scene as its texture."""

from __future__ import annotations

import json
from dataclasses import dataclass

import bpy
import numpy as np

from .. import mesh_arrays, uv_display
from ..fits.mesh_session import chosen_object, head_of, read_head
from ..fits.textured_head import packed_texture, read_files
from ..image_files import ImageError
from ..job_files import JobFolder
from ..job_session import JobSession
from ..mesh_arrays import MeshError
from ..new_blocks import taken_back_on_failure
from ..photo_facts import facts_of
from ..rig import rigged_head
from . import photo_camera, pinhole
from .photo_source import PhotoSource
from .pinhole import Pinhole

# Image property: JSON of what the worker answered.
PROJECTION_KEY = "headbridge_projection"


@dataclass(frozen=True, eq=False)
class _View:
    """A photo, its camera, and its light (9 x 3 coefficients) where it is known."""

    source: PhotoSource
    pinhole: Pinhole
    light: list | None


class ProjectTextureSession(JobSession):
    """A running projection of photos onto an object, by name, else onto the active one, as it is posed; the object
    wears the texture when it has succeeded.

    camera : name of the camera that looks through the photo; when empty the active one, else all of those of the head,
    as it was fitted to their photos."""

    task = "project_texture"
    answer_kinds = {"textures": list, "coverages": list}

    def __init__(self, name: str, camera: str, settings: dict, context: bpy.types.Context):
        super().__init__()
        cameras = _cameras(camera, context)
        obj = _head(name, cameras[0])
        self.object_name, self.image_name = obj.name, ""
        mesh_arrays.check_mesh(obj)
        mesh_arrays.check_local(obj)
        self._views = [_view(camera) for camera in cameras]
        self._arrays = read_head(obj)
        if self._arrays.uvs is None:
            raise MeshError(f"'{obj.name}' has no UVs to lay a texture on; unwrap it, or transfer UVs, first.")
        self._layer = obj.data.uv_layers.active.name
        self._label = f"{self._views[0].source.label} on {obj.name}"
        self._start(settings)

    def _write_inputs(self, folder: JobFolder) -> None:
        folder.write_mesh("mesh.npz", self._arrays)
        names = [view.source.write_pixels(folder, f"photo_{k:02d}") for k, view in enumerate(self._views, start=1)]
        folder.write_arrays("options.npz", {"photo_files": np.array(names, np.str_)})
        views = [
            {"photo": name, "camera": view.pinhole.to_json(), "light": view.light}
            for name, view in zip(names, self._views)
        ]
        folder.write_bytes("cameras.json", json.dumps({"views": views}).encode("utf-8"))

    def _finish(self, answer: dict) -> None:
        obj = bpy.data.objects.get(self.object_name)
        if obj is None or not mesh_arrays.same_size(obj.data, self._arrays) or self._layer not in obj.data.uv_layers:
            raise MeshError(f"'{self.object_name}' was edited meanwhile; project the texture again.")
        with taken_back_on_failure():
            image = packed_texture(self._folder, read_files(self._folder, answer["textures"]), self._label)
            covered = read_files(self._folder, answer["coverages"])
            mask = packed_texture(self._folder, covered, f"{self._label} Coverage", "Non-Color")
        image[PROJECTION_KEY] = json.dumps({**answer, "target": obj.name})
        uv_display.wear_bake(obj, image, mask, self._layer, at_once=True)
        self.image_name = image.name


def _cameras(name: str, context: bpy.types.Context) -> list[bpy.types.Object]:
    if name:
        found = bpy.data.objects.get(name)
        if found is None or found.type != "CAMERA":
            raise MeshError(f"There is no camera '{name}'; name one that looks through the photo.")
        return [found]
    rigged = rigged_head.find(context.view_layer.objects.active)
    fitted = photo_camera.cameras_of(rigged) if rigged is not None else []
    return fitted or [photo_camera.active_camera(context)]


def _head(name: str, camera: bpy.types.Object) -> bpy.types.Object:
    """The mesh that is meant: by name, else the active one, else the head that was fitted to the camera's photo."""
    active = bpy.context.view_layer.objects.active
    fitted = photo_camera.head_of(camera)
    if not name and fitted is not None and (active is None or active.type != "MESH"):
        return fitted.head
    return head_of(chosen_object(name, "the head to project onto"))


def _view(camera: bpy.types.Object) -> _View:
    """What a camera sees: its photo, or the background image of a camera the user made."""
    shown = [background.image for background in camera.data.background_images if background.image is not None]
    image = camera.headbridge.photo or next(iter(shown), None)
    if image is None:
        raise ImageError(f"'{camera.name}' has no background image; give it the photo as one first.")
    source = PhotoSource("", image.name)
    source.check_shown()
    facts = facts_of(camera) or {}
    return _View(source, pinhole.read(camera, tuple(image.size)), facts.get("light"))
