"""The demo's UV transfer: HACK wearing FLAME's UVs, and a photograph baked into that layout."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass, field
from typing import Any

import bpy
from mathutils import Matrix, Vector

from . import dressing_pictures, legend, studio
from .dressing_pictures import Wearer
from .jobs import COLUMN_WIDTH, ROW_HEIGHT, Outcome
from .studio import Studio

KEY, TITLE = "hack-wearing-flame", "HACK wearing FLAME's UVs"
TEXTURE_SIZE = 1024
# Labels of the row in the file, metres: from the middle of a head's place, and their height.
_LABEL_PLACE, _LABEL_SIZE = Vector((0.0, -0.15, -0.24)), 0.028


@dataclass
class Dressing:
    """A UV transfer and a bake that have run.

    owner : the head whose layout it is; wearer : the one that was given it, on the UV layer `layer`; in_place : the
    owner's matrix where it lies in the wearer; texture : the packed image in the layout; answer : what the backend
    answered to the transfer; the seconds are of the two operators."""

    owner: bpy.types.Object
    wearer: bpy.types.Object
    in_place: Matrix
    layer: str
    texture: bpy.types.Image
    answer: dict[str, Any]
    operator_seconds: float
    bake_seconds: float
    pictures: dict[str, str] = field(default_factory=dict)

    @property
    def metrics(self) -> dict[str, Any]:
        return self.answer["metrics"]

    def wearers(self) -> tuple[Wearer, Wearer]:
        """The owner and the wearer in one place, each with its UV layer of this layout."""
        own_layer = self.owner.data.uv_layers.active.name
        return (
            Wearer("FLAME", self.owner, self.in_place, own_layer),
            Wearer("HACK", self.wearer, self.wearer.matrix_world.copy(), self.layer),
        )


def run(flame_on_hack: Outcome, hack_on_scan: Outcome, comparison, uv_layers) -> Dressing:
    """Give the head that lies on the scan the other registration's source layout, and bake the scan's photograph there.

    comparison, uv_layers : the add-on's modules of these names. `RuntimeError` when an operator reports an error."""
    owner, wearer, scan = flame_on_hack.source, hack_on_scan.source, hack_on_scan.target
    # The materials stay as they are, so that the other pictures of these heads do.
    seconds = _timed(
        bpy.ops.headbridge.transfer_uvs, source=owner.name, target=wearer.name, hold_out_folds=5, show="ORIGINAL"
    )
    layer, answer = uv_layers.last_transfer(wearer.data)
    bake_seconds = _timed(
        bpy.ops.headbridge.bake_texture,
        source=scan.name,
        target=wearer.name,
        layer=layer,
        size=TEXTURE_SIZE,
        show=False,
    )
    texture = bpy.context.scene.headbridge.baked
    # The owner was aligned to another head of the wearer's kind.
    beside = wearer.matrix_world @ flame_on_hack.target.matrix_world.inverted()
    in_place = beside @ comparison.similarity_matrix(flame_on_hack.answer) @ owner.matrix_world
    return Dressing(owner, wearer, in_place, layer, texture, answer, seconds, bake_seconds)


def _timed(operator, **arguments) -> float:
    started = time.perf_counter()
    if operator(**arguments) != {"FINISHED"}:
        raise RuntimeError(bpy.context.window_manager.headbridge.error)
    return time.perf_counter() - started


def render(stage: Studio, dressing: Dressing, folder: str) -> None:
    """Render the pictures, write the baked one beside them, and note their files."""
    owner, wearer = dressing.wearers()
    dressing.pictures = dressing_pictures.render(stage, owner, wearer, dressing.texture, KEY, folder)
    dressing.pictures["baked"] = os.path.join(folder, f"{KEY}-baked.png")
    dressing.texture.save(filepath=dressing.pictures["baked"])


def lay_out(dressing: Dressing, row: int) -> list[bpy.types.Object]:
    """A row of labelled heads in a collection of their own: the wearer with checker and with the texture, and the
    layout's own head with the same texture."""
    collection = bpy.data.collections.new(TITLE)
    bpy.context.scene.collection.children.link(collection)
    owner, wearer = dressing.wearers()
    texture = dressing.texture
    shown = (
        ("HACK in FLAME's UVs", wearer, studio.checker_material(wearer.layer)),
        ("with a baked texture", wearer, studio.picture_material(texture, wearer.layer)),
        ("FLAME with the same texture", owner, studio.picture_material(texture, owner.layer)),
    )
    for column, (name, worn_by, material) in enumerate(shown):
        copy = worn_by.obj.copy()
        # A mesh of its own, so that the layout can be its active layer.
        copy.data = worn_by.obj.data.copy()
        copy.data.uv_layers.active = copy.data.uv_layers[worn_by.layer]
        copy.data.uv_layers[worn_by.layer].active_render = True
        copy.name = name
        place = Matrix.Translation((COLUMN_WIDTH * column, 0.0, -ROW_HEIGHT * row))
        copy.matrix_world = place @ dressing.wearer.matrix_world.inverted() @ worn_by.matrix
        copy.hide_render = False
        collection.objects.link(copy)
        studio.dress(copy, material)
        collection.objects.link(legend.text(name, place.translation + _LABEL_PLACE, _LABEL_SIZE, light=True))
    return list(collection.objects)
