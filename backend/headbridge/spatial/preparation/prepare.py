"""From a mesh as it comes to a sound surface."""

from __future__ import annotations

import numpy as np

from ...errors import InputError
from ...mesh import Mesh
from ...mesh.io.distinct import distinct_rows
from ...mesh.normals import triangle_areas
from .assembly import assembled
from .faces import Faces
from .orientation import consistent_turns, inward_parts
from .prepared import Parts, PreparedMesh
from .refusals import refuse_flat, refuse_hopeless
from .welding import weld

# Parts smaller than this share of the main part's diagonal are specks.
_SPECK = 0.01
# Where more than this share of the triangles has neighbours that no turn makes agree, the mesh is no surface.
_MOST_CLASHING = 0.01


def prepare_target(mesh: Mesh, role: str) -> PreparedMesh:
    """A sound surface from a mesh that something is to be laid on, with a note about every repair.

    Cuts of triangle soups and seams are joined; broken, empty, doubled and crowding faces (fins) go, and so do loose
    vertices and specks; neighbours are made to agree about the outside and every part to look outward. A mesh that
    needs none of it stays as it is. Parts that show no face are for the caller to leave out (`select_parts`, `crop`).

    role : "target" or "scan", for the notes. Raises `InputError` for what no repair helps: no faces, triangle strips,
    many broken vertices, no extent, one flat sheet, faces that are no surface."""
    notes = _Notes(mesh.name, role)
    finite = refuse_hopeless(mesh, role)
    notes.tell(
        ~finite,
        "vertex with NaN or infinite coordinates, or far from all others, was",
        "vertices with NaN or infinite coordinates, or far from all others, were",
    )
    vertices = mesh.vertices if finite.all() else np.where(finite[:, None], mesh.vertices, 0.0)
    kept = np.flatnonzero(finite[mesh.triangles].all(axis=1))
    faces, joined = _joined_surface(vertices, Faces(kept, mesh.triangles[kept]), notes)
    if not len(faces.kept):
        raise InputError(f"The {notes.subject} has only empty faces; choose a mesh with a surface.")
    parts, turned, out = _oriented(vertices, faces, notes)
    faces, labels, turned = faces.without(out), parts.labels[~out], turned[~out]
    refuse_flat(vertices, faces.triangles, notes.subject)
    count = len(mesh.triangles)
    if len(faces.kept) == count and not turned.any() and _nothing_joined(mesh, joined):
        return _unchanged(mesh, parts, notes.sentences)
    is_kept, is_turned, label = np.zeros(count, bool), np.zeros(count, bool), np.zeros(count, np.int64)
    is_kept[faces.kept], is_turned[faces.kept], label[faces.kept] = True, turned, labels
    made = assembled(mesh, is_kept, is_turned, joined)
    parts = Parts.of(made.mesh.vertices, made.mesh.triangles, label[made.triangle_of])
    return PreparedMesh(
        made.mesh, made.vertex_of, made.prepared_of, made.triangle_of, made.corner_of, parts, notes.sentences
    )


def as_it_is(mesh: Mesh) -> PreparedMesh:
    """A mesh that needs no preparation, in the form of one that was prepared; its parts are not told apart."""
    return _unchanged(mesh, Parts.of(mesh.vertices, mesh.triangles, np.zeros(len(mesh.triangles), np.int64)), ())


def _unchanged(mesh: Mesh, parts: Parts, notes: tuple[str, ...]) -> PreparedMesh:
    vertices, triangles, corners = (
        np.arange(n, dtype=np.int32) for n in (len(mesh.vertices), len(mesh.triangles), len(mesh.corners))
    )
    return PreparedMesh(mesh, vertices, vertices, triangles, corners, parts, notes)


