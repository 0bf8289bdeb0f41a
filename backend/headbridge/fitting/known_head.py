"""A head of a known topology that tools cut, closed, cropped or split, as that topology."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ..mesh import Mesh
from ..mesh.similarity import fit_similarity_robust
from ..mesh.validate import check_vertex_values
from ..topologies import check_order, load_builtin, recognise, recognise_relative
from .job import FitMeshInput


def as_known_head(inputs: FitMeshInput, keys: tuple[str, ...]) -> tuple[FitMeshInput, list[str]]:
    """The inputs with a relative of one of the topologies `keys` in that topology's own vertices, and notes.

    What the mesh lacks is excluded, and lies where the topology's template has it about the rest. Other meshes come
    back as they are. Raises `InputError` for a known head in another vertex order, and for masks of other lengths."""
    mesh = inputs.mesh
    relative = None if recognise(mesh) is not None else recognise_relative(mesh)
    if relative is None or relative.topology.key not in keys:
        return inputs, []
    check_order(mesh)
    values = {"weights": inputs.weights, "exclude": inputs.exclude}
    for name, what in (("weights", "weights"), ("exclude", "exclusion mask")):
        if values[name] is not None:
            check_vertex_values(values[name], mesh, what)
            values[name] = np.asarray(values[name])[np.maximum(relative.mesh_vertex, 0)]
    positions, there = relative.positions(mesh)
    template = load_builtin(relative.topology.key)
    note = f"'{mesh.name}' is {relative.description}"
    if not there.all():
        onto = fit_similarity_robust(template.vertices[there], positions[there])
        positions[~there] = onto.apply(template.vertices[~there])
        values["exclude"] = ~there if values["exclude"] is None else ~there | values["exclude"]
        note += "; the vertices it lacks were left to the model"
    whole = Mesh(positions, template.corners, template.face_sizes, name=mesh.name)
    return replace(inputs, mesh=whole, **values), [f"{note}."]
