# SPDX-License-Identifier: GPL-3.0-or-later
"""Add random heads."""

import bpy
import numpy as np

from .. import head_library, mesh_arrays
from ..fits import plain_head
from ..job_session import JobSession
from ..mesh_arrays import MeshError
from .framing import select_only
from .job_operator import JobOperator, Place

COLLECTION = "Random Heads"
LARGEST_COUNT = 1000
_GAP_METRES = 0.05


class SampleSession(JobSession):
    """Has the backend make random heads and adds them as meshes, in a collection of their own, side by side.

    settings : those of the task, whose files are this session's own business."""

    task = "sample"
    answer_kinds = {"files": list, "model": dict}

    def __init__(self, settings: dict):
        super().__init__()
        self.object_names: list[str] = []
        if settings["count"] > LARGEST_COUNT:
            raise MeshError(
                f"{settings['count']} heads are too many for a scene; make at most {LARGEST_COUNT}, or use the command "
                "line, which writes them as files."
            )
        self._start({**settings, "format": "npz", "unit": "millimetres"})

    def _finish(self, answer: dict) -> None:
        heads = [plain_head.read_mesh(self._folder.read_arrays(name)) for name in answer["files"]]
        made: list[bpy.types.Object] = []
        collection = bpy.data.collections.new(COLLECTION)
        try:
            for name, arrays in zip(answer["files"], heads):
                made.append(plain_head.new_head(name.rpartition(".")[0], answer["model"]["key"], arrays))
                collection.objects.link(made[-1])
        except BaseException:
            bpy.data.batch_remove([*(obj.data for obj in made), *made, collection])
            raise
        bpy.context.scene.collection.children.link(collection)
        step = max(np.ptp(arrays.vertices[:, 0]) for arrays in heads) / mesh_arrays.MM_PER_METRE + _GAP_METRES
        bpy.context.view_layer.update()
        head_library.free_place(bpy.context.scene, made[0])
        for number, obj in enumerate(made):
            obj.location.x = made[0].location.x + number * step
        self.object_names = [obj.name for obj in made]


class HEADBRIDGE_OT_sample_heads(JobOperator, bpy.types.Operator):
    """Add random heads of a model as meshes side by side, each with its own face, expression and pose; the same seed
    gives the same heads. Esc cancels"""

    bl_idname = "headbridge.sample_heads"
    bl_label = "Sample Heads"
    bl_options = {"REGISTER", "UNDO"}
    task = SampleSession.task
    doing = "Making random heads"
    choices = "fits.sample"
    place = Place(
        "HEADBRIDGE_PT_fit",
        "COMMUNITY",
        "Random Heads",
        4,
        front=("model", "count", "seed"),
        hidden=("format", "unit"),
    )

    def _session(self, context) -> SampleSession:
        return SampleSession(self.chosen(context))

    def _complete(self, context, session) -> str:
        select_only(context, [bpy.data.objects[name] for name in session.object_names])
        return f"Added {len(session.object_names)} random heads"


CLASSES = (HEADBRIDGE_OT_sample_heads,)
