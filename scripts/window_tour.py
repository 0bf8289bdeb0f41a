"""The steps of scripts/window_tour.sh, run by Blender in a window."""

from __future__ import annotations

import os
import sys
import tempfile
import time
import traceback
from collections.abc import Iterator
from pathlib import Path

import bpy
import numpy as np
from bpy_extras.view3d_utils import location_3d_to_region_2d
from mathutils import Euler, Vector

PORTRAIT = Path(__file__).resolve().parent / "demo" / "portrait.png"
SIDEBAR = "HeadBridge"
# Seconds, at most for a job.
LONGEST = 1200.0
VIDEO_FRAMES = 8
# Seconds between a step and its picture.
SETTLING = 1.0

_mouse = (0, 0)


def pair() -> Iterator[str | None]:
    """Two heads: one takes the other's shape; the views of the result; a point dragged off it."""
    yield from opened_sidebar()
    yield "start"
    bpy.data.objects.remove(bpy.data.objects["Cube"])
    call("add_head", kind="FLAME")
    yield "first-head"
    call("add_head", kind="HACK")
    show(bpy.data.objects["FLAME"], bpy.data.objects["HACK"])
    yield "pair"
    call("create_head")
    yield from until(lambda: session().fraction > 0.5)
    yield "registering"
    yield from done()
    look_from(bpy.context.scene.headbridge.result, 0.5)
    yield "heat-map"
    for mode in ("OVERLAY", "SWIPE", "SIDE_BY_SIDE", "RESULT"):
        call("compare", mode=mode)
        if mode == "SWIPE":
            yield from dragged(
                on_screen(0.5, 0.3), (pixels_of(middle_of(bpy.context.object))[0], on_screen(0.5, 0.3)[1])
            )
        yield mode.lower().replace("_", "-")
    call("end_compare")
    yield from points()
    with bpy.context.temp_override(**view()):
        bpy.ops.object.mode_set(mode="EDIT")
    yield "edit-mode"


def points() -> Iterator[str | None]:
    """Two points dragged off the result, mirrored."""
    result = bpy.context.scene.headbridge.result
    call("compare", mode="OVERLAY")
    bpy.context.scene.headbridge.mirror_points = True
    call("pick_pairs")
    yield from dragged(seen(result, 0.045, 0.055), seen(result, 0.05, 0.06))
    yield from dragged(seen(result, 0.025, 0.0), seen(result, 0.033, 0.014), drop=False)
    yield "points"
    yield from pressed("LEFTMOUSE", "RELEASE")
    yield from pressed("ESC", "PRESS")
    call("end_compare")
    call("register")
    yield from done()
    yield "points-followed"
    call("end_compare")


def photo() -> Iterator[str | None]:
    """A photo becomes a head; points on the photo; ARKit's keys, the texture, the file of a game."""
    yield from new_file()
    call("add_photos", filepath=str(PORTRAIT), directory=str(PORTRAIT.parent), files=[{"name": PORTRAIT.name}])
    bpy.context.scene.headbridge.quality = "DRAFT"
    yield "photo"
    call("create_head")
    yield from until(lambda: session().task == "fit_photo" and session().fraction > 0.6)
    yield "fitting"
    yield from done()
    yield "photo-fitted"
    session().swipe_photo = True
    middle = pixels_of(middle_of(bpy.context.object))
    yield from dragged(on_screen(0.5, 0.2), (middle[0], on_screen(0.5, 0.2)[1]))
    yield "photo-swipe"
    session().swipe_photo = False
    yield from photo_points()
    call("back_to_view")
    look_from(bpy.context.object, 0.5)
    yield "back-to-3d"
    call("add_arkit_keys")
    yield from done()
    head = bpy.context.object
    head.data.shape_keys.key_blocks["jawOpen"].value = 0.8
    yield "arkit-keys"


def photo_points() -> Iterator[str | None]:
    """A landmark dragged on the photo."""
    head = bpy.context.object
    call("edit_photo_landmarks")
    yield from waited()
    nose = next(obj for obj in bpy.data.objects if obj.get("headbridge_landmark") == "left lip corner")
    start = pixels_of(nose.matrix_world.translation)
    yield from dragged(start, (start[0] + 22, start[1] + 10), drop=False)
    yield "photo-points"
    yield from pressed("LEFTMOUSE", "RELEASE")
    yield from pressed("ESC", "PRESS")
    bpy.context.view_layer.objects.active = head


