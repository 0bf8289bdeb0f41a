# SPDX-License-Identifier: GPL-3.0-or-later
"""The panel "Rig"."""

import bpy

from ..panel_parts import SidebarPanel, split_column
from . import handles, joint_followers, key_groups, rigged_head


class HEADBRIDGE_UL_keys(bpy.types.UIList):
    """The shape keys of one group of a head, the basis left out."""

    def draw_item(self, _context, layout, _data, item, _icon, _active_data, _active_name, _index):
        self.use_filter_show = True
        split = layout.split(factor=0.55)
        split.prop(item, "name", text="", emboss=False)
        split.prop(item, "value", text="", slider=True)

    def filter_items(self, context, data, name):
        keys = getattr(data, name)
        shown = context.scene.headbridge.key_group
        kinds = _kinds(context.view_layer.objects.active)
        wanted = self.filter_name.lower()
        flags = [
            self.bitflag_filter_item
            if key != data.reference_key
            and shown in key_groups.groups_of(key.name, kinds.get(key.name, ""))
            and wanted in key.name.lower()
            else 0
            for key in keys
        ]
        return flags, key_groups.order([key.name for key in keys])


def _kinds(obj) -> dict[str, str]:
    """What a rigged head counts its keys to, by name."""
    rigged = rigged_head.find(obj)
    if rigged is None:
        return {}
    return {name: kind for kind, names in rigged.facts["keys"].items() for name in names}


class HEADBRIDGE_PT_rig(SidebarPanel, bpy.types.Panel):
    bl_label = "Rig"
    bl_order = 5
    bl_options = {"DEFAULT_CLOSED"}

    def draw(self, context):
        layout = self.layout
        rigged = rigged_head.find(context.view_layer.objects.active)
        if rigged is not None and joint_followers.are_shared(rigged):
            layout.operator("headbridge.own_rig_joints", icon="ERROR")
        column = layout.column(align=True)
        row = column.row(align=True)
        row.operator("headbridge.add_arkit_keys", text="ARKit 52")
        row.operator("headbridge.transfer_expressions", text="Transfer")
        row.operator("headbridge.own_expressions", text="Fit to Face")
        row = column.row(align=True)
        row.operator("headbridge.randomise_rig", icon="FILE_REFRESH")
        row.operator("headbridge.reset_rig", icon="LOOP_BACK")
        if rigged is not None and rigged.head.data.shape_keys is not None:
            _draw_keys(layout, context, rigged.head)


def _draw_keys(layout, context, head) -> None:
    layout.prop(context.scene.headbridge, "key_group", text="")
    keys = head.data.shape_keys
    layout.template_list("HEADBRIDGE_UL_keys", "headbridge", keys, "key_blocks", head, "active_shape_key_index", rows=8)


class HEADBRIDGE_PT_rig_bake(SidebarPanel, bpy.types.Panel):
    bl_label = "Bake"
    bl_parent_id = "HEADBRIDGE_PT_rig"
    bl_options = {"DEFAULT_CLOSED"}

    def draw(self, _context):
        column = self.layout.column(align=True)
        row = column.row(align=True)
        row.operator("headbridge.bake_rig", text="To Mesh", icon="MESH_DATA").what = "MESH"
        row.operator("headbridge.bake_rig", text="Identity").what = "IDENTITY"
        column.operator("headbridge.make_watertight", icon="MOD_FLUIDSIM")


class HEADBRIDGE_PT_rig_handles(SidebarPanel, bpy.types.Panel):
    bl_label = "Handles"
    bl_parent_id = "HEADBRIDGE_PT_rig"

    @classmethod
    def poll(cls, context):
        rigged = rigged_head.find(context.view_layer.objects.active)
        return rigged is not None and handles.are_on(rigged.head)

    def draw(self, context):
        head = rigged_head.find(context.view_layer.objects.active).head
        column = split_column(self.layout, context)
        column.operator("headbridge.read_handles", icon="EYEDROPPER")
        for name in handles.ATTRIBUTES:
            column.prop(head.headbridge.handles, name, slider=True)
        column.label(text="As MakeHuman's artists see them", icon="INFO")
        header, body = self.layout.panel("HEADBRIDGE_PT_rig_features", default_closed=True)
        header.label(text="Features")
        if body is not None:
            column = split_column(body, context)
            for entry in handles.FEATURES:
                column.prop(head.headbridge.handles, entry["name"], slider=True)


CLASSES = (
    HEADBRIDGE_UL_keys,
    HEADBRIDGE_PT_rig,
    HEADBRIDGE_PT_rig_handles,
    HEADBRIDGE_PT_rig_bake,
)


register, unregister = bpy.utils.register_classes_factory(CLASSES)
