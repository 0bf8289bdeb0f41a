# SPDX-License-Identifier: GPL-3.0-or-later
"""Landmark pairs by clicking: one point on the source, the same point on the target."""

import bpy
from bpy_extras import view3d_utils
from bpy_extras.io_utils import ExportHelper

from .. import landmark_pairs, session_report
from ..mesh_arrays import MeshError

COLLECTIONS = {"source": "HeadBridge Source Landmarks", "target": "HeadBridge Target Landmarks"}


class HEADBRIDGE_OT_pick_pairs(bpy.types.Operator):
    """Click a point on the source and the same point on the target; Enter ends, Backspace takes the last back"""

    bl_idname = "headbridge.pick_pairs"
    bl_label = "Pick Pairs"
    bl_options = {"REGISTER", "UNDO"}

    @classmethod
    def poll(cls, context):
        if context.area is None or context.area.type != "VIEW_3D":
            cls.poll_message_set("Pairs are picked in a 3D view")
            return False
        if context.mode != "OBJECT":
            cls.poll_message_set("Leave Edit Mode first to pick landmark pairs")
            return False
        return _pair_poll(cls, context)

    def invoke(self, context, _event):
        scene = context.scene.headbridge
        self._owners = {"source": scene.source.name, "target": scene.target.name}
        self._placed = []
        context.window_manager.modal_handler_add(self)
        context.window.cursor_modal_set("CROSSHAIR")
        self._show_status(context)
        return {"RUNNING_MODAL"}

    def modal(self, context, event):
        if event.type in {"RET", "NUMPAD_ENTER", "ESC", "RIGHTMOUSE"} and event.value == "PRESS":
            return self._end(context)
        if event.type == "BACK_SPACE" and event.value == "PRESS" and self._placed:
            bpy.data.objects.remove(bpy.data.objects[self._placed.pop()[1]])
            self._show_status(context)
            return {"RUNNING_MODAL"}
        if event.type == "Z" and (event.ctrl or event.oskey):
            return {"RUNNING_MODAL"}
        if event.type == "LEFTMOUSE" and event.value == "PRESS" and self._in_view(context, event):
            self._click(context, event)
            return {"RUNNING_MODAL"}
        return {"PASS_THROUGH"}

    @staticmethod
    def _in_view(context, event) -> bool:
        for region in context.area.regions:
            inside = 0 <= event.mouse_x - region.x < region.width and 0 <= event.mouse_y - region.y < region.height
            if inside and region.type not in {"WINDOW"}:
                return False
        region = next(r for r in context.area.regions if r.type == "WINDOW")
        return 0 <= event.mouse_x - region.x < region.width and 0 <= event.mouse_y - region.y < region.height

    def _click(self, context, event) -> None:
        region = next(r for r in context.area.regions if r.type == "WINDOW")
        point = (event.mouse_x - region.x, event.mouse_y - region.y)
        view = context.space_data.region_3d
        origin = view3d_utils.region_2d_to_origin_3d(region, view, point)
        direction = view3d_utils.region_2d_to_vector_3d(region, view, point)
        hit, location, _normal, _face, obj, _matrix = context.scene.ray_cast(
            context.evaluated_depsgraph_get(), origin, direction
        )
        side = next((side for side, name in self._owners.items() if hit and obj.name == name), None)
        if side is None:
            self._show_status(context, "That is neither the source nor the target. ")
            return
        waiting = self._waiting_side()
        if waiting is not None and side != waiting:
            # A second click on the same head moves the point that waits for its partner.
            bpy.data.objects.remove(bpy.data.objects[self._placed.pop()[1]])
        self._place(context, side, location)
        self._show_status(context)

    def _waiting_side(self) -> str | None:
        """The side the pair in progress lacks; None between pairs."""
        if len(self._placed) % 2 == 0:
            return None
        return "target" if self._placed[-1][0] == "source" else "source"

    def _place(self, context, side, location) -> None:
        collection = _collection(context.scene, side)
        number = len([o for o in collection.objects if o.type == "EMPTY"]) + 1
        if self._waiting_side() is not None:
            number = int(landmark_pairs.pair_name(self._placed[-1][1]).removeprefix("L"))
        empty = landmark_pairs.add_empty(
            f"L{number:02d} {side}", location, bpy.data.objects[self._owners[side]], collection
        )
        self._placed.append((side, empty.name))

    def _show_status(self, context, note="") -> None:
        waiting = self._waiting_side()
        wanted = f"click the same point on the {waiting}" if waiting else "click a point on the source or the target"
        context.workspace.status_text_set(
            f"{note}{len(self._placed) // 2} pairs: {wanted}. Enter: done, Backspace: take back"
        )

    def _end(self, context):
        context.window.cursor_modal_restore()
        context.workspace.status_text_set(None)
        if self._waiting_side() is not None:
            bpy.data.objects.remove(bpy.data.objects[self._placed.pop()[1]])
        if not self._placed:
            return {"CANCELLED"}
        scene = context.scene.headbridge
        scene.source_landmarks = bpy.data.collections[COLLECTIONS["source"]]
        scene.target_landmarks = bpy.data.collections[COLLECTIONS["target"]]
        scene.landmarks = "EMPTIES"
        return {"FINISHED"}


