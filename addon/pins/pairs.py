# SPDX-License-Identifier: GPL-3.0-or-later
"""Pairs of points on two heads as the user sets them: empties in two collections, one pair after the other."""

from __future__ import annotations

import re
from dataclasses import dataclass

import bpy
import numpy as np
from mathutils import Matrix, Vector

from .. import comparison, landmark_pairs, result_object
from . import surface

SIDES = ("source", "target")
COLLECTIONS = {"source": "HeadBridge Source Landmarks", "target": "HeadBridge Target Landmarks"}
# Object property of an empty: the name of the pair that lies on the other side of the face.
_MIRRORED = "headbridge_mirrored"
_NUMBERED = re.compile(r"L(\d+)$")


@dataclass(frozen=True, eq=False)
class Heads:
    """The two heads that pairs are set on, and the result of Register that has transferred one to the other, if any."""

    source: bpy.types.Object
    target: bpy.types.Object
    result: bpy.types.Object | None

    @classmethod
    def of(cls, scene: bpy.types.Scene) -> Heads:
        """Those of the panel."""
        state = scene.headbridge
        shown = [state.result, *(obj for obj in scene.objects if obj != state.result)]
        result = next((obj for obj in shown if _is_result(obj, state.source, state.target)), None)
        return cls(state.source, state.target, result)

    def owner(self, side: str) -> bpy.types.Object:
        return self.source if side == "source" else self.target

    def mirror(self, side: str) -> Matrix | None:
        """The reflection that takes one half of a head to the other; on a target that was registered, the source's, as it
        was transferred there."""
        if side == "source" or self.result is None:
            return surface.own_mirror(self.owner(side))
        answer, own = result_object.answer_of(self.result), surface.own_mirror(self.source)
        if own is None:
            return surface.own_mirror(self.target)
        then = answer.get("target_place", {}).get("matrix")
        moved = self.target.matrix_world @ Matrix(then).inverted() if then is not None else Matrix()
        there = moved @ comparison.similarity_matrix(answer)
        return there @ own @ there.inverted()


def _is_result(obj: bpy.types.Object | None, source: bpy.types.Object, target: bpy.types.Object) -> bool:
    return (
        obj is not None
        and result_object.answer_of(obj) is not None
        and (result_object.source_of(obj), result_object.target_of(obj)) == (source, target)
    )


def by_name(scene: bpy.types.Scene) -> dict[str, dict[str, bpy.types.Object]]:
    """The empties of every pair by its name, each under its side; a pair may lack one."""
    found: dict[str, dict[str, bpy.types.Object]] = {}
    for side, collection in zip(SIDES, (scene.headbridge.source_landmarks, scene.headbridge.target_landmarks)):
        for obj in collection.objects if collection is not None else ():
            if obj.type == "EMPTY":
                found.setdefault(landmark_pairs.pair_name(obj.name), {})[side] = obj
    return dict(sorted(found.items(), key=lambda item: _order(item[0])))


def _order(name: str) -> tuple[bool, int, str]:
    """Pairs with numbers come last and by their numbers."""
    numbered = _NUMBERED.match(name)
    return (True, int(numbered[1]), "") if numbered else (False, 0, name)


def label_of(name: str) -> str:
    """What a pair is called in the view: its number, or its name where the user has named it."""
    numbered = _NUMBERED.match(name)
    return str(int(numbered[1])) if numbered else name


def waiting(scene: bpy.types.Scene) -> list[str]:
    """The pairs that lack a side, the newest last."""
    return [name for name, sides in by_name(scene).items() if len(sides) == 1]


def new_name(scene: bpy.types.Scene) -> str:
    """The name of the next pair."""
    numbers = [int(numbered[1]) for name in by_name(scene) if (numbered := _NUMBERED.match(name))]
    return f"L{max(numbers, default=0) + 1:02d}"


