"""Telling which of two heads a registered mesh is."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ..errors import InputError
from ..mesh import Mesh
from .folder import JobFolder


def check_registered(registered: Mesh, source: Mesh, target: Mesh) -> Mesh:
    """The source or the target, whichever has the registered mesh's vertices and faces, at the registered positions.

    A mesh whose polygons were cut into triangle fans, as .glb files have them, is recognised and gets its polygons
    back. Raises `InputError` when the mesh is neither.
    """
    for mesh in (source, target):
        if len(registered.vertices) == len(mesh.vertices) and _same_triangles(registered, mesh):
            _check_positions(registered)
            return replace(mesh, vertices=registered.vertices, name=registered.name)
    counts = [f"{len(mesh.vertices)} vertices and {len(mesh.triangles)} triangles" for mesh in (source, target)]
    raise InputError(
        f"The registered mesh '{registered.name}' has {len(registered.vertices)} vertices and "
        f"{len(registered.triangles)} triangles, the source '{source.name}' {counts[0]}, the target '{target.name}' "
        f"{counts[1]}; give one of these two as it was transferred onto the other, with its own vertex order and faces."
    )


def _check_positions(registered: Mesh) -> None:
    broken = np.count_nonzero(~np.isfinite(registered.vertices).all(axis=1))
    if broken:
        raise InputError(
            f"The registered mesh '{registered.name}' has NaN or infinite coordinates ({broken} of "
            f"{len(registered.vertices)} vertices); register the heads again."
        )


def read_registered(folder: JobFolder, source: Mesh, target: Mesh) -> Mesh | None:
    """The mesh `registered.npz` of a job, None when there is none; `InputError` unless it is one of the two heads."""
    if not folder.file("registered.npz").exists():
        return None
    return check_registered(folder.read_mesh("registered.npz"), source, target)


def _same_triangles(first: Mesh, second: Mesh) -> bool:
    return first.triangles.shape == second.triangles.shape and np.array_equal(
        np.unique(first.triangles, axis=0), np.unique(second.triangles, axis=0)
    )
