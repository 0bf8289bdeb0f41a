# SPDX-License-Identifier: GPL-3.0-or-later
"""What the add-on changes of a 3D view, and how the user had it.

A view is borrowed when it looks through a photo, looks at a comparison or shows textures in Solid shading: one view, the
one that was asked for. It goes back when that ends, and always before the file is saved, another one is loaded or the
add-on is disabled; after saving it is taken again. So files hold the user's own views alone. What the user had is kept
in memory: an undo leaves views alone, and so it leaves this alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import bpy

_SHADING = ("color_type", "light")
_LOOK = (
    "view_perspective",
    "view_rotation",
    "view_location",
    "view_distance",
    "view_camera_zoom",
    "view_camera_offset",
)


@dataclass
class _Borrowed:
    """What the user had in a view: `shading` and `look` are empty where these are still the user's own.

    camera, camera_uid : name and session_uid of the one the view looks through for the add-on's sake."""

    shading: dict = field(default_factory=dict)
    look: dict = field(default_factory=dict)
    camera: str = ""
    camera_uid: int = 0


# By the view's address, which stays as long as the file is open.
_borrowed: dict[int, _Borrowed] = {}


def shade(space: bpy.types.SpaceView3D | None, colour: str, flat: bool) -> None:
    """Let a view's Solid shading colour objects by their "TEXTURE" or another colour type; without studio light when
    `flat`. Other shadings stay as they are: they show textures by themselves."""
    if space is None or space.type != "VIEW_3D" or space.shading.type != "SOLID":
        return
    kept = _borrowed.setdefault(space.as_pointer(), _Borrowed())
    if not kept.shading:
        kept.shading = {name: getattr(space.shading, name) for name in _SHADING}
    space.shading.color_type = colour
    space.shading.light = "FLAT" if flat else kept.shading["light"]


def keep_look(space: bpy.types.SpaceView3D, camera: bpy.types.Object | None = None) -> None:
    """Remember where a view looks from and through which camera, before either is changed; camera : the one it is going
    to look through."""
    kept = _borrowed.setdefault(space.as_pointer(), _Borrowed())
    if not kept.look:
        kept.look = _look_of(space)
    kept.camera, kept.camera_uid = (camera.name, camera.session_uid) if camera is not None else ("", 0)


def is_borrowed(space: bpy.types.SpaceView3D | None) -> bool:
    """Whether anything of a view is not as the user had it."""
    return space is not None and space.as_pointer() in _borrowed


def give_back(space: bpy.types.SpaceView3D) -> None:
    """Leave a view as the user had it."""
    kept = _borrowed.pop(space.as_pointer(), None)
    if kept is not None:
        _return_shading(space, kept)
        _return_look(space, kept)


def give_back_look(space: bpy.types.SpaceView3D) -> None:
    """Let a view look from where the user had it; its shading stays borrowed."""
    kept = _borrowed.get(space.as_pointer())
    if kept is not None:
        _return_look(space, kept)
        _drop_empty(space, kept)


def give_back_shadings() -> None:
    """Leave the shading of all views as the user had it."""
    for space in _spaces():
        kept = _borrowed[space.as_pointer()]
        _return_shading(space, kept)
        _drop_empty(space, kept)


def give_back_all() -> None:
    """Leave all views as the user had them."""
    for space in list(_spaces()):
        give_back(space)
    _borrowed.clear()


def region_of(area: bpy.types.Area) -> bpy.types.Region:
    """The region that the `region_3d` of a 3D view belongs to: its main one, in a quad view the last of four."""
    return [region for region in area.regions if region.type == "WINDOW"][-1]


def follow_cameras() -> None:
    """Let views look through their photo's camera again, which an undo has exchanged for one of the same name; where
    there is none any more, they are given back."""
    there = {obj.session_uid for obj in bpy.data.objects if obj.type == "CAMERA"}
    for space in list(_spaces()):
        kept = _borrowed[space.as_pointer()]
        if not kept.camera or kept.camera_uid in there:
            continue
        camera = bpy.data.objects.get(kept.camera)
        if camera is None or camera.type != "CAMERA":
            give_back_look(space)
        else:
            space.camera, kept.camera_uid = camera, camera.session_uid


class Loan:
    """All borrowed views as they stand, given back in between: `Loan()` gives them back, `take_again` takes them."""

    def __init__(self):
        self._views = [
            (space, _values(space.shading, _SHADING), _look_of(space), kept)
            for space in _spaces()
            for kept in [replace(_borrowed[space.as_pointer()])]
        ]
        give_back_all()

    def take_again(self) -> None:
        """Show again what was shown."""
        for space, shading, look, kept in self._views:
            _borrowed[space.as_pointer()] = kept
            if kept.shading:
                _set(space.shading, shading)
            if kept.look:
                _set_look(space, look)


def _spaces() -> Iterator[bpy.types.SpaceView3D]:
    """The borrowed views that are still there."""
    for screen in bpy.data.screens:
        for area in screen.areas:
            for space in area.spaces:
                if space.type == "VIEW_3D" and space.as_pointer() in _borrowed and space.region_3d is not None:
                    yield space


def _values(holder, names: tuple[str, ...]) -> dict:
    # Vectors are views into Blender's memory, which changes.
    values = {name: getattr(holder, name) for name in names}
    return {name: value if isinstance(value, (str, float)) else tuple(value) for name, value in values.items()}


def _look_of(space: bpy.types.SpaceView3D) -> dict:
    # The camera's name: an undo leaves nothing of the object itself where Python has it.
    camera = space.camera.name if space.camera is not None else ""
    return {"local": space.use_local_camera, "camera": camera, **_values(space.region_3d, _LOOK)}


def _return_shading(space: bpy.types.SpaceView3D, kept: _Borrowed) -> None:
    _set(space.shading, kept.shading)
    kept.shading = {}


def _return_look(space: bpy.types.SpaceView3D, kept: _Borrowed) -> None:
    if kept.look:
        _set_look(space, kept.look)
    kept.look, kept.camera, kept.camera_uid = {}, "", 0


def _set_look(space: bpy.types.SpaceView3D, look: dict) -> None:
    space.use_local_camera, space.camera = look["local"], bpy.data.objects.get(look["camera"])
    _set(space.region_3d, {name: look[name] for name in _LOOK})


def _set(holder, values: dict) -> None:
    for name, value in values.items():
        setattr(holder, name, value)


def _drop_empty(space: bpy.types.SpaceView3D, kept: _Borrowed) -> None:
    if not kept.shading and not kept.look:
        del _borrowed[space.as_pointer()]