def put(scene: bpy.types.Scene, heads: Heads, name: str, side: str, point: Vector) -> bpy.types.Object:
    """Set a side of a pair to a point in the world, where there was none before, too."""
    there = by_name(scene).get(name, {}).get(side)
    if there is not None:
        move(there, point)
        return there
    state = scene.headbridge
    attribute = f"{side}_landmarks"
    if getattr(state, attribute) is None:
        setattr(state, attribute, _collection(scene, side))
    state.landmarks = "EMPTIES"
    made = landmark_pairs.add_empty(f"{name} {side}", point, heads.owner(side), getattr(state, attribute))
    # Numbers are drawn beside the points.
    made.show_name = False
    return made


def move(empty: bpy.types.Object, point: Vector) -> None:
    """Take an empty to a point in the world."""
    parent = empty.parent.matrix_world @ empty.matrix_parent_inverse if empty.parent is not None else Matrix()
    empty.location = parent.inverted() @ point


def place_of(empty: bpy.types.Object) -> Vector:
    """Where an empty is in the world, also before the scene was evaluated again."""
    parent = empty.parent.matrix_world @ empty.matrix_parent_inverse if empty.parent is not None else Matrix()
    return parent @ empty.location


def bind_mirrored(scene: bpy.types.Scene, one: str, other: str) -> None:
    """Remember that two pairs lie on two sides of the face."""
    found = by_name(scene)
    for name, partner in ((one, other), (other, one)):
        for empty in found.get(name, {}).values():
            empty[_MIRRORED] = partner


def mirrored_name(scene: bpy.types.Scene, name: str) -> str:
    """The pair on the other side of the face; empty when there is none any more."""
    found = by_name(scene)
    partner = next((empty.get(_MIRRORED, "") for empty in found.get(name, {}).values()), "")
    return partner if partner in found else ""


def note_pulled(scene: bpy.types.Scene, name: str) -> None:
    """Remember that a pair corrects the result that it was dragged off."""
    for empty in by_name(scene)[name].values():
        empty[landmark_pairs.PULLED_KEY] = True


def was_pulled(scene: bpy.types.Scene, name: str) -> bool:
    """Whether a pair was dragged off a result."""
    return any(landmark_pairs.PULLED_KEY in empty for empty in by_name(scene).get(name, {}).values())


def side_of(scene: bpy.types.Scene, empty: str) -> str:
    """Which side of its pair an empty is, by its name."""
    sides = by_name(scene)[landmark_pairs.pair_name(empty)]
    return next(side for side, found in sides.items() if found.name == empty)


def starts_on_result(scene: bpy.types.Scene, heads: Heads, context: bpy.types.Context) -> dict[str, Vector]:
    """Where the result has the points of the source, by the pair's name; nothing without a result."""
    if heads.result is None:
        return {}
    transferred = {
        name: surface.transferred(place_of(sides["source"]), heads.source, heads.result, context)
        for name, sides in by_name(scene).items()
        if len(sides) == 2
    }
    return {name: place for name, place in transferred.items() if place is not None}


def pulls(scene: bpy.types.Scene, starts: dict[str, Vector]) -> tuple[np.ndarray, np.ndarray]:
    """(N, 3) where points of the result are, of `starts_on_result`, and (N, 3) where their pairs want them."""
    found = by_name(scene)
    ends = [place_of(found[name]["target"]) for name in starts]
    return np.array(list(starts.values()), np.float64), np.array(ends, np.float64)


def remove(scene: bpy.types.Scene, names: list[str]) -> None:
    """Delete pairs, both sides of each; without any left, Register looks for landmarks itself again."""
    found = by_name(scene)
    bpy.data.batch_remove([empty for name in names for empty in found.get(name, {}).values()])
    if not by_name(scene) and scene.headbridge.landmarks == "EMPTIES":
        scene.headbridge.landmarks = "AUTO"


def _collection(scene: bpy.types.Scene, side: str) -> bpy.types.Collection:
    name = COLLECTIONS[side]
    found = bpy.data.collections.get(name)
    if found is None or found.library is not None:
        found = bpy.data.collections.new(name)
    if found not in scene.collection.children_recursive:
        scene.collection.children.link(found)
    return found
