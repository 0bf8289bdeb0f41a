# SPDX-License-Identifier: GPL-3.0-or-later
"""The panels that transfer UV layouts and textures from head to head."""

import bpy
from bpy.app.translations import pgettext_iface as iface_

from . import bake_session, settings, uv_display, uv_layers
from .job_panels import draw_settings
from .operators.bake_texture import HEADBRIDGE_OT_bake_texture
from .operators.transfer_uvs import HEADBRIDGE_OT_transfer_uvs
from .panel_parts import SidebarPanel, draw_job, split_column
from .verdict_panel import draw_verdict

# These settings have their place in the panel; the rest is under Advanced.
IN_FRONT = {"uv": ("method",), "bake": ("size", "padding")}


class HEADBRIDGE_PT_uvs(SidebarPanel, bpy.types.Panel):
    bl_label = "UVs from Another Head"
    bl_parent_id = "HEADBRIDGE_PT_look"
    bl_options = {"DEFAULT_CLOSED"}

    def draw(self, context):
        layout, scene = self.layout, context.scene.headbridge
        column = split_column(layout, context)
        column.prop(scene, "uv_source")
        if scene.uv_source is not None:
            _draw_layer(column, scene, "uv_source_layer", scene.uv_source, uv_layers.active_layer(scene.uv_source.data))
        column.prop(scene, "uv_target")
        draw_settings(column, context, HEADBRIDGE_OT_transfer_uvs, IN_FRONT["uv"])
        column.prop(scene, "uv_show")
        draw_job(layout, "headbridge.transfer_uvs", "UV")


def _draw_layer(column, scene, name: str, obj, otherwise: str) -> None:
    """A picker of an object's UV layers, where there are several, with the layer that is taken when it is empty."""
    if len(obj.data.uv_layers) > 1:
        column.prop_search(scene, name, obj.data, "uv_layers", icon="UV")
        if not getattr(scene, name):
            _draw_hint(column, otherwise, "UV")


def _draw_hint(column, text: str, icon: str) -> None:
    """What an empty picker stands for, under the picker."""
    split = column.split(factor=0.4)
    split.label(text="")
    split.label(text=text, icon=icon)


class UvSubPanel(SidebarPanel):
    bl_parent_id = "HEADBRIDGE_PT_uvs"


class HEADBRIDGE_PT_uv_result(UvSubPanel, bpy.types.Panel):
    bl_label = "On the Target"

    @classmethod
    def poll(cls, context):
        target = context.scene.headbridge.uv_target
        return target is not None and (
            target.headbridge.texture is not None or uv_layers.last_transfer(target.data) is not None
        )

    def draw(self, context):
        layout, target = self.layout, context.scene.headbridge.uv_target
        state, last = target.headbridge, uv_layers.last_transfer(target.data)
        row = layout.row(align=True)
        row.scale_y = 1.2
        for mode, text, _description in uv_display.ITEMS:
            part = row.row(align=True)
            part.enabled = mode != "TEXTURE" or state.texture is not None
            part.operator("headbridge.show_uvs", text=text, depress=state.shown == mode).mode = mode
        if last is not None:
            name, answer = last
            layout.label(text=f"{name}, from {answer['source']}", icon="UV")
            draw_verdict(layout, context, answer, "uv", uv_layers.report_rows(answer))
            layout.operator("headbridge.select_uv_problems", icon="RESTRICT_SELECT_OFF")


class HEADBRIDGE_PT_bake(UvSubPanel, bpy.types.Panel):
    bl_label = "Bake Texture"

    def draw(self, context):
        layout = self.layout
        scene = context.scene.headbridge
        column = split_column(layout, context)
        column.prop(scene, "bake_image")
        if scene.uv_source is not None:
            image, layer = bake_session.image_of(scene.uv_source, scene.bake_image)
            if scene.bake_image is None:
                _draw_hint(column, image.name if image is not None else iface_("None; pick one"), "IMAGE_DATA")
            _draw_layer(column, scene, "bake_source_layer", scene.uv_source, layer)
        if scene.uv_target is not None:
            _draw_layer(column, scene, "bake_layer", scene.uv_target, uv_layers.own_layer(scene.uv_target.data))
        draw_settings(column, context, HEADBRIDGE_OT_bake_texture, IN_FRONT["bake"])
        column.prop(scene, "bake_show")
        draw_job(layout, "headbridge.bake_texture", "RENDER_STILL")


class HEADBRIDGE_PT_bake_result(SidebarPanel, bpy.types.Panel):
    bl_label = "Baked"
    bl_parent_id = "HEADBRIDGE_PT_bake"

    @classmethod
    def poll(cls, context):
        return bake_session.answer_of(context.scene.headbridge.baked) is not None

    def draw(self, context):
        image = context.scene.headbridge.baked
        answer = bake_session.answer_of(image)
        self.layout.label(text=image.name, icon="IMAGE_DATA")
        self.layout.label(text=answer["coverage"], icon="IMAGE_ALPHA")
        draw_verdict(self.layout, context, answer, "bake", bake_session.report_rows(answer))


class HEADBRIDGE_PT_uv_advanced(UvSubPanel, bpy.types.Panel):
    bl_label = "Settings"
    bl_options = {"DEFAULT_CLOSED"}

    def draw(self, context):
        column = split_column(self.layout, context)
        for heading, operator in (("Transfer", HEADBRIDGE_OT_transfer_uvs), ("Bake", HEADBRIDGE_OT_bake_texture)):
            column.label(text=heading)
            task = operator.task
            draw_settings(column, context, operator, settings.names(task, without=IN_FRONT[task]))


CLASSES = (
    HEADBRIDGE_PT_uvs,
    HEADBRIDGE_PT_uv_result,
    HEADBRIDGE_PT_bake,
    HEADBRIDGE_PT_bake_result,
    HEADBRIDGE_PT_uv_advanced,
)


register, unregister = bpy.utils.register_classes_factory(CLASSES)
