# SPDX-License-Identifier: GPL-3.0-or-later
"""The panel "Rig" of the sidebar tab."""

import bpy

from .. import settings
from ..panel_parts import SidebarPanel, draw_job, split_column
from ..preferences import draw_error, draw_progress
from . import joint_followers, rigged_head

ADD_TASKS = {"head_model"}
OTHER_TASKS = {"fitted_head", "arkit_keys", "transfer_keys"}
RIG_TASKS = ADD_TASKS | OTHER_TASKS
RIG_OPERATORS = {
    "HEADBRIDGE_OT_add_rigged_head",
    "HEADBRIDGE_OT_load_fit",
    "HEADBRIDGE_OT_add_arkit_keys",
    "HEADBRIDGE_OT_transfer_expressions",
    "HEADBRIDGE_OT_randomise_rig",
    "HEADBRIDGE_OT_reset_rig",
    "HEADBRIDGE_OT_own_rig_joints",
    "HEADBRIDGE_OT_bake_rig",
    "HEADBRIDGE_OT_make_watertight",
    "HEADBRIDGE_OT_export_head",
}


class HEADBRIDGE_PT_rig(SidebarPanel, bpy.types.Panel):
    bl_label = "Rig"
    bl_options = {"DEFAULT_CLOSED"}

    def draw(self, context):
        layout, session = self.layout, context.window_manager.headbridge
        column = split_column(layout, context)
        for name in settings.names("head_model"):
            column.prop(context.scene.headbridge.rig_settings, name)
        draw_job(layout, context, "headbridge.add_rigged_head", "OUTLINER_OB_ARMATURE", ADD_TASKS)
        layout.operator("headbridge.load_fit", icon="FILE_FOLDER")
        if session.error_of in RIG_OPERATORS:
            draw_error(layout, context)


class RigSubPanel(SidebarPanel):
    bl_parent_id = "HEADBRIDGE_PT_rig"


class HEADBRIDGE_PT_rig_head(RigSubPanel, bpy.types.Panel):
    bl_label = "Active Head"

    @classmethod
    def poll(cls, context):
        obj = context.view_layer.objects.active
        return obj is not None and (obj.type == "MESH" or rigged_head.find(obj) is not None)

    def draw(self, context):
        layout, session = self.layout, context.window_manager.headbridge
        obj = context.view_layer.objects.active
        rigged = rigged_head.find(obj)
        column = layout.column(align=True)
        column.label(text=obj.name if rigged is None else rigged.head.name, icon="USER")
        if rigged is not None:
            column.label(text=rigged.facts["label"], icon="BLANK1")
            if joint_followers.are_shared(rigged):
                layout.operator("headbridge.own_rig_joints", icon="ERROR")
        if session.task in OTHER_TASKS:
            draw_progress(layout, session)
        column = layout.column(align=True)
        row = column.row(align=True)
        row.operator("headbridge.randomise_rig", icon="FILE_REFRESH")
        row.operator("headbridge.reset_rig", icon="LOOP_BACK")
        column = layout.column(align=True)
        column.operator("headbridge.add_arkit_keys", icon="SHAPEKEY_DATA")
        column.operator("headbridge.transfer_expressions", icon="PASTEDOWN")
        column = layout.column(align=True)
        row = column.row(align=True)
        row.operator("headbridge.bake_rig", text="Bake to Mesh", icon="MESH_DATA").what = "MESH"
        row.operator("headbridge.bake_rig", text="Bake Identity").what = "IDENTITY"
        column.operator("headbridge.make_watertight", icon="MOD_FLUIDSIM")
        column.operator("headbridge.export_head", icon="EXPORT")


class HEADBRIDGE_PT_rig_sliders(RigSubPanel, bpy.types.Panel):
    bl_label = "Sliders"

    @classmethod
    def poll(cls, context):
        rigged = rigged_head.find(context.view_layer.objects.active)
        return rigged is not None and rigged.head.data.shape_keys is not None

    def draw(self, context):
        head = rigged_head.find(context.view_layer.objects.active).head
        self.layout.template_list(
            "MESH_UL_shape_keys",
            "headbridge",
            head.data.shape_keys,
            "key_blocks",
            head,
            "active_shape_key_index",
            rows=8,
        )
        key = head.active_shape_key
        if key is not None and key != head.data.shape_keys.reference_key:
            self.layout.prop(key, "value", text=key.name, slider=True)


CLASSES = (HEADBRIDGE_PT_rig, HEADBRIDGE_PT_rig_head, HEADBRIDGE_PT_rig_sliders)


register, unregister = bpy.utils.register_classes_factory(CLASSES)
