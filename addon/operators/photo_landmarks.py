# SPDX-License-Identifier: GPL-3.0-or-later
"""Landmarks on a photo by mouse: drag those that are there, click to place those that are not."""

import bpy
import numpy as np
from bpy.app.translations import pgettext_iface as iface_
from mathutils import Vector

from .. import borrowed_views, session_report, viewport_shading
from ..image_files import ImageError
from ..mesh_arrays import MeshError, check_local
from ..photo import landmark_points, photo_camera
from ..photo.photo_source import PhotoSource
from ..pins import drawing, surface
from ..pins.pull import PulledSurface
from ..rig import rigged_head
from . import missing
from .point_tool import PointTool, View

# How much of the view the points fill while they are edited.
_FACE_SHARE = 0.5


class HEADBRIDGE_OT_edit_photo_landmarks(PointTool, bpy.types.Operator):
    """Drag points on the photo with the mouse; click beside them to place the next missing one. Space skips it, X deletes
    the one under the mouse, Ctrl Z takes a step back, Esc ends. Fit Again follows them, and leaves deleted ones out"""

    bl_idname = "headbridge.edit_photo_landmarks"
    bl_label = "Edit Points on Photo"

    index: bpy.props.IntProperty(
        name="Photo", default=-1, min=-1, description="Number of the photo in the panel's list; -1: of the active head"
    )

    @classmethod
    def poll(cls, context):
        if context.area is None or context.area.type != "VIEW_3D":
            return missing.refuse(cls, "Points are set in a 3D view")
        if context.mode != "OBJECT":
            return missing.refuse(cls, "Leave Edit Mode first to set points")
        photos = context.scene.headbridge.fits.photos
        if photo_camera.find(context) is None and not any(photo.image is not None for photo in photos):
            return missing.refuse(cls, "Add a photo first, or select a head that was fitted to one")
        return True

    def invoke(self, context, _event):
        try:
            meant = photo_camera.find(context) if self.index < 0 else None
            camera = meant or _camera_of_panel(context, max(self.index, 0))
            check_local(camera)
        except (MeshError, ImageError) as problem:
            return session_report.fail(self, str(problem))
        photo_camera.look_through(context, camera)
        viewport_shading.apply(context)
        context.view_layer.update()
        self._camera, self._skipped, self._pulled = camera.name, [], None
        seen = context.space_data.region_3d
        self._look = seen.view_camera_zoom, tuple(seen.view_camera_offset)
        region = borrowed_views.region_of(context.area)
        photo_camera.zoom_to(context.space_data, region, list(self._points(context).values()), _FACE_SHARE)
        return self._start(context)

    def _leave(self, context) -> None:
        space = context.space_data
        if space is not None and space.type == "VIEW_3D":
            space.region_3d.view_camera_zoom, space.region_3d.view_camera_offset = self._look

    def _is_alive(self, context) -> bool:
        return self._camera in context.scene.objects

    def _points(self, context) -> dict[str, Vector]:
        camera = bpy.data.objects[self._camera]
        return {empty.name: camera.matrix_world @ empty.location for empty in landmark_points.of(camera)}

    def _press(self, context, view: View) -> str:
        camera = bpy.data.objects[self._camera]
        wanted = self._missing(camera)
        if not wanted:
            self._note = "All landmarks are there"
            return ""
        collection = landmark_points.collection_of(camera, context.scene)
        pixel = _pixel_at(view, camera)[None]
        return landmark_points.add(camera, wanted[:1], pixel, collection, exact=wanted[:1])[0].name

    def _drag(self, context, view: View, name: str) -> None:
        camera, empty = bpy.data.objects[self._camera], bpy.data.objects[name]
        seen = photo_camera.view_of(camera)
        empty.location = seen.to_camera(_pixel_at(view, camera)[None], -empty.location.z)[0]

    def _drop(self, context, name: str) -> None:
        self._pulled = None

    def _delete(self, context, name: str) -> None:
        bpy.data.objects.remove(bpy.data.objects[name])

    def _key(self, context, event, view: View) -> str | None:
        if event.type != "SPACE":
            return None
        self._skipped += self._missing(bpy.data.objects[self._camera])[:1]
        return ""

    def _missing(self, camera) -> list[str]:
        return [name for name in landmark_points.missing(camera) if name not in self._skipped]

    def _show(self, context) -> None:
        camera = bpy.data.objects[self._camera]
        places, names = self._points(context), landmark_points.names()
        moved = {empty.name for empty in landmark_points.moved(camera)}
        marks = []
        for name, place in places.items():
            landmark = bpy.data.objects[name][landmark_points.LANDMARK_KEY]
            near = name == (self._held or self._near)
            number = str(names.index(landmark) + 1)
            kind = "moved" if name in moved else "found"
            marks.append(drawing.Mark(place, f"{number}  {landmark}" if near else number, kind, near=near))
        drawing.show(marks, self._lines(context, camera, moved))

    def _lines(self, context, camera, moved: set[str]) -> np.ndarray | None:
        """The head around the moved landmarks as they pull it, while one is held."""
        rigged = photo_camera.head_of(camera)
        if rigged is None or not self._held:
            return None
        found = [_pull(context, camera, rigged.head, bpy.data.objects[name]) for name in sorted(moved)]
        pulls = np.array([pull for pull in found if pull is not None], np.float64)
        if not len(pulls):
            return None
        if self._pulled is None:
            self._pulled = PulledSurface(*surface.seen_vertices_and_edges(rigged.head, context))
        return self._pulled.lines(pulls[:, 0], pulls[:, 1])

    def _hints(self, context) -> list[tuple[str, str]]:
        camera = bpy.data.objects[self._camera]
        wanted, count = self._missing(camera), len(landmark_points.of(camera))
        hints = [("NONE", iface_("{count} Points").format(count=count)), ("MOUSE_LMB_DRAG", "Move")]
        if wanted:
            hints += [("MOUSE_LMB", iface_("New: {name}").format(name=wanted[0])), ("EVENT_SPACEKEY", "Skip It")]
        return hints


