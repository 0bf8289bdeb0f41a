# SPDX-License-Identifier: GPL-3.0-or-later
"""The panel "Register": landmarks, vertex groups and all settings of a registration."""

import bpy
from bpy.app.translations import pgettext_iface as iface_

from . import landmark_pairs, settings
from .job_panels import draw_settings
from .operators.register_heads import HEADBRIDGE_OT_register
from .panel_parts import AdvancedPanel, SidebarPanel, draw_job, split_column

# These settings have their place in the panel; the rest is under Settings.
IN_FRONT = ("device",)


class HEADBRIDGE_PT_register(AdvancedPanel, bpy.types.Panel):
    bl_label = "Register"
    bl_order = 1

    def draw(self, context):
        layout, scene = self.layout, context.scene.headbridge
        column = split_column(layout, context)
        column.prop(scene, "source")
        column.prop(scene, "target")
        draw_settings(column, context, HEADBRIDGE_OT_register, IN_FRONT)
        column.prop(scene, "show_after")
        draw_job(layout, "headbridge.register", "MOD_SHRINKWRAP")


class RegisterSubPanel(SidebarPanel):
    bl_parent_id = "HEADBRIDGE_PT_register"
    bl_options = {"DEFAULT_CLOSED"}


class HEADBRIDGE_PT_landmarks(RegisterSubPanel, bpy.types.Panel):
    bl_label = "Landmarks"

    def draw(self, context):
        scene = context.scene.headbridge
        column = split_column(self.layout, context)
        column.prop(scene, "landmarks", text="From")
        if scene.landmarks == "EMPTIES":
            column.prop(scene, "source_landmarks", text="Source")
            column.prop(scene, "target_landmarks", text="Target")
            column.label(text=_pair_count(scene))
        elif scene.landmarks == "VERTEX_GROUPS":
            column.prop(scene, "landmark_prefix")
        elif scene.landmarks == "FILE":
            column.prop(scene, "landmarks_file", text="File")
        if landmark_pairs.demo_pairs_fit(scene.source, scene.target):
            column.operator("headbridge.use_demo_pairs", icon="FILE")
        row = column.row(align=True)
        row.operator("headbridge.pick_pairs", icon="EYEDROPPER")
        row.prop(scene, "mirror_points", text="", icon="MOD_MIRROR")
        row.operator("headbridge.export_pairs", text="", icon="EXPORT")
        row.operator("headbridge.clear_pairs", text="", icon="TRASH")


def _pair_count(scene) -> str:
    counts = [
        sum(o.type == "EMPTY" for o in collection.objects) if collection is not None else 0
        for collection in (scene.source_landmarks, scene.target_landmarks)
    ]
    if counts[0] == counts[1]:
        return iface_("{count} Pairs").format(count=counts[0])
    return iface_("{first} on the source, {second} on the target").format(first=counts[0], second=counts[1])


class HEADBRIDGE_PT_vertex_groups(RegisterSubPanel, bpy.types.Panel):
    bl_label = "Vertex Groups"

    def draw(self, context):
        scene = context.scene.headbridge
        column = split_column(self.layout, context)
        for heading, obj, names in (
            ("Source", scene.source, (("source_exclude_group", "Do Not Match"), ("source_weight_group", "Weight"))),
            ("Target", scene.target, (("target_exclude_group", "Do Not Match"),)),
        ):
            column.label(text=heading)
            for name, text in names:
                if obj is None:
                    row = column.row()
                    row.enabled = False
                    row.prop(scene, name, text=text)
                else:
                    column.prop_search(scene, name, obj, "vertex_groups", text=text)


class HEADBRIDGE_PT_register_settings(RegisterSubPanel, bpy.types.Panel):
    bl_label = "Settings"

    def draw(self, context):
        rest = settings.names("register", without=IN_FRONT)
        draw_settings(split_column(self.layout, context), context, HEADBRIDGE_OT_register, rest)


CLASSES = (
    HEADBRIDGE_PT_register,
    HEADBRIDGE_PT_landmarks,
    HEADBRIDGE_PT_vertex_groups,
    HEADBRIDGE_PT_register_settings,
)


register, unregister = bpy.utils.register_classes_factory(CLASSES)
