# SPDX-License-Identifier: GPL-3.0-or-later
"""Transfer an image from one head's UV layout to another's."""

import bpy

from ..bake_session import BakeRequest, BakeSession
from . import missing
from .job_operator import JobOperator, name_of
from .transfer_uvs import chosen_pair, show_target


class HEADBRIDGE_OT_bake_texture(JobOperator, bpy.types.Operator):
    """Transfer the source's image to the target's own UV layout, as a new image inside this file. Esc cancels"""

    bl_idname = "headbridge.bake_texture"
    bl_label = "Bake Texture"
    bl_options = {"REGISTER", "UNDO"}
    task = BakeSession.task
    choices = "bake_settings"
    doing = "Baking"
    needs = (missing.backend, missing.pair("uv_source", "uv_target"), missing.uv_source_image)

    source: bpy.props.StringProperty(
        name="Source", description="Name of the object the image belongs to; the panel's when empty"
    )
    target: bpy.props.StringProperty(
        name="Target", description="Name of the object the new image is for; the panel's when empty"
    )
    image: bpy.props.StringProperty(
        name="Image", description="Name of the image; the panel's, or the source's base colour, when empty"
    )
    source_layer: bpy.props.StringProperty(
        name="Source Layer", description="UV layer of the source the image lies on; found by itself when empty"
    )
    layer: bpy.props.StringProperty(
        name="Target Layer", description="UV layer of the target to bake to; its own one when empty"
    )
    show: bpy.props.BoolProperty(
        name="Show on Target", default=True, description="Show the baked texture on the target"
    )

    def _session(self, context) -> BakeSession:
        scene = context.scene.headbridge
        source, target = chosen_pair(self, context)
        return BakeSession(
            BakeRequest(
                source=source,
                target=target,
                settings=self.chosen(context),
                image=self.given("image", name_of(scene.bake_image)),
                source_layer=self.given("source_layer", scene.bake_source_layer),
                layer=self.given("layer", scene.bake_layer),
                show=self.given("show", scene.bake_show),
            )
        )

    def _complete(self, context, session) -> str:
        context.scene.headbridge.baked = bpy.data.images[session.image_name]
        show_target(context, bpy.data.objects[session.request.target])
        return f"Baked '{session.image_name}'"


CLASSES = (HEADBRIDGE_OT_bake_texture,)
