"""The heads of a bake as sound surfaces: pictures do not ask for the order of vertices."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ..mesh import Mesh
from ..spatial.preparation import PreparedMesh, prepare_target
from ..topologies import recognise
from .job import BakeInput


def prepared_heads(inputs: BakeInput) -> tuple[BakeInput, list[str]]:
    """The inputs with sound meshes, and a note about every repair. Known topologies stay as they are.

    Raises `InputError` for a mesh that no repair helps."""
    notes: list[str] = []
    meshes = {"source": inputs.source, "target": inputs.target}
    registered = inputs.registered
    for role, key in (("source", inputs.source_topology), ("target", inputs.target_topology)):
        mesh = meshes[role]
        if key is not None or recognise(mesh) is not None:
            continue
        prepared = prepare_target(mesh, role)
        notes += prepared.notes
        meshes[role] = prepared.mesh
        if inputs.registered is not None and np.array_equal(inputs.registered.corners, mesh.corners):
            registered = transferred_along(prepared, inputs.registered)
    return replace(inputs, **meshes, registered=registered), notes


def transferred_along(prepared: PreparedMesh, moved: Mesh) -> Mesh:
    """The prepared mesh where its original lies at the positions of `moved`, which has the original's vertices."""
    return replace(prepared.mesh, vertices=moved.vertices[prepared.vertex_of], name=moved.name)