def _pull(context, camera, head, empty) -> tuple[Vector, Vector] | None:
    """Where the head has a landmark that was found, and where its empty wants that; None where the head is not seen."""
    found = empty.get(landmark_points.FOUND_KEY)
    if found is None:
        return None
    origin = camera.matrix_world.translation
    towards = camera.matrix_world @ Vector(found) - origin
    hit = surface.cast(head, origin, towards, context)
    if hit is None:
        return None
    depth = (camera.matrix_world.inverted() @ hit.point).z
    return hit.point, camera.matrix_world @ (empty.location * (depth / empty.location.z))


def _camera_of_panel(context, index: int) -> bpy.types.Object:
    """The camera of a photo of the panel: that of the active head which was fitted to it, else one made for the photo.
    Raises `MeshError` or `ImageError`."""
    photos = context.scene.headbridge.fits.photos
    photo = photos[index] if index < len(photos) else None
    if photo is None or photo.image is None:
        raise MeshError(f"There is no photo {index + 1} in the panel; add it first.")
    rigged = rigged_head.find(context.view_layer.objects.active)
    fitted = photo_camera.cameras_of(rigged) if rigged is not None else []
    for camera in fitted:
        if camera.headbridge.photo == photo.image:
            return camera
    if photo.camera is None:
        source = PhotoSource("", photo.image.name)
        source.check_shown()
        view = photo_camera.usual_view(tuple(photo.image.size))
        photo.camera = photo_camera.new_camera(
            f"{source.label} Camera", view, photo.image, {"source": None}, context.scene
        )
        context.scene.collection.objects.link(photo.camera)
    return photo.camera


def _pixel_at(view: View, camera) -> np.ndarray:
    """(2,) the photo's pixel under the mouse."""
    _origin, direction = view.ray()
    local = camera.matrix_world.to_3x3().inverted() @ direction
    return photo_camera.view_of(camera).to_pixels(np.array(local, np.float64)[None])[0]


class HEADBRIDGE_OT_clear_photo_landmarks(missing.Asked, bpy.types.Operator):
    """Delete the landmarks on the photo; the next fit finds them again"""

    bl_idname = "headbridge.clear_photo_landmarks"
    bl_label = "Clear Landmarks"
    bl_options = {"REGISTER", "UNDO"}
    needs = (missing.photo_camera,)

    def execute(self, context):
        try:
            camera = photo_camera.active_camera(context)
            check_local(camera)
        except MeshError as problem:
            return session_report.fail(self, str(problem))
        bpy.data.batch_remove(landmark_points.of(camera))
        return {"FINISHED"}


CLASSES = (HEADBRIDGE_OT_edit_photo_landmarks, HEADBRIDGE_OT_clear_photo_landmarks)
