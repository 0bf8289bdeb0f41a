# SPDX-License-Identifier: GPL-3.0-or-later
"""One UV transfer from the scene to the target's new UV layer."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import dataclass

import bpy
import numpy as np

from . import base_colour, known_registration, mesh_arrays, seen_meshes, uv_display, uv_layers
from .job_files import JobFolder
from .job_session import JobSession, find_pair
from .mesh_arrays import MeshArrays, MeshError

SOURCE_FILE = "source.npz"

SHOW_ITEMS = [
    ("AUTO", "Texture or Checker", "Show the source's texture on the new UVs where it has one, else a checker"),
    ("CHECKER", "Checker", "Show a numbered grid on the new UVs"),
    ("ORIGINAL", "Keep Materials", "Leave the target as it looks: its own materials, on its own UVs"),
]


@dataclass(frozen=True)
class UvRequest:
    """Whose layout goes to whom; objects and layers by name. An empty `source_layer` is the source's active one."""

    source: str
    target: str
    settings: dict
    source_layer: str = ""
    show: str = "AUTO"


class UvSession(JobSession):
    """A running UV transfer; the target changes when it has succeeded."""

    task = "uv"
    answer_kinds = {"result": str, "metrics": dict, "notes": list, "layout_name": str}

    def __init__(self, request: UvRequest):
        super().__init__()
        self.request = request
        self.layer_name = ""
        source, target = find_pair(request.source, request.target)
        self._source_arrays = read_layout(source, request.source_layer, seen_meshes.read_source)
        self._target_arrays = seen_meshes.read_layout_mesh(target)
        uv_layers.check_room(target)
        self._corner_order = mesh_arrays.corner_order(target)
        heads = (source, target, self._source_arrays, self._target_arrays)
        self._registered = known_registration.find(*heads)
        self._registration_verdict = known_registration.verdict_on(*heads)
        self._source_layer = request.source_layer or source.data.uv_layers.active.name
        self._start(request.settings)

    def _write_inputs(self, folder: JobFolder) -> None:
        write_heads(folder, self._source_arrays, self._target_arrays, self._registered)
        if self._registration_verdict is not None:
            # So that the triangles are named where it asks for a look.
            options = {"registered_verdict": np.array(json.dumps(self._registration_verdict))}
            folder.write_arrays("options.npz", options)

    def _finish(self, answer: dict) -> None:
        source, target = find_pair(self.request.source, self.request.target)
        if not mesh_arrays.same_size(target.data, self._target_arrays):
            raise MeshError(f"'{target.name}' was edited while its UVs were computed; transfer them again.")
        shapes = {"corner_uvs": (len(self._target_arrays.corners), 2)}
        shapes["problem_triangles"] = (int((self._target_arrays.face_sizes - 2).sum()),)
        arrays = self._folder.read_arrays(answer["result"], shapes)
        # Where the topology is not recognised, the backend calls the layout after the source, as a file without suffix.
        unknown = answer["layout_name"] == os.path.splitext(self._source_arrays.name)[0]
        layout = source.name if unknown else answer["layout_name"]
        # Corners were sent in the order in which they look outwards; the same order gives them back.
        uvs = arrays["corner_uvs"][self._corner_order]
        uv_display.note_own_layer(target)
        kept = {**answer, "source": source.name, "source_layout": mesh_arrays.digest(self._source_arrays.uvs)}
        self.layer_name = uv_layers.write_transfer(target.data, layout, uvs, arrays["problem_triangles"], kept)
        uv_display.wear_transfer(target, self.layer_name, self._texture(source), self.request.show)

    def _texture(self, source: bpy.types.Object) -> bpy.types.Image | None:
        """The source's texture where it lies on the layout that was transferred."""
        found = base_colour.texture_of(source)
        return found[0] if found is not None and found[1] == self._source_layer else None


def read_layout(
    obj: bpy.types.Object, uv_layer: str, read: Callable[..., MeshArrays] = seen_meshes.read_layout_mesh
) -> MeshArrays:
    """A mesh that has to have UVs; raises `MeshError`."""
    arrays = read(obj, uv_layer)
    if arrays.uvs is None:
        raise MeshError(f"'{obj.name}' has no UVs; unwrap it first, or pick an object that has a UV layer.")
    return arrays


def write_heads(folder: JobFolder, source: MeshArrays, target: MeshArrays, registered: MeshArrays | None) -> None:
    """The meshes of a job about two heads, with the registration where one is known."""
    folder.write_mesh(SOURCE_FILE, source)
    folder.write_mesh("target.npz", target)
    if registered is not None:
        folder.write_mesh("registered.npz", registered)
