# SPDX-License-Identifier: GPL-3.0-or-later
"""The table of a batch, and its results as objects."""

from __future__ import annotations

import csv
import json
import os

import bpy

from .. import mesh_arrays, verdict
from ..mesh_arrays import MeshError
from .inputs import INPUTS, JOBS, BatchJob

TABLE, PAGE = "report.csv", "report.html"
_REPORTS = ("report.json", "fit.json")


def read_table(folder: str) -> list[dict[str, str]]:
    """The rows of a batch's table by column, the worst first; raises `MeshError` when there is none."""
    try:
        with open(os.path.join(folder, TABLE), encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))
    except (OSError, ValueError, csv.Error) as problem:
        raise MeshError(f"'{folder}' has no table of a batch that can be read ({problem}); choose another.") from None


def open_result(folder: str, name: str, command: str) -> bpy.types.Object:
    """The result of a head as a new object, where the head is that it was made of; raises `MeshError`.

    Heads that were objects come back in their place; files are taken as Blender's import does, in their own frame and in
    the unit that was found for them."""
    results = os.path.join(folder, "heads", name)
    job = next((job for job in JOBS.values() if job.command == command), None)
    if job is None:
        raise MeshError(f"Results of '{command}' are not opened here; they lie in {results}.")
    report = _report(results)
    before = set(bpy.data.objects)
    try:
        bpy.ops.wm.obj_import(
            filepath=os.path.join(results, job.result.format(name=name)),
            global_scale=_mm_per_unit(folder, name, job, report) / mesh_arrays.MM_PER_METRE,
            forward_axis="NEGATIVE_Z",
            up_axis="Y",
        )
    except RuntimeError as problem:
        raise MeshError(f"The result of '{name}' cannot be opened: {problem}") from None
    made = [obj for obj in bpy.data.objects if obj not in before]
    if not made:
        raise MeshError(f"The result of '{name}' holds no mesh.")
    made[0].name = f"{name} {command}"
    if "verdict" in report:
        verdict.store(made[0], report)
    return made[0]


def _report(results: str) -> dict:
    for name in _REPORTS:
        path = os.path.join(results, name)
        if os.path.exists(path):
            try:
                with open(path, encoding="utf-8") as file:
                    return json.load(file)
            except (OSError, ValueError) as problem:
                raise MeshError(f"{path} cannot be read ({problem}).") from None
    raise MeshError(f"There is no result in '{results}'.")


def _mm_per_unit(folder: str, name: str, job: BatchJob, report: dict) -> float:
    try:
        with open(os.path.join(folder, "records", f"{name}.json"), encoding="utf-8") as file:
            inputs = json.load(file)["inputs"]
    except (OSError, ValueError, KeyError) as problem:
        raise MeshError(f"The record of '{name}' cannot be read ({problem}).") from None
    own = os.path.abspath(os.path.join(folder, INPUTS))
    heads = inputs[1:] if job.has_source else inputs
    # What was an object is in millimetres, whatever its size.
    if any(os.path.dirname(os.path.abspath(path)) == own for path in heads):
        return 1.0
    return report.get("mm_per_target_unit") or report.get("mm_per_unit") or mesh_arrays.MM_PER_METRE
