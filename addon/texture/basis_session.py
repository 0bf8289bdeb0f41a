# SPDX-License-Identifier: GPL-3.0-or-later
"""A texture with sliders for a head of the scene, and what the sliders of an earlier one need."""

from __future__ import annotations

import bpy

from .. import base_colour, image_files, uv_display
from ..fits.mesh_session import chosen_object, head_of
from ..image_files import ImageError, Meaning
from ..job_session import JobSession
from ..mesh_arrays import MeshError, check_local
from ..new_blocks import taken_back_on_failure
from . import basis, fitted, follow, head_layout, live
from .basis import Basis, BasisKey


class BasisSession(JobSession):
    """Asks for the mean and the components of a texture and keeps them for the sliders."""

    task = "texture_basis"
    answer_kinds = {
        "result": str,
        "tiles": list,
        "labels": list,
        "natural": list,
        "label": str,
        "kind": str,
        "space": str,
    }

    def __init__(self, key: BasisKey):
        super().__init__()
        self._key = key
        self._start(key._asdict())

    def _finish(self, answer: dict) -> None:
        try:
            made = Basis.read(self._folder.path, answer)
        except MemoryError:
            raise ImageError(
                f"{len(answer['labels'])} components of {self._key.size} texels do not fit into memory; take fewer, or "
                "smaller ones."
            ) from None
        self._use(made, answer)

    def _use(self, made: Basis, answer: dict) -> None:
        """Keep the basis and bring what it is for into the scene."""
        raise NotImplementedError


class NewTextureSession(BasisSession):
    """Makes a texture, by the middle of the space or generator, that an object wears, by name, else the active one."""

    def __init__(self, name: str, space: str, size: int, components: int):
        obj = head_of(chosen_object(name, "the head to make a texture for"))
        self.object_name, self.image_name = obj.name, ""
        self._layout = head_layout.recognise(obj)
        check_local(obj)
        super().__init__(BasisKey(space, self._layout.layout, size, components))

    def _use(self, made: Basis, answer: dict) -> None:
        obj = bpy.data.objects.get(self.object_name)
        if obj is None:
            raise MeshError(f"'{self.object_name}' was removed meanwhile; make the texture again.")
        # An edited head no longer has the layout it had.
        if head_layout.recognise(obj).layout != self._layout.layout:
            raise MeshError(f"'{self.object_name}' was edited meanwhile; make the texture again.")
        with taken_back_on_failure():
            middle = live.Drawing("", False, made.tiles, lambda: basis.in_bytes(made.mean))
            files = [self._folder.write_bytes(name, content) for name, content in middle.files().items()]
            image = image_files.read_image(self._folder, files, f"{obj.name} Texture", Meaning(image_files.SRGB))
            self._note(image, answer)
            layer = head_layout.lay(obj, self._layout)
        basis.keep(self._key, made)
        uv_display.wear_bake(obj, image, None, layer, at_once=True)
        self.image_name = image.name

    def _note(self, image: bpy.types.Image, answer: dict) -> None:
        state = image.headbridge
        for label, natural in zip(answer["labels"], answer["natural"]):
            fitted.add_coefficient(image, label, natural)
        state.label, state.kind = answer["label"], answer["kind"]
        for name, value in self._key._asdict().items():
            setattr(state, name, value)
        state.drawn = live.drawn_of(image)


class ReloadBasisSession(BasisSession):
    """Gets what the sliders of an image need, by its name, after Blender has forgotten it."""

    def __init__(self, name: str):
        image = chosen_texture(name)
        self.image_name = image.name
        super().__init__(live.key_of(image))

    def _use(self, made: Basis, answer: dict) -> None:
        image = chosen_texture(self.image_name)
        if [each.name for each in image.headbridge.coefficients] != answer["labels"]:
            raise ImageError(
                f"'{answer['space']}' is another than the one '{image.name}' was made with; make a new texture."
            )
        basis.keep(self._key, made)
        follow.try_again(image)
        follow.moved(image)


def texture_of(obj: bpy.types.Object | None) -> bpy.types.Image | None:
    """The texture with sliders that an object, or the head of an armature, shows, or else was given last; None without
    one."""
    head = head_of(obj) if obj is not None else None
    if head is None or head.type != "MESH":
        return None
    shown = base_colour.texture_of(head)
    images = ([shown[0]] if shown is not None else []) + [head.headbridge.texture]
    return next((image for image in images if live.is_texture(image)), None)


def chosen_texture(name: str) -> bpy.types.Image:
    """The texture with sliders of this name, else the active object's; raises `ImageError`."""
    image = bpy.data.images.get(name) if name else texture_of(bpy.context.view_layer.objects.active)
    if not live.is_texture(image):
        raise ImageError(
            f"'{name}' is no texture with sliders; make one with New Texture."
            if name
            else "The active object has no texture with sliders; select the head, or make one with New Texture."
        )
    return image
