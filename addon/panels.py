# SPDX-License-Identifier: GPL-3.0-or-later
"""The sidebar tab "HeadBridge": one path from a photo, a scan or a head to a file, and the single jobs below it.

What is shown follows the active object; the status line on top is always as high.
"""

import bpy
from bpy.app.translations import pgettext_iface as iface_

from . import comparison, head_library, model_terms, result_object
from .fits import fitted_head
from .panel_parts import SidebarPanel, draw_job, draw_status, is_idle, split_column
from .photo import landmark_points, photo_camera
from .preferences import line_characters, wrapped
from .verdict_panel import draw_verdict

# How the views of a result stand in the panel.
_VIEWS = ("RESULT", "TARGET", "OVERLAY", "SWIPE", "SIDE_BY_SIDE", "HEAT_MAP")


class HEADBRIDGE_PT_main(SidebarPanel, bpy.types.Panel):
    bl_label = "HeadBridge"
    bl_order = 0

    def draw_header_preset(self, _context):
        row = self.layout.row(align=True)
        row.operator("headbridge.back_to_view", text="", icon="LOOP_BACK", emboss=False)
        row.operator("headbridge.show_help", text="", icon="HELP", emboss=False)
        row.operator("headbridge.show_preferences", text="", icon="PREFERENCES", emboss=False)

    def draw(self, context):
        draw_status(self.layout, context)
        _draw_terms(self.layout, context)


def _draw_terms(layout, context) -> None:
    """The terms of a model of others that a job asked for, until they are accepted."""
    waiting = model_terms.waiting()
    if not waiting:
        return
    box = layout.box()
    column = box.column(align=True)
    for text in waiting:
        for number, line in enumerate(wrapped(text, line_characters(context))):
            column.label(text=line, icon="BLANK1" if number else "INFO")
    box.operator("headbridge.accept_terms", icon="CHECKMARK")


class HEADBRIDGE_PT_start(SidebarPanel, bpy.types.Panel):
    bl_label = "Start"
    bl_order = 1

    def draw(self, context):
        column = self.layout.column(align=True)
        column.enabled = is_idle(context)
        row = column.row(align=True)
        row.operator("headbridge.add_photos", text="Photo...", icon="IMAGE_DATA")
        row.operator("headbridge.open_head", text="Scan...", icon="USER").kind = "SCAN"
        row.operator("headbridge.open_head", text="Result...", icon="FILE_FOLDER").kind = "RESULT"
        grid = column.grid_flow(row_major=True, columns=3, even_columns=True, align=True)
        for kind, head in head_library.HEADS.items():
            grid.operator("headbridge.add_head", text=head.label).kind = kind
        grid.operator("headbridge.track_video", text="Video...", icon="FILE_MOVIE")


class HEADBRIDGE_PT_input(SidebarPanel, bpy.types.Panel):
    bl_label = "Input"
    bl_order = 2

    def draw(self, context):
        layout, scene = self.layout, context.scene.headbridge
        layout.row().prop(scene, "input", expand=True)
        {"PHOTOS": _draw_photos, "SCAN": _draw_scan, "PAIR": _draw_pair}[scene.input](layout, context)
        text = "Register" if scene.input == "PAIR" else "Create Head"
        draw_job(layout, "headbridge.create_head", "PLAY", text)


def _draw_photos(layout, context) -> None:
    fits = context.scene.headbridge.fits
    column = layout.column(align=True)
    column.enabled = is_idle(context)
    if not fits.photos:
        column.operator("headbridge.add_photos", icon="ADD")
    for number, photo in enumerate(fits.photos):
        row = column.row(align=True)
        row.prop(photo, "image", text="")
        row.operator("headbridge.remove_photo", text="", icon="X").index = number
        row.operator("headbridge.edit_photo_landmarks", text="", icon="EMPTY_AXIS").index = number
        if number == len(fits.photos) - 1:
            row.operator("headbridge.add_photos", text="", icon="ADD")
    column = split_column(layout, context)
    column.prop(fits.fit_photo, "model", text="Head")
    column.prop(context.scene.headbridge, "quality")


def _draw_scan(layout, context) -> None:
    scene, active = context.scene.headbridge, context.view_layer.objects.active
    is_mesh = active is not None and active.type == "MESH"
    layout.label(text=active.name if is_mesh else "Select the scan", icon="MESH_DATA" if is_mesh else "INFO")
    column = split_column(layout, context)
    column.prop(scene.fits.fit_scan, "model", text="Head")
    column.prop(scene, "quality")
    column.prop(scene.fits, "beside")


def _draw_pair(layout, context) -> None:
    scene = context.scene.headbridge
    column = split_column(layout, context)
    column.prop(scene, "source")
    column.prop(scene, "target")


class HEADBRIDGE_PT_check(SidebarPanel, bpy.types.Panel):
    bl_label = "Check"
    bl_order = 3

    @classmethod
    def poll(cls, context):
        return _result(context) is not None or fitted_head.answer_of(context.view_layer.objects.active) is not None

    def draw(self, context):
        layout, active, result = self.layout, context.view_layer.objects.active, _result(context)
        fitted = fitted_head.answer_of(active)
        if fitted is not None:
            draw_verdict(layout, context, fitted, "fit", fitted_head.report_rows(fitted), fitted["notes"])
            if photo_camera.find(context) is not None:
                _draw_photo_view(layout, context)
        elif result is not None:
            if result != active:
                layout.label(text=result.name, icon="MESH_DATA")
            answer = result_object.answer_of(result)
            draw_verdict(layout, context, answer, "register", result_object.report_rows(answer))
            _draw_views(layout, context, result)


