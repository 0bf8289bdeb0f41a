# SPDX-License-Identifier: GPL-3.0-or-later
"""Camera objects that look through a photo: the photo behind the scene, and once more before it, to fade."""

from __future__ import annotations

import bpy
import numpy as np
from bpy_extras.view3d_utils import location_3d_to_region_2d
from mathutils import Matrix, Vector

from .. import borrowed_views, render_kept
from ..mesh_arrays import MeshError
from ..photo_facts import PHOTO_KEY, facts_of, note_facts
from ..rig import rigged_head
from ..rig.rigged_head import RiggedHead
from . import pinhole
from .pinhole import Pinhole

# What a photo without a fit is taken for: a short telephoto lens, and a head at arm's length.
_USUAL_FOCAL_SHARE = 1.4
HEAD_DISTANCE_MM = 600.0


def new_camera(
    name: str, view: Pinhole, image: bpy.types.Image, facts: dict, scene: bpy.types.Scene
) -> bpy.types.Object:
    """A new camera object, in no collection yet, with the photo in its frame. facts : kept with the object."""
    data = bpy.data.cameras.new(name)
    obj = bpy.data.objects.new(name, data)
    obj.matrix_basis = pinhole.matrix_of(view)
    pinhole.set_optics(data, view, scene.render)
    data.show_background_images = True
    for depth, alpha in (("BACK", 1.0), ("FRONT", 0.0)):
        shown = data.background_images.new()
        shown.image = image
        shown.display_depth, shown.alpha = depth, alpha
        shown.frame_method = "FIT"
    # So large that the camera's own drawing does not hide the head.
    data.display_size = 0.1
    obj.headbridge.photo = image
    note_facts(obj, {**facts, "size": list(view.size)})
    return obj


def usual_view(size: tuple[int, int]) -> Pinhole:
    """A view of a photo nothing is known of, onto the world's origin."""
    centre = 0.5 * np.array(size, np.float64)
    flipped = np.diag([1.0, -1.0, -1.0])
    return Pinhole(_USUAL_FOCAL_SHARE * max(size), centre, flipped, np.array([0.0, 0.0, HEAD_DISTANCE_MM]), size)


def is_in(scene: bpy.types.Scene) -> bool:
    """Whether a scene has a head that was fitted to a photo."""
    return any(obj.type == "CAMERA" and PHOTO_KEY in obj and obj.parent is not None for obj in scene.objects)


def size_of(obj: bpy.types.Object) -> tuple[int, int]:
    """Width and height, in pixels, of the photo a camera looks through."""
    return tuple(facts_of(obj)["size"])


def view_of(obj: bpy.types.Object) -> Pinhole:
    """The camera as it stands now, with the pixels of its photo."""
    return pinhole.read(obj, size_of(obj))


def frame_corners(camera: bpy.types.Object, obj: bpy.types.Object) -> list[Vector]:
    """A photo camera's place and the corners of what it sees, in the world, as far behind an object as that is away."""
    view = view_of(camera)
    (width, height), depth = view.size, 2.0 * (camera.matrix_world.translation - obj.matrix_world.translation).length
    pixels = np.array([(0, 0), (width, 0), (0, height), (width, height)], np.float64)
    place, turn, _scale = camera.matrix_world.decompose()
    matrix = Matrix.LocRotScale(place, turn, None)
    return [place, *(matrix @ Vector(corner) for corner in view.to_camera(pixels, depth))]


def cameras_of(rigged: RiggedHead) -> list[bpy.types.Object]:
    """The cameras of the photos a head was fitted to, in the photos' order."""
    cameras = [child for child in rigged.rig.children if facts_of(child) is not None]
    return sorted(cameras, key=lambda camera: facts_of(camera)["number"])


def head_of(camera: bpy.types.Object) -> RiggedHead | None:
    """The head that was fitted to a camera's photo; None before a fit."""
    return rigged_head.find(camera.parent)


def find(context: bpy.types.Context) -> bpy.types.Object | None:
    """The photo camera the user means: the active object or one it belongs to, else the one a fitted head that is
    active is looked at through, else that head's first. None where no photo is meant."""
    active = context.view_layer.objects.active
    for obj in (active, active.parent if active is not None else None):
        if facts_of(obj) is not None:
            return obj
    rigged = rigged_head.find(active)
    cameras = cameras_of(rigged) if rigged is not None else []
    looking = looked_through(context)
    return looking if looking in cameras else next(iter(cameras), None)


