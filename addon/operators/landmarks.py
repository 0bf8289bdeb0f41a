# SPDX-License-Identifier: GPL-3.0-or-later
"""Landmark pairs by mouse: one point on the source, the same point on the target; on a result of Register, a point that
is dragged to where it belongs."""

import bpy
from bpy.app.translations import pgettext_iface as iface_
from bpy_extras.io_utils import ExportHelper
from mathutils import Vector

from .. import landmark_pairs, session_report
from ..mesh_arrays import MeshError
from ..pins import drawing, pairs, surface
from ..pins.pull import PulledSurface
from . import missing
from .point_tool import PointTool, View

# A result lies on its target: what of it is hit this little behind that is meant, as a share of its largest side.
_ON_TARGET = 0.03


class HEADBRIDGE_OT_pick_pairs(PointTool, bpy.types.Operator):
    """Set points with the mouse: click one on the source and the same one on the target, or drag a point of the result to
    where it belongs. Drag moves a point, X deletes it, M mirrors, Ctrl Z takes a step back, Esc ends. Register Again
    follows them"""

    bl_idname = "headbridge.pick_pairs"
    bl_label = "Edit Points"

    @classmethod
    def poll(cls, context):
        if context.area is None or context.area.type != "VIEW_3D":
            return missing.refuse(cls, "Points are set in a 3D view")
        if context.mode != "OBJECT":
            return missing.refuse(cls, "Leave Edit Mode first to set points")
        return _pair_poll(cls, context)

    def invoke(self, context, _event):
        self._pulled = None
        self._unpaired_before = set(pairs.waiting(context.scene))
        return self._start(context)

    def _is_alive(self, context) -> bool:
        state = context.scene.headbridge
        return state.source is not None and state.target is not None and state.source != state.target

    def _points(self, context) -> dict[str, Vector]:
        return {
            empty.name: pairs.place_of(empty)
            for sides in pairs.by_name(context.scene).values()
            for empty in sides.values()
        }

    def _press(self, context, view: View) -> str:
        heads = pairs.Heads.of(context.scene)
        hit = _hit(context, view, heads)
        if hit is None:
            self._note = "That is neither the source nor the target"
            return ""
        if hit.obj == heads.result:
            return self._pull_off(context, heads, hit.point)
        side = "source" if hit.obj == heads.source else "target"
        return self._click(context, heads, side, hit.point)

    def _pull_off(self, context, heads, point: Vector) -> str:
        """A new pair of a point of the result: where it is on the source, and, to be dragged, where it belongs."""
        on_source = surface.transferred(point, heads.result, heads.source, context)
        if on_source is None:
            self._note = "Modifiers of the result or the source change their faces; switch them off in the viewport"
            return ""
        name = pairs.new_name(context.scene)
        pairs.put(context.scene, heads, name, "source", on_source)
        end = pairs.put(context.scene, heads, name, "target", surface.nearest(heads.target, point, context))
        pairs.note_pulled(context.scene, name)
        self._mirror(context, heads, name)
        return end.name

    def _click(self, context, heads, side: str, point: Vector) -> str:
        """A side of the pair that waits for it, else of a new one; a second click on the same head moves it."""
        scene = context.scene
        wait = pairs.waiting(scene)
        mirrored = pairs.mirrored_name(scene, wait[-1]) if wait else ""
        # Of two that were set at once, the first is the one that was clicked.
        name = min(wait[-1], mirrored or wait[-1]) if wait else pairs.new_name(scene)
        made = pairs.put(scene, heads, name, side, point)
        self._mirror(context, heads, name)
        return made.name

    def _mirror(self, context, heads, name: str) -> None:
        """Set the pair on the other side of the face to what this one is, where that is wanted and there is one."""
        scene = context.scene
        if not scene.headbridge.mirror_points:
            return
        other = pairs.mirrored_name(scene, name)
        for side, empty in pairs.by_name(scene)[name].items():
            owner = heads.owner(side)
            there = surface.mirrored(pairs.place_of(empty), heads.mirror(side), owner, context)
            if there is None:
                if heads.mirror(side) is None:
                    text = iface_("'{name}' does not lie evenly around its own X = 0: nothing is mirrored on it")
                    self._note = text.format(name=owner.name)
                continue
            other = other or pairs.new_name(scene)
            pairs.put(scene, heads, other, side, there)
            pairs.bind_mirrored(scene, name, other)
        if other and pairs.was_pulled(scene, name):
            pairs.note_pulled(scene, other)

    def _drag(self, context, view: View, name: str) -> None:
        heads, empty = pairs.Heads.of(context.scene), bpy.data.objects[name]
        side = pairs.side_of(context.scene, name)
        hit = surface.cast(heads.owner(side), *view.ray(), context)
        if hit is not None:
            pairs.move(empty, hit.point)
            self._mirror(context, heads, landmark_pairs.pair_name(name))

    def _drop(self, context, name: str) -> None:
        self._pulled = None

    def _delete(self, context, name: str) -> None:
        scene, pair = context.scene, landmark_pairs.pair_name(name)
        mirrored = pairs.mirrored_name(scene, pair) if scene.headbridge.mirror_points else ""
        pairs.remove(scene, [pair, mirrored])

    def _key(self, context, event, view: View) -> str | None:
        if event.type != "M" or event.ctrl or event.alt:
            return None
        state = context.scene.headbridge
        state.mirror_points = not state.mirror_points
        return ""

    def _show(self, context) -> None:
        heads = pairs.Heads.of(context.scene)
        starts = pairs.starts_on_result(context.scene, heads, context)
        lines = None
        if starts and self._held:
            if self._pulled is None:
                self._pulled = PulledSurface(*surface.seen_vertices_and_edges(heads.result, context))
            lines = self._pulled.lines(*pairs.pulls(context.scene, starts))
        drawing.show(drawing.pair_marks(context.scene, self._near, starts), lines)

    def _hints(self, context) -> list[tuple[str, str]]:
        scene = context.scene
        count, wait = len(pairs.by_name(scene)), pairs.waiting(scene)
        if wait:
            lacks_target = "source" in pairs.by_name(scene)[wait[-1]]
            click = "Same Point on the Target" if lacks_target else "Same Point on the Source"
        elif pairs.Heads.of(scene).result is not None:
            click = "New Point: on the Source, or Drag off the Result"
        else:
            click = "New Point on the Source or the Target"
        mirror = "Mirrored: On" if scene.headbridge.mirror_points else "Mirrored: Off"
        return [
            ("NONE", iface_("{count} Pairs").format(count=count)),
            ("MOUSE_LMB", click),
            ("MOUSE_LMB_DRAG", "Move"),
            ("EVENT_M", mirror),
        ]

    def _leave(self, context) -> None:
        # What lacked a side before the tool began is the user's own.
        wait = [name for name in pairs.waiting(context.scene) if name not in self._unpaired_before]
        if wait and self._done:
            pairs.remove(context.scene, wait)
            self._remember(context, "Edit Points")


