# SPDX-License-Identifier: GPL-3.0-or-later
"""What a batch is made of: files of the selected objects or of a folder, and the manifest that names them."""

from __future__ import annotations

import json
import os
import re
from dataclasses import dataclass

import bpy
import numpy as np

from .. import seen_meshes
from ..job_files import mesh_content
from ..mesh_arrays import MeshArrays, MeshError

MANIFEST, INPUTS = "manifest.jsonl", "inputs"
MESH_SUFFIXES = (".obj", ".ply", ".glb", ".stl", ".npz")


@dataclass(frozen=True)
class BatchJob:
    """A command that a batch can run. head : its argument that takes the head; result : the file to open of each head,
    in which {name} stands for the head's name; has_source : whether the panel's source goes with every head."""

    command: str
    head: str
    result: str
    has_source: bool = False


JOBS = {
    "register": BatchJob("register", "target", "{name}.obj", has_source=True),
    "uv": BatchJob("uv", "target", "{name}.obj", has_source=True),
    "fit_scan": BatchJob("fit-scan", "scan", "head_detail.obj"),
    "fit_mesh": BatchJob("fit-mesh", "mesh", "head.obj"),
}
"""By the name of the task."""


@dataclass(frozen=True)
class BatchRequest:
    """What to do. task : of JOBS; settings : of it; source : name of the source object, "" without; folder : whose
    mesh files are the heads, "" for the selected objects; output : folder of the batch."""

    task: str
    settings: dict
    source: str
    folder: str
    output: str


def write(request: BatchRequest, objects: list[bpy.types.Object]) -> str:
    """Write manifest and input files into the batch's folder; returns the manifest's path. Equal objects give equal
    files, so that a batch that was ended goes on. Raises `MeshError`."""
    job = JOBS[request.task]
    if not request.output:
        raise MeshError("Choose a folder for the results of the batch.")
    output = os.path.abspath(bpy.path.abspath(request.output))
    try:
        os.makedirs(os.path.join(output, INPUTS), exist_ok=True)
        common = {"job": job.command, **{name: value for name, value in request.settings.items() if value != ""}}
        if job.has_source:
            common["source"] = _write_mesh(output, "source", _source(request))
        if request.folder:
            heads = _folder_heads(bpy.path.abspath(request.folder))
        else:
            heads = _object_heads(output, [obj for obj in objects if obj.name != request.source])
        path = os.path.join(output, MANIFEST)
        with open(path, "w", encoding="utf-8") as file:
            for name, head in heads:
                file.write(json.dumps({**common, "name": name, job.head: head}) + "\n")
        return path
    except OSError as problem:
        raise MeshError(f"The folder of the batch cannot be written: {problem}. Choose another.") from problem


def _source(request: BatchRequest) -> MeshArrays:
    obj = bpy.data.objects.get(request.source)
    if obj is None:
        raise MeshError("No source object is chosen; pick one in the panel of the job.")
    return seen_meshes.read_layout_mesh(obj) if request.task == "uv" else seen_meshes.read_source(obj)


def _folder_heads(folder: str) -> list[tuple[str, str]]:
    folder = os.path.abspath(folder)
    if not os.path.isdir(folder):
        raise MeshError(f"There is no folder '{folder}'; choose another.")
    files = sorted(name for name in os.listdir(folder) if name.lower().endswith(MESH_SUFFIXES) and name[0] != ".")
    if not files:
        raise MeshError(f"'{folder}' has no mesh files ({' '.join(MESH_SUFFIXES)}); choose another folder.")
    return [(os.path.splitext(name)[0], os.path.join(folder, name)) for name in files]


def _object_heads(output: str, objects: list[bpy.types.Object]) -> list[tuple[str, str]]:
    objects = [obj for obj in objects if obj.type == "MESH"]
    if not objects:
        raise MeshError("No mesh objects are selected; select the heads, or choose a folder of files.")
    return [(obj.name, _write_mesh(output, obj.name, seen_meshes.read_seen(obj))) for obj in objects]


def _write_mesh(output: str, name: str, arrays: MeshArrays) -> str:
    """Write a mesh beside the manifest; returns its name there."""
    plain = re.sub(r"[^\w.-]", "_", name, flags=re.ASCII)
    # Two objects may differ in what file names do not take.
    file = f"{INPUTS}/{plain}-{name.encode().hex()[:40]}.npz" if plain != name else f"{INPUTS}/{plain}.npz"
    np.savez(os.path.join(output, *file.split("/")), **mesh_content(arrays))
    return file
