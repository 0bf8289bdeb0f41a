# SPDX-License-Identifier: GPL-3.0-or-later
"""What a fit to photos leaves in the scene: a rigged head with its texture, a camera for every photo with the
landmarks that were found, and the light."""

from __future__ import annotations

from dataclasses import asdict, dataclass

import bpy
import numpy as np

from .. import head_collection, head_library
from ..fits.textured_head import TexturedHeadSession, packed_texture
from ..rig import rigged_head
from ..rig.rigged_head import RiggedHead
from ..texture import live
from . import fit_state, landmark_points, light, part_colours, photo_camera, removal
from .photo_input import PhotoInput, dense_paths
from .pinhole import Pinhole


@dataclass(frozen=True, eq=False)
class FitFiles:
    """pictures : content of the answer's textures, coverages, photos and state by their names. styles : (N, D) of the generator
    that is the texture model; None of a space."""

    pictures: dict[str, bytes]
    styles: np.ndarray | None


class PhotographedHeadSession(TexturedHeadSession):
    """Loads the head of a fit to photos.

    files : the answer's. photos : that were fitted. light : whether to
    add a sun and a world of the light in the first photo. replaced : name of a head whose place this one takes."""

    # Fits take skin to be matte; highlights of a render would come on top of those in the texture.
    matte = True

    def __init__(
        self,
        path: str,
        name: str,
        fit: dict,
        files: FitFiles,
        photos: list[PhotoInput],
        add_light: bool,
        replaced: str,
    ):
        super().__init__(path, name, fit, {name: files.pictures[name] for name in fit["textures"]})
        self._files = files
        self._photos = photos
        self._add_light = add_light
        self._replaced = replaced
        self._found_light: light.SunAndAmbient | None = None

    def _finish(self, answer: dict) -> None:
        super()._finish(answer)
        made = rigged_head.find(bpy.data.objects[self.head_name])
        fit_state.keep(made.head, self._files.pictures[self._fit["state"]])
        self._take_place(made)

    def _note(self, image: bpy.types.Image) -> None:
        head = bpy.data.objects[self.head_name]
        state = head.headbridge
        state.texture, state.texture_layer = image, head.data.uv_layers.active.name
        if self._found_light is not None:
            light.glow(head.material_slots[-1].material, image, self._found_light)
        live.note_fit(image, self._fit["texture_model"], self._files.styles)
        coverages = {name: self._files.pictures[name] for name in self._fit["coverages"]}
        if coverages:
            name = f"{self._name} Coverage"
            state.coverage = packed_texture(self._folder, coverages, name, "Non-Color")

    def _build(self, answer: dict) -> None:
        super()._build(answer)
        made = rigged_head.find(bpy.data.objects[self.head_name])
        photos = head_collection.new(f"{self._name} Photos", made.rig.users_collection[0])
        cameras = [self._add_camera(made, view, photos) for view in self._fit["views"]]
        if self._add_light and self._fit["views"][0]["light"] is not None:
            self._found_light = light.sun_and_ambient(np.array(self._fit["views"][0]["light"], np.float64))
            photos.objects.link(
                light.add_sun(f"{self._name} Sun", self._found_light, cameras[0], made.rig.users_collection[0])
            )
            cameras[0].headbridge.photo_world = light.new_dark_world(f"{self._name} World")
        if self._fit.get("inner_parts"):
            part_colours.wear(made, self._fit["inner_parts"], self._found_light)

    def _add_camera(self, made: RiggedHead, view: dict, photos: bpy.types.Collection) -> bpy.types.Object:
        number = view["number"]
        photo = self._photos[number]
        source = photo.source
        if view["picture"]:
            image = packed_texture(self._folder, {view["picture"]: self._files.pictures[view["picture"]]}, source.label)
        else:
            image = source.show()
        original = asdict(source) if view["picture"] else None
        facts = {"number": number, "source": original, "coefficients": view["coefficients"], "light": view["light"]}
        facts |= dense_paths(photo)
        pinhole = Pinhole.from_json(view["camera"])
        camera = photo_camera.new_camera(f"{source.label} Camera", pinhole, image, facts, bpy.context.scene)
        camera.parent = made.rig
        photos.objects.link(camera)
        by_hand = photo.by_hand.names if photo.by_hand is not None else ()
        names, pixels = _landmarks(view, photo, pinhole.size)
        landmark_points.add(camera, names, pixels, photos, by_hand)
        landmark_points.note_all(camera, {*names, *photo.left_out})
        return camera

    def _take_place(self, made: RiggedHead) -> None:
        """Stand where the head stood that is fitted again, which goes, or beside the other heads of the scene."""
        old = rigged_head.find(bpy.data.objects.get(self._replaced))
        if old is not None:
            made.rig.matrix_world = old.rig.matrix_world
            removal.remove(old)
            removal.take_names(made)
            self.head_name = made.head.name
        else:
            bpy.context.view_layer.update()
            cameras = photo_camera.cameras_of(made)
            corners = [corner for camera in cameras for corner in photo_camera.frame_corners(camera, made.head)]
            head_library.free_place(bpy.context.scene, made.head, made.rig, corners)


def _landmarks(view: dict, photo: PhotoInput, size: tuple[int, int]) -> tuple[list[str], np.ndarray]:
    """Names and (N, 2) pixels of a photo's landmarks: those placed by hand where they were placed, the others as the
    answer has them."""
    found = dict(zip(view["landmarks"]["names"], np.reshape(view["landmarks"]["detected"], (-1, 2))))
    found = {name: place for name, place in found.items() if name not in photo.left_out}
    given = photo.by_hand
    if given is not None:
        found |= zip(given.names, given.points * (np.array(size) / given.size))
    return list(found), np.reshape(list(found.values()), (-1, 2))
