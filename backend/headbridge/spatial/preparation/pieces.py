"""Parts of a prepared surface: those that show a face, or what lies around a point."""

from __future__ import annotations

import numpy as np

from ...errors import InputError
from ...mesh.adjacency import connected_labels
from ...mesh.normals import triangle_areas
from .assembly import assembled
from .prepared import Parts, PreparedMesh
from .sides import Sides


def select_parts(prepared: PreparedMesh, labels) -> PreparedMesh:
    """The surface with the parts `labels` (numbers into `prepared.parts`) alone.

    Raises `InputError` when there are none such."""
    labels = np.unique(labels)
    left_out = len(prepared.parts) - np.isin(np.arange(len(prepared.parts)), labels).sum()
    what = "1 loose part" if left_out == 1 else f"{left_out} loose parts"
    return _cut(prepared, np.isin(prepared.parts.labels, labels), what)


def crop(prepared: PreparedMesh, centre: np.ndarray, radius: float) -> PreparedMesh:
    """The surface inside a ball, such as the head of a body; `centre` (3,) and `radius` in the mesh's frame and unit.

    Of every part the largest piece stays that is connected inside the ball, so that a hand beside the head goes while
    eyeballs stay. Raises `InputError` when nothing lies inside."""
    mesh = prepared.mesh
    inside = ((mesh.vertices - np.asarray(centre, np.float64)) ** 2).sum(axis=1) <= radius**2
    kept = inside[mesh.triangles].all(axis=1)
    chosen = np.flatnonzero(kept)
    if len(chosen) and len(chosen) < len(kept):
        one, other = Sides.of(mesh.triangles[chosen]).pairs()
        labels = connected_labels(len(chosen), np.stack([one // 3, other // 3], axis=1))
        pieces = Parts.of(mesh.vertices, mesh.triangles[chosen], labels)
        part_of = np.zeros(len(pieces), np.int64)
        part_of[pieces.labels] = prepared.parts.labels[chosen]
        largest = np.zeros(len(prepared.parts))
        np.maximum.at(largest, part_of, pieces.areas)
        kept[chosen] = (pieces.areas == largest[part_of])[pieces.labels]
    return _cut(prepared, kept, "what lies away from the head")


def flipped(prepared: PreparedMesh) -> PreparedMesh:
    """The surface with all its faces looking to the other side."""
    every = np.ones(len(prepared.mesh.triangles), bool)
    return _put_together(prepared, every, every, prepared.notes)


def _cut(prepared: PreparedMesh, kept: np.ndarray, what: str) -> PreparedMesh:
    mesh = prepared.mesh
    if not kept.any():
        raise InputError(f"'{mesh.name}' has no surface in what was chosen; choose another part or a larger region.")
    if kept.all():
        return prepared
    areas = triangle_areas(mesh.vertices, mesh.triangles)
    share = 1.0 - areas[kept].sum() / areas.sum()
    note = f"'{mesh.name}': {what} with {share:.1%} of the surface left out."
    return _put_together(prepared, kept, np.zeros(len(kept), bool), (*prepared.notes, note))


def _put_together(prepared: PreparedMesh, kept: np.ndarray, turned: np.ndarray, notes: tuple[str, ...]) -> PreparedMesh:
    mesh = prepared.mesh
    made = assembled(mesh, kept, turned, np.arange(len(mesh.vertices)))
    return PreparedMesh(
        made.mesh,
        prepared.vertex_of[made.vertex_of],
        # Index -1 reads the entry appended, which stands for vertices that were left out before.
        np.append(made.prepared_of, np.int32(-1))[prepared.prepared_of],
        prepared.triangle_of[made.triangle_of],
        prepared.corner_of[made.corner_of],
        Parts.of(made.mesh.vertices, made.mesh.triangles, prepared.parts.labels[made.triangle_of]),
        notes,
    )
