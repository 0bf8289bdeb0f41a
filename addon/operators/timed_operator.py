# SPDX-License-Identifier: GPL-3.0-or-later
"""Operators that wait for something outside Blender without stopping it."""

import time

import bpy


class TimedOperator:
    """Polls `_step` from a timer until it returns a status; in background mode from a loop."""

    _timer = None

    def _run(self, context) -> set[str]:
        if bpy.app.background:
            while (status := self._step(context)) is None:
                time.sleep(0.02)
            return status
        self._timer = context.window_manager.event_timer_add(0.1, window=context.window)
        context.window_manager.modal_handler_add(self)
        return {"RUNNING_MODAL"}

    def modal(self, context, event):
        if event.type != "TIMER":
            return {"PASS_THROUGH"}
        status = self._step(context)
        if status is None:
            return {"PASS_THROUGH"}
        context.window_manager.event_timer_remove(self._timer)
        return status
