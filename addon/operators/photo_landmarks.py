# SPDX-License-Identifier: GPL-3.0-or-later
"""Landmarks on a photo by mouse: drag those that are there, click to place those that are not."""

import bpy
import numpy as np
from bpy_extras import view3d_utils

from .. import session_report
from ..image_files import ImageError
from ..mesh_arrays import MeshError
from ..photo import landmark_points, photo_camera
from ..photo.photo_source import PhotoSource

# How near to a landmark, in pixels of the screen, a click takes hold of it.
_REACH = 12.0


class HEADBRIDGE_OT_edit_photo_landmarks(bpy.types.Operator):
    """Drag landmarks on the photo with the mouse; click beside them to place the next missing one. Space skips it, X
    deletes the one under the mouse, Enter ends. Fit Again then follows them"""

    bl_idname = "headbridge.edit_photo_landmarks"
    bl_label = "Edit Landmarks"
    bl_options = {"REGISTER", "UNDO"}

    @classmethod
    def poll(cls, context):
        if context.area is None or context.area.type != "VIEW_3D":
            cls.poll_message_set("Landmarks are edited in a 3D view")
            return False
        return True

    def invoke(self, context, _event):
        if context.mode != "OBJECT":
            return session_report.fail(self, "Leave Edit Mode first to edit landmarks.")
        try:
            camera = photo_camera.find(context) or _camera_of_panel(context)
        except (MeshError, ImageError) as problem:
            return session_report.fail(self, str(problem))
        photo_camera.look_through(context, camera)
        context.view_layer.update()
        self._camera = camera.name
        self._skipped = []
        self._placed = []
        self._held = self._near = ""
        context.window_manager.modal_handler_add(self)
        context.window.cursor_modal_set("CROSSHAIR")
        self._show_status(context)
        return {"RUNNING_MODAL"}

    def modal(self, context, event):
        camera = bpy.data.objects.get(self._camera)
        if camera is None:
            return self._end(context)
        if event.type in {"RET", "NUMPAD_ENTER", "ESC", "RIGHTMOUSE"} and event.value == "PRESS":
            return self._end(context)
        if event.type == "Z" and (event.ctrl or event.oskey):
            return {"RUNNING_MODAL"}
        if event.type == "LEFTMOUSE" and event.value == "RELEASE":
            self._held = ""
            return {"RUNNING_MODAL"}
        inside = _region_under(context, event)
        if event.type == "MOUSEMOVE":
            self._move(context, camera, event, inside)
            return {"RUNNING_MODAL"} if self._held else {"PASS_THROUGH"}
        if event.value != "PRESS" or inside is None:
            return {"PASS_THROUGH"}
        if event.type == "LEFTMOUSE":
            self._press(context, camera, _mouse(inside, event), inside)
        elif event.type == "SPACE":
            self._skipped += self._missing(camera)[:1]
        elif event.type in {"X", "DEL"} and self._near:
            bpy.data.objects.remove(bpy.data.objects[self._near])
            self._near = ""
        elif event.type == "BACK_SPACE" and self._placed:
            name = self._placed.pop()
            if name in bpy.data.objects:
                bpy.data.objects.remove(bpy.data.objects[name])
        else:
            return {"PASS_THROUGH"}
        self._show_status(context)
        return {"RUNNING_MODAL"}

    def _move(self, context, camera, event, region) -> None:
        if region is None:
            return
        mouse = _mouse(region, event)
        if self._held:
            _put(bpy.data.objects[self._held], camera, _pixel_at(context, region, mouse, camera))
        else:
            self._hover(context, _nearest(context, region, mouse, camera))

    def _hover(self, context, empty) -> None:
        name = empty.name if empty is not None else ""
        if name == self._near:
            return
        for other, shown in ((self._near, False), (name, True)):
            if other in bpy.data.objects:
                bpy.data.objects[other].show_name = shown
        self._near = name
        self._show_status(context)

    def _press(self, context, camera, mouse, region) -> None:
        empty = _nearest(context, region, mouse, camera)
        if empty is None:
            wanted = self._missing(camera)
            if not wanted:
                return
            pixel = _pixel_at(context, region, mouse, camera)
            collection = landmark_points.collection_of(camera, context.scene)
            empty = landmark_points.add(camera, wanted[:1], pixel[None], collection, exact=wanted[:1])[0]
            self._placed.append(empty.name)
        self._held = empty.name

    def _missing(self, camera) -> list[str]:
        return [name for name in landmark_points.missing(camera) if name not in self._skipped]

    def _show_status(self, context) -> None:
        camera = bpy.data.objects[self._camera]
        wanted = self._missing(camera)
        near = bpy.data.objects.get(self._near)
        parts = [f"Drag: {near[landmark_points.LANDMARK_KEY]}, X: delete"] if near is not None else []
        if wanted:
            parts.append(f"Click: {wanted[0]}, Space: skip")
        parts += ["Backspace: take back"] if self._placed else []
        context.workspace.status_text_set(
            f"{len(landmark_points.of(camera))} landmarks.  {'   '.join(parts)}   Enter: done"
        )

    def _end(self, context):
        context.window.cursor_modal_restore()
        context.workspace.status_text_set(None)
        if self._near in bpy.data.objects:
            bpy.data.objects[self._near].show_name = False
        return {"FINISHED"}


