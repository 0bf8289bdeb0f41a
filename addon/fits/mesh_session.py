# SPDX-License-Identifier: GPL-3.0-or-later
"""A head model fitted to a registered mesh of the scene."""

from __future__ import annotations

from dataclasses import dataclass

import bpy
import numpy as np

from .. import mesh_arrays, seen_meshes
from ..job_files import JobFolder
from ..mesh_arrays import MeshArrays, MeshError
from ..register_session import EXCLUDE_THRESHOLD
from ..rig import rigged_head
from .fit_session import FitSession


@dataclass(frozen=True)
class FitMeshRequest:
    """What to fit; object and vertex groups by name. An empty `object` is the active one."""

    object: str
    settings: dict
    exclude_group: str = ""
    weight_group: str = ""


class FitMeshSession(FitSession):
    """A running fit to a registered mesh; the scene gets the head when it has succeeded."""

    task = "fit_mesh"

    def __init__(self, request: FitMeshRequest):
        obj = head_of(chosen_object(request.object, "the registered mesh to fit"))
        super().__init__(f"{obj.name} Fit")
        self._arrays = read_head(obj)
        self._options: dict[str, np.ndarray] = {}
        if request.exclude_group:
            self._options["exclude"] = mesh_arrays.group_weights(obj, request.exclude_group) > EXCLUDE_THRESHOLD
        if request.weight_group:
            self._options["weights"] = mesh_arrays.group_weights(obj, request.weight_group)
        self._start(request.settings)

    def _write_inputs(self, folder: JobFolder) -> None:
        folder.write_mesh("mesh.npz", self._arrays)
        if self._options:
            folder.write_arrays("options.npz", self._options)


def chosen_object(name: str, wanted: str) -> bpy.types.Object:
    """The object of a name, else the active one; raises `MeshError`. wanted : what it is for, in words."""
    obj = bpy.data.objects.get(name) if name else bpy.context.view_layer.objects.active
    if obj is None:
        raise MeshError(f"There is no object '{name}'." if name else f"Nothing is selected; select {wanted}.")
    return obj


def head_of(obj: bpy.types.Object) -> bpy.types.Object:
    """The head of a rig's armature; any other object as it is."""
    found = rigged_head.find(obj)
    return obj if found is None else found.head


def read_head(obj: bpy.types.Object) -> MeshArrays:
    """The object's mesh in the canonical frame; a rigged head as its bones and sliders stand. Raises `MeshError`."""
    return seen_meshes.read_source(obj)