def active_camera(context: bpy.types.Context) -> bpy.types.Object:
    """What `find` gives; raises `MeshError` when no photo is meant."""
    found = find(context)
    if found is None:
        raise MeshError("No photo is active; select a head fitted to a photo, or the camera of a photo.")
    return found


def named(name: str, context: bpy.types.Context) -> bpy.types.Object:
    """The photo camera of a name, else the one the user means; raises `MeshError`."""
    if not name:
        return active_camera(context)
    camera = bpy.data.objects.get(name)
    if facts_of(camera) is None:
        raise MeshError(f"'{name}' is no camera of a photo; name one that Fit to Photo or Place Landmarks has made.")
    return camera


def looked_through(context: bpy.types.Context) -> bpy.types.Object | None:
    """The camera the 3D view of the context looks through."""
    space = context.space_data
    if space is None or space.type != "VIEW_3D" or space.region_3d.view_perspective != "CAMERA":
        return None
    return space.camera if space.use_local_camera else context.scene.camera


def look_through(context: bpy.types.Context, camera: bpy.types.Object) -> None:
    """Let the 3D view of the context look through a camera of its own, where there is a view; the scene's camera and
    render settings stay."""
    fit_to_frame(camera, context.scene.render)
    space = context.space_data
    if space is None or space.type != "VIEW_3D" or looked_through(context) == camera:
        return
    borrowed_views.keep_look(space, camera)
    space.use_local_camera = True
    space.camera = camera
    space.region_3d.view_perspective = "CAMERA"
    with context.temp_override(region=borrowed_views.region_of(context.area)):
        bpy.ops.view3d.view_center_camera()


def zoom_to(space: bpy.types.SpaceView3D, region: bpy.types.Region, points: list[Vector], share: float) -> None:
    """Let points of the world fill a share of a view that looks through a camera, unless they fill more already."""
    view = space.region_3d
    view.update()
    places = [location_3d_to_region_2d(region, view, point) for point in points]
    places = np.array([place for place in places if place is not None], np.float64)
    if len(places) < 2:
        return
    size = np.array([region.width, region.height], np.float64)
    larger = share / float((np.ptp(places, axis=0) / size).max())
    if larger <= 1.0:
        return
    # Blender's zoom of a camera's view is 50 (2 sqrt(f) - sqrt(2)) for a factor f; its offset counts in twice the
    # region's sides times that factor.
    factor = 0.25 * (view.view_camera_zoom / 50.0 + np.sqrt(2.0)) ** 2
    middle = 0.5 * (places.min(axis=0) + places.max(axis=0)) - 0.5 * size
    offset = np.array(view.view_camera_offset) + middle / (2.0 * size * factor)
    view.view_camera_offset = np.clip(offset, -1.0, 1.0)
    view.view_camera_zoom = float(np.clip(50.0 * (2.0 * np.sqrt(larger * factor) - np.sqrt(2.0)), -30.0, 600.0))


def fit_to_frame(camera: bpy.types.Object, render: bpy.types.RenderSettings) -> None:
    """Let photo and scene lie on each other in the frame of these render settings."""
    pinhole.set_optics(camera.data, view_of(camera), render)


def fits_frame(camera: bpy.types.Object, render: bpy.types.RenderSettings) -> bool:
    """Whether photo and scene lie on each other in the frame of these render settings."""
    return camera.data.sensor_fit == pinhole.sensor_fit(size_of(camera), render)


def render_like(camera: bpy.types.Object, scene: bpy.types.Scene) -> None:
    """Let the scene's renders be of what the photo shows, in its size, light and colours; `render_kept` remembers how
    they were.

    Raises `MeshError` when the colour management has no plain view transform."""
    render = scene.render
    render_kept.keep(scene)
    try:
        scene.view_settings.view_transform = "Standard"
    except TypeError as problem:
        raise MeshError("The colour management has no view transform 'Standard'; use Blender's own.") from problem
    scene.camera = camera
    render.resolution_x, render.resolution_y = size_of(camera)
    render.resolution_percentage = 100
    render.pixel_aspect_x = render.pixel_aspect_y = 1.0
    render.film_transparent = True
    if camera.headbridge.photo_world is not None:
        scene.world = camera.headbridge.photo_world
    scene.view_settings.look = "None"
    fit_to_frame(camera, render)


def fade(camera: bpy.types.Object) -> bpy.types.CameraBackgroundImage | None:
    """The photo before the scene, whose alpha fades between render and photo; None when the user removed it."""
    shown = camera.data.background_images
    return next((image for image in shown if image.display_depth == "FRONT"), None)
