# SPDX-License-Identifier: GPL-3.0-or-later
"""The panel "Texture" below Look."""

import bpy
from bpy.app.translations import pgettext_iface as iface_

from ..panel_parts import SidebarPanel, draw_job, split_column
from ..preferences import line_characters, wrapped
from . import choices, follow, live
from .basis_session import texture_of
from .properties import slider_of

# So many sliders are shown before all are asked for: of those that are only numbered, beside ones that say what they
# change, or without such.
_FIRST_BESIDE_NAMED, _FIRST_SLIDERS = 6, 12


class HEADBRIDGE_PT_texture(SidebarPanel, bpy.types.Panel):
    bl_label = "Texture"
    bl_parent_id = "HEADBRIDGE_PT_look"
    bl_options = {"DEFAULT_CLOSED"}

    def draw(self, context):
        layout, chosen = self.layout, context.scene.headbridge.texture.texture_basis
        row = split_column(layout, context).row(align=True)
        row.operator_menu_enum("headbridge.choose_texture", "space", text=choices.label_of(chosen.space))
        row.operator("headbridge.open_texture_file", text="", icon="FILE_FOLDER")
        row.operator("headbridge.find_textures", text="", icon="FILE_REFRESH")
        draw_job(layout, "headbridge.new_texture", "TEXTURE")


class TextureSubPanel(SidebarPanel):
    bl_parent_id = "HEADBRIDGE_PT_texture"


class HEADBRIDGE_PT_texture_sliders(TextureSubPanel, bpy.types.Panel):
    bl_label = "Coefficients"

    @classmethod
    def poll(cls, context):
        return texture_of(context.view_layer.objects.active) is not None

    def draw(self, context):
        layout, image = self.layout, texture_of(context.view_layer.objects.active)
        options, state, session = context.scene.headbridge.texture, image.headbridge, context.window_manager.headbridge
        column = layout.column(align=True)
        column.label(text=f"{image.name}, {image.size[0]} px", icon="IMAGE_DATA")
        column.label(text=choices.label_of(state.space), icon="BLANK1")
        row = layout.row(align=True)
        row.enabled = session.task == ""
        row.operator("headbridge.randomise_texture", icon="MOD_NOISE").image = image.name
        row.operator("headbridge.reset_texture", icon="LOOP_BACK").image = image.name
        column = layout.column(align=True)
        column.enabled = session.task == ""
        if state.fitted:
            row = column.split(factor=0.62, align=True)
            row.prop(state, "detail", slider=True)
            row.operator("headbridge.texture_as_fitted", icon="CHECKMARK").image = image.name
            column.separator()
        first = _first(state.coefficients)
        for each in state.coefficients if options.all_sliders else first:
            name = slider_of(each, options.sample_texture.limit)
            column.prop(each, name, text=each.name.capitalize(), slider=True)
        if len(state.coefficients) > len(first):
            layout.prop(
                options, "all_sliders", text=iface_("All {count} Coefficients").format(count=len(state.coefficients))
            )
        _draw_state(layout, context, image)
        if not state.fitted:
            split_column(layout, context).prop(options.sample_texture, "size")
        if not state.fitted or state.draft or follow.is_slow(image):
            draw_job(layout, "headbridge.render_texture", "RENDER_STILL")


def _draw_state(layout, context, image) -> None:
    """Say what the picture is of where that is not what the sliders say."""
    if follow.problem(image):
        box = layout.box()
        column = box.column(align=True)
        column.alert = True
        for number, line in enumerate(wrapped(follow.problem(image), line_characters(context))):
            column.label(text=line, icon="ERROR" if number == 0 else "BLANK1")
        box.operator("headbridge.reload_texture", text="Try Again", icon="FILE_REFRESH").image = image.name
    elif image.is_dirty:
        layout.label(text="Painted on: save or pack it first", icon="INFO")
    elif follow.message(image):
        layout.label(text=follow.message(image), icon="SORTTIME")
    elif follow.is_slow(image) and not live.is_up_to_date(image):
        layout.label(text="Too slow to follow: render it", icon="INFO")
    elif image.headbridge.draft and live.is_up_to_date(image):
        layout.label(text="A coarse picture: render it", icon="INFO")


def _first(coefficients) -> list:
    """The coefficients that are shown before all are asked for."""
    numbered = [each for each in coefficients if each.name[-1:].isdigit()]
    named = [each for each in coefficients if not each.name[-1:].isdigit()]
    return [*numbered[: _FIRST_BESIDE_NAMED if named else _FIRST_SLIDERS], *named]


class HEADBRIDGE_PT_texture_use(TextureSubPanel, bpy.types.Panel):
    bl_label = "Use"
    bl_order = 1

    def draw(self, context):
        layout, fits = self.layout, context.scene.headbridge.fits
        column = layout.column(align=True)
        count = sum(photo.image is not None for photo in fits.photos)
        row = column.row(align=True)
        text = iface_("Fit to {count} Photos with It") if count > 1 else iface_("Fit to Photo with It")
        image = texture_of(context.view_layer.objects.active)
        chosen = context.scene.headbridge.texture.texture_basis.space
        row.operator("headbridge.fit_photo", text=text.format(count=count), icon="IMAGE_DATA").texture = (
            image.headbridge.space if image is not None else chosen
        )
        column.operator("headbridge.export_texture", icon="EXPORT")


class HEADBRIDGE_PT_texture_advanced(TextureSubPanel, bpy.types.Panel):
    bl_label = "Settings"
    bl_order = 4
    bl_options = {"DEFAULT_CLOSED"}

    def draw(self, context):
        column, options = split_column(self.layout, context), context.scene.headbridge.texture
        column.label(text="New Texture")
        for name in ("space", "size", "components"):
            column.prop(options.texture_basis, name)
        column.label(text="Randomise")
        for name in ("seed", "spread", "limit"):
            column.prop(options.sample_texture, name)


CLASSES = (
    HEADBRIDGE_PT_texture,
    HEADBRIDGE_PT_texture_sliders,
    HEADBRIDGE_PT_texture_use,
    HEADBRIDGE_PT_texture_advanced,
)

register, unregister = bpy.utils.register_classes_factory(CLASSES)
