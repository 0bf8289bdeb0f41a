# SPDX-License-Identifier: GPL-3.0-or-later
"""What scenes and objects remember (`.headbridge`) and what the running session shows (`window_manager.headbridge`)."""

import bpy

from . import comparison, heat_map, landmark_pairs, operators, session_report, settings, uv_display, uv_session
from .batch import properties as batch_properties
from .fits import properties as fit_properties
from .photo import landmark_points
from .rig import export, key_groups
from .rig import handles as rig_handles
from .texture import properties as texture_properties

KEY = "headbridge"

INPUT_ITEMS = [
    ("PHOTOS", "Photos", "One photo, or several of one person"),
    ("SCAN", "Scan", "The active mesh, of any size and turn"),
    ("PAIR", "Pair", "Two heads: the first takes the second's shape"),
]

# Texels along a side: of a photo's head, while it is fitted, and of a scan's head.
_SIZES = {"DRAFT": (512, 384, 1024), "GOOD": (1024, 512, 2048), "FULL": (2048, 768, 4096)}
QUALITY_ITEMS = [
    ("DRAFT", "Draft", "Textures of 512 pixels a side from photos, 1024 from scans"),
    ("GOOD", "Good", "Textures of 1024 pixels a side from photos, 2048 from scans"),
    ("FULL", "Full", "Textures of 2048 pixels a side from photos, 4096 from scans"),
]


def _set_quality(holder, _context):
    fits = holder.fits
    fits.fit_photo.size, fits.fit_photo.working_size, fits.fit_scan.size = _SIZES[holder.quality]


def is_mesh(_holder, obj) -> bool:
    return obj.type == "MESH"


def _forget_source_layers(holder, _context):
    """Layers are picked by name, which says nothing about another object."""
    holder.uv_source_layer = holder.bake_source_layer = ""


def _forget_target_layer(holder, _context):
    holder.bake_layer = ""


def _update_heat_map(holder, _context):
    heat_map.set_maximum(holder.heat_map_max)


def _redraw(_holder, _context):
    session_report.redraw()


def _hide_points(holder, _context):
    landmark_points.set_hidden(holder.id_data, holder.hide_points)


class HEADBRIDGE_PG_slot(bpy.types.PropertyGroup):
    """A material slot as the user had it."""

    link: bpy.props.StringProperty()
    material: bpy.props.PointerProperty(type=bpy.types.Material)


class HEADBRIDGE_PG_object(bpy.types.PropertyGroup):
    """What an object shows of its UVs (see `uv_display`), and the objects it belongs to."""

    shown: bpy.props.EnumProperty(items=uv_display.ITEMS, name="Shown", default="ORIGINAL")
    slots: bpy.props.CollectionProperty(type=HEADBRIDGE_PG_slot)
    own_layer: bpy.props.StringProperty(description="UV layer of the object's own materials")
    checker_layer: bpy.props.StringProperty(description="UV layer the checker is shown on")
    texture_layer: bpy.props.StringProperty(description="UV layer the texture lies on")
    texture: bpy.props.PointerProperty(type=bpy.types.Image, name="Texture")
    coverage: bpy.props.PointerProperty(
        type=bpy.types.Image, name="Coverage", description="White where the baked texture was taken from the source"
    )
    registered_source: bpy.props.PointerProperty(
        type=bpy.types.Object, name="Source", description="The object whose vertices this result of Register has"
    )
    registered_target: bpy.props.PointerProperty(
        type=bpy.types.Object, name="Target", description="The object that this result of Register lies on"
    )
    version: bpy.props.IntProperty(description="Which form the object's properties have; see `file_upgrade`")
    hidden_by_view: bpy.props.StringProperty(
        description="Scene and view layer, as JSON, in which a view of Compare hides the object for as long as it is on"
    )
    handles: bpy.props.PointerProperty(type=rig_handles.HEADBRIDGE_PG_handles)
    hide_points: bpy.props.BoolProperty(
        name="Hide Points",
        description="Hide the landmarks on this camera's photo; the tool that moves them draws its own",
        update=_hide_points,
    )
    photo: bpy.props.PointerProperty(type=bpy.types.Image, name="Photo", description="The photo a camera looks through")
    photo_world: bpy.props.PointerProperty(
        type=bpy.types.World, name="World", description="The world of renders like the photo"
    )


