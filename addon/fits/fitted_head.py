# SPDX-License-Identifier: GPL-3.0-or-later
"""The rigged head a fit ends in."""

from __future__ import annotations

import json

import bpy
import numpy as np
from mathutils import Matrix

from .. import mesh_arrays, verdict
from ..rig import rigged_head
from ..rig.load_session import LoadFitSession

# Object property: JSON of what the worker answered for the fit.
FIT_KEY = "headbridge_fit"


class FittedHeadSession(LoadFitSession):
    """Loads the head of a fit to something in this scene and puts it where that is.

    path : of the fit's head.npz. name : what the head is called. fit : the worker's answer to the fit. in_scene : whether
    the data were canonical millimetres of the world; else they were those of a file, in its own frame and unit."""

    def __init__(self, path: str, name: str, fit: dict, in_scene: bool = True):
        # The model that was fitted, where it is not the one in the model folders.
        super().__init__(
            path, "DATA", {"model_file": fit["settings"]["model_file"], "inner_parts": bool(fit.get("inner_parts"))}
        )
        self._name = name
        self._fit = fit
        self._in_scene = in_scene

    def _finish(self, answer: dict) -> None:
        super()._finish(answer)
        made = rigged_head.find(bpy.data.objects[self.head_name])
        if self._in_scene:
            # A file's unit becomes Blender's, which is a metre; these data are millimetres.
            made.rig.matrix_world = Matrix.Scale(1.0 / mesh_arrays.MM_PER_METRE, 4) @ made.rig.matrix_world
        made.head[FIT_KEY] = json.dumps(self._fit)
        verdict.store(made.head, self._fit)


def answer_of(obj: bpy.types.Object | None) -> dict | None:
    """What the worker answered for a fitted head, or for the head of a fitted rig; None for any other object."""
    found = rigged_head.find(obj)
    head = obj if found is None else found.head
    return json.loads(head[FIT_KEY]) if head is not None and FIT_KEY in head else None


def report_rows(answer: dict) -> list[tuple[str, str]]:
    """The fit's metrics a user looks at first, as (label, value)."""
    metrics = answer["metrics"]
    # A scan's distances are those of the registration to it.
    distances = {f"scan_{key}": both["source_to_target"] for key, both in metrics.get("distances", {}).items()}
    metrics = {**metrics, **distances, **_of_photos([view["metrics"] for view in answer.get("views", ())])}
    rows = []
    for label, key, measure in (
        ("Face, mean distance", "face", "mean"),
        ("Face, 95 %", "face", "p95"),
        ("Head, mean distance", "all", "mean"),
        ("Scan, mean distance", "scan_face", "mean"),
        ("   95 %", "scan_face", "p95"),
        ("Landmarks, mean distance", "landmarks", "mean"),
        ("Landmarks, max", "landmarks", "max"),
    ):
        value = metrics.get(key)
        if isinstance(value, dict) and isinstance(value.get(measure), float):
            rows.append((label, f"{value[measure]:.3f} mm"))
    if isinstance(metrics.get("landmark_error"), float):
        rows.append(("Landmark error", f"{100.0 * metrics['landmark_error']:.2f} %"))
    for label, key, unit in (
        ("Photo, by the model", "psnr_model", "dB"),
        ("Photo, with detail", "psnr", "dB"),
        ("Identity", "identity_sigmas", "sigma"),
        ("Time", "seconds", "s"),
    ):
        if isinstance(metrics.get(key), float):
            rows.append((label, f"{metrics[key]:.1f} {unit}"))
    return rows


def _of_photos(views: list[dict]) -> dict:
    """The means of what was measured in every photo."""
    shared = [name for name in ("psnr_model", "psnr") if views and all(name in view for view in views)]
    return {name: float(np.mean([view[name] for view in views])) for name in shared}