def _camera_of_panel(context) -> bpy.types.Object:
    """The camera of the panel's first photo, made when there is none; raises `MeshError` or `ImageError`."""
    photo = next((photo for photo in context.scene.headbridge.fits.photos if photo.image is not None), None)
    if photo is None:
        raise MeshError("There is no photo to place landmarks on; add one in the panel first.")
    if photo.camera is None:
        source = PhotoSource("", photo.image.name)
        source.check_shown()
        view = photo_camera.usual_view(tuple(photo.image.size))
        photo.camera = photo_camera.new_camera(
            f"{source.label} Camera", view, photo.image, {"source": None}, context.scene
        )
        context.scene.collection.objects.link(photo.camera)
    return photo.camera


def _region_under(context, event) -> bpy.types.Region | None:
    """The 3D view's main region, when the mouse is over it and over nothing that lies on it."""
    found = None
    for region in context.area.regions:
        if 0 <= event.mouse_x - region.x < region.width and 0 <= event.mouse_y - region.y < region.height:
            if region.type != "WINDOW":
                return None
            found = region
    return found


def _mouse(region, event) -> tuple[int, int]:
    return event.mouse_x - region.x, event.mouse_y - region.y


def _pixel_at(context, region, mouse, camera) -> np.ndarray:
    """(2,) the photo's pixel under the mouse."""
    direction = view3d_utils.region_2d_to_vector_3d(region, context.space_data.region_3d, mouse)
    local = camera.matrix_world.to_3x3().inverted() @ direction
    return photo_camera.view_of(camera).to_pixels(np.array(local, np.float64)[None])[0]


def _put(empty, camera, pixel) -> None:
    empty.location = photo_camera.view_of(camera).to_camera(pixel[None], -empty.location.z)[0]


def _nearest(context, region, mouse, camera) -> bpy.types.Object | None:
    """The landmark under the mouse."""
    best, reach = None, _REACH * context.preferences.system.ui_scale
    for empty in landmark_points.of(camera):
        place = camera.matrix_world @ empty.matrix_local.translation
        seen = view3d_utils.location_3d_to_region_2d(region, context.space_data.region_3d, place)
        distance = np.hypot(seen[0] - mouse[0], seen[1] - mouse[1]) if seen is not None else np.inf
        if distance < reach:
            best, reach = empty, distance
    return best


class HEADBRIDGE_OT_clear_photo_landmarks(bpy.types.Operator):
    """Delete the landmarks on the photo; the next fit finds them again"""

    bl_idname = "headbridge.clear_photo_landmarks"
    bl_label = "Clear Landmarks"
    bl_options = {"REGISTER", "UNDO"}

    def execute(self, context):
        try:
            camera = photo_camera.active_camera(context)
        except MeshError as problem:
            return session_report.fail(self, str(problem))
        bpy.data.batch_remove(landmark_points.of(camera))
        return {"FINISHED"}


CLASSES = (HEADBRIDGE_OT_edit_photo_landmarks, HEADBRIDGE_OT_clear_photo_landmarks)
