"""The steps of scripts/window_tour.sh, run by Blender in a window."""

from __future__ import annotations

import os
import sys
import time
import traceback
from collections.abc import Iterator
from pathlib import Path

import bpy

PORTRAIT = Path(__file__).resolve().parent / "demo" / "portrait.png"
SIDEBAR = "HeadBridge"
# Seconds, at most for a job.
LONGEST = 1200.0


def tour() -> Iterator[str | None]:
    """The steps: each yields the name of a picture when its scene is ready, and nothing while it waits."""
    yield from registering()
    yield from looking()
    yield from photo()
    yield from keys()


def registering() -> Iterator[str | None]:
    """The default scene; FLAME and HACK beside its cube; one takes the other's shape."""
    yield from opened_sidebar()
    yield "start"
    call("add_head", kind="FLAME")
    yield "first-head"
    call("add_head", kind="HACK")
    show(bpy.data.objects["FLAME"], bpy.data.objects["HACK"])
    yield "pair"
    call("create_head")
    yield from until(lambda: session().fraction > 0.5)
    yield "registering"
    yield from done()
    yield "heat-map"


def looking() -> Iterator[str | None]:
    """The views of a result."""
    for mode in ("OVERLAY", "SIDE_BY_SIDE", "RESULT"):
        call("compare", mode=mode)
        yield mode.lower().replace("_", "-")
    call("end_compare")
    yield "view-given-back"
    with bpy.context.temp_override(**view()):
        bpy.ops.object.mode_set(mode="EDIT")
    yield "edit-mode"


def photo() -> Iterator[str | None]:
    """A photo becomes a head."""
    bpy.ops.wm.read_homefile(app_template="")
    yield from waited()
    yield from opened_sidebar()
    call("add_photos", filepath=str(PORTRAIT), directory=str(PORTRAIT.parent), files=[{"name": PORTRAIT.name}])
    bpy.context.scene.headbridge.quality = "DRAFT"
    yield "photo"
    call("create_head")
    yield from until(lambda: session().task == "fit_photo" and session().fraction > 0.6)
    yield "fitting"
    yield from done()
    yield "photo-fitted"
    call("back_to_view")
    show(bpy.context.object)
    yield "back-to-3d"


def keys() -> Iterator[str | None]:
    """ARKit's keys on the head, one of them moved."""
    call("add_arkit_keys")
    yield from done()
    head = bpy.context.object
    head.data.shape_keys.key_blocks["jawOpen"].value = 0.8
    yield "arkit-keys"


def session():
    """What the add-on says of what runs."""
    return bpy.context.window_manager.headbridge


def view() -> dict:
    """The window's 3D view as a context."""
    window = bpy.context.window_manager.windows[0]
    area = next(area for area in window.screen.areas if area.type == "VIEW_3D")
    return {"window": window, "area": area, "region": next(r for r in area.regions if r.type == "WINDOW")}


def call(operator: str, **arguments) -> None:
    """An operator as a button of the sidebar calls it."""
    way = "EXEC_DEFAULT" if "filepath" in arguments else "INVOKE_DEFAULT"
    with bpy.context.temp_override(**view()):
        getattr(bpy.ops.headbridge, operator)(way, True, **arguments)


def show(*objects) -> None:
    """Look at some objects; they are selected then."""
    for obj in bpy.context.view_layer.objects:
        obj.select_set(obj in objects)
    with bpy.context.temp_override(**view()):
        bpy.ops.view3d.view_selected()


def opened_sidebar() -> Iterator[None]:
    """Open the sidebar with the extension's tab, which is there once the sidebar was drawn."""
    view()["area"].spaces.active.show_region_ui = True
    yield from waited()
    next(region for region in view()["area"].regions if region.type == "UI").active_panel_category = SIDEBAR


def waited(seconds: float = 1.0) -> Iterator[None]:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        yield None


def until(reached) -> Iterator[None]:
    """Wait for something, at most as long as a job may take."""
    end = time.monotonic() + LONGEST
    while not reached():
        if session().error or time.monotonic() > end:
            raise RuntimeError(session().error or "a job took too long")
        yield None


def done() -> Iterator[None]:
    """Wait for a job."""
    yield from until(lambda: not session().task)


class _Tour:
    """Goes on from a timer, so that Blender draws in between. A picture is asked for by a file "NAME.wanted" in the
    folder, which goes away when it was taken: what Blender itself takes of its window is black in some drivers."""

    def __init__(self, folder: str, wanted: list[str]):
        self._folder, self._wanted = folder, wanted
        self._steps, self._number, self._asked = tour(), 0, ""

    def __call__(self) -> float | None:
        try:
            if self._asked and os.path.exists(self._asked):
                return 0.1
            self._asked = ""
            name = next(self._steps)
            if name is not None:
                self._ask(name)
            return 0.1
        except StopIteration:
            bpy.ops.wm.quit_blender()
        except Exception:
            traceback.print_exc()
            os._exit(1)
        return None

    def _ask(self, name: str) -> None:
        self._number += 1
        if self._wanted and name not in self._wanted:
            return
        with bpy.context.temp_override(**view()):
            bpy.ops.wm.redraw_timer(type="DRAW_WIN_SWAP", iterations=1)
        self._asked = os.path.join(self._folder, f"{self._number:02d}-{name}.wanted")
        Path(self._asked).touch()


def main() -> None:
    folder, *wanted = sys.argv[sys.argv.index("--") + 1 :]
    bpy.context.preferences.view.show_splash = False
    bpy.context.preferences.view.smooth_view = 0
    bpy.app.timers.register(_Tour(folder, wanted), first_interval=3.0, persistent=True)


main()