def _result(context) -> bpy.types.Object | None:
    """The result of Register that is meant: the active object, else the panel's."""
    for obj in (context.view_layer.objects.active, context.scene.headbridge.result):
        if result_object.answer_of(obj) is not None:
            return obj
    return None


def _draw_views(layout, context, result) -> None:
    scene = context.scene.headbridge
    labels = {mode: text for mode, text, _description in comparison.ITEMS}
    grid = layout.grid_flow(row_major=True, columns=3, even_columns=True, align=True)
    for mode in _VIEWS:
        button = grid.operator("headbridge.compare", text=labels[mode], depress=scene.compare_mode == mode)
        button.mode, button.result = mode, result.name
    row = layout.row(align=True)
    if scene.compare_mode == "SWIPE":
        row.prop(context.window_manager.headbridge, "swipe")
    else:
        row.prop(scene, "heat_map_max")
    row.operator("headbridge.end_compare", text="", icon="X")
    column = layout.column(align=True)
    column.enabled = is_idle(context)
    row = column.row(align=True)
    if context.mode == "EDIT_MESH":
        row.operator("headbridge.match_selected", text="Do Not Match", icon="X").what = "EXCLUDE"
        row.operator("headbridge.match_selected", text="Match", icon="CHECKMARK").what = "INCLUDE"
        row = column.row(align=True)
    else:
        row.operator("headbridge.pick_pairs", icon="EYEDROPPER")
    row.operator("headbridge.register", text="Register Again", icon="FILE_REFRESH")


def _draw_photo_view(layout, context) -> None:
    camera = photo_camera.find(context)
    fitted = photo_camera.head_of(camera)
    cameras = photo_camera.cameras_of(fitted) if fitted is not None else [camera]
    column = layout.column(align=True)
    for other in cameras:
        text = other.name if len(cameras) > 1 else "Look Through"
        looking = photo_camera.looked_through(context) == other
        row = column.row(align=True)
        button = row.operator("headbridge.look_through_photo", text=text, icon="VIEW_CAMERA", depress=looking)
        button.camera = other.name
        if other == cameras[0]:
            row.operator("headbridge.back_to_view")
    if not photo_camera.fits_frame(camera, context.scene.render):
        layout.label(text="The render size has changed: look through again", icon="ERROR")
    fade = photo_camera.fade(camera)
    row = layout.row(align=True)
    if fade is not None:
        row.prop(fade, "alpha", text="Fade", slider=True)
    row.prop(context.window_manager.headbridge, "swipe_photo", text="Swipe", toggle=True)
    column = layout.column(align=True)
    row = column.row(align=True)
    row.operator("headbridge.pose_like_photo", text="Pose", icon="ARMATURE_DATA").camera = camera.name
    row.operator("headbridge.render_like_photo", text="Match Render", icon="RENDER_STILL").camera = camera.name
    row.operator("headbridge.restore_render", text="", icon="LOOP_BACK")
    empties = landmark_points.of(camera)
    row = column.row(align=True)
    row.enabled = is_idle(context)
    row.operator(
        "headbridge.edit_photo_landmarks", text=iface_("{count} Points").format(count=len(empties)), icon="EMPTY_AXIS"
    )
    row.operator("headbridge.clear_photo_landmarks", text="", icon="TRASH")
    if empties:
        hidden = camera.headbridge.hide_points
        row.prop(camera.headbridge, "hide_points", text="", icon="HIDE_ON" if hidden else "HIDE_OFF")
    row.operator("headbridge.refit_photo", icon="FILE_REFRESH")


class HEADBRIDGE_PT_look(SidebarPanel, bpy.types.Panel):
    bl_label = "Look"
    bl_order = 4
    bl_options = {"DEFAULT_CLOSED"}

    def draw(self, context):
        row = self.layout.row(align=True)
        row.operator("headbridge.project_texture", icon="TEXTURE")
        row.operator("headbridge.complete_texture", text="Complete", icon="MOD_MIRROR")


class HEADBRIDGE_PT_export(SidebarPanel, bpy.types.Panel):
    bl_label = "Export"
    bl_order = 6

    def draw(self, context):
        layout, scene = self.layout, context.scene.headbridge
        layout.row().prop(scene, "purpose", expand=True)
        row = layout.row(align=True)
        row.scale_y = 1.2
        for ending in ("GLB", "FBX", "OBJ"):
            row.operator("headbridge.export_head", text=ending).ending = f".{ending.lower()}"
        row.operator("headbridge.export_texture", text="PNG")


class HEADBRIDGE_PT_advanced(SidebarPanel, bpy.types.Panel):
    bl_label = "Advanced"
    bl_order = 7
    bl_options = {"DEFAULT_CLOSED"}

    def draw(self, _context):
        """The single jobs have panels of their own inside."""


CLASSES = (
    HEADBRIDGE_PT_main,
    HEADBRIDGE_PT_start,
    HEADBRIDGE_PT_input,
    HEADBRIDGE_PT_check,
    HEADBRIDGE_PT_look,
    HEADBRIDGE_PT_export,
    HEADBRIDGE_PT_advanced,
)


register, unregister = bpy.utils.register_classes_factory(CLASSES)
