"""Insisting on a topology: errors that say what a mesh is instead."""

from __future__ import annotations

from ..errors import InputError
from ..mesh import Mesh
from .builtin import load_topology
from .recognise import has_faces
from .relatives import recognise_relative
from .topology import Topology


def check_topology(mesh: Mesh, key: str) -> Topology:
    """The topology `key`, or InputError with the cause when the mesh does not have it."""
    topology = load_topology(key)
    expected, found = len(topology.skin), len(mesh.vertices)
    if found == expected and has_faces(mesh, key):
        return topology
    relative = recognise_relative(mesh)
    known = relative is not None and relative.topology is topology
    if found != expected:
        raise InputError(
            f"{mesh.name} has {found} vertices, but the {topology.label} topology has {expected}"
            f"{f' (it is {relative.description})' if known else ''}; "
            "choose the right topology, or import the file without merging or splitting vertices."
        )
    if known:
        check_order(mesh)
    raise InputError(
        f"{mesh.name} has the {expected} vertices of the {topology.label} topology but other faces or another "
        "vertex order; import it again with the original vertex order."
    )


def check_order(mesh: Mesh) -> None:
    """Raise `InputError` when a mesh has a known topology's faces but its vertices in another order.

    For heads that are followed by vertex numbers (a source, a mesh that a model is fitted to), where such a mesh would
    be torn apart."""
    relative = recognise_relative(mesh)
    if relative is not None and not relative.in_order:
        label = relative.topology.label
        raise InputError(
            f"'{mesh.name}' has {label}'s faces in another vertex order, so nothing that is known of {label} by vertex "
            "number fits it; import the original file with its vertex order kept (without sorting, splitting or "
            "merging vertices), or register an unchanged head onto this one."
        )
