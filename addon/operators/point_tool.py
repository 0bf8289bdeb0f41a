# SPDX-License-Identifier: GPL-3.0-or-later
"""What the tools have in common that set points by mouse: drag, click, delete, an undo step for each, hints."""

from __future__ import annotations

from dataclasses import dataclass

import bpy
import numpy as np
from bpy_extras import view3d_utils
from mathutils import Vector

from .. import session_report
from ..pins import drawing

# How near to a point, in pixels of the screen, a click takes hold of it.
_REACH = 12.0
# Keys whose icons are wider than others: the room after them, in Blender's separators.
_WIDE = {"EVENT_ESC": 1.5, "EVENT_SPACEKEY": 4.0}


@dataclass(frozen=True, eq=False)
class View:
    """A 3D view's region with the mouse in it, of a quad view one of four. mouse : pixels of the region."""

    region: bpy.types.Region
    mouse: tuple[int, int]

    def ray(self) -> tuple[Vector, Vector]:
        """The origin and direction, in the world, of what is seen under the mouse."""
        origin = view3d_utils.region_2d_to_origin_3d(self.region, self.region.data, self.mouse)
        return origin, view3d_utils.region_2d_to_vector_3d(self.region, self.region.data, self.mouse)

    def apart(self, point: Vector) -> float:
        """How many pixels the mouse is from a point of the world; infinite for one that is not seen."""
        seen = view3d_utils.location_3d_to_region_2d(self.region, self.region.data, point)
        return float(np.hypot(seen[0] - self.mouse[0], seen[1] - self.mouse[1])) if seen is not None else np.inf


def view_under(window: bpy.types.Window, mouse: tuple[int, int]) -> View | None:
    """The 3D view under a mouse (pixels of the window), where no panel lies over it."""
    for area in window.screen.areas:
        if area.type != "VIEW_3D":
            continue
        found = None
        for region in area.regions:
            place = mouse[0] - region.x, mouse[1] - region.y
            if 0 <= place[0] < region.width and 0 <= place[1] < region.height:
                if region.type != "WINDOW":
                    found = None
                    break
                found = View(region, place)
        if found is not None:
            return found
    return None