def video() -> Iterator[str | None]:
    """The face in a video, here pictures in which the portrait moves."""
    yield from new_file()
    folder = moving_portrait()
    unfold("HEADBRIDGE_PT_rig", "HEADBRIDGE_PT_motion")
    call("track_video", filepath=folder, directory=folder, fps=25.0)
    yield from until(lambda: session().fraction > 0.5)
    yield "tracking"
    yield from done()
    bpy.context.scene.frame_set(3)
    look_from(bpy.context.object, 0.3)
    yield "tracked"


def look() -> Iterator[str | None]:
    """A texture with sliders, and what else there is under Look."""
    yield from new_file()
    call("add_head", kind="FLAME")
    unfold("HEADBRIDGE_PT_look", "HEADBRIDGE_PT_texture")
    call("new_texture")
    yield from done()
    look_from(bpy.context.object, 0.5)
    yield "look"


def german() -> Iterator[str | None]:
    """The panels in another language."""
    view_preferences = bpy.context.preferences.view
    view_preferences.language = "de" if "de" in bpy.app.translations.locales else "de_DE"
    yield from new_file()
    call("add_head", kind="MAKEHUMAN")
    look_from(bpy.context.object, 0.5)
    yield "german"


CHAPTERS = (pair, photo, video, look, german)


def tour(chapters: list[str]) -> Iterator[str | None]:
    """The steps of some chapters, or of all: each yields the name of a picture when its scene is ready, and nothing while
    it waits."""
    for chapter in CHAPTERS:
        if not chapters or chapter.__name__ in chapters:
            yield from chapter()


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
    way = "EXEC_DEFAULT" if operator == "add_photos" else "INVOKE_DEFAULT"
    with bpy.context.temp_override(**view()):
        getattr(bpy.ops.headbridge, operator)(way, True, **arguments)


def show(*objects) -> None:
    """Look at some objects; they are selected then."""
    for obj in bpy.context.view_layer.objects:
        obj.select_set(obj in objects)
    with bpy.context.temp_override(**view()):
        bpy.ops.view3d.view_selected()


def look_from(obj, turn: float) -> None:
    """Look at an object from before it, turned to its left by so many radians."""
    show(obj)
    region = view()["area"].spaces.active.region_3d
    region.view_rotation = Euler((1.45, 0.0, turn)).to_quaternion()
    region.view_distance = 2.2 * max(obj.dimensions)


def on_screen(across: float, up: float) -> tuple[int, int]:
    """The window's pixel at shares of the 3D view."""
    region = view()["region"]
    return region.x + round(across * region.width), region.y + round(up * region.height)


def pixels_of(point) -> tuple[int, int]:
    """The window's pixel at which the 3D view shows a point of the world."""
    region = view()["region"]
    place = location_3d_to_region_2d(region, view()["area"].spaces.active.region_3d, point)
    return region.x + round(place.x), region.y + round(place.y)


def middle_of(obj) -> Vector:
    """The middle of an object's box, in the world."""
    return obj.matrix_world @ (Vector(map(sum, zip(*obj.bound_box))) / 8.0)


def seen(obj, across: float, up: float) -> tuple[int, int]:
    """The window's pixel of the point of a head's face so many metres to its left of, and above, the middle."""
    middle = middle_of(obj)
    found, point, *_ = obj.ray_cast(
        obj.matrix_world.inverted() @ (middle + Vector((across, -1.0, up))), Vector((0.0, 1.0, 0.0))
    )
    assert found
    return pixels_of(obj.matrix_world @ point)


def event(kind: str, value: str, at: tuple[int, int]) -> None:
    """What a mouse or keyboard does in Blender's window; at : pixels of the window."""
    global _mouse
    _mouse = at
    bpy.context.window_manager.windows[0].event_simulate(type=kind, value=value, x=at[0], y=at[1])


def pressed(kind: str, value: str) -> Iterator[None]:
    """A key or button, where the mouse is."""
    event(kind, value, _mouse)
    if value == "PRESS" and kind != "LEFTMOUSE":
        event(kind, "RELEASE", _mouse)
    yield from waited(0.4)


