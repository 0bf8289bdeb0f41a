"""The demo's three registrations, run through the add-on's operators."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, field
from typing import Any

import bpy

RESULT_KEY = "headbridge_result"
# Rows of the file the demo leaves, and source and target within a row, metres.
ROW_HEIGHT = 0.55
COLUMN_WIDTH = 0.45


@dataclass(frozen=True)
class Job:
    """One registration: `source` and `target` are kinds of `bpy.ops.headbridge.add_head`, `settings` go to
    `bpy.ops.headbridge.register`."""

    key: str
    title: str
    source: str
    target: str
    settings: dict[str, Any] = field(default_factory=dict)
    demo_pairs: bool = False


JOBS = (
    Job("flame-onto-hack", "FLAME onto HACK", "FLAME", "HACK", {"hold_out_folds": 5}),
    Job("hack-onto-flame", "HACK onto FLAME", "HACK", "FLAME", {"hold_out_folds": 5}),
    Job("hack-onto-scan", "HACK onto a scan", "HACK", "LEE_PERRY_SMITH", demo_pairs=True),
)


@dataclass
class Outcome:
    """A registration that has run: its objects, what the backend answered, and the seconds the operator took."""

    job: Job
    source: bpy.types.Object
    target: bpy.types.Object
    result: bpy.types.Object
    answer: dict[str, Any]
    operator_seconds: float
    pictures: dict[str, str] = field(default_factory=dict)

    @property
    def metrics(self) -> dict[str, Any]:
        return self.answer["metrics"]


def warm_up() -> None:
    """Register once and forget it, so that the start of the backend and kernel compilation are in nobody's seconds."""
    source, target = _add("FLAME", 0), _add("HACK", 0)
    bpy.ops.headbridge.register(source=source.name, target=target.name)
    for obj in (source, target, bpy.context.scene.headbridge.result):
        mesh = obj.data
        bpy.data.objects.remove(obj)
        bpy.data.meshes.remove(mesh)


def run(job: Job, row: int) -> Outcome:
    """Add the two heads in a collection of the job's name and register; `RuntimeError` when the operator reports one."""
    scene = bpy.context.scene
    collection = bpy.data.collections.new(job.title)
    scene.collection.children.link(collection)
    layer = bpy.context.view_layer
    layer.active_layer_collection = layer.layer_collection.children[collection.name]
    source, target = _add(job.source, row), _add(job.target, row, COLUMN_WIDTH)
    scene.headbridge.source, scene.headbridge.target = source, target
    scene.headbridge.landmarks, scene.headbridge.landmarks_file = "AUTO", ""
    if job.demo_pairs:
        bpy.ops.headbridge.use_demo_pairs()
    started = time.perf_counter()
    if bpy.ops.headbridge.register(**job.settings) != {"FINISHED"}:
        raise RuntimeError(bpy.context.window_manager.headbridge.error)
    seconds = time.perf_counter() - started
    result = scene.headbridge.result
    return Outcome(job, source, target, result, json.loads(result[RESULT_KEY]), seconds)


def _add(kind: str, row: int, x: float = 0.0) -> bpy.types.Object:
    bpy.ops.headbridge.add_head(kind=kind, location=(x, 0.0, -ROW_HEIGHT * row))
    return bpy.context.object
