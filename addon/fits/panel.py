# SPDX-License-Identifier: GPL-3.0-or-later
"""The panel "Fit", in which the single jobs have their panels that fit, convert and make heads."""

import bpy

from ..panel_parts import AdvancedPanel, split_column


class HEADBRIDGE_PT_fit(AdvancedPanel, bpy.types.Panel):
    bl_label = "Fit"
    bl_order = 2

    def draw(self, context):
        active = context.view_layer.objects.active
        self.layout.label(text=active.name if active is not None else "Nothing is selected", icon="OBJECT_DATA")
        split_column(self.layout, context).prop(context.scene.headbridge.fits, "beside")


CLASSES = (HEADBRIDGE_PT_fit,)


register, unregister = bpy.utils.register_classes_factory(CLASSES)
