# SPDX-License-Identifier: GPL-3.0-or-later
"""What an operator still needs before its button in the sidebar can be pressed.

A button gives its operator no arguments, so what it works on has to be picked or selected. Scripts name it instead, so
nothing is asked of them.
"""

from __future__ import annotations

from collections.abc import Callable

import bpy
from bpy.app.translations import pgettext_tip as tip_

from .. import bake_session, base_colour, job_runner, paths, result_object, uv_layers
from ..fits import landmark_empties
from ..fits.mesh_session import head_of
from ..motion.performance import mesh_of
from ..photo.photo_camera import find as find_camera
from ..rig import rigged_head
from ..texture.basis_session import texture_of

NO_BACKEND = "Set up the backend first, in the add-on's preferences"


def poll(operator: type, context: bpy.types.Context) -> bool:
    """Whether an operator can start; says what is missing where it is asked for a button."""
    region = context.region
    if region is None or region.type != "UI":
        return True
    text = of(operator, context)
    return refuse(operator, text) if text else True


def refuse(operator: type, text: str) -> bool:
    """Let a greyed-out button say why, in the user's language; returns what its `poll` has to."""
    operator.poll_message_set(tip_(text))
    return False


def of(operator: type, context: bpy.types.Context) -> str:
    """What an operator needs and has not, in the order in which a user would meet it; empty when nothing is missing."""
    return next((text for need in operator.needs if (text := need(context))), "")


class Asked:
    """An operator of the sidebar that is no job; `needs` are functions of this module."""

    needs = ()

    @classmethod
    def poll(cls, context):
        return poll(cls, context)


def _active(context) -> bpy.types.Object | None:
    return context.view_layer.objects.active


def _head(context) -> bpy.types.Object | None:
    """The active mesh, or the mesh of the active rig."""
    head = head_of(_active(context)) if _active(context) is not None else None
    return head if head is not None and head.type == "MESH" else None


def end_of_another(context) -> str:
    """That what runs has to end first: a set-up takes minutes, and is no job of the user's."""
    if job_runner.running() is None:
        return ""
    if context.window_manager.headbridge.task == "SETUP":
        return "The backend is being set up; jobs can start when that has ended"
    return "Another job is running"


def backend(_context) -> str:
    return "" if paths.has_backend() else NO_BACKEND


def mesh(otherwise: str) -> Callable[[bpy.types.Context], str]:
    return lambda context: "" if _head(context) is not None else otherwise


def pair(source: str, target: str) -> Callable[[bpy.types.Context], str]:
    """Two picked objects, or two selected meshes where none is picked."""

    def missing(context) -> str:
        scene = context.scene.headbridge
        picked = getattr(scene, source), getattr(scene, target)
        if picked == (None, None):
            meshes = [obj for obj in context.selected_objects if obj.type == "MESH"]
            return "" if len(meshes) == 2 else "Pick the source and the target first"
        if None in picked:
            return "Pick the source first" if picked[0] is None else "Pick the target first"
        return "Source and target are the same object; pick two" if picked[0] == picked[1] else ""

    return missing


def two_heads(context) -> str:
    meshes = [obj for obj in context.selected_objects if obj.type == "MESH"]
    return "" if len(meshes) == 2 else "Select two heads: first the one with the expressions, then the one to get them"


def photos(context) -> str:
    photos = context.scene.headbridge.fits.photos
    return "" if any(photo.image is not None for photo in photos) else "Add a photo first"


def photo_camera(context) -> str:
    found = find_camera(context)
    return "" if found is not None else "Select a head that was fitted to a photo, or a photo's camera, first"


def empties(context) -> str:
    count = sum(obj.type == "EMPTY" for obj in context.selected_objects)
    enough = count >= landmark_empties.LEAST
    return "" if enough else "Select at least 4 empties first, named by landmark or numbered"


def uvs(context) -> str:
    head = _head(context)
    return "" if head is None or head.data.uv_layers else "The head has no UVs; unwrap it, or transfer UVs, first"


def texture(context) -> str:
    head = _head(context)
    return "" if head is not None and base_colour.texture_of(head) else "Select a head that shows a texture first"


def sliders(context) -> str:
    return "" if texture_of(_active(context)) is not None else "Select a head with a texture of New Texture first"


def space(context) -> str:
    space = context.scene.headbridge.texture.texture_basis.space
    return "" if space else "Choose a texture space or generator first"


def rig(context) -> str:
    found = rigged_head.find(_active(context))
    return "" if found is not None else "Select a head with a rig first"


def performance(context) -> str:
    return "" if mesh_of(_active(context)) is not None else "Select a head that Import has made first"


def uv_source_image(context) -> str:
    scene = context.scene.headbridge
    if scene.uv_source is None or bake_session.image_of(scene.uv_source, scene.bake_image)[0] is not None:
        return ""
    return "The source shows no picture; pick the image to transfer"


def transferred(context) -> str:
    target = context.scene.headbridge.uv_target or _head(context)
    if target is not None and uv_layers.last_transfer(target.data) is not None:
        return ""
    return "Transfer UVs to this head first"


def uv_target(context) -> str:
    return "" if (context.scene.headbridge.uv_target or _head(context)) is not None else "Pick the target first"


def result(context) -> str:
    for obj in (_active(context), context.scene.headbridge.result):
        if result_object.answer_of(obj) is not None:
            return ""
    return "Register two heads first, or select a result"


def selection_or_folder(context) -> str:
    batch = context.scene.headbridge.batch
    if batch.heads == "FOLDER":
        return "" if batch.folder else "Choose the folder of the heads first"
    return "" if any(obj.type == "MESH" for obj in context.selected_objects) else "Select the heads, meshes, first"


def table(context) -> str:
    return "" if context.window_manager.headbridge.batch.rows else "Run a batch, or show one, first"


def points(context) -> str:
    scene = context.scene.headbridge
    if scene.source is None or scene.target is None or scene.source == scene.target:
        return "Pick two different objects as source and target first"
    return ""