def _collection(scene, side) -> bpy.types.Collection:
    name = COLLECTIONS[side]
    found = bpy.data.collections.get(name)
    if found is None:
        found = bpy.data.collections.new(name)
    if found not in scene.collection.children_recursive:
        scene.collection.children.link(found)
    return found


def _pair_poll(operator, context) -> bool:
    scene = context.scene.headbridge
    if scene.source is None or scene.target is None or scene.source == scene.target:
        operator.poll_message_set("Pick two different objects as source and target first")
        return False
    return True


class HEADBRIDGE_OT_clear_pairs(bpy.types.Operator):
    """Delete the empties in the two landmark collections"""

    bl_idname = "headbridge.clear_pairs"
    bl_label = "Clear Pairs"
    bl_options = {"REGISTER", "UNDO"}

    @classmethod
    def poll(cls, context):
        scene = context.scene.headbridge
        if scene.source_landmarks is None and scene.target_landmarks is None:
            cls.poll_message_set("There are no pairs; Pick Pairs makes them")
            return False
        return True

    def execute(self, context):
        scene = context.scene.headbridge
        for collection in (scene.source_landmarks, scene.target_landmarks):
            for obj in [o for o in collection.objects if o.type == "EMPTY"] if collection is not None else []:
                bpy.data.objects.remove(obj)
        return {"FINISHED"}


class HEADBRIDGE_OT_export_pairs(bpy.types.Operator, ExportHelper):
    """Write the picked pairs to a landmark pair file, which the command line reads too"""

    bl_idname = "headbridge.export_pairs"
    bl_label = "Export Pairs"

    filename_ext = ".json"
    filter_glob: bpy.props.StringProperty(default="*.json", options={"HIDDEN"})

    @classmethod
    def poll(cls, context):
        return _pair_poll(cls, context)

    def execute(self, context):
        scene = context.scene.headbridge
        context.view_layer.update()
        try:
            pairs = landmark_pairs.from_empties(scene.source_landmarks, scene.target_landmarks)
            landmark_pairs.write_file(self.filepath, pairs, scene.source, scene.target)
        except (MeshError, OSError) as problem:
            return session_report.fail(self, str(problem))
        self.report({"INFO"}, f"{len(pairs.names)} landmark pairs written")
        return {"FINISHED"}


class HEADBRIDGE_OT_use_demo_pairs(bpy.types.Operator):
    """Use the landmark pairs that ship for the HACK head and the demo scan"""

    bl_idname = "headbridge.use_demo_pairs"
    bl_label = "Use Demo Pairs"
    bl_options = {"REGISTER", "UNDO"}

    def execute(self, context):
        scene = context.scene.headbridge
        if not landmark_pairs.demo_pairs_fit(scene.source, scene.target):
            return session_report.fail(
                self, "The demo pairs are for the HACK or ICT head as source and the demo scan as target."
            )
        scene.landmarks = "FILE"
        scene.landmarks_file = landmark_pairs.DEMO_PAIRS_FILE
        return {"FINISHED"}


CLASSES = (
    HEADBRIDGE_OT_pick_pairs,
    HEADBRIDGE_OT_clear_pairs,
    HEADBRIDGE_OT_export_pairs,
    HEADBRIDGE_OT_use_demo_pairs,
)
