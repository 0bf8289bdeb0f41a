# SPDX-License-Identifier: GPL-3.0-or-later
"""A photo projected onto a head of the scene as its texture."""

from __future__ import annotations

import json

import bpy
import numpy as np

from .. import mesh_arrays, uv_display, uv_layers
from ..fits.mesh_session import chosen_object, head_of, read_head
from ..fits.textured_head import packed_texture, read_files
from ..image_files import ImageError
from ..job_files import JobFolder
from ..job_session import JobSession
from ..mesh_arrays import MeshError
from ..new_blocks import taken_back_on_failure
from . import photo_camera, pinhole
from .photo_source import PhotoSource

# Image property: JSON of what the worker answered.
PROJECTION_KEY = "headbridge_projection"


class ProjectTextureSession(JobSession):
    """A running projection onto an object, by name, else onto the active one, as it is posed, through a camera by name,
    else through the one whose photo the user means; the object wears the texture when it has succeeded."""

    task = "project_texture"

    def __init__(self, name: str, camera: str, settings: dict, context: bpy.types.Context):
        super().__init__()
        camera_object = _camera(camera, context)
        obj = _head(name, camera_object)
        self.object_name, self.image_name = obj.name, ""
        mesh_arrays.check_mesh(obj)
        uv_layers.check_local(obj)
        self._image = _photo_of(camera_object)
        self._source = PhotoSource("", self._image.name)
        self._source.check()
        self._view = pinhole.read(camera_object, tuple(self._image.size))
        self._arrays = read_head(obj)
        if self._arrays.uvs is None:
            raise MeshError(f"'{obj.name}' has no UVs to lay a texture on; unwrap it, or transfer UVs, first.")
        self._layer = obj.data.uv_layers.active.name
        self._label = f"{self._source.label} on {obj.name}"
        self._start(settings)

    def _write_inputs(self, folder: JobFolder) -> None:
        folder.write_mesh("mesh.npz", self._arrays)
        options = {
            "photo_file": np.array(self._source.write_pixels(folder, "photo")),
            "camera_matrix": self._view.matrix,
            "camera_rotation": self._view.rotation,
            "camera_translation": self._view.translation,
        }
        folder.write_arrays("options.npz", options)

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


def _camera(name: str, context: bpy.types.Context) -> bpy.types.Object:
    if not name:
        return photo_camera.active_camera(context)
    found = bpy.data.objects.get(name)
    if found is None or found.type != "CAMERA":
        raise MeshError(f"There is no camera '{name}'; name one that looks through the photo.")
    return found


def _head(name: str, camera: bpy.types.Object) -> bpy.types.Object:
    """The mesh that is meant: by name, else the active one, else the head that was fitted to the camera's photo."""
    active = bpy.context.view_layer.objects.active
    fitted = photo_camera.head_of(camera)
    if not name and fitted is not None and (active is None or active.type != "MESH"):
        return fitted.head
    return head_of(chosen_object(name, "the head to project onto"))


def _photo_of(camera: bpy.types.Object) -> bpy.types.Image:
    """The photo a camera looks through, or the background image of a camera the user made."""
    own = camera.headbridge.photo
    shown = [background.image for background in camera.data.background_images if background.image is not None]
    if own is None and not shown:
        raise ImageError(f"'{camera.name}' has no background image; give it the photo as one first.")
    return own or shown[0]