class PointTool:
    """Runs until Esc or Enter. A derived class says which points there are and what becomes of them.

    Every drag, click and deletion is an undo step; Ctrl Z takes them back while the tool runs, and after it."""

    bl_options = {"REGISTER"}

    def _is_alive(self, context) -> bool:
        """Whether what the points are on is still there."""
        raise NotImplementedError

    def _points(self, context) -> dict[str, Vector]:
        """The points that can be dragged: names of their empties and where they are in the world."""
        raise NotImplementedError

    def _press(self, context, view: View) -> str:
        """A click beside all points; returns the name of a new point, which is then dragged, or nothing."""
        raise NotImplementedError

    def _drag(self, context, view: View, name: str) -> None:
        """Take a point to the mouse."""
        raise NotImplementedError

    def _drop(self, context, name: str) -> None:
        """A point was let go."""

    def _delete(self, context, name: str) -> None:
        raise NotImplementedError

    def _key(self, context, event, view: View) -> str | None:
        """What a key of the tool's own has done, empty where that is no step; None for other keys."""
        return None

    def _show(self, context) -> None:
        """Draw the points with `drawing.show`."""
        raise NotImplementedError

    def _hints(self, context) -> list[tuple[str, str]]:
        """Icons and words of the status bar, without those that all tools have."""
        raise NotImplementedError

    def _leave(self, context) -> None:
        """The tool ends."""

    def _start(self, context) -> set[str]:
        self._held = self._near = self._note = ""
        self._moved = False
        # Steps done and steps taken back, of this tool's own.
        self._done = self._undone = 0
        context.window_manager.modal_handler_add(self)
        context.window.cursor_modal_set("CROSSHAIR")
        self._refresh(context)
        return {"RUNNING_MODAL"}

    def modal(self, context, event):
        if not self._is_alive(context):
            return self._end(context)
        view = view_under(context.window, (event.mouse_x, event.mouse_y))
        if event.type == "Z" and (event.ctrl or event.oskey):
            if event.value == "PRESS" and not self._held:
                self._step_back(context, forward=event.shift)
            return {"RUNNING_MODAL"}
        if event.type in {"ESC", "RIGHTMOUSE", "RET", "NUMPAD_ENTER"} and event.value == "PRESS":
            if self._held:
                return self._let_go(context)
            return self._end(context)
        if event.type == "LEFTMOUSE" and event.value == "RELEASE" and self._held:
            return self._let_go(context)
        if event.type in {"MOUSEMOVE", "INBETWEEN_MOUSEMOVE"}:
            return self._mouse_moved(context, view)
        if event.value not in {"PRESS", "DOUBLE_CLICK"} or view is None or self._held:
            return {"PASS_THROUGH"}
        return self._pressed(context, event, view)

    def _mouse_moved(self, context, view: View | None) -> set[str]:
        if self._held:
            if view is not None:
                self._drag(context, view, self._held)
                self._moved = True
                self._refresh(context)
            return {"RUNNING_MODAL"}
        near = self._under(context, view) if view is not None else ""
        if near != self._near:
            self._near = near
            self._refresh(context)
        return {"PASS_THROUGH"}

    def _pressed(self, context, event, view: View) -> set[str]:
        self._note = ""
        if event.type == "LEFTMOUSE":
            self._near = self._held = self._under(context, view)
            self._moved = False
            if not self._held:
                self._near = self._held = self._press(context, view)
                self._moved = bool(self._held)
        elif event.type in {"X", "DEL"}:
            if self._near:
                self._delete(context, self._near)
                self._near = ""
                self._remember(context, "Delete Point")
        else:
            done = self._key(context, event, view)
            if done is None:
                return {"PASS_THROUGH"}
            if done:
                self._remember(context, done)
        self._refresh(context)
        return {"RUNNING_MODAL"}

    def _let_go(self, context) -> set[str]:
        name, self._held = self._held, ""
        if self._moved:
            self._drop(context, name)
            self._remember(context, "Move Point")
        self._refresh(context)
        return {"RUNNING_MODAL"}

    def _remember(self, context, message: str) -> None:
        context.view_layer.update()
        bpy.ops.ed.undo_push(message=message)
        self._done, self._undone = self._done + 1, 0

    def _step_back(self, context, forward: bool) -> None:
        if forward and self._undone:
            bpy.ops.ed.redo()
            self._done, self._undone = self._done + 1, self._undone - 1
        elif not forward and self._done:
            bpy.ops.ed.undo()
            self._done, self._undone = self._done - 1, self._undone + 1
        self._near = ""
        self._refresh(bpy.context)

    def _under(self, context, view: View) -> str:
        """The name of the point under the mouse, empty for none."""
        apart = {name: view.apart(place) for name, place in self._points(context).items()}
        best = min(apart, key=apart.get, default="")
        return best if best and apart[best] < _REACH * context.preferences.system.ui_scale else ""

    def _refresh(self, context) -> None:
        self._show(context)
        hints = [*self._hints(context), ("EVENT_X", "Delete"), ("EVENT_ESC", "Done")]
        note = self._note

        def draw(header, _context):
            row = header.layout.row(align=True)
            if note:
                row.label(text=note, icon="INFO")
            for icon, text in hints:
                row.label(text="", icon=icon)
                if icon in _WIDE:
                    row.separator(factor=_WIDE[icon])
                row.label(text=text)

        context.workspace.status_text_set(draw)
        session_report.redraw()

    def _end(self, context) -> set[str]:
        self._leave(context)
        context.window.cursor_modal_restore()
        context.workspace.status_text_set(None)
        drawing.clear()
        session_report.redraw()
        return {"FINISHED"} if self._done else {"CANCELLED"}

    def cancel(self, _context):
        """Blender ends the tool (another file is loaded)."""
        drawing.clear()
