# SPDX-License-Identifier: GPL-3.0-or-later
"""What scenes remember of the panel "Fit" (`.headbridge.fits`)."""

import bpy

from ..photo_facts import facts_of
from .dense_folders import DENSE_FOLDERS
from .scan_session import RESULTS


def _is_photo_camera(_holder, obj) -> bool:
    return facts_of(obj) is not None


class HEADBRIDGE_PG_photo(bpy.types.PropertyGroup):
    """A photo of the person to fit."""

    image: bpy.props.PointerProperty(type=bpy.types.Image, name="Photo", description="A photo of the person")
    camera: bpy.props.PointerProperty(
        type=bpy.types.Object,
        name="Landmarks",
        poll=_is_photo_camera,
        description="Camera with landmarks placed on the photo by hand; they are found when none is picked",
    )
    dense_uv: bpy.props.StringProperty(
        name="Dense UVs",
        subtype="FILE_PATH",
        description="Another predictor's image of the photo's size: FLAME's u and v in red and green, valid in alpha",
    )
    normals: bpy.props.StringProperty(
        name="Normals",
        subtype="FILE_PATH",
        description="Another predictor's normals of the photo's size: right, up and towards the camera, as (n + 1) / 2",
    )


class HEADBRIDGE_PG_scan_dense(bpy.types.PropertyGroup):
    """Another predictor's images of a scan's views."""

    __annotations__ = DENSE_FOLDERS


class HEADBRIDGE_PG_fits(bpy.types.PropertyGroup):
    scan_dense: bpy.props.PointerProperty(type=HEADBRIDGE_PG_scan_dense)
    scan_result: bpy.props.EnumProperty(items=RESULTS, name="Result", description="What Fit Scan adds")
    beside: bpy.props.BoolProperty(
        name="Beside",
        default=True,
        description="A new head stands beside what it was fitted to, in its size; off: in its place",
    )
    photos: bpy.props.CollectionProperty(type=HEADBRIDGE_PG_photo)
    photo_light: bpy.props.BoolProperty(
        name="Add Light", default=True, description="Add a sun and a world of the light in the first photo"
    )


CLASSES = (HEADBRIDGE_PG_photo, HEADBRIDGE_PG_scan_dense, HEADBRIDGE_PG_fits)