class HEADBRIDGE_PG_scene(bpy.types.PropertyGroup):
    source: bpy.props.PointerProperty(
        type=bpy.types.Object,
        poll=is_mesh,
        name="Source",
        description="The head whose vertices, faces and UVs the result has",
    )
    target: bpy.props.PointerProperty(
        type=bpy.types.Object, poll=is_mesh, name="Target", description="The head or scan whose shape the result takes"
    )
    result: bpy.props.PointerProperty(
        type=bpy.types.Object, poll=is_mesh, name="Result", description="The result whose metrics are shown"
    )
    landmarks: bpy.props.EnumProperty(
        items=landmark_pairs.LANDMARK_ITEMS, name="Landmarks", description="Points that belong together"
    )
    source_landmarks: bpy.props.PointerProperty(
        type=bpy.types.Collection, name="Source Empties", description="Collection of empties on the source"
    )
    target_landmarks: bpy.props.PointerProperty(
        type=bpy.types.Collection, name="Target Empties", description="Collection of empties on the target"
    )
    mirror_points: bpy.props.BoolProperty(
        name="Mirror Points",
        default=False,
        description="Set and move points on both sides of the face at once: across the head's own X = 0",
    )
    landmark_prefix: bpy.props.StringProperty(
        name="Prefix",
        default="landmark",
        description="Vertex groups whose name begins so, on both objects, are landmark pairs",
    )
    landmarks_file: bpy.props.StringProperty(
        name="Landmark File", subtype="FILE_PATH", description="JSON file of landmark pairs, by vertex or by position"
    )
    source_exclude_group: bpy.props.StringProperty(
        name="Do Not Match",
        description="Source vertices in this vertex group (weight above 0.5) follow without being matched",
    )
    target_exclude_group: bpy.props.StringProperty(
        name="Do Not Match", description="Target surface in this vertex group (weight above 0.5) is not matched"
    )
    source_weight_group: bpy.props.StringProperty(
        name="Weight", description="Vertex group whose weights say how strongly source vertices are matched"
    )
    show_after: bpy.props.EnumProperty(
        items=comparison.ITEMS,
        name="Show After",
        default="HEAT_MAP",
        description="The comparison to show when the result is there",
    )
    heat_map_max: bpy.props.FloatProperty(
        name="Red at (mm)",
        description="Distance in millimetres shown in full red",
        default=0.5,
        min=0.001,
        soft_max=10.0,
        precision=2,
        update=_update_heat_map,
    )
    uv_source: bpy.props.PointerProperty(
        type=bpy.types.Object,
        poll=is_mesh,
        name="Source",
        description="The head whose UV layout and texture are wanted",
        update=_forget_source_layers,
    )
    uv_source_layer: bpy.props.StringProperty(
        name="Layout", description="UV layer of the source to transfer; its active one when empty"
    )
    uv_target: bpy.props.PointerProperty(
        type=bpy.types.Object,
        poll=is_mesh,
        name="Target",
        description="The head that gets them",
        update=_forget_target_layer,
    )
    uv_show: bpy.props.EnumProperty(
        items=uv_session.SHOW_ITEMS, name="Show", description="What the target shows after the transfer"
    )
    bake_image: bpy.props.PointerProperty(
        type=bpy.types.Image,
        name="Image",
        description="The picture to transfer; the source's base colour when none is picked",
    )
    bake_source_layer: bpy.props.StringProperty(
        name="From Layer", description="UV layer of the source that the image lies on; found by itself when empty"
    )
    bake_layer: bpy.props.StringProperty(
        name="To Layer", description="UV layer of the target to bake to; the target's own layout when empty"
    )
    bake_show: bpy.props.BoolProperty(
        name="Show on Target",
        description="Show the baked texture on the target; its own materials come back with Original",
        default=True,
    )
    baked: bpy.props.PointerProperty(type=bpy.types.Image, name="Baked", description="The texture that was baked last")
    fits: bpy.props.PointerProperty(type=fit_properties.HEADBRIDGE_PG_fits)
    texture: bpy.props.PointerProperty(type=texture_properties.HEADBRIDGE_PG_texture)
    batch: bpy.props.PointerProperty(type=batch_properties.HEADBRIDGE_PG_batch)
    render_kept: bpy.props.StringProperty(
        description="The render settings before Match Photo Render, as JSON", options={"HIDDEN"}
    )
    kept_camera: bpy.props.PointerProperty(type=bpy.types.Object, name="Camera", options={"HIDDEN"})
    kept_world: bpy.props.PointerProperty(type=bpy.types.World, name="World", options={"HIDDEN"})
    input: bpy.props.EnumProperty(
        items=INPUT_ITEMS, name="Input", description="What a head is made from", default="PAIR"
    )
    quality: bpy.props.EnumProperty(
        items=QUALITY_ITEMS,
        name="Quality",
        description="How fine a head's textures are",
        default="GOOD",
        update=_set_quality,
    )
    purpose: bpy.props.EnumProperty(
        items=export.PURPOSES, name="For", description="What exported files are made for", default="GAME"
    )
    key_group: bpy.props.EnumProperty(
        items=key_groups.GROUPS, name="Keys", description="Which shape keys are listed", default="EXPRESSION"
    )
    compare_mode: bpy.props.EnumProperty(items=comparison.ITEMS, name="Compare", options={"HIDDEN"})
    compared: bpy.props.PointerProperty(
        type=bpy.types.Object, name="Compared", description="The result that the comparison shows", options={"HIDDEN"}
    )


