# SPDX-License-Identifier: GPL-3.0-or-later
"""What an operator still needs before its button in the sidebar can be pressed.

A button gives its operator no arguments, so what it works on has to be picked or selected. Scripts name it instead, so
nothing is asked of them.
"""

from __future__ import annotations

from collections.abc import Callable

import bpy
from bpy.app.translations import pgettext_tip as tip_

from .. import bake_session, base_colour, paths, result_object, uv_layers
from ..fits import landmark_empties
from ..fits.mesh_session import head_of
from ..motion import performance
from ..photo import photo_camera
from ..rig import rigged_head
from ..texture.basis_session import texture_of

NO_BACKEND = "Set up the backend first, in the add-on's preferences"


def poll(operator: type, context: bpy.types.Context) -> bool:
    """Whether an operator can start; says what is missing where it is asked for a button."""
    region = context.region
    if region is None or region.type != "UI":
        return True
    text = of(operator.bl_idname, context)
    return refuse(operator, text) if text else True


def refuse(operator: type, text: str) -> bool:
    """Let a greyed-out button say why, in the user's language; returns what its `poll` has to."""
    operator.poll_message_set(tip_(text))
    return False


def of(name: str, context: bpy.types.Context) -> str:
    """What an operator (its idname) needs and has not; empty when nothing is missing."""
    needs = _NEEDS.get(name.removeprefix("headbridge."), ())
    return next((text for need in needs if (text := need(context))), "")


class Asked:
    """An operator of the sidebar that is no job."""

    @classmethod
    def poll(cls, context):
        return poll(cls, context)


def _active(context) -> bpy.types.Object | None:
    return context.view_layer.objects.active


def _head(context) -> bpy.types.Object | None:
    """The active mesh, or the mesh of the active rig."""
    head = head_of(_active(context)) if _active(context) is not None else None
    return head if head is not None and head.type == "MESH" else None


def _backend(_context) -> str:
    return "" if paths.has_backend() else NO_BACKEND


def _mesh(otherwise: str) -> Callable[[bpy.types.Context], str]:
    return lambda context: "" if _head(context) is not None else otherwise


def _pair(source: str, target: str) -> Callable[[bpy.types.Context], str]:
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


def _two_heads(context) -> str:
    meshes = [obj for obj in context.selected_objects if obj.type == "MESH"]
    return "" if len(meshes) == 2 else "Select two heads: first the one with the expressions, then the one to get them"


def _photos(context) -> str:
    photos = context.scene.headbridge.fits.photos
    return "" if any(photo.image is not None for photo in photos) else "Add a photo first"


def _photo_camera(context) -> str:
    found = photo_camera.find(context)
    return "" if found is not None else "Select a head that was fitted to a photo, or a photo's camera, first"


def _empties(context) -> str:
    count = sum(obj.type == "EMPTY" for obj in context.selected_objects)
    enough = count >= landmark_empties.LEAST
    return "" if enough else "Select at least 4 empties first, named by landmark or numbered"


def _uvs(context) -> str:
    head = _head(context)
    return "" if head is None or head.data.uv_layers else "The head has no UVs; unwrap it, or transfer UVs, first"


def _texture(context) -> str:
    head = _head(context)
    return "" if head is not None and base_colour.texture_of(head) else "Select a head that shows a texture first"


def _sliders(context) -> str:
    return "" if texture_of(_active(context)) is not None else "Select a head with a texture of New Texture first"


def _space(context) -> str:
    space = context.scene.headbridge.texture.texture_basis.space
    return "" if space else "Choose a texture space or generator first"


def _rig(context) -> str:
    found = rigged_head.find(_active(context))
    return "" if found is not None else "Select a head with a rig first"


def _performance(context) -> str:
    return "" if performance.mesh_of(_active(context)) is not None else "Select a head that Import has made first"


def _uv_source_image(context) -> str:
    scene = context.scene.headbridge
    if scene.uv_source is None or bake_session.image_of(scene.uv_source, scene.bake_image)[0] is not None:
        return ""
    return "The source shows no picture; pick the image to carry over"


def _transferred(context) -> str:
    target = context.scene.headbridge.uv_target or _head(context)
    if target is not None and uv_layers.last_transfer(target.data) is not None:
        return ""
    return "Transfer UVs to this head first"


def _uv_target(context) -> str:
    return "" if (context.scene.headbridge.uv_target or _head(context)) is not None else "Pick the target first"


def _result(context) -> str:
    for obj in (_active(context), context.scene.headbridge.result):
        if result_object.answer_of(obj) is not None:
            return ""
    return "Register two heads first, or select a result"


def _selection_or_folder(context) -> str:
    batch = context.scene.headbridge.batch
    if batch.heads == "FOLDER":
        return "" if batch.folder else "Choose the folder of the heads first"
    return "" if any(obj.type == "MESH" for obj in context.selected_objects) else "Select the heads, meshes, first"


def _table(context) -> str:
    return "" if context.window_manager.headbridge.batch.rows else "Run a batch, or show one, first"


def _points(context) -> str:
    scene = context.scene.headbridge
    if scene.source is None or scene.target is None or scene.source == scene.target:
        return "Pick two different objects as source and target first"
    return ""


# By the operator's name: conditions in the order in which a user would meet them.
_NEEDS: dict[str, tuple[Callable[[bpy.types.Context], str], ...]] = {
    "register": (_backend, _pair("source", "target")),
    "transfer_uvs": (_backend, _pair("uv_source", "uv_target")),
    "bake_texture": (_backend, _pair("uv_source", "uv_target"), _uv_source_image),
    "fit_mesh": (_backend, _mesh("Select the mesh to fit first")),
    "fit_scan": (_backend, _mesh("Select the scan, a mesh, first")),
    "convert_head": (_backend, _mesh("Select the head to convert first")),
    "fit_landmarks": (_backend, _empties),
    "fit_landmarks_file": (_backend,),
    "sample_heads": (_backend,),
    "add_rigged_head": (_backend,),
    "load_fit": (_backend,),
    "fit_photo": (_backend, _photos),
    "refit_photo": (_backend, _photo_camera),
    "project_texture": (_backend, _photo_camera, _uvs),
    "new_texture": (_backend, _mesh("Select a head first"), _uvs, _space),
    "complete_texture": (_backend, _texture),
    "fit_texture": (_backend, _texture, _space),
    "render_texture": (_backend, _sliders),
    "reload_texture": (_backend,),
    "find_textures": (_backend,),
    "add_arkit_keys": (_backend, _mesh("Select a head first")),
    "transfer_expressions": (_backend, _two_heads),
    "own_expressions": (_backend, _rig),
    "import_sequence": (_backend,),
    "track_video": (_backend,),
    "fit_sequence": (_backend,),
    "export_arkit_table": (_backend, _performance),
    "batch": (_backend, _selection_or_folder),
    "examine": (_backend,),
    "compare": (_result,),
    "use_demo_pairs": (_points,),
    "look_through_photo": (_photo_camera,),
    "pose_like_photo": (_photo_camera,),
    "render_like_photo": (_photo_camera,),
    "clear_photo_landmarks": (_photo_camera,),
    "randomise_texture": (_sliders,),
    "reset_texture": (_sliders,),
    "texture_as_fitted": (_sliders,),
    "export_texture": (_texture,),
    "show_uvs": (_uv_target,),
    "select_uv_problems": (_transferred,),
    "open_batch_result": (_table,),
    "show_batch_report": (_table,),
}