def _joined_surface(vertices: np.ndarray, faces: Faces, notes: _Notes) -> tuple[Faces, np.ndarray]:
    """The faces that form a surface, and (V,) which vertex every vertex became."""
    first, which = distinct_rows(vertices)
    places = first[which]
    empty = faces.with_vertices(places).empty()
    faces = faces.without(empty)
    # Where every vertex has a place of its own, the faces and their sides serve for both.
    doubled = (faces if len(first) == len(vertices) else faces.with_vertices(places)).doubled()
    faces = faces.without(doubled)
    joined = weld(vertices, faces, places)
    moved = joined != np.arange(len(vertices))
    number_empty, number_doubled = int(empty.sum()), int(doubled.sum())
    if moved.any():
        faces = faces.with_vertices(joined)
        # What lay nearly at one place may be empty or doubled now.
        empty = faces.empty()
        faces = faces.without(empty)
        doubled = faces.doubled()
        faces = faces.without(doubled)
        number_empty, number_doubled = number_empty + int(empty.sum()), number_doubled + int(doubled.sum())
    crowding = faces.crowding(vertices)
    notes.tell(number_empty, "face without area was", "faces without area were")
    notes.tell(number_doubled, "doubled face was", "doubled faces were")
    notes.tell(moved, "vertex was", "vertices were", "joined with others at the same place (seams, loose faces)")
    notes.tell(crowding, "face at edges of more than two was", "faces at edges of more than two were")
    return faces.without(crowding), joined


def _oriented(vertices: np.ndarray, faces: Faces, notes: _Notes) -> tuple[Parts, np.ndarray, np.ndarray]:
    """The parts, (N,) bool which faces turn, (N,) bool which are specks or cannot agree with their neighbours."""
    triangles, areas = faces.triangles, triangle_areas(vertices, faces.triangles)
    labels, turned, out = consistent_turns(faces.sides, areas)
    if out.mean() > _MOST_CLASHING:
        raise InputError(
            f"The {notes.subject} has {int(out.sum())} faces that agree with their neighbours about the outside in no "
            "way; in Blender use Mesh > Clean Up > Merge by Distance and Mesh > Normals > Recalculate Outside."
        )
    notes.tell(out, "face whose neighbours disagree was", "faces whose neighbours disagree were")
    parts = Parts.of(vertices, triangles, labels, areas)
    # Neither a table of two triangles nor a dense crumb.
    main = int(np.argmax(np.bincount(parts.labels) * parts.areas))
    speck = parts.diagonals < _SPECK * parts.diagonals[main]
    out = out | speck[parts.labels]
    notes.tell(speck, "speck was", "specks were")
    notes.tell(turned & ~out, "face was", "faces were", "turned to agree with their neighbours")
    around = np.where(turned[:, None], triangles[:, [0, 2, 1]], triangles) if turned.any() else triangles
    closed = np.bincount(parts.labels[faces.sides.border() // 3], minlength=len(parts)) == 0
    inward = inward_parts(vertices, around, areas, parts.labels, np.where(speck, 0.0, parts.areas), closed)
    if inward[main]:
        notes.add("its faces looked inward and were turned")
        inward_others = np.delete(inward, main)
        notes.tell(inward_others, "other part looked inward and was", "other parts looked inward and were", "turned")
    else:
        notes.tell(inward, "part looked inward and was", "parts looked inward and were", "turned")
    return parts, turned ^ inward[parts.labels], out


def _nothing_joined(mesh: Mesh, joined: np.ndarray) -> bool:
    """Whether the faces keep their vertices and use them all."""
    used = np.zeros(len(joined), bool)
    used[mesh.corners] = True
    return bool(used.all() and (joined[mesh.corners] == mesh.corners).all())


class _Notes:
    """Sentences about repairs, each naming the mesh."""

    def __init__(self, name: str, role: str):
        self.subject = f"{role} '{name}'"
        self.sentences: tuple[str, ...] = ()

    def tell(self, found: np.ndarray | int, one: str, many: str, what: str = "left out") -> None:
        """Say how many were found, a number or flags, if any."""
        number = int(np.count_nonzero(found)) if isinstance(found, np.ndarray) else found
        if number:
            self.add(f"{number:,} {one if number == 1 else many} {what}")

    def add(self, what: str) -> None:
        self.sentences += (f"{self.subject[0].upper()}{self.subject[1:]}: {what}.",)