class HEADBRIDGE_PG_session(bpy.types.PropertyGroup):
    task: bpy.props.StringProperty(description="What runs at the moment; empty when nothing does")
    fraction: bpy.props.FloatProperty(min=0.0, max=1.0)
    message: bpy.props.StringProperty()
    error: bpy.props.StringProperty()
    error_of: bpy.props.StringProperty(description="Class name of the operator that failed")
    error_log: bpy.props.StringProperty()
    swipe: bpy.props.FloatProperty(
        name="Line",
        description="Where the line stands in the view: 0 at its left border, 1 at the right one",
        default=0.5,
        min=0.0,
        max=1.0,
        subtype="FACTOR",
    )
    swipe_photo: bpy.props.BoolProperty(
        name="Swipe Photo",
        description="Where a view looks through a photo, show the photo right of a line and the head left of it; drag the line",
        update=_redraw,
    )
    terms: bpy.props.StringProperty(description="Models whose terms the user does not know yet, as JSON by their keys")
    findings: bpy.props.StringProperty(description="What the backend found when it examined itself, as JSON")
    textures: bpy.props.StringProperty(description="The texture spaces and generators the backend found, as JSON")
    backend_info: bpy.props.StringProperty(description="The backend's answer to the handshake, as JSON")
    batch: bpy.props.PointerProperty(type=batch_properties.HEADBRIDGE_PG_batch_table)


# Whose properties the panel's values of jobs' settings are, by the way to them.
_OWNERS = {
    "": HEADBRIDGE_PG_scene,
    "fits": fit_properties.HEADBRIDGE_PG_fits,
    "texture": texture_properties.HEADBRIDGE_PG_texture,
}


def _settings_groups() -> list[type]:
    """A group of properties for the settings of every job that keeps its panel's values in scenes, at the place that its
    operator names."""
    groups = []
    for choices, task in {operator.choices: operator.task for operator in operators.JOBS if operator.choices}.items():
        name = f"HEADBRIDGE_PG_{task}_settings"
        groups.append(type(name, (bpy.types.PropertyGroup,), {"__annotations__": settings.properties(task)}))
        way, _, own = choices.rpartition(".")
        _OWNERS[way].__annotations__[own] = bpy.props.PointerProperty(type=groups[-1])
    return groups


CLASSES = (
    *_settings_groups(),
    *fit_properties.CLASSES,
    *texture_properties.CLASSES,
    *batch_properties.CLASSES,
    HEADBRIDGE_PG_slot,
    rig_handles.HEADBRIDGE_PG_handles,
    HEADBRIDGE_PG_object,
    HEADBRIDGE_PG_scene,
    HEADBRIDGE_PG_session,
)
HOLDERS = (
    (bpy.types.Scene, HEADBRIDGE_PG_scene, set()),
    (bpy.types.Object, HEADBRIDGE_PG_object, set()),
    (bpy.types.Image, texture_properties.HEADBRIDGE_PG_image, set()),
    (bpy.types.WindowManager, HEADBRIDGE_PG_session, {"SKIP_SAVE"}),
)


def register():
    for cls in CLASSES:
        bpy.utils.register_class(cls)
    for owner, group, options in HOLDERS:
        setattr(owner, KEY, bpy.props.PointerProperty(type=group, options=options))


def unregister():
    for owner, _group, _options in reversed(HOLDERS):
        delattr(owner, KEY)
    for cls in reversed(CLASSES):
        bpy.utils.unregister_class(cls)