def _hit(context, view: View, heads: pairs.Heads) -> surface.Hit | None:
    """What of the two heads and the result is under the mouse."""
    shown = [obj for obj in (heads.result, heads.source, heads.target) if obj is not None]
    hits = [hit for obj in shown if (hit := surface.cast(obj, *view.ray(), context)) is not None]
    first = min(hits, key=lambda hit: hit.distance, default=None)
    if first is None or heads.result is None:
        return first
    slack = _ON_TARGET * max(heads.result.dimensions)
    on_result = next((hit for hit in hits if hit.obj == heads.result), None)
    return on_result if on_result is not None and on_result.distance < first.distance + slack else first


def _pair_poll(operator, context) -> bool:
    scene = context.scene.headbridge
    if scene.source is None or scene.target is None or scene.source == scene.target:
        return missing.refuse(operator, "Pick two different objects as source and target first")
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
            return missing.refuse(cls, "There are no pairs; Edit Points makes them")
        return True

    def execute(self, context):
        pairs.remove(context.scene, list(pairs.by_name(context.scene)))
        return {"FINISHED"}


class HEADBRIDGE_OT_export_pairs(bpy.types.Operator, ExportHelper):
    """Write the pairs to a landmark pair file, which the command line reads too"""

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


class HEADBRIDGE_OT_use_demo_pairs(missing.Asked, bpy.types.Operator):
    """Use the landmark pairs that ship for the HACK head and the demo scan"""

    bl_idname = "headbridge.use_demo_pairs"
    bl_label = "Use Demo Pairs"
    bl_options = {"REGISTER", "UNDO"}
    needs = (missing.points,)

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