def dragged(start: tuple[int, int], end: tuple[int, int], drop: bool = True) -> Iterator[None]:
    """Drag the mouse; drop : let go at the end."""
    yield from waited(0.4)
    event("MOUSEMOVE", "NOTHING", start)
    yield from waited(0.4)
    event("LEFTMOUSE", "PRESS", start)
    yield from waited(0.2)
    for share in (0.25, 0.5, 0.75, 1.0):
        event("MOUSEMOVE", "NOTHING", tuple(round(a + share * (b - a)) for a, b in zip(start, end)))
        yield from waited(0.2)
    if drop:
        yield from pressed("LEFTMOUSE", "RELEASE")


def unfold(*panels: str) -> None:
    """Open panels that are closed by default: Blender asks for that when it meets a panel, so they are made again."""
    parents = {
        cls: getattr(cls, "bl_parent_id", "")
        for cls in bpy.types.Panel.__subclasses__()
        if cls.__name__.startswith("HEADBRIDGE_PT")
    }
    by_name = {cls.__name__: cls for cls in parents}

    def way(cls) -> list[str]:
        """A panel and those it lies in."""
        return [cls.__name__, *(way(by_name[parents[cls]]) if parents[cls] in by_name else [])]

    # Parents before their children.
    again = sorted((cls for cls in parents if set(way(cls)) & set(panels)), key=lambda cls: len(way(cls)))
    for cls in reversed(again):
        bpy.utils.unregister_class(cls)
    for cls in again:
        if cls.__name__ in panels:
            cls.bl_options = set()
        bpy.utils.register_class(cls)


def moving_portrait() -> str:
    """A folder of pictures in which the portrait moves, as a video has it."""
    folder = os.path.join(tempfile.mkdtemp(), PORTRAIT.stem)
    os.mkdir(folder)
    portrait = bpy.data.images.load(str(PORTRAIT))
    width, height = portrait.size
    pixels = np.array(portrait.pixels, np.float32).reshape(height, width, 4)
    for number in range(VIDEO_FRAMES):
        shift = round(0.05 * width * np.sin(number))
        frame = bpy.data.images.new("Frame", width, height)
        frame.pixels.foreach_set(np.roll(pixels, shift, axis=1).ravel())
        frame.filepath_raw, frame.file_format = os.path.join(folder, f"{number:04d}.png"), "PNG"
        frame.save()
        bpy.data.images.remove(frame)
    bpy.data.images.remove(portrait)
    return folder


def new_file() -> Iterator[None]:
    """The default scene without its cube, with the sidebar open."""
    bpy.ops.wm.read_homefile(app_template="")
    bpy.data.objects.remove(bpy.data.objects["Cube"])
    yield from waited()
    yield from opened_sidebar()


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

    def __init__(self, folder: str, chapters: list[str]):
        self._folder = folder
        self._steps, self._name, self._asked = tour(chapters), "", ""

    def __call__(self) -> float | None:
        try:
            return self._go_on()
        except StopIteration:
            bpy.ops.wm.quit_blender()
        except Exception:
            traceback.print_exc()
            os._exit(1)
        return None

    def _go_on(self) -> float:
        """The next step, or the picture of the last one; returns when to come again."""
        if self._asked:
            if os.path.exists(self._asked):
                return 0.1
            self._asked = ""
        if self._name:
            self._asked = os.path.join(self._folder, f"{self._name}.wanted")
            self._name = ""
            _redraw()
            Path(self._asked).touch()
            return 0.1
        self._name = next(self._steps) or ""
        if not self._name:
            return 0.1
        # Panels take a moment to come to rest.
        _redraw()
        return SETTLING


def _redraw() -> None:
    with bpy.context.temp_override(**view()):
        bpy.ops.wm.redraw_timer(type="DRAW_WIN_SWAP", iterations=1)


def main() -> None:
    folder, *chapters = sys.argv[sys.argv.index("--") + 1 :]
    bpy.context.preferences.view.show_splash = False
    bpy.context.preferences.view.smooth_view = 0
    bpy.app.timers.register(_Tour(folder, chapters), first_interval=3.0, persistent=True)


main()
