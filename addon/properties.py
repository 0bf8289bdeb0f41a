# SPDX-License-Identifier: GPL-3.0-or-later
"""What a scene remembers (`scene.headbridge`) and what the running session shows (`window_manager.headbridge`)."""

import bpy

from . import heat_map, settings

KEY = "headbridge"

LANDMARK_ITEMS = [
    ("AUTO", "Automatic", "The landmarks of the topology tables when both heads are recognised, else none"),
    ("EMPTIES", "Empties", "Pairs of empties in two collections, matched by name; Pick Pairs makes them by clicking"),
    (
        "VERTEX_GROUPS",
        "Vertex Groups",
        "Every vertex group with the prefix that both objects have; its weighted centre is the point",
    ),
    ("FILE", "File", "A landmark pair file (.json)"),
]

COMPARE_ITEMS = [
    ("NONE", "Off", "The scene as it is"),
    ("SIDE_BY_SIDE", "Side by Side", "Source (aligned), target, result and heat map in a row"),
    ("OVERLAY", "Overlay", "The result's wireframe over the translucent target"),
    ("HEAT_MAP", "Heat Map", "The distance of the result to the target as colour"),
]


def is_mesh(_holder, obj) -> bool:
    return obj.type == "MESH"


def _update_heat_map(holder, _context):
    heat_map.set_maximum(holder.heat_map_max)


class HEADBRIDGE_PG_register_settings(bpy.types.PropertyGroup):
    __annotations__ = settings.properties("register")


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
    landmarks: bpy.props.EnumProperty(items=LANDMARK_ITEMS, name="Landmarks", description="Points that belong together")
    source_landmarks: bpy.props.PointerProperty(
        type=bpy.types.Collection, name="Source Empties", description="Collection of empties on the source"
    )
    target_landmarks: bpy.props.PointerProperty(
        type=bpy.types.Collection, name="Target Empties", description="Collection of empties on the target"
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
        items=COMPARE_ITEMS,
        name="Show After",
        default="HEAT_MAP",
        description="The comparison to show when the result is there",
    )
    settings: bpy.props.PointerProperty(type=HEADBRIDGE_PG_register_settings)
    heat_map_max: bpy.props.FloatProperty(
        name="Red at (mm)",
        description="Distance in millimetres shown in full red",
        default=0.5,
        min=0.001,
        soft_max=10.0,
        precision=2,
        update=_update_heat_map,
    )
    compare_mode: bpy.props.EnumProperty(items=COMPARE_ITEMS, name="Compare", options={"HIDDEN"})
    compare_state: bpy.props.StringProperty(options={"HIDDEN"})


class HEADBRIDGE_PG_session(bpy.types.PropertyGroup):
    task: bpy.props.StringProperty(description="What runs at the moment; empty when nothing does")
    fraction: bpy.props.FloatProperty(min=0.0, max=1.0)
    message: bpy.props.StringProperty()
    error: bpy.props.StringProperty()
    error_log: bpy.props.StringProperty()
    backend_info: bpy.props.StringProperty(description="The backend's answer to the handshake, as JSON")


CLASSES = (HEADBRIDGE_PG_register_settings, HEADBRIDGE_PG_scene, HEADBRIDGE_PG_session)


def register():
    for cls in CLASSES:
        bpy.utils.register_class(cls)
    setattr(bpy.types.Scene, KEY, bpy.props.PointerProperty(type=HEADBRIDGE_PG_scene))
    setattr(bpy.types.WindowManager, KEY, bpy.props.PointerProperty(type=HEADBRIDGE_PG_session, options={"SKIP_SAVE"}))


def unregister():
    delattr(bpy.types.WindowManager, KEY)
    delattr(bpy.types.Scene, KEY)
    for cls in reversed(CLASSES):
        bpy.utils.unregister_class(cls)
